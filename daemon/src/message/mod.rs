//! What a recipient gets, in Japanese, as text and as HTML, with the fax page attached.
//!
//! ```text
//! decided: reading ─▶ content ─▶ Sheet (sealed)
//! sending: Sheet(s) ─▶ view ─▶ Templates ─▶ entity ─▶ Mail ─▶ clear, or signed and encrypted
//! ```
//!
//! A [`Sheet`] is everything one recipient may see of one record, so that a mail can be composed when it is
//! sent, for the certificate of that day, alone or with others. Values come from a fax, hence from anybody:
//! they reach a sheet as single printable lines, and no header carries one.

mod content;
mod plain;
mod sheet;
mod value;

mod sample;
mod templates;
mod trial;
mod view;

mod admin;
mod compose;
mod entity;
mod mail;

pub(crate) mod armour;

use std::fmt;

use kasasagi_ocr::reading::FormReading;
use kasasagi_store::id::{ItemId, RecordId};
use sha2::{Digest, Sha256};

pub use admin::{Alert, Figure, Report, ReportSection, alert, notice, report};
pub use compose::{LARGEST, digest, single};
pub use mail::Mail;
pub(crate) use plain::line;
pub use sample::{sample, sample_of};
pub use sheet::{PatientLabel, Sheet, SheetSource};
pub use templates::Templates;

use crate::{Error, Result};

/// Header field of our own mails that names their outbox item; how a mail loop is recognised.
pub const ITEM_FIELD: &str = "X-Kasasagi-Item";

/// Header field of our own mails that names their digest.
pub const DIGEST_FIELD: &str = "X-Kasasagi-Digest";

/// What a mail is about: its Message-ID follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About<'a> {
    /// One outbox item.
    Item(&'a ItemId),
    /// Several, under the name of their digest.
    Digest(&'a str),
    /// The gateway itself.
    Admin(&'a str),
}

/// Who receives a mail.
#[derive(Clone, Copy)]
pub struct Addressee<'a> {
    /// Name, from the registry.
    pub name: &'a str,
    /// Mail address, from the registry.
    pub address: &'a str,
    /// Role under which they receive it, in Japanese; may be empty.
    pub role_ja: &'a str,
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
    /// Where questions go, as shown to people. May be empty.
    pub contact: String,
    /// Address at which the gateway reads replies, which count as taken note; empty when it reads none.
    pub reply_to: String,
}

/// The Message-ID of an item, for ever the same, without angle brackets.
///
/// It is a digest, so that neither the fax nor the recipient's registry code can be read off it.
pub fn message_id(item: &ItemId, domain: &str) -> String {
    About::Item(item).message_id(domain)
}

impl About<'_> {
    /// The Message-ID, for ever the same, without angle brackets.
    pub fn message_id(&self, domain: &str) -> String {
        hidden(&self.named(), domain)
    }

    /// 160 bits, hexadecimal.
    fn digest(&self) -> String {
        digest_of(&self.named())
    }

    fn named(&self) -> String {
        format!("kasasagi message-id 1\n{self}")
    }

    /// Names of others than items come from the caller and stand in headers.
    fn checked(&self) -> Result<()> {
        let fits = |id: &str| (1..=100).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
        match self {
            Self::Digest(id) | Self::Admin(id) if !fits(id) => {
                Err(self.unusable("its name", "not 1 to 100 printable ASCII characters"))
            }
            _ => Ok(()),
        }
    }

    fn unusable(
        &self,
        what: &'static str,
        why: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Error {
        Error::Letter { item: self.to_string(), what, source: why.into() }
    }
}

impl fmt::Display for About<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Item(item) => write!(f, "{item}"),
            Self::Digest(id) | Self::Admin(id) => f.write_str(id),
        }
    }
}

/// A name in a mail that cannot be read back.
fn hidden(text: &str, domain: &str) -> String {
    format!("{}@{domain}", digest_of(text))
}

/// 160 bits of SHA-256, hexadecimal.
fn digest_of(text: &str) -> String {
    Sha256::digest(text).iter().take(20).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
