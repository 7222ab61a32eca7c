//! What must survive a crash: sealed files, a hash-chained journal, and the sled view derived from it.
//!
//! A fax is sealed and its `Received` event is in the journal before [`Store::receive`] returns. Every
//! later step is an event too; the view that answers every question is folded from them and can be thrown
//! away at any time. `docs/store.md` describes the bytes on disk.
//!
//! ```
//! use kasasagi_store::{Event, FaxState, MasterKey, Settings, Source, Store};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let scratch = tempfile::tempdir()?;
//! let settings = Settings {
//!     dir: scratch.path().join("store"),
//!     master_key: MasterKey::generate_file(&scratch.path().join("master.key"))?,
//!     time_zone: jiff::tz::TimeZone::get("Asia/Tokyo")?,
//!     disk_floor_bytes: 1 << 20,
//! };
//! let (store, _) = Store::open(settings, jiff::Timestamp::now, "kasasagi")?;
//! let fax = store.receive(Source::Submit, b"the message as it arrived")?;
//! store.append("clerk", &[Event::FaxHeld { fax: fax.clone(), reason: "no_document".into() }])?;
//! assert_eq!(store.fax(&fax)?.map(|f| f.state), Some(FaxState::Held));
//! # Ok(())
//! # }
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test fails by panicking"))]

pub mod event;
pub mod id;

mod archive;
mod audit;
mod backup;
mod blob;
mod catchup;
mod census;
mod chain;
mod chance;
mod checkpoint;
mod close;
mod content;
mod disk;
mod error;
mod fold;
mod frame;
mod hash;
mod index;
mod journal;
mod key;
mod note;
mod pack;
mod query;
mod reconcile;
mod receiving;
mod recover;
mod registry;
mod restore;
mod rotate;
mod rows;
mod seal;
mod signed_note;
mod store;
mod tape;
mod transition;
mod verify;
mod view;
mod vouch;
mod walk;
mod work;

pub use audit::AuditQuery;
pub use backup::{Backup, backup, backup_telling};
pub use blob::BlobName;
pub use catchup::ViewStart;
pub use census::{Census, Pile};
pub use chain::{JournalCheck, verify_journal};
pub use checkpoint::{Checkpoint, PublicKey, check_key, public_key};
pub use error::{Error, Result};
pub use event::{
    Arrival, Decision, DocumentNote, Earlier, Event, MailOrigin, OutboxNote, PageNote, Receipt, RecordNote,
    Source,
};
pub use frame::Entry;
pub use hash::Hash;
pub use id::{DigestId, FaxId, ItemId, RecordId};
pub use key::MasterKey;
pub use query::{FaxFilter, OutboxFilter};
pub use reconcile::DayCount;
pub use recover::Cut;
pub use registry::{RegistryStanding, RegistryView};
pub use restore::{Restored, Since, restore, restore_telling};
pub use rotate::rotate;
pub use store::{Opened, Settings, Store};
pub use verify::Verification;
pub use view::{Counts, FaxState, FaxView, ItemKind, ItemState, ItemView, Noted, RecordView};
pub use vouch::{Standing, Vouched, checkpoints_in, vouch};
pub use work::{Told, Work};
