//! Digests: what waits for a recipient goes into one mail when their time has come.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::civil::DateTime;
use jiff::{Timestamp, Zoned};
use kasasagi_config::Settings;
use kasasagi_routing::schedule::Schedule;
use kasasagi_store::event::Event;
use kasasagi_store::id::DigestId;
use kasasagi_store::{ItemState, ItemView, Store};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::Result;
use crate::journey::{ACTOR, blocking, chain};
use crate::message::LARGEST;
use crate::post::{self, Holder};
use crate::registries::Registries;

/// Between two looks at what waits.
const EVERY: Duration = Duration::from_secs(20);

/// Most records in one mail; more make several.
const RECORDS: usize = 50;

/// Puts digests together.
pub struct Digests {
    /// What waits.
    pub store: Arc<Store>,
    /// Who wants digests when.
    pub registries: Arc<Registries>,
    /// When everybody else does.
    pub settings: Arc<Settings>,
    /// Time as an argument.
    pub clock: fn() -> Timestamp,
    /// Chance for the names of digests.
    pub chance: fn() -> [u8; 5],
    /// Rung when a digest is due.
    pub outbox: Arc<Notify>,
    /// Held during a round.
    pub rounds: Mutex<()>,
}

impl Digests {
    /// Looks until shutdown.
    ///
    /// # Errors
    /// When the store can only be used again by a new process.
    pub async fn run(self: Arc<Self>, shutdown: CancellationToken) -> Result<()> {
        while !shutdown.is_cancelled() {
            let digests = self.clone();
            match blocking(move || digests.round(false)).await {
                Ok(0) => {}
                Ok(_) => self.outbox.notify_one(),
                Err(error) if error.is_broken_store() => return Err(error),
                Err(error) => tracing::error!(error = %chain(&error), "digests cannot be put together"),
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
        Ok(())
    }

    /// Puts together every digest whose time has come, or whatever waits if it is `forced`; how many. Blocks.
    ///
    /// # Errors
    /// When the store or the registry cannot be read.
    pub fn round(&self, forced: bool) -> Result<usize> {
        // Two rounds side by side would put one item into two digests.
        let _alone = self.rounds.lock().unwrap_or_else(PoisonError::into_inner);
        let now = (self.clock)().to_zoned(self.settings.time_zone.clone());
        let mut made = 0;
        for recipient in self.store.awaiting_digest()? {
            let waiting = self.store.waiting_for(&recipient)?;
            if forced || self.is_time(&recipient, &waiting, &now)? {
                made += self.put_together(waiting, &now)?;
            }
        }
        Ok(made)
    }

    /// When the next digest of this recipient goes out; none if theirs go out at once.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub fn next(&self, recipient: &str, now: &Zoned) -> Result<Option<DateTime>> {
        let in_force = self.registries.on(now.date())?;
        let own =
            Holder::find(&in_force.registry, recipient, now.date()).ok().and_then(|holder| holder.digest);
        Ok(own
            .unwrap_or(&self.settings.office.digest)
            .next_after(now.datetime(), &self.settings.office.holidays))
    }

    /// Whether something has waited since before the latest time of this recipient's schedule.
    fn is_time(&self, recipient: &str, waiting: &[ItemView], now: &Zoned) -> Result<bool> {
        let in_force = self.registries.on(now.date())?;
        let own =
            Holder::find(&in_force.registry, recipient, now.date()).ok().and_then(|holder| holder.digest);
        let schedule = own.unwrap_or(&self.settings.office.digest);
        if *schedule == Schedule::AtOnce {
            return Ok(true);
        }
        let Some(last) = schedule.last_at_or_before(now.datetime(), &self.settings.office.holidays) else {
            return Ok(false);
        };
        let last = last.to_zoned(self.settings.time_zone.clone()).map(|last| last.timestamp());
        let since =
            |item: &ItemView| if let ItemState::Waiting { since } = item.state { Some(since) } else { None };
        Ok(last.is_ok_and(|last| waiting.iter().filter_map(since).any(|since| since < last)))
    }

    /// One event for each mail: its items are in it, all of them, or none is.
    fn put_together(&self, mut waiting: Vec<ItemView>, now: &Zoned) -> Result<usize> {
        // The newest first; a fax is named by its day, and the order within a day is that of the mail itself.
        waiting.reverse();
        let mut made = 0;
        for items in self.portions(&waiting) {
            let digest = DigestId::new(now.date(), (self.chance)());
            let items = items.iter().map(|item| item.id.clone()).collect();
            self.store.append(ACTOR, &[Event::Digested { digest, items }])?;
            made += 1;
        }
        Ok(made)
    }

    /// What fits into one mail each. A sheet that cannot be opened is a portion of its own: it fails alone.
    fn portions<'w>(&self, waiting: &'w [ItemView]) -> Vec<Vec<&'w ItemView>> {
        let mut portions: Vec<Vec<&ItemView>> = Vec::new();
        let mut weight = 0;
        for item in waiting {
            let own = self.weight(item).unwrap_or(LARGEST);
            match portions.last_mut() {
                Some(last) if last.len() < RECORDS && weight + own <= LARGEST => {
                    last.push(item);
                    weight += own;
                }
                _ => {
                    portions.push(vec![item]);
                    weight = own;
                }
            }
        }
        portions
    }

    fn weight(&self, item: &ItemView) -> Result<usize> {
        Ok(post::sheet(&self.store, &item.id)?.weight())
    }
}
