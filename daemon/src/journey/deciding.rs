//! Read → Decided: facts to a decision; for a delivery the messages are sealed before the event.

use kasasagi_ocr::form::Form;
use kasasagi_ocr::reading::{FormReading, PageReading};
use kasasagi_routing::decision::{self, Recipient};
use kasasagi_routing::facts::{Facts, Urgency};
use kasasagi_store::event::{Decision, Event, OutboxNote};
use kasasagi_store::id::{ItemId, RecordId};
use kasasagi_store::{FaxView, RecordView};

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
            let decision =
                match (fax::form_of(&pages, &record.id), self.library.get(&record.form, record.version)) {
                    (Some(reading), Some(file))
                        if (&reading.form, reading.version) == (&record.form, record.version) =>
                    {
                        let mut facts = facts::of(&file.facts, reading, &hints);
                        facts.pages_received = facts::pages_received(view.records.len(), pages.len());
                        self.decide_record(view, record, &file.form, reading, &facts)
                            .or_else(|error| held_alone(&record.id, error))?
                    }
                    _ => Decision::Hold { reasons: vec!["form_not_configured".to_owned()] },
                };
            self.store.append(super::ACTOR, &[Event::Decided { record: record.id.clone(), decision }])?;
        }
        Ok(())
    }

    fn decide_record(
        &self,
        view: &FaxView,
        record: &RecordView,
        form: &Form,
        reading: &FormReading,
        facts: &Facts,
    ) -> Result<Decision> {
        let today = (self.clock)().to_zoned(self.settings.time_zone.clone()).date();
        match decision::decide(&self.registry, &self.policy, facts, today) {
            decision::Decision::Hold(reasons) => {
                Ok(Decision::Hold { reasons: reasons.iter().map(|r| r.code().to_owned()).collect() })
            }
            decision::Decision::Deliver { patient, evidence, urgency, recipients, flags } => {
                let notes: Vec<String> = flags.iter().map(|f| f.ja().to_owned()).collect();
                let mut items = Vec::new();
                for recipient in &recipients {
                    let item = ItemId::new(record.id.clone(), &recipient.code)?;
                    let sheet = Sheet { form, reading, urgency, notes: &notes };
                    self.write_letter(view, &sheet, &item, recipient)?;
                    let role = recipient.role.code().to_owned();
                    items.push(OutboxNote { item, recipient: recipient.code.clone(), role });
                }
                Ok(Decision::Deliver {
                    patient: patient.as_str().to_owned(),
                    evidence: evidence.iter().map(|e| e.code().to_owned()).collect(),
                    urgency: urgency.code().to_owned(),
                    items,
                })
            }
        }
    }

    /// Composes and seals the message of one item; repeating it replaces the message.
    fn write_letter(
        &self,
        view: &FaxView,
        sheet: &Sheet<'_>,
        item: &ItemId,
        recipient: &Recipient,
    ) -> Result<()> {
        let Sheet { form, reading, urgency, notes } = *sheet;
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

/// A record that cannot be decided is held; the others of its fax go on.
fn held_alone(record: &RecordId, error: Error) -> Result<Decision> {
    if error.may_pass() || error.is_broken_store() {
        return Err(error);
    }
    tracing::error!(%record, error = %chain(&error), "a record cannot be decided; it is held");
    Ok(Decision::Hold { reasons: vec!["internal_error".to_owned()] })
}

/// What every recipient of a record is told the same.
struct Sheet<'a> {
    form: &'a Form,
    reading: &'a FormReading,
    urgency: Urgency,
    notes: &'a [String],
}

/// The blob with the upright page of a record.
fn page_blob(record: &RecordId) -> String {
    format!("record-{}", record.number())
}
