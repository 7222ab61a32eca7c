//! Waiting for what another process will do.

use std::thread::sleep;
use std::time::{Duration, Instant};

/// Waits until `condition` holds. The bound is for a test that hangs, not a promise about speed.
///
/// # Panics
/// After five minutes, naming `what` was awaited.
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(300), "waited five minutes in vain for {what}");
        sleep(Duration::from_millis(20));
    }
}
