//! Proof by counting that every fax received is somewhere.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::rows;
use crate::store::Store;
use crate::view::FaxState;
use crate::walk::{Step, Walk};
use crate::{Error, Result};

/// The faxes of one day: how many the journal says came, and where the view says they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCount {
    /// Day of arrival in the gateway's time zone.
    pub day: Date,
    /// `Received` events in the journal.
    pub received: u64,
    /// Delivered whole.
    pub delivered: u64,
    /// Waiting for a person.
    pub held: u64,
    /// Repeats of an earlier fax.
    pub duplicate: u64,
    /// Refused.
    pub refused: u64,
    /// Under way.
    pub in_progress: u64,
}

impl DayCount {
    /// Whether every fax that came that day is somewhere.
    pub fn balanced(&self) -> bool {
        self.received == self.delivered + self.held + self.duplicate + self.refused + self.in_progress
    }

    fn none(day: Date) -> Self {
        Self { day, received: 0, delivered: 0, held: 0, duplicate: 0, refused: 0, in_progress: 0 }
    }

    fn slot(&mut self, state: FaxState) -> &mut u64 {
        match state {
            FaxState::Received | FaxState::Opened | FaxState::Read | FaxState::Sending => {
                &mut self.in_progress
            }
            FaxState::Delivered => &mut self.delivered,
            FaxState::Held => &mut self.held,
            FaxState::Duplicate => &mut self.duplicate,
            FaxState::Refused => &mut self.refused,
        }
    }
}

impl Store {
    /// Counts the journal's `Received` events against the view, by day, oldest first.
    ///
    /// # Errors
    /// [`Error::Damaged`] if the journal cannot be read to its end, [`Error::Io`], [`Error::View`].
    pub fn reconcile(&self) -> Result<Vec<DayCount>> {
        let last = self.view()?.applied()?.unwrap_or_default().seq;
        let mut days = BTreeMap::new();
        let mut walk = Walk::whole(&self.journal_dir(), last)?;
        loop {
            match walk.step()? {
                Step::Entry(written) if matches!(written.entry.event, Event::Received { .. }) => {
                    let day = self.day(written.entry.at);
                    days.entry(day).or_insert_with(|| DayCount::none(day)).received += 1;
                }
                Step::Entry(_) => {}
                Step::Flaw(flaw) => return Err(Error::Damaged { seq: flaw.seq, what: flaw.what }),
                Step::End => break,
            }
        }
        self.view()?.scan(&rows::arrivals(), b"", |_, id| {
            let id = String::from_utf8_lossy(id).parse()?;
            if let Some(fax) = self.fax(&id)?.filter(|f| f.arrival <= last) {
                let day = self.day(fax.received_at);
                *days.entry(day).or_insert_with(|| DayCount::none(day)).slot(fax.state) += 1;
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(days.into_values().collect())
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::{MasterKey, Settings, Source};

    #[test]
    fn a_fax_missing_from_the_view_unbalances_its_day_and_fails_the_check() {
        let dir = tempfile::tempdir().unwrap();
        let settings = Settings {
            dir: dir.path().to_owned(),
            master_key: MasterKey::new([1; 32]),
            time_zone: jiff::tz::TimeZone::UTC,
            disk_floor_bytes: 0,
        };
        let (store, _) = Store::open(settings, Timestamp::now, "kasasagi").unwrap();
        let lost = store.receive(Source::Lmtp, b"one").unwrap();
        store.receive(Source::Lmtp, b"two").unwrap();
        assert!(store.verify().unwrap().passed());
        store.view().unwrap().apply(vec![(rows::fax(&lost), None)]).unwrap();
        let days = store.reconcile().unwrap();
        assert_eq!((days[0].received, days[0].in_progress, days[0].balanced()), (2, 1, false));
        let report = store.verify().unwrap();
        assert!(!report.view_agrees && !report.passed());
        assert!(report.bad_blobs.is_empty(), "nothing is lost: the view alone is wrong");
    }
}
