//! A process that works on a store until something befalls it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::job::Job;
use crate::ledger::Ledger;
use crate::shim::Plan;

/// A worker that has not ended by then hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running worker.
pub struct Worker {
    child: Child,
    said: Arc<Mutex<Vec<String>>>,
    listener: JoinHandle<()>,
}

impl Worker {
    /// Starts one on a store, and on the disk that `plan` tells of, whose calls go into a log.
    pub fn start(job: Job, store: &Path, disk: Option<(&Plan, &Path)>) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        job.apply(&mut command, store);
        if let Some((plan, log)) = disk {
            plan.apply(&mut command, &job.root(store), log);
        }
        let pipes = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = pipes.spawn().unwrap();
        let (pipe, said) = (BufReader::new(child.stdout.take().unwrap()), Arc::default());
        let heard = Arc::clone(&said);
        Self { child, said, listener: thread::spawn(move || listen(pipe, &heard)) }
    }

    /// What it has promised until now.
    pub fn so_far(&self) -> Ledger {
        let mut ledger = Ledger::default();
        ledger.note(&self.said.lock().unwrap());
        ledger
    }

    /// Waits for its end; whether it came by itself.
    pub fn finish(mut self, ledger: &mut Ledger) -> bool {
        let begun = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            if begun.elapsed() > PATIENCE {
                self.kill(ledger);
                return false;
            }
            thread::sleep(Duration::from_millis(1));
        }
        self.kill(ledger);
        true
    }

    /// Ends it.
    pub fn kill(mut self, ledger: &mut Ledger) {
        let _ = self.child.kill();
        self.child.wait().unwrap();
        self.listener.join().unwrap();
        ledger.note(&self.said.lock().unwrap());
    }
}

fn listen(pipe: BufReader<ChildStdout>, heard: &Mutex<Vec<String>>) {
    let whole = |line: Vec<u8>| {
        Some(String::from_utf8(line).ok()?.strip_prefix("say ")?.strip_suffix(" end")?.to_owned())
    };
    for line in pipe.split(b'\n').map_while(Result::ok).filter_map(whole) {
        heard.lock().unwrap().push(line);
    }
}
