//! Sealed content coming in, being read and being erased.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use jiff::Timestamp;

use crate::audit::AuditQuery;
use crate::blob::BlobName;
use crate::event::{Arrival, Event, MailOrigin};
use crate::hash::Hash;
use crate::id::FaxId;
use crate::store::Store;
use crate::walk::{Step, Walk};
use crate::{Error, Result, chance, rows};

/// Tries at a fax id that nobody has; a second one needs 40 equal random bits on one day.
const ID_TRIES: usize = 8;
/// Erasures looked at on opening: each ends before the next begins, but for those of other threads.
const ERASURES_CHECKED: usize = 100;

impl Store {
    /// Takes in a message. On return its content and its `Received` event are durable and it may be
    /// acknowledged; after an error it must not be. A unique message that is here already is not stored
    /// again: then its fax is told, and the event is `ReceivedAgain`.
    ///
    /// # Errors
    /// [`Error::DiskLow`] before anything is written; otherwise as [`Store::append`].
    pub fn receive(&self, arrival: impl Into<Arrival>, raw: &[u8]) -> Result<FaxId> {
        let Arrival { source, origin, unique } = arrival.into();
        let hash = Hash::of(&[raw]);
        let (sha256, bytes) = (hash.to_string(), raw.len() as u64);
        // Two deliveries of one message at the same time would otherwise both be its first.
        let _alone = unique.then(|| self.receiving().alone(hash));
        if unique && let Some(fax) = self.first_with_mail(&sha256)? {
            self.append(self.actor(), &[Event::ReceivedAgain { fax: fax.clone(), source, origin }])?;
            return Ok(fax);
        }
        // Messages that come at the same time must not together take what each alone would leave free.
        let _room = self.receiving().room(bytes);
        self.check_disk(0)?;
        let fax = self.new_fax()?;
        let kept = self.blobs().put(&fax, &BlobName::raw(), raw).and_then(|()| {
            let received = Event::Received { fax: fax.clone(), source, sha256, bytes, origin };
            self.append(self.actor(), &[received])
        });
        if let Err(error) = kept {
            self.forget(&fax, &error);
            return Err(error);
        }
        Ok(fax)
    }

    /// Removes what a message left that was not taken.
    fn forget(&self, fax: &FaxId, error: &Error) {
        // Whether a poisoned journal holds the event is known when it is read again.
        if matches!(error, Error::Poisoned { .. }) {
            return;
        }
        if let Err(error) = self.blobs().erase(fax) {
            tracing::warn!(%fax, %error, "the rest of a message not taken stays until the next start");
        }
    }

    /// Removes content of messages that were never received: of a deposit that failed or was cut short.
    pub(crate) fn remove_orphans(&self) -> Result<()> {
        let mut orphans = BTreeSet::new();
        for fax in self.blobs().faxes()? {
            if self.fax(&fax)?.is_none() {
                orphans.insert(fax);
            }
        }
        if orphans.is_empty() {
            return Ok(());
        }
        // The view could be wrong; the journal is the truth.
        let mut walk = Walk::whole(&self.journal_dir(), self.head().seq)?;
        loop {
            match walk.step()? {
                Step::Entry(written) => {
                    if let Event::Received { fax, .. } = &written.entry.event {
                        orphans.remove(fax);
                    }
                }
                Step::Flaw(flaw) => return Err(Error::Damaged { seq: flaw.seq, what: flaw.what }),
                Step::End => break,
            }
        }
        for fax in &orphans {
            self.blobs().erase(fax)?;
        }
        tracing::info!(count = orphans.len(), "content of messages that were never received was removed");
        Ok(())
    }

    /// The fax that came from this place in a mailbox.
    ///
    /// # Errors
    /// [`Error::View`].
    pub fn taken(&self, origin: &MailOrigin) -> Result<Option<FaxId>> {
        self.first_under(&rows::with_origin(origin))
    }

