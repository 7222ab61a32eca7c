//! A store brought back from a backup.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::os::unix::fs::{MetadataExt, lchown};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::backup::{ABOUT, Backup, FORMAT, SUMS, sum};
use crate::blob::absent_is_fine;
use crate::event::Event;
use crate::hash::Hash;
use crate::query::OutboxFilter;
use crate::store::{Settings, Store};
use crate::transition::RESTORED;
use crate::view::ItemKind;
use crate::work::{Told, Work};
use crate::{Error, Result, disk};

/// What happened to the gateway after the backup was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// It may have run on and sent what the backup shows as waiting: that waits for a person.
    Unknown,
    /// It never ran again: all goes on where it was.
    Stopped,
}

/// A store that was brought back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// What it was brought back from.
    pub backup: Backup,
    /// Faxes and messages that now wait for a person.
    pub in_doubt: u32,
    /// Where whatever was in its folder before lies now: another store, or files that are not the store's.
    pub aside: Option<PathBuf>,
}

/// Brings the backup in `from` back as the store of these settings. Everything is checked first; a store that is there
/// already is moved aside, if `replace` allows it.
///
/// # Errors
/// [`Error::BadBackup`]; [`Error::WrongMasterKey`]; [`Error::InUse`]; [`Error::NotEmpty`] if there is a store and it may
/// not be replaced. The store that is there stays as it was.
pub fn restore(
    from: &Path,
    settings: Settings,
    actor: &str,
    since: Since,
    replace: bool,
) -> Result<Restored> {
    restore_telling(from, settings, actor, since, replace, &|_, _, _| {})
}

/// The same; `told` hears how far its long parts have come: [`Work::Files`], [`Work::Copying`], then the proof of the
/// copy.
///
/// # Errors
/// As [`restore`].
pub fn restore_telling(
    from: &Path,
    settings: Settings,
    actor: &str,
    since: Since,
    replace: bool,
    told: Told,
) -> Result<Restored> {
    let backup = check(from, told)?;
    let target = settings.dir.clone();
    let before = target.join("journal").exists();
    if before && !replace {
        return Err(Error::NotEmpty(target));
    }
    // Held to the end, so that nobody writes to what is about to be moved.
    let _lock = target.exists().then(|| disk::lock(&target)).transpose()?;
    let stage = beside(&target, "restoring");
    absent_is_fine(fs::remove_dir_all(&stage), &stage)?;
    let staged = copy(from, &stage, told).and_then(|()| {
        let settings = Settings { dir: stage.clone(), ..settings };
        prepare(from, &backup, settings, (actor, since), told)
    });
    let in_doubt = match staged {
        Ok(in_doubt) => in_doubt,
        Err(error) => {
            // The first failure is the one to tell.
            let _ = fs::remove_dir_all(&stage);
            return Err(error);
        }
    };
    let owned_like = if target.exists() { &target } else { disk::parent(&target) };
    give(&stage, &fs::metadata(owned_like).map_err(Error::io("look at", owned_like))?)?;
    let aside = if target.exists() {
        Some(change_places(&stage, &target)?)
    } else {
        fs::rename(&stage, &target).map_err(Error::io("put in place", &target))?;
        None
    };
    disk::sync_dir(disk::parent(&target))?;
    Ok(Restored { backup, in_doubt, aside: aside.filter(|aside| before || holds_more_than_the_lock(aside)) })
}

/// What a backup says of itself, once every file in it is as it was written.
///
/// # Errors
/// [`Error::BadBackup`] names the first file that is not.
fn check(from: &Path, told: Told) -> Result<Backup> {
    let bad = |name: &str, what: &str| Error::BadBackup { path: from.join(name), what: what.to_owned() };
    let about = disk::read(&from.join(ABOUT))?;
    let about = about.ok_or_else(|| bad(ABOUT, "it is not there: the backup was cut short, or is none"))?;
    let about: serde_json::Value = serde_json::from_slice(&about).map_err(|_| bad(ABOUT, "it is garbled"))?;
    match about["format"].as_u64() {
        Some(format) if format > u64::from(FORMAT) => {
            return Err(bad(ABOUT, "it is of a newer version of Kasasagi: use that one"));
        }
        _ => {}
    }
    let backup: Backup = serde_json::from_value(about).map_err(|_| bad(ABOUT, "it is garbled"))?;
    let sums = disk::read(&from.join(SUMS))?.ok_or_else(|| bad(SUMS, "it is not there"))?;
    if Hash::of(&[&sums]) != backup.sums {
        return Err(bad(SUMS, "it is not what was written"));
    }
    for (done, (name, expected)) in (1..).zip(listed(&String::from_utf8_lossy(&sums))) {
        let path = from.join(name);
        if !path.exists() {
            return Err(bad(name, "it is missing"));
        }
        if sum(&path)?.to_string() != expected {
            return Err(bad(name, "it is not what was written"));
        }
        told(Work::Files, done, backup.files);
    }
    Ok(backup)
}

