//! A copy of a store, made while it is in use.
//!
//! Signed heads are copied first, then the journal, which reaches further than they do, then the sealed content, which
//! is durable before an event speaks of it: so the journal in the copy holds every head, and what it speaks of is there
//! to be copied. Only what was erased meanwhile is not; then the journal is copied on until it says so. The view is left
//! out, being derived, and so is the master key.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::blob::absent_is_fine;
use crate::event::Event;
use crate::hash::{Hash, Summed};
use crate::id::FaxId;
use crate::walk::{Step, Walk, segment_path, segments};
use crate::work::{Told, Work};
use crate::{Error, Result, disk, recover};

/// Format of a backup; see `docs/backup.md`.
pub(crate) const FORMAT: u32 = 1;

/// Tells what the backup is; written last, so that a backup without it never ended.
pub(crate) const ABOUT: &str = "backup.json";

/// One line for each file, as `sha256sum` writes and checks them.
pub(crate) const SUMS: &str = "SHA256SUMS";

/// Times that erasures may run ahead of the copy.
const PASSES: usize = 100;

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// Format of the backup.
    pub format: u32,
    /// When it was made.
    pub made: Timestamp,
    /// The last event in it.
    pub seq: u64,
    /// Its hash.
    pub head: Hash,
    /// Files, besides the list of them and this.
    pub files: u64,
    /// SHA-256 of the list of files.
    pub sums: Hash,
}

/// Copies the store in `dir`, open or not, into `to`, which must be empty or not there.
///
/// # Errors
/// [`Error::NotEmpty`]; [`Error::NoStore`]; [`Error::Damaged`] if the journal is; [`Error::Io`]. What was copied until
/// then stays, and is no backup.
pub fn backup(dir: &Path, to: &Path, now: Timestamp) -> Result<Backup> {
    backup_telling(dir, to, now, &|_, _, _| {})
}

/// The same; `told` hears how many faxes are copied ([`Work::Copying`]) and how many files are summed up
/// ([`Work::Files`]).
///
/// # Errors
/// As [`backup`].
pub fn backup_telling(dir: &Path, to: &Path, now: Timestamp, told: Told) -> Result<Backup> {
    if !dir.join("journal").is_dir() {
        return Err(Error::NoStore(dir.to_owned()));
    }
    if to.exists() && !disk::names(to)?.is_empty() {
        return Err(Error::NotEmpty(to.to_owned()));
    }
    disk::make_dir(to)?;
    let mut copy = Copy { from: dir, to, told, done: BTreeSet::new() };
    for folder in ["journal", "keys", "blobs", "registry", "checkpoints"] {
        disk::make_dir(&to.join(folder))?;
    }
    // A signed head that the journal in the copy does not reach would contradict it.
    copy.folder(Path::new("checkpoints"))?;
    let (seq, head) = copy.journal_and_content()?;
    // Registries are durable before an event speaks of them.
    for name in ["signing.key", "signing.pub", "keys/registry"] {
        copy.file(Path::new(name))?;
    }
    copy.folder(Path::new("registry"))?;
    copy.finish(seq, head, now)
}

/// Faxes by what the journal says of them.
#[derive(Default)]
struct Faxes {
    /// Received and not erased.
    there: BTreeSet<FaxId>,
    /// Something happened to them after their content was copied.
    touched: BTreeSet<FaxId>,
}

struct Copy<'a> {
    from: &'a Path,
    to: &'a Path,
    told: Told<'a>,
    /// Files copied, by their place in the store.
    done: BTreeSet<PathBuf>,
}

