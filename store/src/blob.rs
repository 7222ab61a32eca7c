//! Sealed content: one folder of blobs and one wrapped key for each fax.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use zeroize::Zeroizing;

use crate::id::FaxId;
use crate::key::MasterKey;
use crate::seal::{Magic, seal, unseal};
use crate::{Error, Result, chance, disk};

const BLOB: Magic = *b"KSGBLOB\x01";
pub(crate) const KEY: Magic = *b"KSGWRAP\x01";
const MAX_NAME: usize = 64;

/// The name of one content of a fax: `raw`, `document-1`, `page-3`, `record-1`, `message-1-P0013`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobName(String);

impl BlobName {
    /// The message as it arrived.
    pub fn raw() -> Self {
        Self("raw".to_owned())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BlobName {
    type Err = Error;

    /// 1 to 64 ASCII letters, digits and hyphens, a letter or digit first.
    fn from_str(text: &str) -> Result<Self> {
        let fits = (1..=MAX_NAME).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !text.starts_with('-');
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::Malformed { what: "content name", text: text.to_owned() })
        }
    }
}

impl fmt::Display for BlobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The folders `blobs/` and `keys/`.
pub(crate) struct Blobs {
    blobs: PathBuf,
    keys: PathBuf,
    master: MasterKey,
}

impl Blobs {
    pub(crate) fn open(store: &Path, master: MasterKey) -> Result<Self> {
        let blobs = Self { blobs: store.join("blobs"), keys: store.join("keys"), master };
        disk::make_dir(&blobs.blobs)?;
        disk::make_dir(&blobs.keys)?;
        Ok(blobs)
    }

    /// Makes room and a key for a new fax; `false` when the name is taken. Leaves nothing after an error.
    pub(crate) fn create(&self, fax: &FaxId) -> Result<bool> {
        if !disk::make_new_dir(&self.folder(fax))? {
            return Ok(false);
        }
        let made = self.give_key(fax);
        if made.is_err() {
            // The first failure is the one to tell; what cannot be removed goes at the next start.
            let _ = self.erase(fax);
        }
        made.map(|()| true)
    }

    fn give_key(&self, fax: &FaxId) -> Result<()> {
        disk::sync_dir(&self.blobs)?;
        let key = Zeroizing::new(chance::bytes::<32>()?);
        let wrapped = seal(self.master.bytes(), &KEY, fax.as_str().as_bytes(), &*key)?;
        disk::replace(&self.key_path(fax), &wrapped)
    }

    pub(crate) fn put(&self, fax: &FaxId, name: &BlobName, bytes: &[u8]) -> Result<()> {
        let key = self.key(fax)?;
        let sealed = seal(&key, &BLOB, &bound(fax, name), bytes)?;
        disk::replace(&self.path(fax, name), &sealed)
    }

    pub(crate) fn get(&self, fax: &FaxId, name: &BlobName) -> Result<Vec<u8>> {
        let key = self.key(fax)?;
        let path = self.path(fax, name);
        let sealed =
            disk::read(&path)?.ok_or_else(|| Error::NoBlob { fax: fax.clone(), name: name.to_string() })?;
        unseal(&key, &BLOB, &bound(fax, name), &sealed).ok_or(Error::Tampered(path))
    }

    /// Removes the key, then the content: without the key nothing of the content can be read.
    pub(crate) fn erase(&self, fax: &FaxId) -> Result<()> {
        absent_is_fine(fs::remove_file(self.key_path(fax)), &self.key_path(fax))?;
        disk::sync_dir(&self.keys)?;
        absent_is_fine(fs::remove_dir_all(self.folder(fax)), &self.folder(fax))?;
        disk::sync_dir(&self.blobs)
    }

    /// Whether any key or content of the fax is on disk.
    pub(crate) fn holds(&self, fax: &FaxId) -> bool {
        self.key_path(fax).exists() || self.folder(fax).exists()
    }

    /// The names of a fax's contents, in order.
    pub(crate) fn names(&self, fax: &FaxId) -> Result<Vec<BlobName>> {
        Ok(disk::names(&self.folder(fax))?.iter().filter_map(|n| n.parse().ok()).collect())
    }

