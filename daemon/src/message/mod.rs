//! What a recipient gets: one mail per record and recipient, in Japanese, as text and as HTML,
//! with the fax page attached.
//!
//! `content` decides what is said, `value` and `plain` how a value is written; `text` and `html` write
//! the same content twice; `mime` makes it a mail. Values come from a fax, hence from anybody: they reach
//! the mail as single printable lines, and no header carries one.

mod content;
mod html;
mod mime;
mod plain;
mod text;
mod value;

use jiff::{Timestamp, Zoned};
use kasasagi_ocr::form::Form;
use kasasagi_ocr::reading::FormReading;
use kasasagi_routing::facts::Urgency;
use kasasagi_store::id::{ItemId, RecordId};
use sha2::{Digest, Sha256};

use crate::Result;

/// Header field of our own mails that names their outbox item; how a mail loop is recognised.
pub const ITEM_FIELD: &str = "X-Kasasagi-Item";

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

/// What a mail says about the record that it corrects.
pub struct Correction<'a> {
    /// The earlier record.
    pub record: &'a RecordId,
    /// What was read of it.
    pub reading: &'a FormReading,
    /// Keys of the fields that differ.
    pub differing: &'a [String],
}

/// Who sends the mails of the gateway.
#[derive(Clone, Debug)]
pub struct Sender {
    /// Display name of the `From` header.
    pub name: String,
    /// Mail address of the `From` header.
    pub address: String,
    /// Domain of the Message-IDs.
    pub domain: String,
    /// The association, as recipients know it.
    pub organisation: String,
    /// Where questions go, as shown to people; also `Reply-To` when it is a mail address. May be empty.
    pub contact: String,
}

/// Composes the mail: RFC 5322, CRLF, 7-bit clean. The same letter always gives the same bytes.
///
/// # Errors
/// [`crate::Error::Letter`] when an address or the Message-ID domain cannot stand in a mail header.
pub fn compose(letter: &Letter<'_>) -> Result<Vec<u8>> {
    mime::assemble(letter, &content::Content::of(letter))
}

/// The Message-ID of an item, for ever the same, without angle brackets.
///
/// It is a digest, so that neither the fax nor the recipient's registry code can be read off it.
pub fn message_id(item: &ItemId, domain: &str) -> String {
    format!("{}@{domain}", item_digest(item))
}

/// 160 bits of the item's SHA-256, hexadecimal.
fn item_digest(item: &ItemId) -> String {
    let digest = Sha256::digest(format!("kasasagi message-id 1\n{item}"));
    digest.iter().take(20).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
