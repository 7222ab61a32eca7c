//! The append-only file. Threads that append at the same time share one write and one fsync: the first
//! becomes the leader and writes for all that queued up meanwhile.

use std::fs::{self, File};
use std::io;
use std::mem;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use jiff::Timestamp;

use crate::event::Event;
use crate::frame::{self, Position, Written};
use crate::hash::Hash;
use crate::recover::{self, Cut};
use crate::walk;
use crate::{Error, Result};

/// A segment is closed when it would grow above this.
pub(crate) const SEGMENT: u64 = 64 << 20;

/// The end of the chain on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub seq: u64,
    pub hash: Hash,
}

/// The journal, open for appending.
pub(crate) struct Journal {
    line: Mutex<Line>,
    moved: Condvar,
    tape: Mutex<Tape>,
}

/// Events waiting to be written, and the end of the chain.
struct Line {
    waiting: Batch,
    leading: bool,
    /// The end of the chain as the next event sees it.
    next: Head,
    durable: Head,
    poisoned: Option<String>,
}

#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    entries: Vec<Written>,
    outcome: Arc<OnceLock<Result<(), Refusal>>>,
}

/// Why a batch was not kept; every waiter makes its own error of it.
#[derive(Clone, Debug)]
struct Refusal {
    cause: String,
    poisoned: bool,
}

struct Tape {
    folder: PathBuf,
    file: File,
    segment: u64,
    len: u64,
    segment_limit: u64,
    #[cfg(test)]
    fault: Option<fault::Fault>,
}

impl Journal {
    /// Opens or begins the journal in this folder; see [`recover::open`].
    pub(crate) fn open(folder: &Path, known: u64, segment_limit: u64) -> Result<(Self, Option<Cut>)> {
        let tail = recover::open(folder, known)?;
        let head = Head { seq: tail.last, hash: tail.head };
        let line =
            Line { waiting: Batch::default(), leading: false, next: head, durable: head, poisoned: None };
        let tape = Tape {
            folder: folder.to_owned(),
            file: tail.file,
            segment: tail.segment,
            len: tail.len,
            segment_limit,
            #[cfg(test)]
            fault: None,
        };
        let journal = Self { line: Mutex::new(line), moved: Condvar::new(), tape: Mutex::new(tape) };
        Ok((journal, tail.cut))
    }

    /// The last durable entry.
    pub(crate) fn head(&self) -> Head {
        self.line().durable
    }

    /// Appends events; on return they are durable and `settle` has seen them, in order.
    pub(crate) fn append(
        &self,
        clock: &dyn Fn() -> Timestamp,
        actor: &str,
        events: &[Event],
        settle: &dyn Fn(&[Written]),
    ) -> Result<u64> {
        let mut line = self.line();
        if events.is_empty() {
            return Ok(line.durable.seq);
        }
        let outcome = line.queue(clock, actor, events)?;
        let last = line.next.seq;
        loop {
            match outcome.get() {
                Some(Ok(())) => return Ok(last),
                Some(Err(refusal)) => return Err(refusal.error()),
                None if line.leading => {
                    line = self.moved.wait(line).unwrap_or_else(PoisonError::into_inner);
                }
                None => line = self.lead(line, settle),
            }
        }
    }

    /// Writes all that wait, for all that wait.
    fn lead<'a>(
        &'a self,
        mut line: MutexGuard<'a, Line>,
        settle: &dyn Fn(&[Written]),
    ) -> MutexGuard<'a, Line> {
        line.leading = true;
        let mut batch = mem::take(&mut line.waiting);
        let (prev, next) = (line.durable, line.next);
        drop(line);
        let mut tape = self.tape.lock().unwrap_or_else(PoisonError::into_inner);
        let written = tape.write(&mut batch, prev);
        drop(tape);
        if written.is_ok() {
            settle(&batch.entries);
        }
        let mut line = self.line();
        line.leading = false;
        match &written {
            Ok(()) => line.durable = next,
            Err(refusal) => line.drop_waiting(refusal),
        }
        // The cell is fresh with the batch and only its leader sets it.
        let _ = batch.outcome.set(written);
        self.moved.notify_all();
        line
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(crate) fn break_next_write(&self, fault: fault::Fault) {
        self.tape.lock().unwrap().fault = Some(fault);
    }
}

impl Line {
    fn queue(
        &mut self,
        clock: &dyn Fn() -> Timestamp,
        actor: &str,
        events: &[Event],
    ) -> Result<Arc<OnceLock<Result<(), Refusal>>>> {
        if let Some(cause) = &self.poisoned {
            return Err(Error::Poisoned { cause: cause.clone() });
        }
        let at = clock();
        let (bytes, entries) = (self.waiting.bytes.len(), self.waiting.entries.len());
        let mut next = self.next;
        for event in events {
            let offset = self.waiting.bytes.len() as u64;
            let place = u32::try_from(self.waiting.entries.len()).unwrap_or(u32::MAX);
            let seq = next.seq + 1;
            match frame::encode(&mut self.waiting.bytes, place, (seq, next.hash), (at, actor), event) {
                Ok(entry) => {
                    next = Head { seq, hash: entry.hash };
                    let position = Position { segment: 0, offset };
                    self.waiting.entries.push(Written { entry, position });
                }
                Err(e) => {
                    self.waiting.bytes.truncate(bytes);
                    self.waiting.entries.truncate(entries);
                    return Err(e);
                }
            }
        }
        self.next = next;
        Ok(self.waiting.outcome.clone())
    }

    /// Takes the chain back to its durable end; what queued up behind the failed write goes with it.
    fn drop_waiting(&mut self, refusal: &Refusal) {
        let waiting = mem::take(&mut self.waiting);
        let _ = waiting.outcome.set(Err(refusal.clone()));
        self.next = self.durable;
        if refusal.poisoned {
            self.poisoned = Some(refusal.cause.clone());
        }
    }
}

impl Refusal {
    fn error(&self) -> Error {
        let cause = self.cause.clone();
        if self.poisoned { Error::Poisoned { cause } } else { Error::NotWritten { cause } }
    }
}

impl Tape {
    /// Makes a batch durable and fills in where its frames stand.
    fn write(&mut self, batch: &mut Batch, prev: Head) -> Result<(), Refusal> {
        if self.len > frame::HEADER as u64 && self.len + batch.bytes.len() as u64 > self.segment_limit {
            self.roll(prev)?;
        }
        self.put(&batch.bytes).map_err(|e| self.take_back(&e, false))?;
        // After a failed fsync the system may forget that pages were never written; nothing that
        // follows could be trusted, so no more is accepted until the journal is read again.
        self.sync().map_err(|e| self.take_back(&e, true))?;
        for written in &mut batch.entries {
            written.position.segment = self.segment;
            written.position.offset += self.len;
        }
        self.len += batch.bytes.len() as u64;
        Ok(())
    }

    fn roll(&mut self, prev: Head) -> Result<(), Refusal> {
        let first = prev.seq + 1;
        self.file = recover::begin(&self.folder, first, prev.hash).map_err(|e| {
            let removed = fs::remove_file(walk::segment_path(&self.folder, first));
            let gone = removed.map_or_else(|e| e.kind() == io::ErrorKind::NotFound, |()| true);
            Refusal { cause: e.to_string(), poisoned: !gone }
        })?;
        self.segment = first;
        self.len = frame::HEADER as u64;
        Ok(())
    }

    /// Cuts the file back to its last good frame.
    fn take_back(&self, cause: &io::Error, poisoned: bool) -> Refusal {
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