    /// The faxes that have a folder or a key here, received or not.
    pub(crate) fn faxes(&self) -> Result<BTreeSet<FaxId>> {
        let (folders, keys) = (disk::names(&self.blobs)?, disk::names(&self.keys)?);
        Ok(folders.iter().chain(&keys).filter_map(|name| name.parse().ok()).collect())
    }

    fn key(&self, fax: &FaxId) -> Result<Zeroizing<[u8; 32]>> {
        let path = self.key_path(fax);
        let wrapped = disk::read(&path)?.ok_or_else(|| Error::KeyMissing(fax.clone()))?;
        let key = unseal(self.master.bytes(), &KEY, fax.as_str().as_bytes(), &wrapped).map(Zeroizing::new);
        let key = key.and_then(|k| k.as_slice().try_into().ok());
        key.map(Zeroizing::new).ok_or(Error::Tampered(path))
    }

    fn folder(&self, fax: &FaxId) -> PathBuf {
        self.blobs.join(fax.as_str())
    }

    fn path(&self, fax: &FaxId, name: &BlobName) -> PathBuf {
        self.folder(fax).join(name.as_str())
    }

    fn key_path(&self, fax: &FaxId) -> PathBuf {
        self.keys.join(fax.as_str())
    }
}

fn bound(fax: &FaxId, name: &BlobName) -> Vec<u8> {
    format!("{fax}/{name}").into_bytes()
}

pub(crate) fn absent_is_fine(removed: std::io::Result<()>, path: &Path) -> Result<()> {
    match removed {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", path)(e)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fax(chance: u8) -> FaxId {
        FaxId::new(jiff::civil::date(2026, 11, 23), [chance; 5])
    }

    #[test]
    fn content_is_bound_to_its_fax_and_name() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(dir.path(), MasterKey::new([1; 32])).unwrap();
        let (one, two) = (fax(1), fax(2));
        let (raw, page): (BlobName, BlobName) = (BlobName::raw(), "page-1".parse().unwrap());
        assert!(blobs.create(&one).unwrap() && blobs.create(&two).unwrap());
        assert!(!blobs.create(&one).unwrap(), "a name is given once");
        blobs.put(&one, &raw, b"first").unwrap();
        blobs.put(&one, &raw, b"second").unwrap();
        assert_eq!(blobs.get(&one, &raw).unwrap(), b"second", "a put replaces");
        assert!(matches!(blobs.get(&one, &page), Err(Error::NoBlob { .. })));
        for (other, name) in [(&one, &page), (&two, &raw)] {
            fs::copy(blobs.path(&one, &raw), blobs.path(other, name)).unwrap();
            assert!(matches!(blobs.get(other, name), Err(Error::Tampered(_))), "{other}/{name}");
        }
        fs::copy(blobs.key_path(&one), blobs.key_path(&two)).unwrap();
        assert!(matches!(blobs.get(&two, &raw), Err(Error::Tampered(_))), "a key moved to another fax");
        let stranger = Blobs::open(dir.path(), MasterKey::new([2; 32])).unwrap();
        assert!(matches!(stranger.get(&one, &raw), Err(Error::Tampered(_))), "another master key");
    }

    #[test]
    fn erased_content_is_gone_with_its_key() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(dir.path(), MasterKey::new([1; 32])).unwrap();
        blobs.create(&fax(1)).unwrap();
        blobs.put(&fax(1), &BlobName::raw(), b"content").unwrap();
        blobs.erase(&fax(1)).unwrap();
        assert!(!blobs.holds(&fax(1)));
        assert!(matches!(blobs.get(&fax(1), &BlobName::raw()), Err(Error::KeyMissing(_))));
        blobs.erase(&fax(1)).unwrap();
    }

    #[test]
    fn names_stay_inside_the_folder() {
        for bad in ["", "..", "a/b", "-x", "raw\0", ".tmp-1", "名"] {
            assert!(bad.parse::<BlobName>().is_err(), "{bad:?}");
        }
        assert_eq!("message-1-P0013".parse::<BlobName>().unwrap().as_str(), "message-1-P0013");
    }
}
