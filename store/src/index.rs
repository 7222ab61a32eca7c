//! The rows of the view on disk; the only file that names sled. A damaged sled file can make it panic,
//! so every call is fenced, and a panic is an error like any other.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use crate::fold::{Applied, Changes, weight};
use crate::rows;
use crate::{Error, Result, close, disk};

/// Pages that sled is to keep in memory, by their size on disk. In memory they take more than twice that, and some more
/// stay than it is told; the system has the file in its own cache anyway.
const CACHE_BYTES: u64 = 1 << 20;

/// Time given to sled for writing what is in memory.
const PATIENCE: Duration = Duration::from_secs(60);

/// One ordered table of rows.
pub(crate) struct Index {
    /// There until it is dropped.
    db: Option<sled::Db>,
    /// The folder, if its files are to be noted when it is closed.
    noted: Option<PathBuf>,
}

/// Held while any table is written, flushed or closed. sled 0.34 has one lock for all its tables: a flush holds it
/// shared and waits for a thread that needs it shared too, and that thread waits behind any writer that has queued
/// up meanwhile, for ever.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Index {
    /// Opens or begins the table in this folder. sled lets go of its file on a thread of its own, some time
    /// after a table was dropped; that is waited for.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        disk::make_dir(folder)?;
        disk::wait_until_unlocked(&folder.join("db"))?;
        let config = sled::Config::new().path(folder).cache_capacity(CACHE_BYTES);
        let _alone = alone();
        fenced(|| config.open()).map(|db| Self { db: Some(db), noted: None })
    }

    /// A table that takes note of its files when it is closed, so that it is opened quickly the next time.
    pub(crate) fn noted(mut self, folder: &Path) -> Self {
        self.noted = Some(folder.to_owned());
        self
    }

    /// One row.
    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        Ok(fenced(|| self.db().get(key))?.map(|value| value.to_vec()))
    }

    /// Changes rows, all or none.
    pub(crate) fn apply(&self, changes: Changes) -> Result<()> {
        let mut batch = sled::Batch::default();
        for (key, value) in changes {
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        let _alone = alone();
        fenced(|| self.db().apply_batch(batch))
    }

    /// Changes many rows in the order of their keys, which is far faster. If it is cut short the rows do not add up.
    pub(crate) fn fill(&self, changes: &Changes) -> Result<()> {
        let _alone = alone();
        let mut applied = None;
        for (key, value) in changes {
            match value {
                Some(value) if key == rows::APPLIED => applied = Some(value),
                Some(value) => fenced(|| self.db().insert(key, value.as_slice())).map(drop)?,
                None => fenced(|| self.db().remove(key)).map(drop)?,
            }
        }
        let applied = applied.map(|value: &Vec<u8>| value.as_slice());
        applied.map_or(Ok(()), |value| fenced(|| self.db().insert(rows::APPLIED, value)).map(drop))
    }

    fn db(&self) -> &sled::Db {
        self.db.as_ref().expect("it is taken by drop alone")
    }

    /// Shows rows to `see` in order of their keys, from `from` on, as long as they start with `prefix`
    /// and `see` goes on.
    pub(crate) fn scan(
        &self,
        prefix: &[u8],
        from: &[u8],
        see: impl FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let start = prefix.max(from).to_vec();
        self.run(prefix, || self.db().range(start..), see)
    }

    /// Shows the rows that start with `prefix`, the last first, beginning below `below`.
    pub(crate) fn scan_back(
        &self,
        prefix: &[u8],
        below: Option<&[u8]>,
        see: impl FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let end = below.map_or_else(|| after(prefix), <[u8]>::to_vec);
        self.run(prefix, || self.db().range(prefix.to_vec()..end).rev(), see)
    }

    /// The entry applied last, when the row that tells it is whole.
    pub(crate) fn applied(&self) -> Result<Option<Applied>> {
        Ok(self.get(rows::APPLIED)?.and_then(|bytes| Applied::from_bytes(&bytes)))
    }

    /// Whether the rows add up to the sum that was kept while they were written.
    pub(crate) fn adds_up(&self) -> Result<bool> {
        let mut sum = 0u128;
        self.scan(b"", b"", |key, value| {
            if key != rows::APPLIED {
                sum = sum.wrapping_add(weight(key, value));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(self.applied()?.unwrap_or_default().sum == sum)
    }

    /// Writes what is in memory.
    pub(crate) fn flush(&self) -> Result<()> {
        let (_alone, db) = (alone(), self.db().clone());
        in_time(move || fenced(|| db.flush()).map(drop))
    }

    fn run<I>(
        &self,
        prefix: &[u8],
        rows: impl FnOnce() -> I,
        mut see: impl FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>>,
    ) -> Result<()>
    where
        I: Iterator<Item = sled::Result<(sled::IVec, sled::IVec)>>,
    {
        let mut rows = fenced(|| Ok(rows()))?;
        while let Some((key, value)) = fenced(|| rows.next().transpose())? {
            if !key.starts_with(prefix) || see(&key, &value)?.is_break() {
                break;
            }
        }
        Ok(())
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        let _alone = alone();
        let db = self.db.take();
        // sled may panic here as well, and this may be the end of another panic.
        let _ = in_time(move || {
            fenced(|| {
                drop(db);
                Ok(())
            })
        });
        if let Some(folder) = self.noted.take() {
            // Without the note the rows are added up, which takes longer.
            let _ = close::note(&folder);
        }
    }
}

/// Whether two tables hold the same rows.
pub(crate) fn equal(one: &Index, other: &Index) -> Result<bool> {
    fenced(|| {
        let (mut a, mut b) = (one.db().iter(), other.db().iter());
        loop {
            match (a.next().transpose()?, b.next().transpose()?) {
                (None, None) => return Ok(true),
                (a, b) if a != b => return Ok(false),
                _ => {}
            }
        }
    })
}

/// The first key after all that start with `prefix`.
fn after(prefix: &[u8]) -> Vec<u8> {
    let mut key = prefix.to_vec();
    while let Some(last) = key.last_mut() {
        if let Some(next) = last.checked_add(1) {
            *last = next;
            return key;
        }
        key.pop();
    }
    vec![0xff; 8]
}

/// Does what makes sled wait for its disk. After some write errors it waits for ever, and every other table with it
/// (`make torture` shows that). Then the process ends: nothing is lost, and the next one finds or rebuilds the view.
fn in_time(call: impl FnOnce() -> Result<()> + Send + 'static) -> Result<()> {
    let (done, ended) = mpsc::channel();
    thread::spawn(move || done.send(call()));
    ended.recv_timeout(PATIENCE).unwrap_or_else(|_| {
        tracing::error!("sled does not come to an end after a fault of the disk; this process ends");
        std::process::abort()
    })
}

fn fenced<T>(call: impl FnOnce() -> sled::Result<T>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(answer) => answer.map_err(|e| Error::View(e.to_string())),
        Err(_) => Err(Error::View("sled panicked".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without [`ONE_AT_A_TIME`] this stands still in one run of four.
    #[test]
    fn tables_are_closed_while_another_is_written() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let row = |n: u32| vec![(n.to_be_bytes().to_vec(), Some(vec![7; 300]))];
        let busy = Index::open(other.path()).unwrap();
        let done = std::sync::atomic::AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                for n in 0.. {
                    if done.load(std::sync::atomic::Ordering::Relaxed) {
                        break;
                    }
                    busy.apply(row(n)).unwrap();
                }
            });
            for round in 0..ROUNDS {
                let short = Index::open(&one.path().join(round.to_string())).unwrap();
                (0..40).for_each(|n| short.apply(row(n)).unwrap());
            }
            done.store(true, std::sync::atomic::Ordering::Relaxed);
        });
    }

    const ROUNDS: u32 = 200;
}
