//! Brings the view up to the journal, or makes it anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;

use crate::fold::{Applied, Changes, Fold, Get, Ignored};
use crate::frame::Written;
use crate::index::Index;
use crate::journal::Head;
use crate::walk::{Step, Walk};
use crate::{Error, Result, close, disk};

/// Hears how far a view has come that takes long: events taken in, and all there are.
pub(crate) type Told<'a> = &'a dyn Fn(u64, u64);

/// Entries folded before their rows are written.
const RUN: usize = 20_000;

/// Ignored events told after a long catch-up.
const MAX_TOLD: usize = 1000;

/// How the view came to agree with the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ViewStart {
    /// It did already.
    Current,
    /// It lacked this many entries.
    CaughtUp(u64),
    /// It was made from nothing.
    Rebuilt {
        /// Why the one before could not be used.
        reason: String,
        /// Where that one was moved, if there was one.
        aside: Option<PathBuf>,
    },
}

/// A view as found, not yet compared with the journal.
pub(crate) struct Found {
    index: Result<Index, String>,
    folder: PathBuf,
}

impl Found {
    /// Looks at the view in this folder.
    pub(crate) fn at(folder: &Path) -> Self {
        let index = if folder.exists() {
            Self::sound(folder).map_err(|e| e.to_string())
        } else {
            Err("there is none".to_owned())
        };
        Self { index, folder: folder.to_owned() }
    }

    /// The last entry that the view has seen; zero when it cannot tell.
    pub(crate) fn known(&self) -> u64 {
        let applied = self.index.as_ref().ok().and_then(|index| index.applied().ok().flatten());
        applied.map_or(0, |a| a.seq)
    }

    /// The view of the journal up to `head`.
    pub(crate) fn bring_up(self, journal: &Path, head: Head, told: Told) -> Result<(Index, ViewStart)> {
        let folder = self.folder.clone();
        let (index, start) = self.brought_up(journal, head, told)?;
        Ok((index.noted(&folder), start))
    }

    fn brought_up(self, journal: &Path, head: Head, told: Told) -> Result<(Index, ViewStart)> {
        let known = self.known();
        let reason = match self.index {
            Ok(index) => match catch_up(&index, journal, head, told) {
                Ok(_) if known == head.seq => return Ok((index, ViewStart::Current)),
                Ok(_) => return Ok((index, ViewStart::CaughtUp(head.seq.saturating_sub(known)))),
                Err(e @ Error::View(_)) => e.to_string(),
                Err(e) => return Err(e),
            },
            Err(reason) => reason,
        };
        let aside = move_aside(&self.folder)?;
        let index = Index::open(&self.folder)?;
        catch_up(&index, journal, head, told)?;
        index.flush()?;
        Ok((index, ViewStart::Rebuilt { reason, aside }))
    }

    fn sound(folder: &Path) -> Result<Index> {
        let as_closed = close::as_noted(folder)?;
        let index = Index::open(folder)?;
        if index.applied()?.is_none() {
            return Err(Error::View("it is garbled, or another version wrote it".to_owned()));
        }
        if as_closed || index.adds_up()? {
            Ok(index)
        } else {
            Err(Error::View("rows are missing or changed".to_owned()))
        }
    }
}

/// Folds entries and writes their rows; what could not follow is told with its number.
pub(crate) fn fold(index: &Index, entries: &[Written]) -> Result<Ignored> {
    let (changes, ignored) = folded(&|key| index.get(key), entries)?;
    index.apply(changes)?;
    Ok(ignored)
}

fn folded(below: Get, entries: &[Written]) -> Result<(Changes, Ignored)> {
    let mut fold = Fold::new(below)?;
    for written in entries {
        fold.entry(written)?;
    }
    fold.finish()
}

/// Applies every entry up to `head` that the view has not seen; the journal is read ahead on a thread of its own.
pub(crate) fn catch_up(index: &Index, journal: &Path, head: Head, told: Told) -> Result<Ignored> {
    let applied = index.applied()?.unwrap_or_default();
    let mut walk = match applied.seq {
        0 => Walk::whole(journal, head.seq)?,
        seq => Walk::from_segment_of(journal, seq, head.seq)?,
    };
    let few = head.seq.saturating_sub(applied.seq) < RUN as u64;
    thread::scope(|scope| {
        let (send, runs) = mpsc::sync_channel(1);
        let reader = thread::Builder::new().name("read ahead".to_owned());
        let reader = reader.spawn_scoped(scope, move || read_runs(&mut walk, applied, head, &send));
        let reader = reader.map_err(Error::io("read ahead in", journal))?;
        let ignored = if few { apply_each(index, runs) } else { fill_with(index, runs, head, told) }?;
        reader.join().map_err(|_| Error::View("the thread that reads the journal panicked".to_owned()))??;
        Ok(ignored)
    })
}

fn apply_each(index: &Index, runs: Receiver<Vec<Written>>) -> Result<Ignored> {
    runs.into_iter().try_fold(Ignored::new(), |mut ignored, run| {
        ignored.extend(fold(index, &run)?);
        Ok(ignored)
    })
}

