//! A record composed at once, without a sealed sheet between.

use std::collections::BTreeMap;

use jiff::{Timestamp, Zoned};
use kasasagi_ocr::form::Form;
use kasasagi_ocr::reading::FormReading;
use kasasagi_routing::facts::Urgency;
use kasasagi_store::id::ItemId;

use super::{Addressee, Correction, PatientLabel, Sender, Sheet, SheetSource, Templates};
use crate::Result;

/// Everything one mail is made of.
pub struct Letter<'a> {
    /// The outbox item; the Message-ID follows from it.
    pub item: &'a ItemId,
    /// The form the record was written on.
    pub form: &'a Form,
    /// What was read.
    pub reading: &'a FormReading,
    /// Whether this recipient may see the field with this key.
    pub visible: &'a dyn Fn(&str) -> bool,
    /// How soon somebody must look.
    pub urgency: Urgency,
    /// Name of the recipient, from the registry.
    pub recipient_name: &'a str,
    /// Mail address of the recipient, from the registry.
    pub recipient_address: &'a str,
    /// Role under which they receive it, in Japanese, such as `主治医`.
    pub role: &'a str,
    /// When the fax arrived, in the gateway's time zone.
    pub received_at: Zoned,
    /// Remarks in Japanese, such as consent not given or pages missing.
    pub notes: &'a [String],
    /// Set when the sheet came before and says something else now.
    pub correction: Option<&'a Correction<'a>>,
    /// The page of the record as PDF; empty when there is none to attach.
    pub page_pdf: &'a [u8],
    /// Whether the zones of hidden fields are blanked out in `page_pdf`.
    /// A page that is not masked goes only to a recipient who may see every field of the form.
    pub page_masked: bool,
    /// Who sends.
    pub sender: &'a Sender,
    /// Signed head of the audit journal, one line.
    pub checkpoint: &'a str,
    /// Now, for the `Date` header.
    pub now: Timestamp,
}

/// Composes the mail: RFC 5322, CRLF, 7-bit clean. The same letter always gives the same bytes.
///
/// # Errors
/// As [`super::single`].
pub fn compose(letter: &Letter<'_>) -> Result<Vec<u8>> {
    let sheet = Sheet::of(SheetSource {
        record: letter.item.record(),
        form: letter.form,
        reading: letter.reading,
        visible: letter.visible,
        urgency: letter.urgency,
        received_at: &letter.received_at,
        notes: letter.notes,
        correction: letter.correction,
        patient: &PatientLabel { id: String::new(), name: None },
        crops: BTreeMap::new(),
        page_pdf: letter.page_pdf.to_vec(),
        page_masked: letter.page_masked,
    });
    let to =
        Addressee { name: letter.recipient_name, address: letter.recipient_address, role_ja: letter.role };
    let templates = Templates::open(None)?;
    let mail =
        super::single(&sheet, letter.item, &to, letter.sender, &templates, letter.checkpoint, letter.now)?;
    Ok(mail.clear())
}
