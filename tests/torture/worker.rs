//! A process that works on a store until something befalls it. It is this test program, called once more.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use kasasagi_store::{Event, MasterKey, Opened, Result, Settings, Store};

use crate::ledger::Ledger;
use crate::shim::Plan;
use crate::story::{STORIES, Teller};

const FOLDER: &str = "KASASAGI_TORTURE_STORE";
const SEED: &str = "KASASAGI_TORTURE_SEED";
const THREADS: &str = "KASASAGI_TORTURE_THREADS";

/// A worker that has not ended by then hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Bytes in a segment: few, so that many are begun.
pub const SEGMENT: u64 = 3000;

/// Opens a store as the worker does.
pub fn open(folder: &Path) -> Result<(Store, Opened)> {
    let settings = Settings {
        dir: folder.to_owned(),
        master_key: MasterKey::new([7; 32]),
        time_zone: TimeZone::UTC,
        disk_floor_bytes: 0,
    };
    Store::open_in_segments(settings, Timestamp::now, "kasasagi", SEGMENT)
}

/// A running worker.
pub struct Worker {
    child: Child,
    lines: JoinHandle<Vec<String>>,
}

impl Worker {
    /// Starts one on a store. Without threads it tells every story once, in the same order.
    pub fn start(store: &Path, seed: u64, threads: usize, disk: Option<(&Plan, &Path)>) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "worker::work", "--ignored", "--nocapture"])
            .env(FOLDER, store)
            .env(SEED, seed.to_string())
            .env(THREADS, threads.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if let Some((plan, log)) = disk {
            plan.apply(&mut command, store.parent().unwrap(), log);
        }
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).split(b'\n');
        let lines = thread::spawn(move || {
            let whole = |line: Vec<u8>| {
                Some(String::from_utf8(line).ok()?.strip_prefix("say ")?.strip_suffix(" end")?.to_owned())
            };
            lines.map_while(|line| line.ok()).filter_map(whole).collect()
        });
        Self { child, lines }
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
        ledger.note(&self.lines.join().unwrap());
    }
}

#[test]
#[ignore = "the worker of the other tests"]
fn work() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let number =
        |name: &str| std::env::var(name).ok().and_then(|n| n.parse::<u64>().ok()).unwrap_or_default();
    let (seed, threads) = (number(SEED), number(THREADS));
    let say = |text: String| {
        // One write for a line, so that a kill leaves it whole or without its end.
        let mut out = std::io::stdout().lock();
        out.write_all(format!("\nsay {text} end\n").as_bytes()).unwrap();
        out.flush().unwrap();
    };
    let store = match open(Path::new(&folder)) {
        Ok((store, _)) => store,
        Err(e) => return say(format!("error {e}")),
    };
    say("opened".to_owned());
    if threads > 0 {
        thread::scope(|scope| {
            for n in 0..threads {
                let (store, say) = (&store, &say);
                scope.spawn(move || {
                    let mut teller = Teller::new(store, say, seed * 100 + n);
                    let mut story = n as usize;
                    loop {
                        teller.tell(story);
                        story += 1;
                    }
                });
            }
        });
    }
    let mut teller = Teller::new(&store, &say, seed);
    (0..STORIES).for_each(|story| teller.tell(story));
    if let Err(e) = store.append("kasasagi", &[Event::Stopped]) {
        say(format!("error {e}"));
    }
    say("finished".to_owned());
    if std::env::var_os("KASASAGI_SHIM_END").is_some_and(|end| !end.is_empty()) {
        // The power goes while the store is open.
        std::process::exit(0);
    }
}
