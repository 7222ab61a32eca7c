use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::blob::Blobs;
use crate::catchup::{self, Found, ViewStart};
use crate::checkpoint::{Checkpoint, Notary, PublicKey};
use crate::event::Event;
use crate::frame::Written;
use crate::index::Index;
use crate::journal::{Head, Journal};
use crate::key::MasterKey;
use crate::receiving::Receiving;
use crate::recover::Cut;
use crate::tape::SEGMENT;
use crate::{Error, Result, disk, rotate};

/// Where a store is and how it behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its folder; made (mode 0700) if it is not there.
    pub dir: PathBuf,
    /// The key that opens it.
    pub master_key: MasterKey,
    /// The time zone whose days name the faxes.
    pub time_zone: TimeZone,
    /// Bytes that must stay free on its disk for a fax to be accepted.
    pub disk_floor_bytes: u64,
}

/// What opening a store found and did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// A torn end that was cut from the journal.
    pub cut: Option<Cut>,
    /// How the view came up.
    pub view: ViewStart,
    /// Number of the last entry.
    pub last_seq: u64,
}

/// The open store. Its calls block; share it between threads behind an `Arc`.
pub struct Store {
    settings: Settings,
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    actor: String,
    blobs: Blobs,
    journal: Journal,
    notary: Notary,
    index: Index,
    /// Why the view cannot be used any more.
    broken: OnceLock<String>,
    receiving: Receiving,
    /// Events that could not follow, until the call that brought them has returned.
    ignored: Mutex<BTreeMap<u64, String>>,
    settling: Mutex<()>,
    verifying: Mutex<()>,
    /// Dropped last, when the files are closed.
    _lock: File,
}

/// A checkpoint is signed whenever the journal passes a multiple of this.
const CHECKPOINT_EVERY: u64 = 1000;

impl Store {
    /// Opens or makes the store in the settings' folder. `actor` is who receives faxes.
    ///
    /// # Errors
    /// [`Error::InUse`], [`Error::WrongMasterKey`], [`Error::Damaged`], [`Error::NewerFormat`],
    /// [`Error::Io`]. In each case nothing that was stored is changed.
    pub fn open(
        settings: Settings,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
        actor: &str,
    ) -> Result<(Self, Opened)> {
        Self::open_telling(settings, clock, actor, &|_, _| {})
    }