impl Copy<'_> {
    /// The last event copied, and its hash.
    fn journal_and_content(&mut self) -> Result<(u64, Hash)> {
        let mut copied = 0;
        for _ in 0..PASSES {
            self.journal()?;
            let tail = recover::open(&self.to.join("journal"), 0)?;
            if let Some(cut) = tail.cut {
                // What was being written while it was copied.
                std::fs::remove_file(&cut.saved).map_err(Error::io("remove", &cut.saved))?;
            }
            let Faxes { there, touched } = self.faxes(copied)?;
            for fax in &touched {
                self.forget(fax)?;
            }
            if self.contents(&there)? {
                return Ok((tail.last, tail.head));
            }
            copied = tail.last;
        }
        Err(Error::NoRest(self.from.to_owned()))
    }

    /// Brings the segments in the copy to the length they have now; a segment is only ever appended to.
    fn journal(&mut self) -> Result<()> {
        let journal = self.from.join("journal");
        for first in segments(&journal)? {
            let name = segment_path(Path::new("journal"), first);
            let (from, to) = (self.from.join(&name), self.to.join(&name));
            let had = to.metadata().map_or(0, |found| found.len());
            let mut source = File::open(&from).map_err(Error::io("open", &from))?;
            source.seek(SeekFrom::Start(had)).map_err(Error::io("read", &from))?;
            let mut options = File::options();
            std::os::unix::fs::OpenOptionsExt::mode(options.append(true).create(true), 0o600);
            let mut target = options.open(&to).map_err(Error::io("open", &to))?;
            io::copy(&mut source, &mut target).map_err(Error::io("copy the journal to", &to))?;
            target.sync_all().map_err(Error::io("write", &to))?;
        }
        Ok(())
    }

    /// What the copied journal says of faxes; `copied` is how far their content was copied before.
    fn faxes(&self, copied: u64) -> Result<Faxes> {
        let mut faxes = Faxes::default();
        let mut walk = Walk::whole(&self.to.join("journal"), u64::MAX)?;
        loop {
            match walk.step()? {
                Step::Entry(written) => {
                    let entry = &written.entry;
                    if entry.seq > copied && copied > 0 {
                        faxes.touched.extend(entry.event.faxes().into_iter().cloned());
                    }
                    match &entry.event {
                        Event::Received { fax, .. } => drop(faxes.there.insert(fax.clone())),
                        Event::Erased { fax } => drop(faxes.there.remove(fax)),
                        _ => {}
                    }
                }
                Step::Flaw(flaw) => return Err(Error::Damaged { seq: flaw.seq, what: flaw.what }),
                Step::End => return Ok(faxes),
            }
        }
    }

    /// Copies the keys and the contents of faxes; whether they are all there.
    fn contents(&mut self, faxes: &BTreeSet<FaxId>) -> Result<bool> {
        let mut whole = true;
        for (done, fax) in (1..).zip(faxes) {
            whole &= self.content(fax)?;
            (self.told)(Work::Copying, done, faxes.len() as u64);
        }
        Ok(whole)
    }

    /// Copies the key and the content of a fax; whether they are all there.
    fn content(&mut self, fax: &FaxId) -> Result<bool> {
        let key = Path::new("keys").join(fax.as_str());
        if self.done.contains(&key) {
            return Ok(true);
        }
        let folder = Path::new("blobs").join(fax.as_str());
        let whole = self.folder(&folder)? && self.file(&key)?;
        if !whole {
            // It is being erased: nothing of it may stay in the copy.
            self.forget(fax)?;
        }
        Ok(whole)
    }

    /// Removes what was copied of a fax.
    fn forget(&mut self, fax: &FaxId) -> Result<()> {
        let (folder, key) = (Path::new("blobs").join(fax.as_str()), Path::new("keys").join(fax.as_str()));
        self.done.retain(|name| !name.starts_with(&folder) && *name != key);
        let (folder, key) = (self.to.join(folder), self.to.join(key));
        absent_is_fine(std::fs::remove_file(&key), &key)?;
        absent_is_fine(std::fs::remove_dir_all(&folder), &folder)
    }

    /// Copies the files of a folder; whether there is such a folder, and none of its files went meanwhile.
    fn folder(&mut self, folder: &Path) -> Result<bool> {
        let (from, to) = (self.from.join(folder), self.to.join(folder));
        if !from.exists() {
            return Ok(false);
        }
        disk::make_dir(&to)?;
        let mut whole = true;
        for name in disk::names(&from)? {
            whole &= self.file(&folder.join(name))?;
        }
        disk::sync_dir(&to)?;
        Ok(whole)
    }

    /// Copies a file; whether it is there.
    fn file(&mut self, name: &Path) -> Result<bool> {
        let Some(bytes) = disk::read(&self.from.join(name))? else { return Ok(false) };
        let to = self.to.join(name);
        let mut file = disk::create_new(&to)?;
        file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(Error::io("write", &to))?;
        self.done.insert(name.to_owned());
        Ok(true)
    }

    fn finish(mut self, seq: u64, head: Hash, made: Timestamp) -> Result<Backup> {
        let segments = segments(&self.to.join("journal"))?;
        self.done.extend(segments.iter().map(|first| segment_path(Path::new("journal"), *first)));
        let files = self.done.len() as u64;
        let mut sums = String::new();
        for (done, name) in (1..).zip(&self.done) {
            sums.push_str(&format!("{}  {}\n", sum(&self.to.join(name))?, name.display()));
            (self.told)(Work::Files, done, files);
        }
        let about = Backup { format: FORMAT, made, seq, head, files, sums: Hash::of(&[sums.as_bytes()]) };
        disk::replace(&self.to.join(SUMS), sums.as_bytes())?;
        for folder in ["journal", "keys", "blobs", "registry", "checkpoints", "."] {
            disk::sync_dir(&self.to.join(folder))?;
        }
        let text = serde_json::to_vec_pretty(&about).map_err(Error::Encode)?;
        disk::replace(&self.to.join(ABOUT), &text)?;
        Ok(about)
    }
}

/// SHA-256 of a file.
pub(crate) fn sum(path: &Path) -> Result<Hash> {
    let mut file = File::open(path).map_err(Error::io("open", path))?;
    let mut summed = Summed::default();
    let mut piece = vec![0; 1 << 16];
    loop {
        match file.read(&mut piece).map_err(Error::io("read", path))? {
            0 => return Ok(summed.hash()),
            length => summed.add(&piece[..length]),
        }
    }
}
