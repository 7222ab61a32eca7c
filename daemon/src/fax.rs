//! Finding one's way in what was read from a fax.

use kasasagi_ocr::reading::{FormReading, Found, PageReading};
use kasasagi_store::Store;
use kasasagi_store::id::RecordId;

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

/// What was read of this record; nothing once its fax was erased. Blocks.
///
/// # Errors
/// When the sealed readings cannot be opened.
pub fn reading_of(store: &Store, record: &RecordId) -> Result<Option<FormReading>> {
    let bytes = match store.unseal(record.fax(), &"reading".parse()?) {
        Err(kasasagi_store::Error::Erased(_)) => return Ok(None),
        bytes => bytes?,
    };
    let pages: Vec<PageReading> = serde_json::from_slice(&bytes)?;
    Ok(form_of(&pages, record).cloned())
}
