//! How much memory the gateway has resident, second by second.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// One look, in bytes (VmRSS of proc(5)).
#[derive(Clone, Copy, Debug, Default)]
pub struct Look {
    /// Seconds since the watch began.
    pub at: f64,
    /// The daemon alone.
    pub daemon: u64,
    /// All its readers together; pages they share are counted for each.
    pub readers: u64,
}

/// Looks at the daemon `pid` and its children now.
pub fn look(pid: u32, since: Instant) -> Look {
    let readers = below(pid).into_iter().map(resident).sum();
    Look { at: since.elapsed().as_secs_f64(), daemon: resident(pid), readers }
}

/// A thread that looks every second until it is asked what it saw.
pub struct Watch {
    done: Arc<AtomicBool>,
    thread: JoinHandle<Vec<Look>>,
}

impl Watch {
    /// Begins at `since`.
    pub fn begin(pid: u32, since: Instant) -> Self {
        let done = Arc::new(AtomicBool::new(false));
        let asked = done.clone();
        let thread = thread::spawn(move || {
            let mut looks = Vec::new();
            while !asked.load(Ordering::SeqCst) {
                looks.push(look(pid, since));
                thread::sleep(Duration::from_secs(1));
            }
            looks
        });
        Self { done, thread }
    }

    /// Ends the watch.
    pub fn end(self) -> Vec<Look> {
        self.done.store(true, Ordering::SeqCst);
        self.thread.join().expect("a look does not panic")
    }
}

/// Nothing for a process that has ended.
fn resident(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").parse::<u64>().map_or(0, |kilobytes| kilobytes * 1024)
}

/// All processes under this one.
fn below(pid: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let children = threads
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok())
        .flat_map(|line| line.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<u32>>());
    children.flat_map(|child| [vec![child], below(child)].concat()).collect()
}