    /// When a beginning of this mailbox was first recorded, under whatever UIDVALIDITY.
    ///
    /// # Errors
    /// [`Error::View`].
    pub fn mailbox_since(&self, mailbox: &str) -> Result<Option<Timestamp>> {
        let mut since = None;
        self.view()?.scan(&rows::mailboxes(mailbox), b"", |_, value| {
            let (_, at) = rows::begun(value)?;
            since = Some(since.map_or(at, |since: Timestamp| since.min(at)));
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(since)
    }

    /// The first UID to take from a mailbox and when that was recorded, if it was for this UIDVALIDITY.
    ///
    /// # Errors
    /// [`Error::View`].
    pub fn mailbox_start(&self, mailbox: &str, validity: u32) -> Result<Option<(u32, Timestamp)>> {
        let row = self.view()?.get(&rows::mailbox(mailbox, validity))?;
        row.map(|value| rows::begun(&value)).transpose()
    }

    /// Stores a content of a fax, replacing the one of that name. On return it is durable.
    ///
    /// # Errors
    /// [`Error::NoFax`], [`Error::Erased`], [`Error::KeyMissing`], [`Error::Tampered`], [`Error::Io`].
    pub fn seal(&self, fax: &FaxId, name: &BlobName, bytes: &[u8]) -> Result<()> {
        self.blobs().put(fax, name, bytes).map_err(|e| self.explain(e))
    }

    /// Reads a content of a fax.
    ///
    /// # Errors
    /// As [`Store::seal`], and [`Error::NoBlob`].
    pub fn unseal(&self, fax: &FaxId, name: &BlobName) -> Result<Vec<u8>> {
        self.blobs().get(fax, name).map_err(|e| self.explain(e))
    }

    /// The names of a fax's contents, in order; none after it was erased.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn contents(&self, fax: &FaxId) -> Result<Vec<BlobName>> {
        self.blobs().names(fax)
    }

    /// Removes the key and the content of a settled fax for ever; its events stay.
    ///
    /// # Errors
    /// [`Error::NoFax`], [`Error::StillOpen`], [`Error::Io`], or as [`Store::append`].
    pub fn erase(&self, actor: &str, fax: &FaxId) -> Result<()> {
        let view = self.fax(fax)?.ok_or_else(|| Error::NoFax(fax.clone()))?;
        if !view.state.is_final() {
            return Err(Error::StillOpen(fax.clone()));
        }
        if view.kept {
            return Err(Error::Kept(fax.clone()));
        }
        if !view.erased {
            self.append_following(actor, &[Event::Erased { fax: fax.clone() }])?;
        }
        self.blobs().erase(fax)
    }

    fn new_fax(&self) -> Result<FaxId> {
        for _ in 0..ID_TRIES {
            let fax = FaxId::new(self.day(self.now()), chance::bytes()?);
            if self.blobs().create(&fax)? {
                return Ok(fax);
            }
        }
        Err(Error::Chance(format!("{ID_TRIES} fax ids in a row were taken")))
    }

    /// Removes content whose erasure was recorded but cut short.
    pub(crate) fn finish_erasures(&self) -> Result<()> {
        let kind = Some("erased".to_owned());
        let after_seq = self.before_last("erased", ERASURES_CHECKED)?;
        for entry in self.audit(&AuditQuery { kind, after_seq, ..AuditQuery::default() })? {
            if let Event::Erased { fax } = &entry.event
                && self.blobs().holds(fax)
                && self.fax(fax)?.is_some_and(|f| f.erased)
            {
                self.blobs().erase(fax)?;
            }
        }
        Ok(())
    }

    /// Says why a key is missing.
    fn explain(&self, error: Error) -> Error {
        let Error::KeyMissing(fax) = error else { return error };
        match self.fax(&fax) {
            Ok(Some(view)) if view.erased => Error::Erased(fax),
            Ok(None) => Error::NoFax(fax),
            Ok(Some(_)) => Error::KeyMissing(fax),
            Err(e) => e,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Source;
    use crate::tape::fault::Fault;
    use crate::{MasterKey, Settings};

    fn open(dir: &std::path::Path) -> Store {
        let settings = Settings {
            dir: dir.to_owned(),
            master_key: MasterKey::new([1; 32]),
            time_zone: jiff::tz::TimeZone::UTC,
            disk_floor_bytes: 0,
        };
        Store::open(settings, Timestamp::now, "kasasagi").unwrap().0
    }

    #[test]
    fn a_message_that_is_not_taken_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        let kept = store.receive(Source::Lmtp, b"one").unwrap();
        store.break_next_write(Fault::Full(5));
        assert!(matches!(store.receive(Source::Lmtp, b"two"), Err(Error::NotWritten { .. })));
        assert_eq!(store.blobs().faxes().unwrap(), BTreeSet::from([kept]));
        assert_eq!(store.receiving().bytes(), 0);
    }

    #[test]
    fn what_a_poisoned_journal_leaves_is_removed_at_the_next_start() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        let kept = store.receive(Source::Lmtp, b"one").unwrap();
        store.break_next_write(Fault::Sync);
        assert!(matches!(store.receive(Source::Lmtp, b"two"), Err(Error::Poisoned { .. })));
        assert_eq!(store.blobs().faxes().unwrap().len(), 2, "whether it was kept is not known yet");
        drop(store);
        let store = open(dir.path());
        assert_eq!(store.blobs().faxes().unwrap(), BTreeSet::from([kept.clone()]));
        assert_eq!(store.unseal(&kept, &BlobName::raw()).unwrap(), b"one");
    }
}
