//! Another master key for a store: every key in it is wrapped anew. Content is not touched.

use std::fs;
use std::path::Path;

use zeroize::Zeroizing;

use crate::id::FaxId;
use crate::key::MasterKey;
use crate::seal::{Magic, seal, unseal};
use crate::{Error, Result, archive, blob, checkpoint, disk};

/// Lies in the store while its keys are under two master keys; sealed under the new one.
const MARK: &str = "rotating";
const MAGIC: Magic = *b"KSGROTA\x01";

/// Wraps every key of the closed store in `dir` under the `new` master key; how many were still under the old one.
/// Cut short at any moment, it goes on when it is called again with the same two keys; until then the store does not
/// open.
///
/// # Errors
/// [`Error::InUse`]; [`Error::Tampered`] names a key that opens under neither; [`Error::Rotating`] if a rotation to yet
/// another key was cut short.
pub fn rotate(dir: &Path, old: &MasterKey, new: &MasterKey) -> Result<u64> {
    let _lock = disk::lock(dir)?;
    match disk::read(&dir.join(MARK))? {
        Some(mark) if unseal(new.bytes(), &MAGIC, MARK.as_bytes(), &mark).is_none() => {
            return Err(Error::Rotating(dir.to_owned()));
        }
        Some(_) => {}
        None => disk::replace(&dir.join(MARK), &seal(new.bytes(), &MAGIC, MARK.as_bytes(), &[])?)?,
    }
    let mut wrapped = 0;
    for name in disk::names(&dir.join("keys"))? {
        let magic = if name == archive::NAME { archive::KEY } else { blob::KEY };
        if name == archive::NAME || name.parse::<FaxId>().is_ok() {
            wrapped += wrap(&dir.join("keys").join(&name), (old, new), &magic, name.as_bytes())?;
        }
    }
    wrapped += wrap(&dir.join("signing.key"), (old, new), &checkpoint::KEY, b"signing.key")?;
    fs::remove_file(dir.join(MARK)).map_err(Error::io("remove", &dir.join(MARK)))?;
    disk::sync_dir(dir)?;
    Ok(wrapped)
}

/// Refuses a store whose keys are under two master keys.
pub(crate) fn finished(dir: &Path) -> Result<()> {
    if dir.join(MARK).exists() { Err(Error::Rotating(dir.to_owned())) } else { Ok(()) }
}

fn wrap(path: &Path, (old, new): (&MasterKey, &MasterKey), magic: &Magic, bound: &[u8]) -> Result<u64> {
    let sealed = disk::read(path)?.ok_or_else(|| Error::Tampered(path.to_owned()))?;
    if unseal(new.bytes(), magic, bound, &sealed).is_some() {
        return Ok(0);
    }
    let key = unseal(old.bytes(), magic, bound, &sealed).map(Zeroizing::new);
    let key = key.ok_or_else(|| Error::Tampered(path.to_owned()))?;
    disk::replace(path, &seal(new.bytes(), magic, bound, &key)?)?;
    Ok(1)
}
