//! What each recipient of a record is told, sealed until it is sent.

use std::collections::BTreeMap;

use kasasagi_routing::code::PatientId;
use kasasagi_routing::decision::Recipient;
use kasasagi_routing::facts::Urgency;
use kasasagi_routing::policy::When;
use kasasagi_routing::registry::Registry;
use kasasagi_routing::schedule::Schedule;
use kasasagi_store::event::OutboxNote;
use kasasagi_store::id::ItemId;

use super::Journey;
use super::deciding::Case;
use super::resent::Before;
use crate::Result;
use crate::message::{PatientLabel, Sheet, SheetSource};
use crate::post::{self, Holder};

/// What every recipient of a record is told the same.
#[derive(Clone, Copy)]
pub(super) struct Told<'a> {
    pub registry: &'a Registry,
    pub patient: &'a PatientId,
    pub urgency: Urgency,
    pub notes: &'a [String],
    pub before: Option<&'a Before>,
}

impl Journey {
    /// Writes the sheet of each recipient; their messages exist once the event with these notes is durable.
    pub(super) fn write_sheets(
        &self,
        case: &Case<'_>,
        told: &Told<'_>,
        recipients: &[Recipient],
    ) -> Result<Vec<OutboxNote>> {
        let today = (self.clock)().to_zoned(self.settings.time_zone.clone()).date();
        let note = |recipient: &Recipient| -> Result<OutboxNote> {
            let item = ItemId::new(case.record.id.clone(), &recipient.code)?;
            self.write_sheet(case, told, &item, recipient)?;
            let own = Holder::find(told.registry, &recipient.code, today).is_ok_and(|h| h.digest.is_some());
            let waits =
                recipient.when == When::Digest && (own || self.settings.office.digest != Schedule::AtOnce);
            Ok(OutboxNote { waits, ..OutboxNote::now(item, recipient.role.code()) })
        };
        recipients.iter().map(note).collect()
    }

    /// Writes and seals the sheet of one item; repeating it replaces the sheet.
    pub(super) fn write_sheet(
        &self,
        case: &Case<'_>,
        told: &Told<'_>,
        item: &ItemId,
        recipient: &Recipient,
    ) -> Result<()> {
        let form = &case.file.form;
        let aligned = self.store.unseal(&case.view.id, &page_blob(case.record.id.number()).parse()?)?;
        let name = told.registry.patient(told.patient).map(|patient| patient.name.as_str().to_owned());
        let received_at = case.view.received_at.to_zoned(self.settings.time_zone.clone());
        let correction = told.before.map(Before::correction);
        let patient = PatientLabel { id: told.patient.as_str().to_owned(), name };
        let visible = |key: &str| recipient.fields.allows(key);
        let mut source = SheetSource {
            record: &case.record.id,
            form,
            reading: case.reading,
            visible: &visible,
            urgency: told.urgency,
            received_at: &received_at,
            notes: told.notes,
            correction: correction.as_ref(),
            patient: &patient,
            crops: BTreeMap::new(),
            page_pdf: self.redactor.page(form, &aligned, &recipient.fields)?,
            page_masked: !recipient.fields.allows_page(),
        };
        source.crops = self.redactor.crops(form, &aligned, source.pictured().into_iter())?;
        let sheet = Sheet::of(source).to_bytes()?;
        self.store.seal(&case.view.id, &post::sheet_blob(item)?, &sheet)?;
        Ok(())
    }
}

/// The blob with the upright page of a record.
fn page_blob(number: u16) -> String {
    format!("record-{number}")
}
