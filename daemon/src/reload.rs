//! What is read anew while the gateway runs (SIGHUP): the registry and the templates. What is not sound is not
//! used: the former stays, the log and `kasasagi list` say so.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kasasagi_config::Settings;
use tokio::signal::unix::Signal;
use tokio_util::sync::CancellationToken;

use crate::health::{Health, Part};
use crate::journey::{blocking, chain};
use crate::language::Both;
use crate::phrase;
use crate::post::Post;
use crate::registries::Registries;
use crate::{Result, systemd};

/// Pause before what was not sound is read once more.
const AGAIN: Duration = Duration::from_secs(60);

/// Reads anew.
pub struct Reload {
    /// Where the templates are in use.
    pub post: Arc<Post>,
    /// Where the registry is in use.
    pub registries: Arc<Registries>,
    /// Where both are found.
    pub settings: Arc<Settings>,
    /// Where trouble is told.
    pub health: Health,
}

impl Reload {
    /// At each signal, and then until everything is sound, until shutdown.
    pub async fn run(self: Arc<Self>, mut signals: Signal, shutdown: CancellationToken) {
        loop {
            let unsound =
                [Part::Templates, Part::Registry].iter().any(|part| self.health.is_in_trouble(*part));
            tokio::select! {
                () = shutdown.cancelled() => return,
                Some(()) = signals.recv() => {
                    systemd::reloading();
                    self.clone().read().await;
                    systemd::ready();
                }
                () = tokio::time::sleep(AGAIN), if unsound => self.clone().read().await,
            }
        }
    }

    async fn read(self: Arc<Self>) {
        let read = blocking(move || {
            self.once();
            Ok(())
        });
        if let Err(error) = read.await {
            tracing::error!(error = %chain(&error), "cannot read anew");
        }
    }

    /// Reads both anew, each on its own. Blocks.
    pub fn once(&self) {
        self.tell(Part::Templates, self.post.renew_words());
        self.tell(Part::Registry, registry(&self.registries, &self.settings));
    }

    fn tell(&self, part: Part, read: Result<()>) {
        match read {
            Ok(()) => {
                self.health.well(part);
                tracing::info!(%part, "read anew");
            }
            Err(error) => {
                self.health
                    .trouble(part, Both::of(&error).within(|why| phrase!("trouble-unsound", why = why)));
            }
        }
    }
}

/// Reads the registry in force anew and says what a person should look at. A folder that says something else
/// comes into force by `kasasagi registry import` alone: whoever may edit a file must not redirect records.
///
/// # Errors
/// When it cannot be opened or understood.
pub(crate) fn registry(registries: &Registries, settings: &Settings) -> Result<()> {
    let today = Timestamp::now().to_zoned(settings.time_zone.clone()).date();
    for warning in &registries.renew(today)?.warnings {
        tracing::warn!("{warning}");
    }
    if registries.folder_differs(today).unwrap_or(true) {
        tracing::warn!(
            "{} is not the registry in force; `kasasagi registry import` hands it in",
            settings.registry_dir.display()
        );
    }
    Ok(())
}
