//! Read → Decided: facts to a decision; for a delivery what each recipient is told is sealed before the event.

use kasasagi_config::forms::FormFile;
use kasasagi_ocr::reading::{FormReading, PageReading};
use kasasagi_routing::decision;
use kasasagi_routing::facts::Facts;
use kasasagi_routing::registry::Registry;
use kasasagi_store::event::{Decision, Earlier, Event};
use kasasagi_store::{FaxView, RecordView};

use super::writing::Told;
use super::{Journey, blocking, chain, facts};
use crate::{Error, Result, fax, mail};

/// One record to decide.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub view: &'a FaxView,
    pub record: &'a RecordView,
    pub file: &'a FormFile,
    pub reading: &'a FormReading,
}

impl Journey {
    /// Decides every record of the fax that has no decision yet.
    pub(super) async fn decide(self: &std::sync::Arc<Self>, view: &FaxView) -> Result<()> {
        let (journey, view) = (self.clone(), view.clone());
        blocking(move || journey.decide_now(&view)).await?;
        self.outbox.notify_one();
        Ok(())
    }

    fn decide_now(&self, view: &FaxView) -> Result<()> {
        let raw = self.store.unseal(&view.id, &"raw".parse()?)?;
        let hints = mail::hints(&raw, &self.sources);
        let pages: Vec<PageReading> =
            serde_json::from_slice(&self.store.unseal(&view.id, &"reading".parse()?)?)?;
        let in_force = self.registry()?;
        let undecided = view.records.iter().filter(|record| record.decision.is_none());
        for record in undecided {
            let Some((file, reading)) = self.known_form(record, &pages) else {
                self.hold(record, vec!["form_not_configured".to_owned()], Vec::new())?;
                continue;
            };
            let reading = &fax::corrected(&self.store, &record.id, reading.clone())?;
            let mut facts = facts::of(&file.facts, reading, &hints);
            facts.pages_received = facts::pages_received(view.records.len(), pages.len());
            let case = Case { view, record, file, reading };
            self.decide_record(&case, &in_force.registry, &facts)
                .or_else(|error| self.hold_alone(record, error))?;
        }
        Ok(())
    }

    /// The form of a record, and what was read of it.
    pub(super) fn known_form<'a>(
        &self,
        record: &RecordView,
        pages: &'a [PageReading],
    ) -> Option<(&FormFile, &'a FormReading)> {
        let reading = fax::form_of(pages, &record.id)
            .filter(|reading| (&reading.form, reading.version) == (&record.form, record.version))?;
        Some((self.library.get(&record.form, record.version)?, reading))
    }

    fn decide_record(&self, case: &Case<'_>, registry: &Registry, facts: &Facts) -> Result<()> {
        let record = case.record;
        let today = (self.clock)().to_zoned(self.settings.time_zone.clone()).date();
        let by_hand = record.routed.as_deref().and_then(|patient| patient.parse().ok());
        let decided = match &by_hand {
            Some(patient) => decision::by_hand(registry, &self.policy, facts, patient, today),
            None => decision::decide(registry, &self.policy, facts, today),
        };
        match decided {
            decision::Decision::Hold { reasons, evidence, .. } => {
                let reasons = reasons.iter().map(|r| r.code().to_owned()).collect();
                self.hold(case.record, reasons, evidence.iter().map(|e| e.code().to_owned()).collect())
            }
            decision::Decision::Deliver { patient, evidence, urgency, recipients, flags } => {
                let notes: Vec<String> = flags.iter().map(|f| f.ja().to_owned()).collect();
                let evidence: Vec<String> = evidence.iter().map(|e| e.code().to_owned()).collect();
                let by_person = by_hand.is_some() || !record.corrected.is_empty();
                self.decide_knowing_earlier(case, patient.as_str(), by_person, &mut |before| {
                    let told = Told { registry, patient: &patient, urgency, notes: &notes, before };
                    let items = self.write_sheets(case, &told, &recipients)?;
                    let (patient, urgency) = (patient.as_str().to_owned(), urgency.code().to_owned());
                    Ok(Decision::Deliver { patient, evidence: evidence.clone(), urgency, items })
                })
            }
        }
    }

    fn hold(&self, record: &RecordView, reasons: Vec<String>, evidence: Vec<String>) -> Result<()> {
        self.decided(record, None, Decision::Hold { reasons, evidence })
    }

    /// A record that cannot be decided is held; the others of its fax go on.
    fn hold_alone(&self, record: &RecordView, error: Error) -> Result<()> {
        if error.may_pass() || error.is_broken_store() {
            return Err(error);
        }
        tracing::error!(record = %record.id, error = %chain(&error), "a record cannot be decided; it is held");
        self.hold(record, vec!["internal_error".to_owned()], Vec::new())
    }

    /// Holds only if nobody has taken the record up since it was looked at.
    pub(super) fn decided(&self, record: &RecordView, of: Option<Earlier>, decision: Decision) -> Result<()> {
        let (record, taken_up) = (record.id.clone(), Some(record.taken_up));
        let resent = of.map(|of| Event::Resent { record: record.clone(), of });
        let decided = Event::Decided { record, decision, taken_up };
        self.store.append(super::ACTOR, &resent.into_iter().chain([decided]).collect::<Vec<_>>())?;
        Ok(())
    }
}
