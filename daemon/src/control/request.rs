//! What the command line asks and what it hears, over the socket or in one process.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use kasasagi_ocr::reading::FormReading;
use kasasagi_store::event::PageNote;
use kasasagi_store::id::{FaxId, ItemId, RecordId};
use kasasagi_store::{
    AuditQuery, Checkpoint, DayCount, Entry, FaxState, FaxView, ItemView, RegistryView, Verification,
};
use serde::{Deserialize, Serialize};

use crate::health::Trouble;
use crate::message::Report;
use crate::reason::RejectReason;

/// Version of this protocol; both sides refuse another one.
pub const VERSION: u16 = 2;

/// Faxes or messages in one answer; with as many there may be more.
pub const PAGE: usize = 1000;

/// One question.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case")]
pub enum Request {
    /// Take the message that follows.
    Submit,
    /// Faxes and where they are.
    List {
        /// Only in this state.
        state: Option<FaxState>,
        /// Only received since.
        since: Option<Timestamp>,
        /// Only received before this one: the last of the answer before.
        before: Option<FaxId>,
    },
    /// What waits, and what does not work.
    Status,
    /// The whole story of one fax.
    Trace {
        /// The fax.
        fax: FaxId,
    },
    /// Everything that waits for a person.
    HeldList,
    /// One held fax or record with what was read.
    HeldShow {
        /// Fax or record.
        id: String,
    },
    /// Vouch for the sender of a fax that is held for it.
    HeldAdmit {
        /// The fax.
        fax: FaxId,
    },
    /// Pictures of the pages of a held fax or record.
    HeldPages {
        /// Fax or record.
        id: String,
    },
    /// Say what stands in some fields of a held record, and that the rest was read rightly.
    HeldAccept {
        /// The record.
        record: RecordId,
        /// Field keys and what stands there.
        fields: Vec<(String, String)>,
    },
    /// Say whom a held record is about.
    HeldRoute {
        /// The record.
        record: RecordId,
        /// Registered number of the patient.
        patient: String,
        /// Field keys and what stands there.
        fields: Vec<(String, String)>,
    },
    /// Settle what is held without a delivery.
    HeldReject {
        /// Fax or record.
        id: String,
        /// Why.
        reason: RejectReason,
    },
    /// How one fax stands.
    Fax {
        /// The fax.
        fax: FaxId,
    },
    /// Send an item now that waits, was cancelled or was given up.
    OutboxRetry {
        /// The item.
        item: ItemId,
    },
    /// Do not send an item any more.
    OutboxCancel {
        /// The item.
        item: ItemId,
    },
    /// Hand in a registry: the tables and certificates that follow.
    RegistryPropose {
        /// First day it is to be used; at once if none.
        effective: Option<Date>,
    },
    /// Every registry handed in.
    RegistryHistory,
    /// One registry and what it changes.
    RegistryShow {
        /// Its number.
        version: u32,
    },
    /// Let a registry come into force.
    RegistryApprove {
        /// Its number.
        version: u32,
    },
    /// Do not use a registry.
    RegistryTurnDown {
        /// Its number.
        version: u32,
    },
    /// The tables of a registry.
    RegistryTables {
        /// Its number; the one in force if none.
        version: Option<u32>,
    },
    /// For whose digest how much waits, and until when.
    DigestList,
    /// Put together and send every digest now.
    DigestSend,
    /// The report of a day.
    Report {
        /// The day; today if none.
        day: Option<Date>,
    },
    /// Messages to recipients.
    Outbox {
        /// Also those already sent.
        all: bool,
        /// Only with a name after this one: the last of the answer before.
        after: Option<ItemId>,
    },
    /// Entries of the audit trail.
    AuditList(AuditQuery),
    /// One entry.
    AuditShow {
        /// Its number.
        seq: u64,
    },
    /// Prove the trail.
    AuditVerify {
        /// Checkpoints that left the machine.
        checkpoints: Vec<Checkpoint>,
        /// The public key that signed them, if it was kept elsewhere; else that of the store.
        key: Option<String>,
    },
    /// The signed head.
    AuditHead,
    /// The signed head as a C2SP signed note.
    AuditNote,
    /// Received against settled, per day.
    Reconcile,
    /// Remove the key and the content of one settled fax for ever.
    Erase {
        /// The fax.
        fax: FaxId,
    },
    /// Settled faxes to which nothing has happened since.
    Erasable {
        /// Until then something may have.
        until: Timestamp,
    },
    /// The content of a fax must stay, or need not any more.
    Keep {
        /// The fax.
        fax: FaxId,
        /// Whether it must.
        stays: bool,
    },
    /// A copy of the store was made.
    BackedUp {
        /// The last event in it.
        seq: u64,
    },
}

