//! The audit vocabulary. An event says what happened, to which fax, record or item, in codes:
//! no name, no number from the fax, no address, no free text from outside.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{FaxId, ItemId, RecordId};

/// How a message reached us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Over LMTP.
    Lmtp,
    /// From a Maildir.
    Maildir,
    /// By `kasasagi submit`.
    Submit,
}

/// One thing that happened. Every arrow of the journey is one event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// The raw message is sealed and durable; only now may it be acknowledged.
    Received { fax: FaxId, source: Source, sha256: String, bytes: u64 },
    /// The message was taken apart into documents.
    Opened { fax: FaxId, documents: Vec<DocumentNote> },
    /// One try at reading failed; counted, so that a poison file ends as a hold.
    ReadingFailed { fax: FaxId, attempt: u32, reason: String },
    /// Every page was read; the readings and page images are sealed.
    Read { fax: FaxId, pages: Vec<PageNote>, records: Vec<RecordNote> },
    /// Where one record goes. The outbox items of a delivery exist by this event.
    Decided { record: RecordId, decision: Decision },
    /// One try at sending an item did not succeed; it is due again at `next`.
    Deferred { item: ItemId, attempt: u32, code: String, next: Timestamp },
    /// The next server took the item.
    Sent { item: ItemId, code: String },
    /// The item will not be tried again; an admin must look.
    GaveUp { item: ItemId, code: String },
    /// The fax as a whole waits for a person.
    FaxHeld { fax: FaxId, reason: String },
    /// The fax carries the same documents as an earlier one.
    Duplicate { fax: FaxId, of: FaxId },
    /// The message is none of ours to process (a mail loop, say).
    Refused { fax: FaxId, reason: String },
    /// Somebody looked at the audit trail or at a held record.
    Looked { what: String, about: Option<String> },
    /// The daemon started.
    Started { version: String },
    /// The daemon stopped in good order.
    Stopped,
    /// The sled view was rebuilt from the journal.
    ViewRebuilt { reason: String },
}

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
    /// Held for a person.
    Hold {
        /// Reason codes, the weightiest first.
        reasons: Vec<String>,
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
}

impl Event {
    /// The fax an event belongs to, where it belongs to one.
    pub fn fax(&self) -> Option<&FaxId> {
        match self {
            Self::Received { fax, .. }
            | Self::Opened { fax, .. }
            | Self::ReadingFailed { fax, .. }
            | Self::Read { fax, .. }
            | Self::FaxHeld { fax, .. }
            | Self::Duplicate { fax, .. }
            | Self::Refused { fax, .. } => Some(fax),
            Self::Decided { record, .. } => Some(record.fax()),
            Self::Deferred { item, .. } | Self::Sent { item, .. } | Self::GaveUp { item, .. } => {
                Some(item.fax())
            }
            Self::Looked { .. } | Self::Started { .. } | Self::Stopped | Self::ViewRebuilt { .. } => None,
        }
    }
}
