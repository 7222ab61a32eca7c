//! Read → Decided: facts to a decision; for a delivery the messages are sealed before the event.

use kasasagi_config::forms::FormFile;
use kasasagi_ocr::reading::{FormReading, PageReading};
use kasasagi_routing::decision::{self, Recipient};
use kasasagi_routing::facts::{Facts, Urgency};
use kasasagi_store::FaxView;
use kasasagi_store::event::{Decision, Earlier, Event, OutboxNote};
use kasasagi_store::id::{ItemId, RecordId};

use super::resent::Before;
use super::{Journey, blocking, chain, facts};
use crate::message::{self, Letter};
use crate::outbox::Parcel;
use crate::{Error, Result, fax, mail};

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
        let undecided = view.records.iter().filter(|record| record.decision.is_none());
        for record in undecided {
            let reading = fax::form_of(&pages, &record.id)
                .filter(|reading| (&reading.form, reading.version) == (&record.form, record.version));
            let (Some(reading), Some(file)) = (reading, self.library.get(&record.form, record.version))
            else {
                self.hold(&record.id, vec!["form_not_configured".to_owned()])?;
                continue;
            };
            let reading = &fax::corrected(&self.store, &record.id, reading.clone())?;
            let mut facts = facts::of(&file.facts, reading, &hints);
            facts.pages_received = facts::pages_received(view.records.len(), pages.len());
            let case = Case { view, record: &record.id, file, reading };
            self.decide_record(&case, &facts).or_else(|error| self.hold_alone(&record.id, error))?;
        }
        Ok(())
    }

    fn decide_record(&self, case: &Case<'_>, facts: &Facts) -> Result<()> {
        let today = (self.clock)().to_zoned(self.settings.time_zone.clone()).date();
        match decision::decide(&self.registry, &self.policy, facts, today) {
            decision::Decision::Hold { reasons, .. } => {
                self.hold(case.record, reasons.iter().map(|r| r.code().to_owned()).collect())
            }
            decision::Decision::Deliver { patient, evidence, urgency, recipients, flags } => {
                let notes: Vec<String> = flags.iter().map(|f| f.ja().to_owned()).collect();
                let evidence: Vec<String> = evidence.iter().map(|e| e.code().to_owned()).collect();
                let patient = patient.as_str();
                self.decide_knowing_earlier(case, patient, &mut |before| {
                    let items = self.write_letters(case, &recipients, urgency, &notes, before)?;
                    let (patient, urgency) = (patient.to_owned(), urgency.code().to_owned());
                    Ok(Decision::Deliver { patient, evidence: evidence.clone(), urgency, items })
                })
            }
        }
    }

    fn hold(&self, record: &RecordId, reasons: Vec<String>) -> Result<()> {
        self.decided(record, None, Decision::hold(reasons))
    }

    /// A record that cannot be decided is held; the others of its fax go on.
    fn hold_alone(&self, record: &RecordId, error: Error) -> Result<()> {
        if error.may_pass() || error.is_broken_store() {
            return Err(error);
        }
        tracing::error!(%record, error = %chain(&error), "a record cannot be decided; it is held");
        self.hold(record, vec!["internal_error".to_owned()])
    }

    pub(super) fn decided(&self, record: &RecordId, of: Option<Earlier>, decision: Decision) -> Result<()> {
        let resent = of.map(|of| Event::Resent { record: record.clone(), of });
        let decided = Event::Decided { record: record.clone(), decision };
        self.store.append(super::ACTOR, &resent.into_iter().chain([decided]).collect::<Vec<_>>())?;
        Ok(())
    }

    /// Writes the mail to each recipient.
    fn write_letters(
        &self,
        case: &Case<'_>,
        recipients: &[Recipient],
        urgency: Urgency,
        notes: &[String],
        before: Option<&Before>,
    ) -> Result<Vec<OutboxNote>> {
        let mut items = Vec::new();
        for recipient in recipients {
            let item = ItemId::new(case.record.clone(), &recipient.code)?;
            self.write_letter(case, &Told { urgency, notes, before }, &item, recipient)?;
            let role = recipient.role.code().to_owned();
            items.push(OutboxNote::now(item, role));
        }
        Ok(items)
    }

    /// Composes and seals the message of one item; repeating it replaces the message.
    fn write_letter(
        &self,
        case: &Case<'_>,
        told: &Told<'_>,
        item: &ItemId,
        recipient: &Recipient,
    ) -> Result<()> {
        let Case { view, reading, .. } = *case;
        let (form, Told { urgency, notes, before }) = (&case.file.form, *told);
        let aligned = self.store.unseal(&view.id, &page_blob(item.record()).parse()?)?;
        let page_pdf = self.redactor.page(form, &aligned, &recipient.fields)?;
        let raw = message::compose(&Letter {
            item,
            form,
            reading,
            visible: &|key| recipient.fields.allows(key),
            urgency,
            recipient_name: &recipient.name,
            recipient_address: recipient.address.as_str(),
            role: recipient.role.ja(),
            received_at: view.received_at.to_zoned(self.settings.time_zone.clone()),
            notes,
            correction: before.map(Before::correction).as_ref(),
            page_pdf: &page_pdf,
            page_masked: !recipient.fields.allows_page(),
            sender: &self.sender,
            checkpoint: &self.store.checkpoint()?.to_string(),
            now: (self.clock)(),
        })?;
        let parcel = Parcel { to: recipient.address.as_str().to_owned(), raw };
        self.store.seal(&view.id, &Parcel::blob_name(item)?, &parcel.to_bytes())?;
        Ok(())
    }
}

/// One record to decide.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) view: &'a FaxView,
    pub(super) record: &'a RecordId,
    pub(super) file: &'a FormFile,
    pub(super) reading: &'a FormReading,
}

/// What every recipient of a record is told the same.
#[derive(Clone, Copy)]
struct Told<'a> {
    urgency: Urgency,
    notes: &'a [String],
    before: Option<&'a Before>,
}

/// The blob with the upright page of a record.
fn page_blob(record: &RecordId) -> String {
    format!("record-{}", record.number())
}
