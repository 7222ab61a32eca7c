//! The messages being received at this moment.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::hash::Hash;

/// The messages that are on their way to the disk: hashes, and bytes in all.
#[derive(Default)]
pub(crate) struct Receiving {
    under_way: Mutex<HashSet<Hash>>,
    ended: Condvar,
    bytes: AtomicU64,
}

/// While it lives, its bytes count as written.
pub(crate) struct Room<'a> {
    receiving: &'a Receiving,
    bytes: u64,
}

/// While it lives, nobody else receives the same message.
pub(crate) struct Alone<'a> {
    receiving: &'a Receiving,
    hash: Hash,
}

impl Receiving {
    /// Waits until nobody else receives a message of this hash.
    pub(crate) fn alone(&self, hash: Hash) -> Alone<'_> {
        let mut under_way = self.lock();
        while !under_way.insert(hash) {
            under_way = self.ended.wait(under_way).unwrap_or_else(PoisonError::into_inner);
        }
        Alone { receiving: self, hash }
    }

    /// Counts a message that is about to be written.
    pub(crate) fn room(&self, bytes: u64) -> Room<'_> {
        self.bytes.fetch_add(bytes, Ordering::SeqCst);
        Room { receiving: self, bytes }
    }

    /// Bytes on their way.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::SeqCst)
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<Hash>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        self.receiving.lock().remove(&self.hash);
        self.receiving.ended.notify_all();
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        self.receiving.bytes.fetch_sub(self.bytes, Ordering::SeqCst);
    }
}
