use std::io;
use std::path::{Path, PathBuf};

use crate::id::FaxId;

/// What the store could not do, to what, and the cure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No registry of this number was ever handed in.
    #[error("there is no registry {0}; `kasasagi registry history` lists them")]
    NoRegistry(u32),
    /// What was asked for came too late: somebody else, or the gateway itself, has settled it.
    #[error("nothing was changed ({0}): it is settled already, or was just now; look at it again")]
    CannotFollow(String),
    /// An identifier typed by a person or found in a file is malformed.
    #[error("{text:?} is no {what}")]
    Malformed {
        /// What was expected.
        what: &'static str,
        /// What was given.
        text: String,
    },
    /// The operating system refused.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// The step, as a verb.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// The machine gave no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Chance(String),
    /// Too little room to accept another fax.
    #[error("only {free} bytes are free on the disk of the store and {floor} must stay free: make room")]
    DiskLow {
        /// Free bytes.
        free: u64,
        /// Bytes that must stay free, the new fax included.
        floor: u64,
    },
    /// Another process has the store open.
    #[error("the store {} is in use by another process: stop it, or speak to it over its socket", .0.display())]
    InUse(PathBuf),
    /// The file that holds the master key can be read by others.
    #[error("the key file {} has mode {mode:04o}: give it mode 0600", path.display())]
    KeyFileOpen {
        /// The key file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file that should hold the master key holds something else.
    #[error("the key file {} does not hold 64 hexadecimal digits", .0.display())]
    KeyFileMalformed(PathBuf),
    /// There is no file that holds the master key.
    #[error("there is no key file {}: put the master key of this store there, from where a copy of it is kept", .0.display())]
    KeyFileMissing(PathBuf),
    /// The master key is being changed.
    #[error("the change of the master key of {} was cut short: run `kasasagi key rotate` again", .0.display())]
    Rotating(PathBuf),
    /// The store was sealed under another master key.
    #[error("this master key does not open the store {}: give the key it was made with", .0.display())]
    WrongMasterKey(PathBuf),
    /// There is no store in this folder.
    #[error("there is no store in {}", .0.display())]
    NoStore(PathBuf),
    /// A folder that must be empty is not.
    #[error("{} is not empty: give an empty folder, or one that is not there yet", .0.display())]
    NotEmpty(PathBuf),
    /// Content was erased faster than it could be copied.
    #[error("the store {} was not copied: its content is being erased all the time; try again", .0.display())]
    NoRest(PathBuf),
    /// A backup is not what was written.
    #[error("the backup cannot be used: {}: {what}", path.display())]
    BadBackup {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The content of this fax must stay.
    #[error("the content of fax {0} must stay (`kasasagi keep`); release it first")]
    Kept(FaxId),
    /// The content of this fax was erased on purpose.
    #[error("the content of fax {0} was erased")]
    Erased(FaxId),
    /// The per-fax key is gone although nobody erased the fax.
    #[error("the key of fax {0} is missing: restore keys/{0} from a backup")]
    KeyMissing(FaxId),
    /// There is no such blob.
    #[error("fax {fax} has no content named {name}")]
    NoBlob {
        /// The fax.
        fax: FaxId,
        /// The name asked for.
        name: String,
    },
    /// A sealed file does not open: it was altered, moved, or belongs to another store.
    #[error("the sealed file {} was altered: restore it from a backup", .0.display())]
    Tampered(PathBuf),
    /// No fax of this name was received.
    #[error("no fax {0} was received")]
    NoFax(FaxId),
    /// Erasing was asked for a fax that is still being worked on.
    #[error("fax {0} is still under way: settle it before erasing it")]
    StillOpen(FaxId),
    /// An event does not fit into a frame.
    #[error("an event of {bytes} bytes is larger than the {limit} that the journal takes")]
    EventTooLarge {
        /// Length of the event as JSON.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// An event could not be put into words.
    #[error("cannot encode an event")]
    Encode(#[source] serde_json::Error),
    /// The journal could not be written; the events are not in it.
    #[error("the journal could not be written ({cause}); these events were not kept, try again")]
    NotWritten {
        /// What failed.
        cause: String,
    },
    /// The journal refuses writes since an earlier fault.
    #[error("the journal takes no more events since a write failed ({cause}): check the disk and restart")]
    Poisoned {
        /// What failed.
        cause: String,
    },
    /// The journal is damaged before its end, or lacks its end.
    #[error("the journal is damaged at event {seq}: {what}; nothing was changed, restore from a backup")]
    Damaged {
        /// First bad event.
        seq: u64,
        /// What is wrong with it.
        what: String,
    },
    /// The journal was written by a later version.
    #[error("{} has format {format}, this version reads up to 1: install the version that wrote it", path.display())]
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// Its format number.
        format: u32,
    },
    /// An event of the journal is of a later version.
    #[error("event {0} was written by a later version; nothing was changed: install that version")]
    NewerEvent(u64),
    /// The sled view failed; the journal is not affected.
    #[error("the view cannot be used ({0}): restart, it is rebuilt from the journal")]
    View(String),
}

impl Error {
    /// Adds the step and the file to what the system answered.
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }
}

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;