    /// The same; when the view takes long to make, `told` hears how many events of how many it has taken in.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_telling(
        settings: Settings,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
        actor: &str,
        told: &dyn Fn(u64, u64),
    ) -> Result<(Self, Opened)> {
        Self::open_as(settings, clock, actor, SEGMENT, told)
    }

    /// The same with segments of the journal closed above `segment_bytes` instead of 64 MiB.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_in_segments(
        settings: Settings,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
        actor: &str,
        segment_bytes: u64,
    ) -> Result<(Self, Opened)> {
        Self::open_as(settings, clock, actor, segment_bytes, &|_, _| {})
    }

    fn open_as(
        settings: Settings,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
        actor: &str,
        segment_bytes: u64,
        told: &dyn Fn(u64, u64),
    ) -> Result<(Self, Opened)> {
        let dir = &settings.dir;
        disk::make_dir(dir)?;
        let lock = disk::lock(dir)?;
        rotate::finished(dir)?;
        let notary = Notary::open(dir, &settings.master_key)?;
        let blobs = Blobs::open(dir, settings.master_key.clone())?;
        let found = Found::at(&dir.join("view"));
        let known = found.known().max(notary.known(dir)?);
        let (journal, cut) = Journal::open(&dir.join("journal"), known, segment_bytes)?;
        let (index, view) = found.bring_up(&dir.join("journal"), journal.head(), told)?;
        let store = Self {
            clock: Box::new(clock),
            actor: actor.to_owned(),
            blobs,
            journal,
            notary,
            index,
            broken: OnceLock::new(),
            receiving: Receiving::default(),
            ignored: Mutex::default(),
            settling: Mutex::new(()),
            verifying: Mutex::new(()),
            _lock: lock,
            settings,
        };
        let view = store.tell_rebuilt(view)?;
        store.finish_erasures()?;
        store.remove_orphans()?;
        let last_seq = store.head().seq;
        Ok((store, Opened { cut, view, last_seq }))
    }

    /// Appends events in this order, with none of another call between them. On return they are durable
    /// and the view has seen them; the number of the last one is returned. After an error none of them is
    /// in the journal; after a crash during the call the first few may be.
    ///
    /// # Errors
    /// [`Error::NotWritten`], [`Error::Poisoned`], [`Error::EventTooLarge`].
    pub fn append(&self, actor: &str, events: &[Event]) -> Result<u64> {
        self.append_each(actor, events).map(|(last, _)| last)
    }

    /// The same for what a person asks for, who learns when it came too late.
    ///
    /// # Errors
    /// Those of [`Store::append`]; [`Error::CannotFollow`] if one of the events, all of which are in the journal,
    /// changed nothing; [`Error::View`] if they are and nobody can tell.
    pub fn append_following(&self, actor: &str, events: &[Event]) -> Result<u64> {
        match self.append_each(actor, events)? {
            (last, None) => self.view().map(|_| last),
            (_, Some(why)) => Err(Error::CannotFollow(why)),
        }
    }

    /// The number of the last event, and why the first that changed nothing did not.
    fn append_each(&self, actor: &str, events: &[Event]) -> Result<(u64, Option<String>)> {
        let settle = |written: &[Written]| self.settle(written);
        let last = self.journal.append(&*self.clock, actor, events, &settle)?;
        let mut ignored = self.ignored.lock().unwrap_or_else(PoisonError::into_inner);
        let first = last.saturating_sub(events.len() as u64);
        let mut whys = (first + 1..=last).filter_map(|seq| ignored.remove(&seq)).collect::<Vec<_>>();
        Ok((last, (!whys.is_empty()).then(|| whys.swap_remove(0))))
    }

    /// Bytes free on the disk of the store.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn free_bytes(&self) -> Result<u64> {
        disk::free_bytes(&self.settings.dir)
    }

    /// Whether a message of so many bytes may be accepted, beside those on their way to the disk.
    ///
    /// # Errors
    /// [`Error::DiskLow`] if not; [`Error::Io`] if the disk takes nothing at all.
    pub fn check_disk(&self, bytes: u64) -> Result<()> {
        let free = self.free_bytes()?;
        let wanted = bytes.saturating_add(self.receiving.bytes());
        let floor = self.settings.disk_floor_bytes.saturating_add(wanted);
        if free < floor { Err(Error::DiskLow { free, floor }) } else { Ok(()) }
    }

    /// Signs the head of the journal and keeps the checkpoint.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn checkpoint(&self) -> Result<Checkpoint> {
        self.notary.sign(self.head(), self.now())
    }

    /// Signs the head of the journal and keeps the checkpoint; as a note that tools of transparency logs read.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn signed_note(&self) -> Result<String> {
        Ok(self.notary.note(&self.checkpoint()?))
    }

    /// The key that checks this store's checkpoints.
    pub fn public_key(&self) -> PublicKey {
        self.notary.public()
    }

    /// The number of the last event that is durable.
    pub fn last_seq(&self) -> u64 {
        self.head().seq
    }

    /// The folder of the store.
    pub fn dir(&self) -> &Path {
        &self.settings.dir
    }

    pub(crate) fn journal_dir(&self) -> PathBuf {
        self.settings.dir.join("journal")
    }

    pub(crate) fn master_key(&self) -> &[u8; 32] {
        self.settings.master_key.bytes()
    }

    pub(crate) fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    pub(crate) fn receiving(&self) -> &Receiving {
        &self.receiving
    }

    #[cfg(test)]
    pub(crate) fn break_next_write(&self, fault: crate::tape::fault::Fault) {
        self.journal.break_next_write(fault);
    }

    /// Who receives faxes.
    pub(crate) fn actor(&self) -> &str {
        &self.actor
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    pub(crate) fn head(&self) -> Head {
        self.journal.head()
    }

    pub(crate) fn day(&self, at: Timestamp) -> Date {
        at.to_zoned(self.settings.time_zone.clone()).date()
    }

    pub(crate) fn view(&self) -> Result<&Index> {
        match self.broken.get() {
            Some(why) => Err(Error::View(why.clone())),
            None => Ok(&self.index),
        }
    }

    /// Keeps the view as it is while the guard lives.
    pub(crate) fn settling(&self) -> MutexGuard<'_, ()> {
        self.settling.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn verifying(&self) -> MutexGuard<'_, ()> {
        self.verifying.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes durable entries into the view. They are in the journal whatever happens here, so a fault
    /// breaks the view alone.
    fn settle(&self, written: &[Written]) {
        let _one = self.settling();
        if self.broken.get().is_none() {
            let fold = || catchup::fold(&self.index, written).map_err(|e| e.to_string());
            match catch_unwind(AssertUnwindSafe(fold)).unwrap_or_else(|_| Err("folding panicked".to_owned()))
            {
                Ok(ignored) => {
                    for (seq, why) in &ignored {
                        tracing::warn!(seq, why, "an event that cannot follow was ignored");
                    }
                    self.ignored.lock().unwrap_or_else(PoisonError::into_inner).extend(ignored);
                }
                Err(why) => {
                    tracing::error!(why, "the view failed; it is rebuilt at the next start");
                    let _ = self.broken.set(why);
                }
            }
        }
        self.keep_checkpoint(written);
    }

    fn keep_checkpoint(&self, written: &[Written]) {
        let Some(last) = written.last().map(|w| &w.entry) else { return };
        let wanted =
            |w: &Written| w.entry.event == Event::Stopped || w.entry.seq.is_multiple_of(CHECKPOINT_EVERY);
        if written.iter().any(wanted)
            && let Err(e) = self.notary.sign(Head { seq: last.seq, hash: last.hash }, last.at)
        {
            tracing::error!(error = %e, "no checkpoint could be kept");
        }
    }

    fn tell_rebuilt(&self, view: ViewStart) -> Result<ViewStart> {
        match &view {
            ViewStart::Rebuilt { .. } if self.head().seq == 0 => return Ok(ViewStart::Current),
            ViewStart::Rebuilt { reason, .. } => {
                tracing::warn!(reason, "the view was rebuilt from the journal");
                self.append(&self.actor, &[Event::ViewRebuilt { reason: reason.clone() }])?;
            }
            _ => {}
        }
        Ok(view)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("dir", &self.settings.dir).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Source;

    #[test]
    fn a_person_is_not_told_that_something_changed_when_nobody_can_know() {
        let dir = tempfile::tempdir().unwrap();
        let settings = Settings {
            dir: dir.path().to_owned(),
            master_key: MasterKey::new([1; 32]),
            time_zone: TimeZone::UTC,
            disk_floor_bytes: 0,
        };
        let (store, _) = Store::open(settings, Timestamp::now, "kasasagi").unwrap();
        let fax = store.receive(Source::Lmtp, b"one").unwrap();
        store.broken.set("the disk failed".to_owned()).unwrap();
        let asked = store.append_following("clerk", &[Event::Kept { fax: fax.clone() }]);
        assert!(matches!(asked, Err(Error::View(_))), "{asked:?}");
        assert_eq!(store.head().seq, 2, "it is in the journal");
    }
}
