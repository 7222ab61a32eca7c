//! The sum of a view's files when it was closed. If they are the same when it is opened, its rows need not be added up.

use std::path::{Path, PathBuf};

use crate::{Result, backup, disk};

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

fn sum(folder: &Path) -> Result<String> {
    let mut lines = String::new();
    for name in disk::names(folder)? {
        let path = folder.join(&name);
        if path.is_file() {
            lines.push_str(&format!("{}  {name}\n", backup::sum(&path)?));
        }
    }
    Ok(lines)
}
