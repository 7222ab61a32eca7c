//! The append-only file. Threads that append at the same time share one write and one fsync: the first
//! becomes the leader and writes for all that queued up meanwhile.

use std::mem;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use jiff::Timestamp;

use crate::event::Event;
use crate::frame::{self, Position, Written};
use crate::hash::Hash;
use crate::recover::{self, Cut};
use crate::tape::{Refusal, Tape};
use crate::{Error, Result};

/// The end of the chain on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub seq: u64,
    pub hash: Hash,
}

/// The journal, open for appending.
pub(crate) struct Journal {
    line: Mutex<Line>,
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

/// Events that are written together, and what their writers wait for.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    entries: Vec<Written>,
    ticket: Arc<Ticket>,
}

#[derive(Default)]
struct Ticket {
    outcome: OnceLock<Result<(), Refusal>>,
    /// Told when the outcome is known, and to one writer when nobody leads.
    moved: Condvar,
}

impl Journal {
    /// Opens or begins the journal in this folder; see [`recover::open`].
    pub(crate) fn open(folder: &Path, known: u64, segment_limit: u64) -> Result<(Self, Option<Cut>)> {
        let tail = recover::open(folder, known)?;
        let head = Head { seq: tail.last, hash: tail.head };
        let line =
            Line { waiting: Batch::default(), leading: false, next: head, durable: head, poisoned: None };
        let tape = Tape::new(folder, tail.file, (tail.segment, tail.len), segment_limit);
        let journal = Self { line: Mutex::new(line), tape: Mutex::new(tape) };
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
        let ticket = line.queue(clock, actor, events)?;
        let last = line.next.seq;
        loop {
            match ticket.outcome.get() {
                Some(Ok(())) => return Ok(last),
                Some(Err(refusal)) => return Err(refusal.error()),
                None if line.leading => {
                    line = ticket.moved.wait(line).unwrap_or_else(PoisonError::into_inner);
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
        let written = tape.write(&batch.bytes, &mut batch.entries, prev);
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
        batch.ticket.settle(written);
        line.waiting.ticket.moved.notify_one();
        line
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(crate) fn break_next_write(&self, fault: crate::tape::fault::Fault) {
        self.tape.lock().unwrap().break_next_write(fault);
    }
}

impl Line {
    fn queue(&mut self, clock: &dyn Fn() -> Timestamp, actor: &str, events: &[Event]) -> Result<Arc<Ticket>> {
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
        Ok(Arc::clone(&self.waiting.ticket))
    }

    /// Takes the chain back to its durable end; what queued up behind the failed write goes with it.
    fn drop_waiting(&mut self, refusal: &Refusal) {
        mem::take(&mut self.waiting).ticket.settle(Err(refusal.clone()));
        self.next = self.durable;
        if refusal.poisoned {
            self.poisoned = Some(refusal.cause.clone());
        }
    }
}

impl Ticket {
    fn settle(&self, outcome: Result<(), Refusal>) {
        // A batch leaves the line once, so nobody has set this before.
        let _ = self.outcome.set(outcome);
        self.moved.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::tape::SEGMENT;
    use crate::tape::fault::Fault;
    use crate::walk::{Step, Walk, segments};

    fn epoch() -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn look(what: impl Into<String>) -> Event {
        Event::Looked { what: what.into(), about: None }
    }

    fn put(journal: &Journal, event: Event) -> Result<u64> {
        journal.append(&epoch, "clerk", &[event], &|_| {})
    }

    fn all(folder: &Path) -> Vec<Event> {
        let mut walk = Walk::whole(folder, u64::MAX).unwrap();
        let mut events = Vec::new();
        loop {
            match walk.step().unwrap() {
                Step::Entry(written) => events.push(written.entry.event),
                Step::End => return events,
                Step::Flaw(flaw) => panic!("{flaw:?}"),
            }
        }
    }

    #[test]
    fn a_full_disk_loses_the_event_alone_and_the_next_one_fits() {
        for room in [0, 1, 8, 100, 100_000] {
            let dir = tempfile::tempdir().unwrap();
            let (journal, _) = Journal::open(dir.path(), 0, SEGMENT).unwrap();
            put(&journal, look("1")).unwrap();
            journal.break_next_write(Fault::Full(room));
            assert!(matches!(put(&journal, look("lost")), Err(Error::NotWritten { .. })));
            assert_eq!(put(&journal, look("2")).unwrap(), 2, "its number is used again");
            assert_eq!(all(dir.path()), [look("1"), look("2")]);
        }
    }

    #[test]
    fn after_a_failed_sync_nothing_more_is_accepted_until_the_journal_is_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let (journal, _) = Journal::open(dir.path(), 0, SEGMENT).unwrap();
        put(&journal, look("1")).unwrap();
        journal.break_next_write(Fault::Sync);
        assert!(matches!(put(&journal, look("lost")), Err(Error::Poisoned { .. })));
        assert!(matches!(put(&journal, look("refused")), Err(Error::Poisoned { .. })));
        drop(journal);
        let (journal, cut) = Journal::open(dir.path(), 1, SEGMENT).unwrap();
        assert_eq!((journal.head().seq, cut), (1, None), "the failed write was taken back");
        put(&journal, look("2")).unwrap();
        assert_eq!(all(dir.path()), [look("1"), look("2")]);
    }

    #[test]
    fn an_event_too_large_for_a_frame_takes_nothing_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let (journal, _) = Journal::open(dir.path(), 0, SEGMENT).unwrap();
        let events = [look("1"), look("x".repeat(frame::MAX_PAYLOAD))];
        let refused = journal.append(&epoch, "clerk", &events, &|_| {});
        assert!(matches!(refused, Err(Error::EventTooLarge { .. })));
        assert_eq!(put(&journal, look("2")).unwrap(), 1);
        assert_eq!(all(dir.path()), [look("2")]);
    }

    #[test]
    fn segments_follow_one_another() {
        let dir = tempfile::tempdir().unwrap();
        for round in 0..4 {
            let (journal, cut) = Journal::open(dir.path(), round * 10, 1000).unwrap();
            assert_eq!((journal.head().seq, cut), (round * 10, None));
            for n in 0..10 {
                put(&journal, look((round * 10 + n).to_string())).unwrap();
            }
        }
        assert!(segments(dir.path()).unwrap().len() > 5);
        assert_eq!(all(dir.path()), (0..40).map(|n| look(n.to_string())).collect::<Vec<_>>());
    }

    #[test]
    fn threads_share_writes_yet_each_keeps_its_order_and_learns_its_own_fate() {
        let dir = tempfile::tempdir().unwrap();
        let (journal, _) = Journal::open(dir.path(), 0, 10_000).unwrap();
        let settled = Mutex::new(Vec::new());
        let kept = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let (journal, settled, kept) = (&journal, &settled, &kept);
                scope.spawn(move || {
                    for n in 0..40 {
                        if n % 10 == 5 {
                            journal.break_next_write(Fault::Full(thread * 50));
                        }
                        let pair = [look(format!("{thread}.{n}a")), look(format!("{thread}.{n}b"))];
                        let settle = |written: &[Written]| {
                            settled.lock().unwrap().extend(written.iter().map(|w| w.entry.seq));
                        };
                        if let Ok(last) = journal.append(&epoch, "clerk", &pair, &settle) {
                            kept.lock().unwrap().push((last, pair));
                        }
                    }
                });
            }
        });
        let mut kept = kept.into_inner().unwrap();
        kept.sort_by_key(|(last, _)| *last);
        let told: Vec<Event> = kept.into_iter().flat_map(|(_, pair)| pair).collect();
        assert_eq!(all(dir.path()), told, "exactly what was told to be kept is there, pair by pair");
        let settled = settled.into_inner().unwrap();
        assert_eq!(settled, (1..=told.len() as u64).collect::<Vec<_>>());
        assert!(told.len() < 640, "some writes failed");
    }
}
