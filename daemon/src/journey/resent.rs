//! A sheet that came before: a repeat is not sent again, a correction says what changed.

use std::sync::PoisonError;

use jiff::Timestamp;
use kasasagi_ocr::reading::FormReading;
use kasasagi_store::event::{Decision, Earlier};

use super::Journey;
use super::deciding::Case;
use crate::message::Correction;
use crate::{Result, fax, resend};

/// The record that carried the same sheet before, and what was read of it.
pub(super) struct Before {
    of: Earlier,
    reading: FormReading,
}

impl Before {
    /// What a mail says about it.
    pub(super) fn correction(&self) -> Correction<'_> {
        Correction { record: &self.of.record, reading: &self.reading, differing: &self.of.differing }
    }
}

impl Journey {
    /// Decides a record that would go out. Another fax may deliver the same sheet while the mails of this
    /// one are written (`deliver`); then it is decided anew. What a person has looked at is not held again because
    /// the two sheets cannot be compared: it goes out as a correction.
    pub(super) fn decide_knowing_earlier(
        &self,
        case: &Case<'_>,
        patient: &str,
        by_person: bool,
        deliver: &mut dyn FnMut(Option<&Before>) -> Result<Decision>,
    ) -> Result<()> {
        loop {
            let mut before = self.before(case, patient)?;
            if let Some(Before { of, .. }) = before.as_mut().filter(|_| by_person) {
                of.differing.append(&mut of.unclear);
            }
            let decision = match &before {
                None => deliver(None)?,
                Some(Before { of, .. }) if !of.differing.is_empty() => deliver(before.as_ref())?,
                Some(Before { of, .. }) if of.unclear.is_empty() => {
                    Decision::Repeat { of: of.record.clone() }
                }
                Some(_) => Decision::hold(vec!["resent_unclear".to_owned()]),
            };
            let of = before.map(|before| before.of);
            let _alone = self.deciding.lock().unwrap_or_else(PoisonError::into_inner);
            let now = self.before(case, patient)?.map(|before| before.of.record);
            if now == of.as_ref().map(|of| of.record.clone()) {
                return self.decided(case.record, of, decision);
            }
        }
    }

    /// The latest delivered record of the same sheet within the window of a re-send.
    fn before(&self, case: &Case<'_>, patient: &str) -> Result<Option<Before>> {
        let since =
            case.view.received_at.saturating_sub(self.settings.resend_window).unwrap_or(Timestamp::MIN);
        for record in self.store.records_about(patient, since)? {
            if record.id == case.record.id
                || (&record.form, record.version) != (&case.reading.form, case.reading.version)
            {
                continue;
            }
            let Some(reading) = fax::reading_of(&self.store, &record.id)? else { continue };
            if let Some(difference) = resend::compare(case.file, &reading, case.reading) {
                let resend::Difference { differing, unclear } = difference;
                return Ok(Some(Before { of: Earlier { record: record.id, differing, unclear }, reading }));
            }
        }
        Ok(None)
    }
}
