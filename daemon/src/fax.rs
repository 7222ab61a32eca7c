//! Finding one's way in what was read from a fax.

use std::collections::BTreeMap;

use kasasagi_ocr::field::Value;
use kasasagi_ocr::reading::{FormReading, Found, PageReading, State};
use kasasagi_store::id::RecordId;
use kasasagi_store::{BlobName, Store};

use crate::Result;

/// The forms of a fax in record order: page by page, top to bottom.
pub fn forms_of(pages: &[PageReading]) -> impl Iterator<Item = &FormReading> {
    pages.iter().flat_map(|page| match &page.found {
        Found::Forms(forms) => forms.as_slice(),
        Found::NoForm(_) => &[],
    })
}

/// What was read of this record; records are numbered from 1.
pub fn form_of<'a>(pages: &'a [PageReading], record: &RecordId) -> Option<&'a FormReading> {
    forms_of(pages).nth(usize::from(record.number()).checked_sub(1)?)
}

/// What a person said stands in some fields; nothing for a field left empty.
pub type Correction = BTreeMap<String, Option<Value>>;

/// What is known of this record, corrections by a person included; nothing once its fax was erased. Blocks.
///
/// # Errors
/// When the sealed readings cannot be opened.
pub fn reading_of(store: &Store, record: &RecordId) -> Result<Option<FormReading>> {
    let bytes = match store.unseal(record.fax(), &"reading".parse()?) {
        Err(kasasagi_store::Error::Erased(_)) => return Ok(None),
        bytes => bytes?,
    };
    let pages: Vec<PageReading> = serde_json::from_slice(&bytes)?;
    let reading = form_of(&pages, record).cloned();
    reading.map(|reading| corrected(store, record, reading)).transpose()
}

/// The reading with what a person said since. Blocks.
///
/// # Errors
/// When the sealed correction cannot be opened.
pub fn corrected(store: &Store, record: &RecordId, mut reading: FormReading) -> Result<FormReading> {
    for (key, value) in correction_of(store, record)? {
        if let Some(field) = reading.fields.get_mut(&key) {
            field.state = if value.is_some() { State::Sure } else { State::Blank };
            field.value = value;
            field.confidence = 1.0;
            field.by = vec![PERSON.to_owned()];
            field.why = None;
        }
    }
    Ok(reading)
}

/// Seals what a person said about a record; it counts once an event names the blob. Blocks.
///
/// # Errors
/// When it cannot be sealed.
pub fn seal_correction(store: &Store, record: &RecordId, correction: &Correction) -> Result<BlobName> {
    // Never over another: what an earlier event named stays what it was.
    let name: BlobName = format!("correction-{}-{:016x}", record.number(), rand::random::<u64>()).parse()?;
    store.seal(record.fax(), &name, &serde_json::to_vec(correction)?)?;
    Ok(name)
}

/// All that was said of a record; what was sealed and never became an event was not said.
fn correction_of(store: &Store, record: &RecordId) -> Result<Correction> {
    let mut said = Correction::new();
    for name in store.record(record)?.map(|view| view.corrections).unwrap_or_default() {
        let more: Correction = serde_json::from_slice(&store.unseal(record.fax(), &name.parse()?)?)?;
        said.extend(more);
    }
    Ok(said)
}

/// Who read a field, among the readers of a page.
const PERSON: &str = "person";
