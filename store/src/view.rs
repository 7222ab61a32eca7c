//! What the journal says about each fax, as nouns a person asks for.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event::{Decision, DocumentNote, Earlier, MailOrigin, Receipt, Source};
use crate::id::{DigestId, FaxId, ItemId, RecordId};

/// Where a fax is on its journey. The last four are final unless a person takes it up again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaxState {
    /// The raw message is safe; nothing else is known.
    Received,
    /// The documents are known.
    Opened,
    /// The pages are read; some records are not decided.
    Read,
    /// Every record is decided; some messages are not sent.
    Sending,
    /// Every record reached the next server for everybody entitled; nothing is held.
    Delivered,
    /// Something of it waits for a person: the fax, a page, a record, or a message given up.
    Held,
    /// It repeats an earlier fax.
    Duplicate,
    /// It is none of ours to process.
    Refused,
}

/// One fax as the journal tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FaxView {
    /// The fax.
    pub id: FaxId,
    /// When its `Received` event was written.
    pub received_at: Timestamp,
    /// Number of its `Received` event: the order of arrival.
    pub arrival: u64,
    /// How it came.
    pub source: Source,
    /// SHA-256 of the raw message.
    pub sha256: String,
    /// Length of the raw message.
    pub bytes: u64,
    /// Everywhere it lay in IMAP mailboxes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<MailOrigin>,
    /// Where it is.
    pub state: FaxState,
    /// The filled forms found on it.
    pub records: Vec<RecordView>,
    /// Pages that are no readable form, each with the reason code.
    pub held_pages: Vec<(u32, String)>,
    /// The documents in the message.
    pub documents: Vec<DocumentNote>,
    /// Failed tries at reading it.
    pub attempts: u32,
    /// Why the fax as a whole is held or refused.
    pub reason: Option<String>,
    /// The earlier fax that it repeats.
    pub of: Option<FaxId>,
    /// Why a person settled what waited of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected: Option<String>,
    /// Whether its content was erased.
    pub erased: bool,
    /// Whether its content must stay (legal hold).
    #[serde(default)]
    pub kept: bool,
    pub(crate) progress: Progress,
}

/// How far the work on a fax got, whatever was decided about it meanwhile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    pub opened: bool,
    pub read: bool,
    pub refused: bool,
}

/// How many fields of a record were read how well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Read as sure.
    pub sure: u32,
    /// Left to a person.
    pub doubtful: u32,
    /// Not filled in.
    pub blank: u32,
}

/// One filled form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordView {
    /// The record.
    pub id: RecordId,
    /// The page it stands on, from 1 through all documents.
    pub page: u32,
    /// Form name.
    pub form: String,
    /// Form version.
    pub version: u8,
    /// How well its fields were read.
    pub counts: Counts,
    /// The record that carried the same sheet before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<Earlier>,
    /// Keys of the fields that a person has corrected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrected: Vec<String>,
    /// The blobs in which the person's values are sealed, in order; a later one stands above an earlier one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<String>,
    /// How often a person has taken it up.
    #[serde(default)]
    pub taken_up: u32,
    /// The patient whom a person said it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routed: Option<String>,
    /// Where it goes, once that is decided. A hold may become a delivery, never the other way.
    pub decision: Option<Decision>,
    /// The messages about it.
    pub items: Vec<ItemView>,
}

/// One message to one recipient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItemView {
    /// The item.
    pub id: ItemId,
    /// Registry code of the recipient.
    pub recipient: String,
    /// Role under which they receive it.
    pub role: String,
    /// When it was put into the outbox.
    pub created_at: Timestamp,
    /// How it stands.
    pub state: ItemState,
    /// The digest it is in, or was sent with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<DigestId>,
    /// Digests that failed with it.
    #[serde(default)]
    pub carried: u32,
    /// How and when the recipient took note of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noted: Option<Noted>,
    /// When it went to somebody else because nobody took note of it, or it could not be delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalated: Option<Timestamp>,
    /// Whether the administrators were told that it failed or was not taken note of.
    #[serde(default)]
    pub alerted: bool,
}

/// That a recipient took note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// When we heard of it.
    pub at: Timestamp,
    /// How.
    pub how: Receipt,
}

