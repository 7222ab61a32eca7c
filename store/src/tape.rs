//! The segment file at the end of the journal: writes that are durable or taken back.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::frame::{self, Written};
use crate::journal::Head;
use crate::{Error, Result, disk, recover, walk};

/// A segment is closed when it would grow above this.
pub(crate) const SEGMENT: u64 = 64 << 20;

/// Why events were not kept; every writer who waited makes its own error of it.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub cause: String,
    /// Whether nothing more may be written.
    pub poisoned: bool,
}

/// The open segment.
pub(crate) struct Tape {
    folder: PathBuf,
    file: File,
    segment: u64,
    len: u64,
    segment_limit: u64,
    #[cfg(test)]
    fault: Option<fault::Fault>,
}

impl Refusal {
    pub(crate) fn error(&self) -> Error {
        let cause = self.cause.clone();
        if self.poisoned { Error::Poisoned { cause } } else { Error::NotWritten { cause } }
    }
}

impl Tape {
    /// On a segment that is good up to `len`.
    pub(crate) fn new(folder: &Path, file: File, (segment, len): (u64, u64), segment_limit: u64) -> Self {
        Self {
            folder: folder.to_owned(),
            file,
            segment,
            len,
            segment_limit,
            #[cfg(test)]
            fault: None,
        }
    }

    /// Makes frames durable that follow entry `prev`, and fills in where they stand.
    pub(crate) fn write(&mut self, bytes: &[u8], entries: &mut [Written], prev: Head) -> Result<(), Refusal> {
        if self.len > frame::HEADER as u64 && self.len + bytes.len() as u64 > self.segment_limit {
            self.roll(prev)?;
        }
        self.put(bytes).map_err(|e| self.take_back(&e, false))?;
        // After a failed fsync the system may forget that pages were never written; nothing that
        // follows could be trusted, so no more is accepted until the journal is read again.
        self.sync().map_err(|e| self.take_back(&e, true))?;
        for written in entries {
            written.position.segment = self.segment;
            written.position.offset += self.len;
        }
        self.len += bytes.len() as u64;
        Ok(())
    }

    fn roll(&mut self, prev: Head) -> Result<(), Refusal> {
        let first = prev.seq + 1;
        self.file = recover::begin(&self.folder, first, prev.hash).map_err(|e| {
            // The next event may still fit into the old segment; an empty one must not come back behind it.
            let gone = match fs::remove_file(walk::segment_path(&self.folder, first)) {
                Ok(()) => disk::sync_dir(&self.folder).is_ok(),
                Err(e) => e.kind() == io::ErrorKind::NotFound,
            };
            Refusal { cause: e.to_string(), poisoned: !gone }
        })?;
        self.segment = first;
        self.len = frame::HEADER as u64;
        Ok(())
    }

    /// Cuts the file back to its last good frame.
    fn take_back(&self, cause: &io::Error, poisoned: bool) -> Refusal {
        // A disk that refuses every write refuses the cut too, and there is nothing to cut.
        if !poisoned && self.file.metadata().is_ok_and(|file| file.len() == self.len) {
            return Refusal { cause: cause.to_string(), poisoned };
        }
        let cut = self.file.set_len(self.len).and_then(|()| self.file.sync_all());
        let cause = match &cut {
            Ok(()) => cause.to_string(),
            Err(e) => format!("{cause}; cutting the file back failed too: {e}"),
        };
        Refusal { cause, poisoned: poisoned || cut.is_err() }
    }

    #[cfg(not(test))]
    fn put(&self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, self.len)
    }

    #[cfg(not(test))]
    fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

#[cfg(test)]
pub(crate) mod fault {
    //! A disk that fails once.

    use super::*;

    /// What fails in the next write.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub(crate) enum Fault {
        /// Only so many bytes fit.
        Full(usize),
        /// All bytes are taken but fsync reports an error.
        Sync,
    }

    impl Tape {
        pub(crate) fn break_next_write(&mut self, fault: Fault) {
            self.fault = Some(fault);
        }

        pub(super) fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
            if let Some(Fault::Full(room)) = self.fault {
                self.fault = None;
                self.file.write_all_at(&bytes[..room.min(bytes.len())], self.len)?;
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.file.write_all_at(bytes, self.len)
        }

        pub(super) fn sync(&mut self) -> io::Result<()> {
            if self.fault.take() == Some(Fault::Sync) {
                return Err(io::Error::other("input/output error"));
            }
            self.file.sync_data()
        }
    }
}
