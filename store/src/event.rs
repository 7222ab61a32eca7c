//! The audit vocabulary. An event says what happened, to which fax, record or item, in codes:
//! no name, no number from the fax, no address, no free text from outside.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::id::{DigestId, FaxId, ItemId, RecordId};
pub use crate::note::{Decision, DocumentNote, Earlier, OutboxNote, PageNote, Receipt, RecordNote};

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
        /// How often a person had taken the record up when it was decided; one more since, and this decision
        /// changes nothing. Not known of decisions by a person, and of old entries.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        taken_up: Option<u32>,
    },
    /// A person looked at a held record and said what stands in these fields.
    Corrected {
        /// The record.
        record: RecordId,
        /// Keys of the fields.
        fields: Vec<String>,
        /// The blob that holds the values; none if there are no fields.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sealed: Option<String>,
    },
    /// A person looked at a held record and said whom it is about.
    Routed {
        /// The record.
        record: RecordId,
        /// Registered number of the patient.
        patient: String,
    },
    /// A person settled what waits of a fax, its pages and records, without a delivery.
    Rejected {
        /// The fax.
        fax: FaxId,
        /// Reason code.
        reason: String,
    },
    /// Items that waited for the digest of one recipient go into one mail, due now.
    Digested {
        /// The digest.
        digest: DigestId,
        /// What it holds, the newest first.
        items: Vec<ItemId>,
    },
    /// A digest failed for good; its items wait for the next one.
    CarriedOver {
        /// What it held.
        items: Vec<ItemId>,
        /// Why it failed.
        code: String,
    },
    /// One try at sending an item did not succeed; it is due again at `next`.
    Deferred {
        /// The item.
        item: ItemId,
        /// Those that went in the same mail, a digest.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        with: Vec<ItemId>,
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
        /// Those that went in the same mail, a digest.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        with: Vec<ItemId>,
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
    /// The recipient has taken note of these items.
    Acknowledged {
        /// The items of one mail.
        items: Vec<ItemId>,
        /// How they let us know.
        how: Receipt,
    },
    /// Nobody took note of an urgent item in time, or it could not be delivered: it goes to somebody else as well.
    Escalated {
        /// The item.
        item: ItemId,
        /// Messages that exist by this event; none if there is no backup.
        to: Vec<OutboxNote>,
    },
    /// A person wants an item sent now.
    Retried {
        /// The item.
        item: ItemId,
    },
    /// A person does not want an item sent any more.
    Cancelled {
        /// The item.
        item: ItemId,
    },
    /// The administrators were told by mail of items that failed or were not taken note of.
    Alerted {
        /// The items.
        items: Vec<ItemId>,
    },
    /// The report of a day went to the administrators.
    Reported {
        /// The day.
        day: Date,
    },
    /// A registry was handed in; it takes effect when it is approved.
    RegistryProposed {
        /// Its number.
        version: u32,
        /// SHA-256 of the sealed tables, hexadecimal.
        sha256: String,
        /// First day it is to be used; at once if none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        effective: Option<Date>,
        /// Rows added.
        added: u32,
        /// Rows changed.
        changed: u32,
        /// Rows removed.
        removed: u32,
    },
    /// A registry takes effect.
    RegistryApproved {
        /// Its number.
        version: u32,
    },
    /// A registry was turned down.
    RegistryTurnedDown {
        /// Its number.
        version: u32,
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
    /// The content of a fax must stay, however old it gets, because the law or a court wants it (legal hold).
    Kept {
        /// The fax.
        fax: FaxId,
    },
    /// It need not stay any more.
    Released {
        /// The fax.
        fax: FaxId,
    },
    /// A copy of the store was made.
    BackedUp {
        /// The last event in it.
        seq: u64,
    },
    /// The store was brought back from a copy.
    Restored {
        /// The last event of the copy.
        seq: u64,
        /// Faxes and messages that may have gone on since the copy was made, and now wait for a person.
        in_doubt: u32,
    },
    /// The keys of all content were wrapped anew, under another master key.
    KeyRotated,
}

impl Event {
    /// A decision about a record that nobody has taken up.
    pub fn decided(record: RecordId, decision: Decision) -> Self {
        Self::Decided { record, decision, taken_up: None }
    }

    /// An item that went in a mail of its own.
    pub fn sent(item: ItemId, code: impl Into<String>) -> Self {
        Self::Sent { item, with: Vec::new(), code: code.into() }
    }

    /// A try at an item in a mail of its own that did not succeed.
    pub fn deferred(item: ItemId, attempt: u32, code: impl Into<String>, next: Timestamp) -> Self {
        Self::Deferred { item, with: Vec::new(), attempt, code: code.into(), next }
    }

    /// The fax an event belongs to, where it belongs to one; the first of several.
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
            | Self::Rejected { fax, .. }
            | Self::Kept { fax }
            | Self::Released { fax }
            | Self::Erased { fax } => Some(fax),
            Self::Resent { record, .. }
            | Self::Corrected { record, .. }
            | Self::Routed { record, .. }
            | Self::Decided { record, .. } => Some(record.fax()),
            _ => self.items().next().map(ItemId::fax),
        }
    }

    /// Every fax an event belongs to, each once.
    pub fn faxes(&self) -> BTreeSet<&FaxId> {
        self.fax().into_iter().chain(self.items().map(ItemId::fax)).collect()
    }

    /// The outbox items whose state an event changes.
    pub fn items(&self) -> impl Iterator<Item = &ItemId> {
        let (item, more): (Option<&ItemId>, &[ItemId]) = match self {
            Self::Deferred { item, with, .. } | Self::Sent { item, with, .. } => (Some(item), with),
            Self::GaveUp { item, .. }
            | Self::Escalated { item, .. }
            | Self::Retried { item }
            | Self::Cancelled { item } => (Some(item), &[]),
            Self::Digested { items, .. }
            | Self::CarriedOver { items, .. }
            | Self::Acknowledged { items, .. }
            | Self::Alerted { items } => (None, items),
            _ => (None, &[]),
        };
        item.into_iter().chain(more)
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
            Self::Corrected { .. } => "corrected",
            Self::Routed { .. } => "routed",
            Self::Rejected { .. } => "rejected",
            Self::Digested { .. } => "digested",
            Self::CarriedOver { .. } => "carried_over",
            Self::Deferred { .. } => "deferred",
            Self::Sent { .. } => "sent",
            Self::GaveUp { .. } => "gave_up",
            Self::Acknowledged { .. } => "acknowledged",
            Self::Escalated { .. } => "escalated",
            Self::Retried { .. } => "retried",
            Self::Cancelled { .. } => "cancelled",
            Self::Alerted { .. } => "alerted",
            Self::Reported { .. } => "reported",
            Self::RegistryProposed { .. } => "registry_proposed",
            Self::RegistryApproved { .. } => "registry_approved",
            Self::RegistryTurnedDown { .. } => "registry_turned_down",
            Self::FaxHeld { .. } => "fax_held",
            Self::Admitted { .. } => "admitted",
            Self::Duplicate { .. } => "duplicate",
            Self::Refused { .. } => "refused",
            Self::Looked { .. } => "looked",
            Self::Started { .. } => "started",
            Self::Stopped => "stopped",
            Self::ViewRebuilt { .. } => "view_rebuilt",
            Self::Erased { .. } => "erased",
            Self::Kept { .. } => "kept",
            Self::Released { .. } => "released",
            Self::BackedUp { .. } => "backed_up",
            Self::Restored { .. } => "restored",
            Self::KeyRotated => "key_rotated",
        }
    }
}
