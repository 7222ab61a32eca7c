//! The service manager's watchdog: it hears of us only while faxes can move. A gateway that says nothing is
//! killed and started again, and goes on with what is durable.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kasasagi_config::Settings;
use kasasagi_ocr::document::MAX_PAGES;
use tokio_util::sync::CancellationToken;

use crate::journey::pulse::Standstill;
use crate::journey::{Journey, blocking};
use crate::reader::PAGE;
use crate::systemd;

/// Gives a sign of life three times as often as it is asked for, until shutdown.
pub async fn watch(journey: Arc<Journey>, within: Duration, shutdown: CancellationToken) {
    let longest = longest_step(&journey.settings);
    let mut told = None;
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(within / 3) => {}
        }
        let standstill = look(&journey, longest).await;
        match &standstill {
            None => systemd::alive(),
            Some(what) if standstill != told => {
                tracing::error!(%what, "the watchdog is told nothing");
            }
            Some(_) => {}
        }
        told = standstill;
    }
}

/// What does not move. Where the store or the threads for it hang, this never returns.
async fn look(journey: &Arc<Journey>, longest: Duration) -> Option<Standstill> {
    let store = journey.store.clone();
    // A store that answers with an error ends the gateway elsewhere; what counts here is that it answers.
    let _ = blocking(move || {
        store.last_seq();
        Ok(store.unfinished()?)
    })
    .await;
    journey.pulse.standstill(Instant::now(), longest)
}

/// The longest that one step can take: waiting while another fax has its reader, then a document of its own,
/// both with as many pages as a document may have.
fn longest_step(settings: &Settings) -> Duration {
    let pages = u32::try_from(MAX_PAGES).unwrap_or(u32::MAX);
    (settings.reading.wall + PAGE * pages) * 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_step_follows_the_time_for_a_document() {
        let settings = |text| Settings::parse("test.toml", text, std::path::Path::new("/base")).unwrap();
        assert_eq!(longest_step(&settings("")), Duration::from_secs(2 * (120 + 200 * 5)));
        assert_eq!(longest_step(&settings("[reading]\nwall_s = 1")), Duration::from_secs(2 * (1 + 200 * 5)));
    }
}
