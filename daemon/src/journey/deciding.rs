//! Read → Decided: facts to a decision; for a delivery the messages are sealed before the event.

use kasasagi_ocr::reading::{FormReading, PageReading};
use kasasagi_routing::decision::{self, Recipient};
use kasasagi_routing::facts::{Facts, Urgency};
use kasasagi_store::event::{Decision, Event, OutboxNote};
use kasasagi_store::id::{ItemId, RecordId};
use kasasagi_store::{FaxView, RecordView};

use super::{Journey, blocking, facts};
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
        let hints = mail::hints(&raw);
        let pages: Vec<PageReading> =
            serde_json::from_slice(&self.store.unseal(&view.id, &"reading".parse()?)?)?;
        let undecided = view.records.iter().filter(|record| record.decision.is_none());
        for record in undecided {
            let decision =
                match (fax::form_of(&pages, &record.id), self.library.get(&record.form, record.version)) {
                    (Some(reading), Some(file)) => {
                        let mut facts = facts::of(&file.facts, reading, &hints);
                        facts.pages_received = facts::pages_received(view.records.len(), pages.len());
                        self.decide_record(view, record, reading, &facts)?
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
                    self.write_letter(view, reading, &item, recipient, urgency, &notes)?;
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
        reading: &FormReading,
        item: &ItemId,
        recipient: &Recipient,
        urgency: Urgency,
        notes: &[String],
    ) -> Result<()> {
        let form = self.library.get(&reading.form, reading.version);
        let form = &form.ok_or_else(|| Error::NoFormVersion(reading.form.clone(), reading.version))?.form;
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

/// The blob with the upright page of a record.
fn page_blob(record: &RecordId) -> String {
    format!("record-{}", record.number())
}
