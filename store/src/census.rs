//! How many faxes and messages stand where, and since when, counted without opening one of them.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use jiff::Timestamp;

use crate::Result;
use crate::rows;
use crate::store::Store;
use crate::view::{FaxState, ItemKind};

/// A number of things, and when the first of them began to stand there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pile {
    /// How many.
    pub count: u64,
    /// Since when, to the microsecond; none if there is nothing.
    pub oldest: Option<Timestamp>,
}

/// What the view holds at one moment. Work goes on while it is counted, so that a fax on its way from one state
/// to the next may be counted in both or in neither.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Census {
    /// Faxes by state, each with the arrival of its first.
    pub faxes: BTreeMap<FaxState, Pile>,
    /// Messages that are to go out now, and when the first of them became due.
    pub due: Pile,
    /// Messages that are to go out later, after a try that did not succeed.
    pub deferred: u64,
    /// Messages by kind; those due are both of the above.
    pub items: BTreeMap<ItemKind, u64>,
    /// Number of the last event in the journal.
    pub last_event: u64,
    /// Number of the last event that the view has taken in.
    pub last_in_view: u64,
}

impl Store {
    /// Number of the last event in the journal.
    pub fn last_event(&self) -> u64 {
        self.head().seq
    }

    /// Counts all faxes and messages. It goes over a row of the view for each of them, which is seconds for a
    /// million on a busy machine (`docs/metrics.md`), and holds up nobody who writes.
    ///
    /// # Errors
    /// [`Error::View`](crate::Error::View).
    pub fn census(&self, now: Timestamp) -> Result<Census> {
        // The view first: the journal is never behind it.
        let last_in_view = self.view()?.applied()?.unwrap_or_default().seq;
        let last_event = self.last_event();
        let mut faxes = BTreeMap::new();
        for state in FaxState::ALL {
            faxes.insert(state, self.pile(&rows::in_state(state), Timestamp::MAX)?);
        }
        let mut items = BTreeMap::new();
        for kind in ItemKind::ALL {
            items.insert(kind, self.count(&rows::outbox(kind))?);
        }
        let due = self.pile(&rows::due(), now)?;
        let deferred = self.count(&rows::due())?.saturating_sub(due.count);
        Ok(Census { faxes, due, deferred, items, last_event, last_in_view })
    }

    /// The rows under a prefix whose keys go on with a time, up to this one.
    fn pile(&self, prefix: &[u8], until: Timestamp) -> Result<Pile> {
        let mut pile = Pile::default();
        self.view()?.scan(prefix, b"", |key, _| {
            let at = key.get(prefix.len()..).and_then(rows::time_of);
            if at.is_some_and(|at| at > until) {
                return Ok(ControlFlow::Break(()));
            }
            pile.oldest = pile.oldest.or(at);
            pile.count += 1;
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(pile)
    }

    fn count(&self, prefix: &[u8]) -> Result<u64> {
        let mut count = 0;
        self.view()?.scan(prefix, b"", |_, _| {
            count += 1;
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(count)
    }
}