/// How a message stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum ItemState {
    /// Waits for the recipient's next digest.
    Waiting {
        /// Since when.
        since: Timestamp,
    },
    /// To be sent at `next`.
    Due {
        /// Not before this.
        next: Timestamp,
        /// Tries so far.
        attempt: u32,
    },
    /// The next server took it.
    Sent {
        /// When.
        at: Timestamp,
        /// What the server answered.
        code: String,
    },
    /// It will not be tried again unless a person asks.
    GaveUp {
        /// When.
        at: Timestamp,
        /// Why.
        code: String,
    },
    /// A person does not want it sent.
    Cancelled {
        /// When.
        at: Timestamp,
    },
}

/// The kinds of [`ItemState`], to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// Waiting for a digest.
    Waiting,
    /// To be sent.
    Due,
    /// Sent.
    Sent,
    /// Given up.
    GaveUp,
    /// Cancelled.
    Cancelled,
}

impl ItemKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Due, Self::Sent, Self::GaveUp, Self::Cancelled];
}

impl FaxState {
    /// All states, in the order of the journey.
    pub const ALL: [Self; 8] = [
        Self::Received,
        Self::Opened,
        Self::Read,
        Self::Sending,
        Self::Delivered,
        Self::Held,
        Self::Duplicate,
        Self::Refused,
    ];

    /// Whether the journey ends here.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Delivered | Self::Held | Self::Duplicate | Self::Refused)
    }
}

impl ItemState {
    /// Its kind.
    pub fn kind(&self) -> ItemKind {
        match self {
            Self::Waiting { .. } => ItemKind::Waiting,
            Self::Due { .. } => ItemKind::Due,
            Self::Sent { .. } => ItemKind::Sent,
            Self::GaveUp { .. } => ItemKind::GaveUp,
            Self::Cancelled { .. } => ItemKind::Cancelled,
        }
    }
}

impl FaxView {
    /// When anything last happened to it or its messages, as far as that tells how long its content must stay.
    pub fn last_at(&self) -> Timestamp {
        let of_item = |item: &ItemView| {
            let state = match item.state {
                ItemState::Sent { at, .. } | ItemState::GaveUp { at, .. } | ItemState::Cancelled { at } => at,
                ItemState::Due { .. } | ItemState::Waiting { .. } => item.created_at,
            };
            state.max(item.noted.map_or(state, |noted| noted.at))
        };
        self.items().map(of_item).fold(self.received_at, Timestamp::max)
    }

    /// The record of this name.
    pub fn record(&self, id: &RecordId) -> Option<&RecordView> {
        self.records.iter().find(|r| r.id == *id)
    }

    /// All messages about all its records.
    pub fn items(&self) -> impl Iterator<Item = &ItemView> {
        self.records.iter().flat_map(|r| &r.items)
    }

    /// The state that follows from the rest of the view.
    pub(crate) fn derived_state(&self) -> FaxState {
        let Progress { opened, read, refused } = self.progress;
        let on_its_way = |i: &ItemView| matches!(i.state.kind(), ItemKind::Due | ItemKind::Waiting);
        let sent = |i: &ItemView| i.state.kind() == ItemKind::Sent;
        let held = |r: &RecordView| matches!(r.decision, Some(Decision::Hold { .. }));
        let repeats = |r: &RecordView| matches!(r.decision, Some(Decision::Repeat { .. }));
        if self.of.is_some() {
            FaxState::Duplicate
        } else if refused {
            FaxState::Refused
        } else if self.reason.is_some() {
            FaxState::Held
        } else if self.rejected.is_some() && self.items().next().is_none() {
            FaxState::Refused
        } else if !opened {
            FaxState::Received
        } else if !read {
            FaxState::Opened
        } else if self.records.iter().any(|r| r.decision.is_none()) {
            FaxState::Read
        } else if self.items().any(on_its_way) {
            FaxState::Sending
        } else if (self.records.is_empty() && self.rejected.is_none())
            || !self.held_pages.is_empty()
            || self.records.iter().any(held)
            || self.items().any(|i| i.state.kind() == ItemKind::GaveUp)
        {
            FaxState::Held
        } else if self.items().any(sent) {
            FaxState::Delivered
        } else if self.records.iter().any(repeats) {
            FaxState::Duplicate
        } else {
            FaxState::Refused
        }
    }
}
