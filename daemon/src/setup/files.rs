//! Folders, keys, passwords and a first registry; nothing that is there is touched.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use kasasagi_config::registry;
use kasasagi_store::MasterKey;

use super::settings::{Answers, Place};
use crate::smime::Identity;
use crate::{Error, Result};

/// A file, and whether it was there before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Which.
    pub path: PathBuf,
    /// Whether it was made just now.
    pub new: bool,
}

/// Makes whatever is missing: passwords by their names, the master key, the certificate that signs mails and its key,
/// and the registry's tables, with invented people if `sample`, else with their headings alone.
///
/// # Errors
/// [`Error::File`] names what cannot be made.
pub fn make(
    answers: &Answers,
    place: &Place,
    certificate: &Path,
    passwords: &[(&str, String)],
    sample: bool,
) -> Result<Vec<Made>> {
    let master = place.file("master.key");
    let parents = [certificate.to_owned(), master.clone()];
    for dir in parents.iter().filter_map(|file| file.parent()).chain([answers.data.as_path()]) {
        folder(dir, 0o700)?;
    }
    answers.run.iter().try_for_each(|run| folder(run, 0o750))?;
    folder(&answers.registry, 0o750)?;
    let mut made = Vec::new();
    for (name, password) in passwords {
        made.push(once(place.file(name), |path| write_new(path, format!("{password}\n").as_bytes(), 0o600))?);
    }
    made.push(once(master, |path| Ok(MasterKey::generate_file(path).map(drop)?))?);
    let key = place.file("smime.key");
    made.push(once(certificate.to_owned(), |path| {
        Identity::generate(path, &key, &answers.from, "Kasasagi", Timestamp::now()).map(drop)
    })?);
    for (name, table) in registry::SAMPLE {
        let text = if sample { table } else { table.lines().next().unwrap_or_default() };
        let line = format!("{}\n", text.trim_end());
        made.push(once(answers.registry.join(name), |path| write_new(path, line.as_bytes(), 0o640))?);
    }
    Ok(made)
}

fn once(path: PathBuf, make: impl FnOnce(&Path) -> Result<()>) -> Result<Made> {
    let new = !path.exists();
    if new {
        make(&path)?;
    }
    Ok(Made { path, new })
}

fn folder(dir: &Path, mode: u32) -> Result<()> {
    let fault = |source| Error::File { action: "make the folder", path: dir.to_owned(), source };
    fs::DirBuilder::new().recursive(true).mode(mode).create(dir).map_err(fault)
}

/// Writes a file that is not there yet.
fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let fault = |source| Error::File { action: "write", path: path.to_owned(), source };
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(mode).open(path).map_err(fault)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(fault)?;
    // Root sets up what the service's group may read; a folder of that group says which it is.
    let folder = path.parent().and_then(|dir| fs::metadata(dir).ok());
    match folder
        .filter(|folder| mode & 0o040 != 0 && rustix::process::geteuid().is_root() && folder.gid() != 0)
    {
        Some(folder) => std::os::unix::fs::fchown(&file, None, Some(folder.gid())).map_err(fault),
        None => Ok(()),
    }
}
