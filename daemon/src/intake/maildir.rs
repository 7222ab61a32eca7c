//! A Maildir as a door: whatever appears in `new/` is deposited, then moved to `cur/`.
//!
//! A file leaves `new/` only after its message is durable. A crash between the two, or a move that the disk
//! forgot, brings the same file again; see [`super`] for why that is harmless. A file that cannot be taken
//! now is tried again later and later, beside all others; one that never can be goes to `refused/`.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kasasagi_store::event::Source;
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use rustix::fs::{Mode, OFlags};
use tokio::net::unix::pipe;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{DepositError, Intake};
use crate::health::{Health, Part};
use crate::language::Both;
use crate::phrase;

/// Files looked at in one round; the rest wait for the next.
const ROUND: usize = 1000;
/// Longest wait before a file is tried again.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// Watches `dir` until `shutdown`: looks whenever a file appears, and every `interval`, because not every file
/// system tells (one on the network does not). Folders that are missing are made; while the Maildir cannot be
/// used, it says so and keeps trying.
pub async fn watch(
    dir: PathBuf,
    intake: Intake,
    interval: Duration,
    health: Health,
    shutdown: CancellationToken,
) {
    let mut maildir = Maildir { dir, intake, interval, troubles: HashMap::new() };
    loop {
        // Made before the look, so that what comes during it is not missed.
        let new = maildir.dir.join("new");
        let news = std::fs::create_dir_all(&new).map_or(News(None), |()| News::in_folder(&new));
        let wait = match maildir.round(&shutdown).await {
            Ok(more) => {
                health.well(Part::Maildir);
                if more { Duration::ZERO } else { interval }
            }
            Err(error) => {
                let unused = |why| phrase!("trouble-maildir", dir = %maildir.dir.display(), why = why);
                health.trouble(Part::Maildir, Both::of(&error).within(unused));
                interval
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = news.come() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Tells that a file has appeared in a folder since this was made, whole: moved there, or written and closed.
/// Never, where the system cannot tell.
struct News(Option<pipe::Receiver>);

impl News {
    fn in_folder(folder: &Path) -> Self {
        let watch = || -> io::Result<pipe::Receiver> {
            let events = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
            inotify::add_watch(&events, folder, WatchFlags::MOVED_TO | WatchFlags::CLOSE_WRITE)?;
            // Read like a pipe, and waited for like one.
            pipe::Receiver::from_owned_fd_unchecked(events)
        };
        Self(watch().ok())
    }

    async fn come(&self) {
        match &self.0 {
            Some(events) => drop(events.readable().await),
            None => std::future::pending().await,
        }
    }
}

struct Maildir {
    dir: PathBuf,
    intake: Intake,
    interval: Duration,
    /// Files of `new/` that did not go through; what is not in `new/` any more is not here either.
    troubles: HashMap<OsString, Trouble>,
}

/// A file that did not go through.
#[derive(Clone, Copy)]
struct Trouble {
    /// Its message is durable and only the move failed: depositing it again would make copies.
    deposited: bool,
    tries: u32,
    again: Instant,
}

/// Why a file stays in `new/` or leaves it unread.
enum Fault {
    Unfit(&'static str),
    Later(String),
}

impl Maildir {
    /// One look; whether it left files for the next.
    async fn round(&mut self, shutdown: &CancellationToken) -> io::Result<bool> {
        for folder in ["tmp", "new", "cur"] {
            std::fs::create_dir_all(self.dir.join(folder))?;
        }
        let names = waiting(&self.dir.join("new"))?;
        self.troubles.retain(|name, _| names.binary_search(name).is_ok());
        let now = Instant::now();
        let due = |name: &&OsString| self.troubles.get(*name).is_none_or(|trouble| trouble.again <= now);
        let due: Vec<OsString> = names.iter().filter(due).take(ROUND).cloned().collect();
        let more = due.len() == ROUND;
        for name in due {
            if shutdown.is_cancelled() {
                break;
            }
            self.take(name).await;
        }
        Ok(more)
    }

    /// Brings one file as far as it will go.
    async fn take(&mut self, name: OsString) {
        let known = self.troubles.remove(&name);
        let mut deposited = known.is_some_and(|trouble| trouble.deposited);
        if !deposited {
            match self.deposit(&name).await {
                Ok(()) => deposited = true,
                Err(Fault::Unfit(why)) => return self.refuse(name, known, why),
                Err(Fault::Later(why)) => return self.postpone(name, known, deposited, &why),
            }
        }
        if let Err(error) = move_into(&self.dir, "cur", &name, &seen(&name)) {
            self.postpone(name, known, deposited, &format!("cannot move the message to cur: {error}"));
        }
    }

    async fn deposit(&self, name: &OsStr) -> Result<(), Fault> {
        let raw = read(&self.dir.join("new").join(name), self.intake.limits().message)?;
        match self.intake.accept(Source::Maildir, raw).await {
            Ok(_) => Ok(()),
            Err(DepositError::TooLarge) => Err(Fault::Unfit("larger than allowed")),
            Err(error) => Err(Fault::Later(error.to_string())),
        }
    }

    fn refuse(&mut self, name: OsString, known: Option<Trouble>, why: &str) {
        match move_into(&self.dir, "refused", &name, &name) {
            Ok(()) => {
                tracing::error!(why, dir = %self.dir.display(), "a file of the Maildir was moved to refused/");
            }
            Err(error) => self.postpone(name, known, false, &format!("cannot move it to refused: {error}")),
        }
    }

    fn postpone(&mut self, name: OsString, known: Option<Trouble>, deposited: bool, why: &str) {
        let tries = known.map_or(0, |trouble| trouble.tries).saturating_add(1);
        let wait = self.interval.saturating_mul(1 << tries.min(16)).min(LONGEST_WAIT);
        tracing::warn!(why, tries, ?wait, dir = %self.dir.display(), "a file of the Maildir has to wait");
        self.troubles.insert(name, Trouble { deposited, tries, again: Instant::now() + wait });
    }
}

/// What stands in `new/`, oldest name first. Names with a leading dot are no messages (Maildir rule).
fn waiting(new: &Path) -> io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(new)? {
        let entry = entry?;
        let name = entry.file_name();
        if !name.as_encoded_bytes().starts_with(b".") && !entry.file_type()?.is_dir() {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// Reads a regular file of at most `largest` bytes. A link, pipe or device is not opened for reading: it could
/// bring in any file of the machine, or block for ever.
fn read(path: &Path, largest: usize) -> Result<Vec<u8>, Fault> {
    let later = |error: io::Error| Fault::Later(format!("cannot read it: {error}"));
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(descriptor) => std::fs::File::from(descriptor),
        Err(rustix::io::Errno::LOOP | rustix::io::Errno::NXIO) => {
            return Err(Fault::Unfit("not a regular file"));
        }
        Err(error) => return Err(later(error.into())),
    };
    if !file.metadata().map_err(later)?.is_file() {
        return Err(Fault::Unfit("not a regular file"));
    }
    let mut raw = Vec::new();
    let bound = u64::try_from(largest).unwrap_or(u64::MAX).saturating_add(1);
    file.take(bound).read_to_end(&mut raw).map_err(later)?;
    if raw.len() > largest { Err(Fault::Unfit("larger than allowed")) } else { Ok(raw) }
}

fn move_into(dir: &Path, folder: &str, name: &OsStr, as_name: &OsStr) -> io::Result<()> {
    let folder = dir.join(folder);
    std::fs::create_dir_all(&folder)?;
    std::fs::rename(dir.join("new").join(name), folder.join(as_name))
}

/// The name in `cur/`: seen, whatever flags it came with.
fn seen(name: &OsStr) -> OsString {
    let bytes = name.as_encoded_bytes();
    let unique = bytes.split(|byte| *byte == b':').next().unwrap_or(bytes);
    OsString::from_vec([unique, b":2,S"].concat())
}
