//! What a worker does, in a process of its own: it is this test program, called once more.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use kasasagi_store::{
    Error, Event, MasterKey, Opened, Result, Settings, Since, Store, backup, restore, rotate,
};

use crate::story::{STORIES, Teller};

const JOB: &str = "KASASAGI_TORTURE_JOB";
const FOLDER: &str = "KASASAGI_TORTURE_STORE";
const SEED: &str = "KASASAGI_TORTURE_SEED";
const THREADS: &str = "KASASAGI_TORTURE_THREADS";

/// Bytes in a segment: few, so that many are begun.
pub const SEGMENT: u64 = 3000;

/// Work on a store.
#[derive(Clone, Copy, Debug)]
pub enum Job {
    /// Tells stories on so many threads without end; without threads every story once, in the same order.
    Stories { seed: u64, threads: usize },
    /// Copies the store.
    Backup,
    /// Puts the copy in the place of the store.
    Restore,
    /// Draws a new master key, `new.key` beside the store, and puts the store under it.
    Rotate,
}

impl Job {
    /// Tells a process what to do with a store.
    pub fn apply(self, command: &mut Command, store: &Path) {
        let name = match self {
            Self::Stories { .. } => "stories",
            Self::Backup => "backup",
            Self::Restore => "restore",
            Self::Rotate => "rotate",
        };
        command.args(["--exact", "job::work", "--ignored", "--nocapture"]).env(JOB, name).env(FOLDER, store);
        if let Self::Stories { seed, threads } = self {
            command.env(SEED, seed.to_string()).env(THREADS, threads.to_string());
        }
    }

    /// The folder whose calls count.
    pub fn root(self, store: &Path) -> PathBuf {
        match self {
            Self::Backup => copy_of(store).parent().unwrap().to_owned(),
            _ => store.parent().unwrap().to_owned(),
        }
    }
}

/// Where a store is copied to.
pub fn copy_of(store: &Path) -> PathBuf {
    store.with_file_name("copies").join("copy")
}

/// The file of the master key that a store is put under.
pub fn new_key_of(store: &Path) -> PathBuf {
    store.with_file_name("new.key")
}

/// The master key of every store here at first.
pub fn first_key() -> MasterKey {
    MasterKey::new([7; 32])
}

/// How a store is opened.
pub fn settings(folder: &Path, master_key: MasterKey) -> Settings {
    Settings { dir: folder.to_owned(), master_key, time_zone: TimeZone::UTC, disk_floor_bytes: 0 }
}

/// Opens a store as the worker does.
pub fn open(folder: &Path) -> Result<(Store, Opened)> {
    open_under(folder, &first_key())
}

/// Opens a store under another master key.
pub fn open_under(folder: &Path, key: &MasterKey) -> Result<(Store, Opened)> {
    unlocked(|| Store::open_in_segments(settings(folder, key.clone()), Timestamp::now, "kasasagi", SEGMENT))
}

/// Does it once nobody holds the store. A program that another round is about to start holds for a moment whatever
/// this process has open, locks among it.
fn unlocked<T>(work: impl Fn() -> Result<T>) -> Result<T> {
    loop {
        match work() {
            Err(Error::InUse(_)) => thread::sleep(Duration::from_millis(1)),
            done => return done,
        }
    }
}

/// Puts the copy of a store in its place.
pub fn bring_back(store: &Path) -> Result<()> {
    let settings = || settings(store, first_key());
    unlocked(|| restore(&copy_of(store), settings(), "root", Since::Stopped, true)).map(drop)
}

/// Puts a store under the new key, which is drawn unless it is there.
pub fn put_under_new_key(store: &Path) -> Result<MasterKey> {
    let file = new_key_of(store);
    let new = if file.exists() { MasterKey::from_file(&file) } else { MasterKey::generate_file(&file) }?;
    unlocked(|| rotate(store, &first_key(), &new))?;
    Ok(new)
}

#[test]
#[ignore = "the worker of the other tests"]
fn work() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let done = match std::env::var(JOB).unwrap().as_str() {
        "backup" => backup(&folder, &copy_of(&folder), Timestamp::now()).map(drop),
        "restore" => bring_back(&folder),
        "rotate" => put_under_new_key(&folder).map(drop),
        _ => tell_stories(&folder),
    };
    say(&done.map_or_else(|e| format!("error {e}"), |()| "finished".to_owned()));
    if std::env::var_os("KASASAGI_SHIM_END").is_some_and(|end| !end.is_empty()) {
        // The power goes at the end.
        std::process::exit(0);
    }
}

/// One write for a line, so that a kill leaves it whole or without its end.
fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("\nsay {text} end\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

fn tell_stories(folder: &Path) -> Result<()> {
    let number = |name: &str| std::env::var(name).unwrap().parse::<u64>().unwrap();
    let (seed, threads) = (number(SEED), number(THREADS));
    let (store, _) = open(folder)?;
    say("opened");
    thread::scope(|scope| {
        for n in 0..threads {
            let store = &store;
            scope.spawn(move || {
                let mut teller = Teller::new(store, &say, seed * 100 + n);
                let mut story = n as usize;
                loop {
                    teller.tell(story);
                    story += 1;
                }
            });
        }
    });
    let mut teller = Teller::new(&store, &say, seed);
    (0..STORIES).for_each(|story| teller.tell(story));
    if let Err(e) = store.append("kasasagi", &[Event::Stopped]) {
        say(&format!("error {e}"));
    }
    if std::env::var_os("KASASAGI_SHIM_END").is_some_and(|end| !end.is_empty()) {
        say("finished");
        // The power goes while the store is open.
        std::process::exit(0);
    }
    Ok(())
}