/// The files of a list, each with its SHA-256. A name in it cannot lead out of the folder: names of ours have no dots.
fn listed(sums: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = sums.lines().filter_map(|line| line.split_once("  "));
    lines.map(|(sum, name)| (name, sum)).filter(|(name, _)| !name.contains("..") && !name.starts_with('/'))
}

fn copy(from: &Path, stage: &Path, told: Told) -> Result<()> {
    disk::make_dir(stage)?;
    let sums = fs::read_to_string(from.join(SUMS)).map_err(Error::io("read", &from.join(SUMS)))?;
    let names: BTreeMap<&str, &str> = listed(&sums).collect();
    let mut folders = BTreeSet::from([stage.to_owned()]);
    for (done, name) in (1..).zip(names.keys()) {
        let (source, target) = (from.join(name), stage.join(name));
        if folders.insert(disk::parent(&target).to_owned()) {
            disk::make_dir(disk::parent(&target))?;
        }
        let mut file = disk::create_new(&target)?;
        let mut bytes = fs::File::open(&source).map_err(Error::io("open", &source))?;
        std::io::copy(&mut bytes, &mut file)
            .and_then(|_| file.sync_all())
            .map_err(Error::io("write", &target))?;
        told(Work::Copying, done, names.len() as u64);
    }
    folders.iter().try_for_each(|folder| disk::sync_dir(folder))
}

/// Opens and proves the copy, and writes down that it is one; how many things are in doubt.
fn prepare(
    from: &Path,
    backup: &Backup,
    settings: Settings,
    (actor, since): (&str, Since),
    told: Told,
) -> Result<u32> {
    let viewed = |done, all| told(Work::View, done, all);
    let (store, _) = Store::open_telling(settings, Timestamp::now, actor, &viewed)?;
    let found = store.verify_telling(told)?;
    if !found.passed() || found.events < backup.seq {
        let what = format!("its content does not prove whole: {found:?}");
        return Err(Error::BadBackup { path: from.to_owned(), what });
    }
    let doubts = if since == Since::Unknown { doubts(&store)? } else { Vec::new() };
    let in_doubt = u32::try_from(doubts.len()).unwrap_or(u32::MAX);
    for some in doubts.chunks(1000) {
        store.append(actor, some)?;
    }
    store.append(actor, &[Event::Restored { seq: backup.seq, in_doubt }])?;
    store.checkpoint()?;
    Ok(in_doubt)
}

/// Events by which whatever may have gone on since the backup waits for a person.
fn doubts(store: &Store) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    for fax in store.unfinished()? {
        events.push(Event::FaxHeld { fax, reason: RESTORED.to_owned() });
    }
    for kind in [ItemKind::Due, ItemKind::Waiting] {
        let mut after = None;
        loop {
            let filter = OutboxFilter { kind: Some(kind), after, limit: 1000, ..OutboxFilter::default() };
            let page = store.outbox(&filter)?;
            events.extend(
                page.iter().map(|item| Event::GaveUp { item: item.id.clone(), code: RESTORED.to_owned() }),
            );
            match page.last() {
                Some(last) if page.len() == 1000 => after = Some(last.id.clone()),
                _ => break,
            }
        }
    }
    Ok(events)
}

/// What root brings back belongs to whom the store belonged to.
fn give(path: &Path, like: &Metadata) -> Result<()> {
    let found = fs::symlink_metadata(path).map_err(Error::io("look at", path))?;
    if (found.uid(), found.gid()) != (like.uid(), like.gid()) {
        lchown(path, Some(like.uid()), Some(like.gid())).map_err(Error::io("give away", path))?;
    }
    if found.is_dir() {
        for entry in fs::read_dir(path).map_err(Error::io("list", path))? {
            give(&entry.map_err(Error::io("list", path))?.path(), like)?;
        }
    }
    Ok(())
}

/// Whether somebody put files into a folder where no store was, such as the master key.
fn holds_more_than_the_lock(folder: &Path) -> bool {
    fs::read_dir(folder)
        .is_ok_and(|mut files| files.any(|file| file.is_ok_and(|file| file.file_name() != "lock")))
}

/// Puts the stage in the place of the store in one step, so that one of them is there at every moment. The name that
/// the store then has is returned; the stage has it before, so that nothing is left to do after that step.
fn change_places(stage: &Path, target: &Path) -> Result<PathBuf> {
    let now = Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    let mut names = (1u32..).map(|n| beside(target, &format!("before-{now}-{n}")));
    let aside = names.find(|name| !name.exists()).unwrap_or_else(|| beside(target, "before"));
    fs::rename(stage, &aside).map_err(Error::io("rename", stage))?;
    disk::sync_dir(disk::parent(target))?;
    // If this fails nothing is removed: nobody knows which of the two is where.
    disk::exchange(&aside, target)?;
    Ok(aside)
}

/// A folder beside this one.
fn beside(target: &Path, what: &str) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{what}"));
    target.with_file_name(name)
}
