//! The sum of a view's files when it was closed. If they are the same when it is opened, its rows need not be added up.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::{Error, Result, disk};

fn place(folder: &Path) -> PathBuf {
    folder.with_extension("sum")
}

/// Writes down the files of a view that was closed just now.
pub(crate) fn note(folder: &Path) -> Result<()> {
    disk::wait_until_unlocked(&folder.join("db"))?;
    disk::replace(&place(folder), sum(folder)?.as_bytes())
}

/// Whether the files of a view are those that it was closed with.
pub(crate) fn as_noted(folder: &Path) -> Result<bool> {
    disk::wait_until_unlocked(&folder.join("db"))?;
    match disk::read(&place(folder))? {
        Some(noted) => Ok(noted == sum(folder)?.as_bytes()),
        None => Ok(false),
    }
}

/// A CRC is enough: what it misses by accident sled's own miss as well, and whoever alters a view on purpose can alter
/// this too, and is found by `verify` alone.
fn sum(folder: &Path) -> Result<String> {
    let mut lines = String::new();
    for name in disk::names(folder)? {
        let path = folder.join(&name);
        if path.is_file() {
            let (crc, bytes) = crc(&path).map_err(Error::io("read", &path))?;
            lines.push_str(&format!("{crc:08x} {bytes} {name}\n"));
        }
    }
    Ok(lines)
}

fn crc(path: &Path) -> io::Result<(u32, u64)> {
    let (mut file, mut crc) = (File::open(path)?, crc32fast::Hasher::new());
    let (mut piece, mut bytes) = (vec![0; 1 << 18], 0);
    loop {
        match file.read(&mut piece)? {
            0 => return Ok((crc.finalize(), bytes)),
            read => {
                crc.update(&piece[..read]);
                bytes += read as u64;
            }
        }
    }
}
