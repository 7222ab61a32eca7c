//! Files that are there after a power cut, readable by their owner alone.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{CWD, RenameFlags, StatVfsMountFlags, renameat_with};
use rustix::io::Errno;

use crate::hash::hex;
use crate::{Error, Result, chance};

/// Time given to a lock that is being let go of.
const PATIENCE: Duration = Duration::from_secs(10);

/// Files that must still fit on the disk.
const FEWEST_FILES: u64 = 1000;

/// Makes a folder (mode 0700) unless it is there. On return its name is durable, also one that a process made which
/// died before it could say so.
pub(crate) fn make_dir(dir: &Path) -> Result<()> {
    let parent = parent(dir);
    if !parent.exists() {
        make_dir(parent)?;
    }
    make_new_dir(dir)?;
    match sync_dir(parent) {
        // Who may not even read the outer folder has not made this one.
        Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        synced => synced,
    }
}

/// Makes a folder (mode 0700) that was not there; `false` when it was.
pub(crate) fn make_new_dir(dir: &Path) -> Result<bool> {
    match DirBuilder::new().mode(0o700).create(dir) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(e) => Err(Error::io("make the folder", dir)(e)),
    }
}

/// Makes what was created, renamed or removed in a folder durable.
pub(crate) fn sync_dir(dir: &Path) -> Result<()> {
    File::open(dir).and_then(|d| d.sync_all()).map_err(Error::io("sync the folder", dir))
}

/// Opens a new file of mode 0600 for writing.
pub(crate) fn create_new(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true).mode(0o600);
    options.open(path).map_err(Error::io("create", path))
}

/// Puts bytes under a name: after a crash the file is whole, old or new; on return it is new.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    put(path, bytes, |temp| fs::rename(temp, path))
}

/// The same for a file that must not be there already.
pub(crate) fn put_new(path: &Path, bytes: &[u8]) -> Result<()> {
    put(path, bytes, |temp| fs::hard_link(temp, path).and_then(|()| fs::remove_file(temp)))
}

fn put(path: &Path, bytes: &[u8], name: impl Fn(&Path) -> io::Result<()>) -> Result<()> {
    let dir = parent(path);
    let temp = dir.join(format!(".tmp-{}", hex(&chance::bytes::<8>()?)));
    let mut file = create_new(&temp)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all()).map_err(Error::io("write", path));
    let named = written.and_then(|()| name(&temp).map_err(Error::io("write", path)));
    if named.is_err() {
        // The first failure is the one to tell; a left-over temporary file is never read.
        let _ = fs::remove_file(&temp);
    }
    named?;
    sync_dir(dir)
}

/// Two folders change their names in one step; in three where the file system cannot do that.
pub(crate) fn exchange(one: &Path, other: &Path) -> Result<()> {
    match renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE) {
        Err(Errno::INVAL | Errno::NOSYS) => {
            let between = one.with_extension("leaving");
            fs::rename(other, &between)
                .and_then(|()| fs::rename(one, other).inspect_err(|_| drop(fs::rename(&between, other))))
                .and_then(|()| fs::rename(&between, one))
        }
        exchanged => exchanged.map_err(io::Error::from),
    }
    .map_err(Error::io("change places with", other))
}

/// The folder that a file or folder is in.
pub(crate) fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The bytes of a file, or nothing when there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Error::io("read", path)(e)),
    }
}

/// The names in a folder in order, without temporary files; empty when there is no such folder.
pub(crate) fn names(dir: &Path) -> Result<Vec<String>> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(Error::io("list", dir)(e)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(Error::io("list", dir))?.file_name();
        names.extend(name.into_string().ok().filter(|n| !n.starts_with('.')));
    }
    names.sort();
    Ok(names)
}

/// Bytes that this user may still write on the disk of `dir`.
///
/// # Errors
/// [`Error::Io`]: also when the disk takes no more files, or none at all since it is read-only.
pub(crate) fn free_bytes(dir: &Path) -> Result<u64> {
    let stat = rustix::fs::statvfs(dir).map_err(|e| Error::io("ask for free space on", dir)(e.into()))?;
    if stat.f_flag.contains(StatVfsMountFlags::RDONLY) {
        return Err(Error::io("write on the disk of", dir)(io::ErrorKind::ReadOnlyFilesystem.into()));
    }
    // Some file systems count no files at all.
    if stat.f_files > 0 && stat.f_favail < FEWEST_FILES {
        return Err(Error::io("make more files on the disk of", dir)(io::ErrorKind::StorageFull.into()));
    }
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Waits, but not for ever, until nobody holds a lock on this file.
pub(crate) fn wait_until_unlocked(path: &Path) -> Result<()> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(Error::io("open", path)(e)),
    };
    let end = Instant::now() + PATIENCE;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if Instant::now() < end => thread::sleep(Duration::from_millis(5)),
            Err(TryLockError::WouldBlock) => return Err(Error::InUse(path.to_owned())),
            Err(TryLockError::Error(e)) => return Err(Error::io("lock", path)(e)),
        }
    }
}

/// Holds the lock file of a store until dropped; the system lets go of it when the process dies.
pub(crate) fn lock(dir: &Path) -> Result<File> {
    let path = dir.join("lock");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    let file = options.open(&path).map_err(Error::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse(dir.to_owned())),
        Err(TryLockError::Error(e)) => Err(Error::io("lock", &path)(e)),
    }
}