/// Folds a run while the rows of the one before it are written.
fn fill_with(index: &Index, runs: Receiver<Vec<Written>>, head: Head, told: Told) -> Result<Ignored> {
    thread::scope(|scope| {
        // Without room in between, whoever has handed over a run knows that the one before it is written.
        let (send, folded_runs) = mpsc::sync_channel::<Arc<Changes>>(0);
        let filler =
            scope.spawn(move || folded_runs.into_iter().try_for_each(|changes| index.fill(&changes)));
        let (mut under_way, mut ignored) = (Arc::new(Changes::new()), Ignored::new());
        for run in runs {
            let below = |key: &[u8]| match under_way.binary_search_by(|(other, _)| other.as_slice().cmp(key))
            {
                Ok(at) => Ok(under_way.get(at).and_then(|(_, value)| value.clone())),
                Err(_) => index.get(key),
            };
            let (changes, could_not_follow) = folded(&below, &run)?;
            ignored.extend(could_not_follow);
            ignored.truncate(MAX_TOLD);
            told(run.last().map_or(0, |written| written.entry.seq), head.seq);
            under_way = Arc::new(changes);
            if send.send(under_way.clone()).is_err() {
                // The filler has failed, and says why.
                break;
            }
        }
        drop(send);
        filler.join().map_err(|_| Error::View("the thread that writes the view panicked".to_owned()))??;
        Ok(ignored)
    })
}

/// Sends the entries after the applied one, until nobody takes them.
fn read_runs(walk: &mut Walk, applied: Applied, head: Head, to: &SyncSender<Vec<Written>>) -> Result<()> {
    let mut run = Vec::new();
    loop {
        match walk.step()? {
            Step::Entry(written) if written.entry.seq == applied.seq => {
                if written.entry.hash != applied.hash {
                    return Err(Error::View("it belongs to another journal".to_owned()));
                }
            }
            Step::Entry(written) if written.entry.seq < applied.seq => {}
            Step::Entry(written) => run.push(*written),
            Step::Flaw(flaw) => return Err(Error::Damaged { seq: flaw.seq, what: flaw.what }),
            Step::End => break,
        }
        if run.len() == RUN && to.send(std::mem::take(&mut run)).is_err() {
            return Ok(());
        }
    }
    // Nobody takes it when folding failed, and that is the error to tell.
    let _ = to.send(run);
    if walk.next_seq() != head.seq + 1 {
        return Err(Error::Damaged { seq: walk.next_seq(), what: "it is missing".to_owned() });
    }
    Ok(())
}

fn move_aside(folder: &Path) -> Result<Option<PathBuf>> {
    if !folder.exists() {
        return Ok(None);
    }
    let parent = folder.parent().unwrap_or(Path::new("."));
    let names = disk::names(parent)?;
    let number = (1u64..).find(|n| !names.contains(&format!("view.damaged-{n}"))).unwrap_or(1);
    let aside = parent.join(format!("view.damaged-{number}"));
    fs::rename(folder, &aside).map_err(Error::io("move aside", folder))?;
    Ok(Some(aside))
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use jiff::Timestamp;

    use super::*;
    use crate::journal::Journal;
    use crate::{Event, FaxId, Source, rows};

    fn rows_of(index: &Index) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut rows = Vec::new();
        let mut see = |key: &[u8], value: &[u8]| {
            rows.push((key.to_vec(), value.to_vec()));
            Ok(ControlFlow::Continue(()))
        };
        index.scan(b"", b"", &mut see).unwrap();
        rows
    }

    #[test]
    fn a_view_that_lost_or_changed_any_row_is_made_anew() {
        let dir = tempfile::tempdir().unwrap();
        let (folder, view) = (dir.path().join("journal"), dir.path().join("view"));
        let (journal, _) = Journal::open(&folder, 0, u64::MAX).unwrap();
        let fax = FaxId::new(jiff::civil::date(2026, 11, 23), [1; 5]);
        let received =
            Event::Received { fax, source: Source::Lmtp, sha256: String::new(), bytes: 0, origin: None };
        journal.append(&|| Timestamp::UNIX_EPOCH, "kasasagi", &[received], &|_| {}).unwrap();
        let bring_up = || Found::at(&view).bring_up(&folder, journal.head(), &|_, _| {}).unwrap();
        let whole = rows_of(&bring_up().0);
        assert_eq!(bring_up().1, ViewStart::Current);
        for (key, value) in whole.iter().filter(|(key, _)| key != rows::APPLIED) {
            let changed = [value.as_slice(), b"x"].concat();
            for damage in [None, Some(changed)] {
                Index::open(&view).unwrap().apply(vec![(key.clone(), damage)]).unwrap();
                let (index, start) = bring_up();
                assert!(matches!(start, ViewStart::Rebuilt { aside: Some(_), .. }), "{key:?}");
                assert_eq!(rows_of(&index), whole);
            }
        }
    }
}
