//! A fax server that hands its mails in over LMTP, whatever becomes of the gateway meanwhile.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::lmtp::lmtp_acknowledges;

/// Hands mails in one after the other, each until it is acknowledged. Stops when dropped.
#[derive(Debug)]
pub struct FaxServer {
    allowed: Arc<AtomicUsize>,
    acknowledged: Arc<AtomicUsize>,
    dropped: Arc<AtomicBool>,
}

impl FaxServer {
    /// Waits with all of them until they are allowed.
    pub fn start(socket: PathBuf, mails: Vec<Vec<u8>>) -> Self {
        let server = Self { allowed: Arc::default(), acknowledged: Arc::default(), dropped: Arc::default() };
        let (allowed, acknowledged) = (server.allowed.clone(), server.acknowledged.clone());
        let dropped = server.dropped.clone();
        thread::spawn(move || {
            for (number, mail) in mails.iter().enumerate() {
                while number >= allowed.load(Ordering::SeqCst) || !lmtp_acknowledges(&socket, mail) {
                    if dropped.load(Ordering::SeqCst) {
                        return;
                    }
                    thread::sleep(Duration::from_millis(20));
                }
                acknowledged.fetch_add(1, Ordering::SeqCst);
            }
        });
        server
    }

    /// Lets it send this many mails in all.
    pub fn allow(&self, count: usize) {
        self.allowed.store(count, Ordering::SeqCst);
    }

    /// How many are acknowledged.
    pub fn acknowledged(&self) -> usize {
        self.acknowledged.load(Ordering::SeqCst)
    }
}

impl Drop for FaxServer {
    fn drop(&mut self) {
        self.dropped.store(true, Ordering::SeqCst);
    }
}
