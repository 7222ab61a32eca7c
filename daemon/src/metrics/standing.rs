//! How things stand at this moment: the gauges.

use std::sync::Arc;

use jiff::Timestamp;
use kasasagi_store::{Census, FaxState, ItemKind, Store};

use super::catalogue::{
    BUILD, DISK_FLOOR, DISK_FREE, FAX_AGE, FAXES, ITEMS, JOURNAL, Metric, OVERDUE, START, STORE_UP, TROUBLE,
    VIEW,
};
use super::follow::between;
use super::register::as_f64;
use super::text::{Labels, Text};
use crate::health::{Health, Part};
use crate::journey::chain;

/// Where to look.
pub(super) struct Standing {
    pub store: Arc<Store>,
    pub health: Health,
    pub disk_floor: u64,
    pub clock: fn() -> Timestamp,
    pub started: Timestamp,
}

/// The gauges of one moment.
#[derive(Default)]
pub(super) struct Gauges(Vec<(&'static str, Labels, f64)>);

impl Standing {
    /// Looks everywhere. What cannot be asked is left out: an old number would be believed. Blocks.
    pub fn look(&self) -> Gauges {
        let mut gauges = Gauges::default();
        gauges.set(&BUILD, vec![("version", env!("CARGO_PKG_VERSION"))], 1.0);
        gauges.set(&START, Labels::new(), between(Timestamp::UNIX_EPOCH, self.started));
        gauges.set(&DISK_FLOOR, Labels::new(), as_f64(self.disk_floor));
        if let Ok(free) = self.store.free_bytes() {
            gauges.set(&DISK_FREE, Labels::new(), as_f64(free));
        }
        for part in Part::ALL {
            let trouble = self.health.is_in_trouble(part);
            gauges.set(&TROUBLE, vec![("part", part.name())], f64::from(u8::from(trouble)));
        }
        let now = (self.clock)();
        let census = self.store.census(now);
        gauges.set(&STORE_UP, Labels::new(), f64::from(u8::from(census.is_ok())));
        match census {
            Ok(census) => gauges.census(&census, now),
            Err(error) => {
                tracing::warn!(error = %chain(&error), "the metrics lack what the store does not tell");
            }
        }
        gauges
    }
}

impl Gauges {
    pub fn set(&mut self, metric: &'static Metric, labels: Labels, value: f64) {
        self.0.push((metric.name, labels, value));
    }

    /// Writes all samples of a metric.
    pub fn write(&self, metric: &Metric, to: &mut Text) {
        for (name, labels, value) in self.0.iter().filter(|(name, ..)| *name == metric.name) {
            to.sample(name, labels, None, *value);
        }
    }

    fn census(&mut self, census: &Census, now: Timestamp) {
        let age = |since: Option<Timestamp>| since.map_or(0.0, |since| between(since, now));
        for (state, pile) in &census.faxes {
            let labels = vec![("state", state_name(*state))];
            if !matches!(state, FaxState::Delivered | FaxState::Duplicate | FaxState::Refused) {
                self.set(&FAX_AGE, labels.clone(), age(pile.oldest));
            }
            self.set(&FAXES, labels, as_f64(pile.count));
        }
        let count = |kind| census.items.get(&kind).copied().unwrap_or_default();
        for (state, items) in [
            ("due", census.due.count),
            ("deferred", census.deferred),
            ("waiting", count(ItemKind::Waiting)),
            ("sent", count(ItemKind::Sent)),
            ("gave_up", count(ItemKind::GaveUp)),
            ("cancelled", count(ItemKind::Cancelled)),
        ] {
            self.set(&ITEMS, vec![("state", state)], as_f64(items));
        }
        self.set(&OVERDUE, Labels::new(), age(census.due.oldest));
        self.set(&JOURNAL, Labels::new(), as_f64(census.last_event));
        self.set(&VIEW, Labels::new(), as_f64(census.last_in_view));
    }
}

/// As in the answers of the command line.
fn state_name(state: FaxState) -> &'static str {
    match state {
        FaxState::Received => "received",
        FaxState::Opened => "opened",
        FaxState::Read => "read",
        FaxState::Sending => "sending",
        FaxState::Delivered => "delivered",
        FaxState::Held => "held",
        FaxState::Duplicate => "duplicate",
        FaxState::Refused => "refused",
    }
}
