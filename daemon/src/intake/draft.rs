use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::DepositError;

/// Accounting unit of the memory that all drafts share.
const UNIT: usize = 64 << 10;

/// A message being received. It takes bytes without ever failing; over a limit it lets go of what it has,
/// swallows the rest and remembers why, so that the sender can be read to the end and told.
pub struct Draft {
    bytes: Vec<u8>,
    largest: usize,
    room: Arc<Semaphore>,
    held: Option<OwnedSemaphorePermit>,
    refused: Option<DepositError>,
}

/// The memory shared by all drafts.
pub(super) fn room(bytes: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new((bytes / UNIT).clamp(1, Semaphore::MAX_PERMITS)))
}

impl Draft {
    pub(super) fn new(room: Arc<Semaphore>, largest: usize) -> Self {
        Self { bytes: Vec::new(), largest, room, held: None, refused: None }
    }

    /// Adds bytes.
    pub fn push(&mut self, piece: &[u8]) {
        if self.refused.is_some() {
            return;
        }
        let length = self.bytes.len().saturating_add(piece.len());
        if length > self.largest {
            self.refuse(DepositError::TooLarge);
        } else if length > self.bytes.capacity() && !self.grow(length) {
            self.refuse(DepositError::Busy);
        } else {
            self.bytes.extend_from_slice(piece);
        }
    }

    /// The whole message, and the share of memory to hold until it is no longer needed.
    ///
    /// # Errors
    /// [`DepositError::TooLarge`] or [`DepositError::Busy`] if a limit was met on the way.
    pub fn finish(self) -> Result<(Vec<u8>, Option<OwnedSemaphorePermit>), DepositError> {
        match self.refused {
            Some(reason) => Err(reason),
            None => Ok((self.bytes, self.held)),
        }
    }

    fn refuse(&mut self, reason: DepositError) {
        self.bytes = Vec::new();
        self.held = None;
        self.refused = Some(reason);
    }

    /// Doubles the buffer if the shared memory allows it. It never waits: drafts that hold some memory and
    /// wait for more could wait for each other for ever.
    fn grow(&mut self, needed: usize) -> bool {
        let wanted = needed.max(self.bytes.capacity().saturating_mul(2)).next_multiple_of(UNIT);
        let more = (wanted - self.bytes.capacity()).div_ceil(UNIT);
        let Ok(permits) = u32::try_from(more) else { return false };
        let Ok(share) = Arc::clone(&self.room).try_acquire_many_owned(permits) else { return false };
        match &mut self.held {
            Some(held) => held.merge(share),
            None => self.held = Some(share),
        }
        self.bytes.reserve_exact(wanted - self.bytes.len());
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_returns_what_was_pushed() {
        let mut draft = Draft::new(room(1 << 20), 1 << 20);
        for piece in [&b"From: a\r\n"[..], b"", b"\r\nbody\0"] {
            draft.push(piece);
        }
        assert_eq!(draft.finish().unwrap().0, b"From: a\r\n\r\nbody\0");
    }

    #[test]
    fn the_limit_itself_still_fits() {
        let mut draft = Draft::new(room(1 << 20), 10);
        draft.push(&[0; 10]);
        assert_eq!(draft.finish().unwrap().0.len(), 10);
        let mut draft = Draft::new(room(1 << 20), 10);
        draft.push(&[0; 10]);
        draft.push(&[0]);
        assert_eq!(draft.finish().unwrap_err(), DepositError::TooLarge);
    }

    #[test]
    fn drafts_share_the_memory_and_give_it_back() {
        let shared = room(2 * UNIT);
        let mut first = Draft::new(Arc::clone(&shared), 10 * UNIT);
        first.push(&vec![1; UNIT + 1]);
        let mut second = Draft::new(Arc::clone(&shared), 10 * UNIT);
        second.push(b"x");
        assert_eq!(second.finish().unwrap_err(), DepositError::Busy);
        let (bytes, share) = first.finish().unwrap();
        drop((bytes, share));
        let mut third = Draft::new(shared, 10 * UNIT);
        third.push(b"x");
        assert!(third.finish().is_ok());
    }
}
