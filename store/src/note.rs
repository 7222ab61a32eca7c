//! What events say about documents, pages, records, decisions and messages.

use serde::{Deserialize, Serialize};

use crate::id::{ItemId, RecordId};

/// One document of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DocumentNote {
    /// `pdf`, `tiff`, `png`.
    pub format: String,
    /// SHA-256 of the bytes, hexadecimal.
    pub sha256: String,
    /// Length.
    pub bytes: u64,
}

/// One page, numbered through all documents of the fax from 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PageNote {
    /// Page number.
    pub page: u32,
    /// Why the page is held instead of read as a form; `None` when it carries records.
    pub held: Option<String>,
}

/// One filled form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordNote {
    /// The record.
    pub record: RecordId,
    /// The page it stands on.
    pub page: u32,
    /// Form name.
    pub form: String,
    /// Form version.
    pub version: u8,
    /// Fields read as sure.
    pub sure: u32,
    /// Fields left to a person.
    pub doubtful: u32,
    /// Fields not filled in.
    pub blank: u32,
}

/// The record that carried the same sheet before, and how the later one differs. Fields are named by their
/// keys, never by what stands in them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    /// The earlier record.
    pub record: RecordId,
    /// Fields that say something else for certain.
    pub differing: Vec<String>,
    /// Fields that were not read well enough to tell.
    pub unclear: Vec<String>,
}

/// What happens to a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum Decision {
    /// Delivered to everybody entitled.
    Deliver {
        /// Registered number of the patient.
        patient: String,
        /// Evidence codes that agreed, at least two.
        evidence: Vec<String>,
        /// `routine`, `today` or `emergency`.
        urgency: String,
        /// One outbox item per recipient.
        items: Vec<OutboxNote>,
    },
    /// Says what an earlier record said, which everybody entitled received: nothing is sent.
    Repeat {
        /// The earlier record.
        of: RecordId,
    },
    /// Held for a person.
    Hold {
        /// Reason codes, the weightiest first.
        reasons: Vec<String>,
        /// Codes of what agreed nevertheless.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<String>,
    },
    /// Settled by a person without a delivery.
    Reject {
        /// Reason code.
        reason: String,
    },
}

/// One message to one recipient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutboxNote {
    /// The item; its Message-ID follows from it.
    pub item: ItemId,
    /// Registry code of the recipient.
    pub recipient: String,
    /// Role under which they receive it.
    pub role: String,
    /// Whether it waits for the recipient's next digest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waits: bool,
}

/// How a recipient let us know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Receipt {
    /// The mail was displayed to them (RFC 8098).
    Displayed,
    /// They replied to it.
    Replied,
}

impl Decision {
    /// Held for these reasons, with nothing that agreed.
    pub fn hold(reasons: Vec<String>) -> Self {
        Self::Hold { reasons, evidence: Vec::new() }
    }
}

impl OutboxNote {
    /// A message to be sent at once to the holder of the item's registry code.
    pub fn now(item: ItemId, role: impl Into<String>) -> Self {
        Self { recipient: item.recipient().to_owned(), item, role: role.into(), waits: false }
    }
}