impl Request {
    /// Whether a frame of bytes follows it.
    pub fn is_followed(&self) -> bool {
        matches!(self, Self::Submit | Self::RegistryPropose { .. })
    }
}

/// One answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "answer", content = "of", rename_all = "snake_case")]
pub enum Answer {
    /// The message is durable under this name.
    Submitted(FaxId),
    /// Faxes.
    Faxes(Vec<FaxView>),
    /// How things stand.
    Status(Status),
    /// A fax and its story.
    Story(Box<FaxView>, Vec<Entry>),
    /// Held things.
    Held(Vec<HeldItem>),
    /// A held thing with what was read.
    HeldShown(Box<HeldDetail>),
    /// The fax goes on.
    Admitted(FaxId),
    /// The record is to be decided anew: at once if a daemon runs.
    TakenUp {
        /// The record.
        record: RecordId,
        /// Whether a daemon runs.
        decides: bool,
    },
    /// A registry.
    Registry(Registry),
    /// Registries, the oldest first.
    Registries(Vec<RegistryView>),
    /// The tables of a registry.
    Tables(#[serde(with = "crate::octets")] Vec<u8>),
    /// What waits for digests.
    Digests(Vec<DigestWaiting>),
    /// So many digests are due now.
    Digested(usize),
    /// The report of a day.
    Report(Report),
    /// Pictures.
    Pictures(Vec<Picture>),
    /// Outbox items.
    Items(Vec<ItemView>),
    /// Audit entries.
    Entries(Vec<Entry>),
    /// What verification found.
    Verified(Verification),
    /// The signed head.
    Head(Checkpoint),
    /// The same as a signed note.
    Note(String),
    /// The days.
    Days(Vec<DayCount>),
    /// It could not be done.
    Refused {
        /// Exit code of the command.
        exit: u8,
        /// Why, for a person.
        message: String,
    },
}

/// How things stand at this moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Whether the daemon answers, or the command line by itself.
    pub running: bool,
    /// What does not work.
    pub troubles: Vec<Trouble>,
    /// Faxes received and not decided yet.
    pub waiting: usize,
    /// When the oldest of them came.
    pub oldest: Option<Timestamp>,
}

/// Something that waits for a person: a fax, a page, a record or a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldItem {
    /// What `held show` takes.
    pub id: String,
    /// The fax it belongs to.
    pub fax: FaxId,
    /// `fax`, `page`, `record` or `message`.
    pub what: String,
    /// When the fax came.
    pub received_at: Timestamp,
    /// Reason codes, the weightiest first.
    pub reasons: Vec<String>,
}

/// A held thing with what is known about it.
#[derive(Clone, Serialize, Deserialize)]
pub struct HeldDetail {
    /// The fax.
    pub fax: FaxView,
    /// Its pages.
    pub pages: Vec<PageNote>,
    /// Why it waits.
    pub held: Vec<HeldItem>,
    /// Subject and text of the mail, where the fax waits as a whole.
    pub mail: Option<(String, String)>,
    /// The records in question with everything read from them.
    pub records: Vec<(RecordId, FormReading)>,
    /// What was read the first time, of those whose sheet came before.
    pub earlier: BTreeMap<RecordId, FormReading>,
}

/// What waits for the digest of one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestWaiting {
    /// Registry code of the recipient.
    pub recipient: String,
    /// Records that wait.
    pub items: usize,
    /// When the digest goes out, in the gateway's time zone.
    pub next: Option<DateTime>,
}

/// A registry and what it changes, for the screen of a person.
#[derive(Clone, Serialize, Deserialize)]
pub struct Registry {
    /// Its number, and who handed it in and approved it.
    pub view: RegistryView,
    /// What it changes, a line each.
    pub changes: Vec<String>,
    /// What a person should look at though it is sound.
    pub warnings: Vec<String>,
}

/// Prints no row.
impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Registry({}, {} changes)", self.view.version, self.changes.len())
    }
}

/// A picture as a file.
#[derive(Clone, Serialize, Deserialize)]
pub struct Picture {
    /// Name of the file.
    pub name: String,
    /// What it holds.
    #[serde(with = "crate::octets")]
    pub bytes: Vec<u8>,
}

/// Shows no picture.
impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({}, {} bytes)", self.name, self.bytes.len())
    }
}

/// Prints no field.
impl fmt::Debug for HeldDetail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HeldDetail({}, {} records)", self.fax.id, self.records.len())
    }
}
