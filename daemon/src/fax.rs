//! Finding one's way in what was read from a fax.

use kasasagi_ocr::reading::{FormReading, Found, PageReading};
use kasasagi_store::id::RecordId;

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
