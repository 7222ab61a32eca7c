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
    /// From an IMAP mailbox.
    Imap,
    /// By `kasasagi submit`.
    Submit,
}

/// The place of a message in an IMAP mailbox; nothing else ever has it (RFC 3501, 2.3.1.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailOrigin {
    /// The mailbox, as 16 hexadecimal digits of a hash over server, user and folder.
    pub mailbox: String,
    /// Its UIDVALIDITY.
    pub validity: u32,
    /// The UID of the message.
    pub uid: u32,
}

/// A message on its way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// How it comes.
    pub source: Source,
    /// Where it lay, if in an IMAP mailbox.
    pub origin: Option<MailOrigin>,
    /// Whether another message of the same bytes is this one again. A mail with a Message-ID is; mails
    /// without one may be equal and two.
    pub unique: bool,
}

impl From<Source> for Arrival {
    /// A message that may have an equal.
    fn from(source: Source) -> Self {
        Self { source, origin: None, unique: false }
    }
}

/// One thing that happened. Every arrow of the journey is one event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// The raw message is sealed and durable; only now may it be acknowledged.
    Received {
        /// The fax, named here for the first time.
        fax: FaxId,
        /// How it came.
        source: Source,
        /// SHA-256 of the raw message, hexadecimal.
        sha256: String,
        /// Length of the raw message.
        bytes: u64,
        /// Where it lay, if in an IMAP mailbox.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        origin: Option<MailOrigin>,
    },
    /// The same mail came once more: nothing new was stored, and it may be acknowledged again.
    ReceivedAgain {
        /// The fax it is.
        fax: FaxId,
        /// How it came this time.
        source: Source,
        /// Where it lay this time, if in an IMAP mailbox.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        origin: Option<MailOrigin>,
    },
    /// A mailbox was seen for the first time, or for the first time since its UIDs were given anew.
    MailboxBegun {
        /// The mailbox, as in [`MailOrigin`].
        mailbox: String,
        /// Its UIDVALIDITY.
        validity: u32,
        /// Messages below this UID are left alone.
        first: u32,
    },
    /// The message was taken apart into documents.
    Opened {
        /// The fax.
        fax: FaxId,
        /// Its documents, in order.
        documents: Vec<DocumentNote>,
    },
    /// One try at reading failed; counted, so that a poison file ends as a hold.
    ReadingFailed {
        /// The fax.
        fax: FaxId,
        /// Which try this was, from 1.
        attempt: u32,
        /// Reason code.
        reason: String,
    },
    /// Every page was read; the readings and page images are sealed.
    Read {
        /// The fax.
        fax: FaxId,
        /// All its pages.
        pages: Vec<PageNote>,
        /// The filled forms on them.
        records: Vec<RecordNote>,
    },
    /// The sheet of this record came before, on another fax: what differs tells a repeat from a correction.
    Resent {
        /// The later record.
        record: RecordId,
        /// What is known of the earlier one.
        of: Earlier,
    },
    /// Where one record goes. The outbox items of a delivery exist by this event.
    Decided {
        /// The record.
        record: RecordId,
        /// Where it goes.
        decision: Decision,
    },
    /// One try at sending an item did not succeed; it is due again at `next`.
    Deferred {
        /// The item.
        item: ItemId,
        /// Tries so far.
        attempt: u32,
        /// What the server answered, or why there was none.
        code: String,
        /// When it is due again.
        next: Timestamp,
    },
    /// The next server took the item.
    Sent {
        /// The item.
        item: ItemId,
        /// What the server answered.
        code: String,
    },
    /// The item will not be tried again; an admin must look.
    GaveUp {
        /// The item.
        item: ItemId,
        /// Why.
        code: String,
    },
    /// The fax as a whole waits for a person.
    FaxHeld {
        /// The fax.
        fax: FaxId,
        /// Reason code.
        reason: String,
    },
    /// An administrator vouched for the sender of a fax that was held because nobody knew the sender.
    Admitted {
        /// The fax.
        fax: FaxId,
    },
    /// The fax carries the same documents as an earlier one.
    Duplicate {
        /// The later fax.
        fax: FaxId,
        /// The earlier one.
        of: FaxId,
    },
    /// The message is none of ours to process (a mail loop, say).
    Refused {
        /// The fax.
        fax: FaxId,
        /// Reason code.
        reason: String,
    },
    /// Somebody looked at the audit trail or at a held record.
    Looked {
        /// What was looked at: the command, for instance.
        what: String,
        /// A fax, a record, or the registered number of a patient.
        about: Option<String>,
    },
    /// The daemon started.
    Started {
        /// Its version.
        version: String,
    },
    /// The daemon stopped in good order.
    Stopped,
    /// The sled view was rebuilt from the journal.
    ViewRebuilt {
        /// Why the one before could not be used.
        reason: String,
    },
    /// The key and the content of a settled fax were removed for ever.
    Erased {
        /// The fax.
        fax: FaxId,
    },
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
            | Self::ReceivedAgain { fax, .. }
            | Self::Opened { fax, .. }
            | Self::ReadingFailed { fax, .. }
            | Self::Read { fax, .. }
            | Self::FaxHeld { fax, .. }
            | Self::Admitted { fax }
            | Self::Duplicate { fax, .. }
            | Self::Refused { fax, .. }
            | Self::Erased { fax } => Some(fax),
            Self::Resent { record, .. } | Self::Decided { record, .. } => Some(record.fax()),
            Self::Deferred { item, .. } | Self::Sent { item, .. } | Self::GaveUp { item, .. } => {
                Some(item.fax())
            }
            Self::MailboxBegun { .. }
            | Self::Looked { .. }
            | Self::Started { .. }
            | Self::Stopped
            | Self::ViewRebuilt { .. } => None,
        }
    }

    /// The kind as written in the journal, `received` for instance.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Received { .. } => "received",
            Self::ReceivedAgain { .. } => "received_again",
            Self::MailboxBegun { .. } => "mailbox_begun",
            Self::Opened { .. } => "opened",
            Self::ReadingFailed { .. } => "reading_failed",
            Self::Read { .. } => "read",
            Self::Resent { .. } => "resent",
            Self::Decided { .. } => "decided",
            Self::Deferred { .. } => "deferred",
            Self::Sent { .. } => "sent",
            Self::GaveUp { .. } => "gave_up",
            Self::FaxHeld { .. } => "fax_held",
            Self::Admitted { .. } => "admitted",
            Self::Duplicate { .. } => "duplicate",
            Self::Refused { .. } => "refused",
            Self::Looked { .. } => "looked",
            Self::Started { .. } => "started",
            Self::Stopped => "stopped",
            Self::ViewRebuilt { .. } => "view_rebuilt",
            Self::Erased { .. } => "erased",
        }
    }
}
