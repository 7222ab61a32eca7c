//! Content that is erased because it is old enough.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kasasagi_config::office;
use kasasagi_store::{FaxState, Store};
use tokio_util::sync::CancellationToken;

use crate::Result;
use crate::journey::{ACTOR, blocking, chain};

/// Between two looks at what is old.
const EVERY: Duration = Duration::from_secs(3600);

/// Faxes looked at together.
const FAXES: usize = 500;

/// Erases by age.
pub struct Retention {
    /// What is kept.
    pub store: Arc<Store>,
    /// For how long.
    pub days: office::Retention,
    /// Time as an argument.
    pub clock: fn() -> Timestamp,
}

impl Retention {
    /// Erases until shutdown.
    ///
    /// # Errors
    /// When the store can only be used again by a new process.
    pub async fn run(self: Arc<Self>, shutdown: CancellationToken) -> Result<()> {
        while !shutdown.is_cancelled() {
            let (retention, stop) = (self.clone(), shutdown.clone());
            match blocking(move || retention.round(&stop)).await {
                Ok(0) => {}
                Ok(count) => tracing::info!(count, "content of old faxes was erased"),
                Err(error) if error.is_broken_store() => return Err(error),
                Err(error) => tracing::error!(error = %chain(&error), "old faxes cannot be erased"),
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
        Ok(())
    }

    /// Erases whatever is old enough now; how many faxes that were. Blocks.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn round(&self, shutdown: &CancellationToken) -> Result<usize> {
        let office::Retention { delivered, refused, duplicate } = self.days;
        let mut count = 0;
        for (state, days) in
            [(FaxState::Delivered, delivered), (FaxState::Refused, refused), (FaxState::Duplicate, duplicate)]
        {
            let Some(days) = days else { continue };
            let age = SignedDuration::from_hours(24 * i64::from(days));
            let Ok(until) = (self.clock)().checked_sub(age) else { continue };
            loop {
                let old = self.store.erasable(state, until, FAXES)?;
                for fax in &old {
                    if shutdown.is_cancelled() {
                        return Ok(count);
                    }
                    self.store.erase(ACTOR, &fax.id)?;
                    count += 1;
                }
                if old.len() < FAXES {
                    break;
                }
            }
        }
        Ok(count)
    }
}
