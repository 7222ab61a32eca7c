//! The messages being received at this moment.

use std::collections::HashSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::hash::Hash;

/// Hashes of the messages that are on their way to the disk.
#[derive(Default)]
pub(crate) struct Receiving {
    under_way: Mutex<HashSet<Hash>>,
    ended: Condvar,
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
