//! The one secret that opens a store.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use zeroize::Zeroizing;

use crate::hash::{from_hex, hex};
use crate::{Error, Result, chance, disk};

/// The 32 bytes under which the keys of all faxes are wrapped. Wiped when dropped, never printed.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    /// A key held by the caller.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads a key file: 64 hexadecimal digits and a line end.
    ///
    /// # Errors
    /// [`Error::KeyFileMissing`]; [`Error::KeyFileOpen`] if anybody but the owner may use the file, [`Error::KeyFileMalformed`]
    /// if it holds no key, [`Error::Io`] if it cannot be read.
    pub fn from_file(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => Error::KeyFileMissing(path.to_owned()),
            _ => Error::io("open the key file", path)(e),
        })?;
        let about = file.metadata().map_err(Error::io("look at the key file", path))?;
        let mode = about.permissions().mode();
        // A credential of systemd: a file of root that the service's user may read by an access list, whose
        // widest entry the mode shows as if the group could read.
        let handed_over = mode & 0o777 == 0o440 && about.uid() == 0 && about.gid() == 0;
        if mode & 0o077 != 0 && !handed_over {
            return Err(Error::KeyFileOpen { path: path.to_owned(), mode: mode & 0o7777 });
        }
        let mut text = Zeroizing::new(String::with_capacity(80));
        let malformed = || Error::KeyFileMalformed(path.to_owned());
        file.take(80).read_to_string(&mut text).map_err(|e| match e.kind() {
            std::io::ErrorKind::InvalidData => malformed(),
            _ => Error::io("read the key file", path)(e),
        })?;
        from_hex(text.trim_end()).map(Self::new).ok_or_else(malformed)
    }

    /// Draws a key and writes it to a new file of mode 0600, which is whole or not there whatever happens meanwhile.
    ///
    /// # Errors
    /// [`Error::Io`] if the file is there already or cannot be written.
    pub fn generate_file(path: &Path) -> Result<Self> {
        let key = Self::new(chance::bytes()?);
        let text = Zeroizing::new(format!("{}\n", hex(key.bytes())));
        disk::put_new(path, text.as_bytes())?;
        Ok(key)
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_generated_key_file_is_private_and_reads_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("master.key");
        let key = MasterKey::generate_file(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(MasterKey::from_file(&path).unwrap().bytes(), key.bytes());
        assert!(matches!(MasterKey::generate_file(&path), Err(Error::Io { .. })), "never overwritten");
        assert_eq!(format!("{key:?}"), "MasterKey([redacted])");
    }

    #[test]
    fn a_key_file_others_may_read_or_without_a_key_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("master.key");
        MasterKey::generate_file(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(MasterKey::from_file(&path), Err(Error::KeyFileOpen { mode: 0o640, .. })));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        for content in [&b"short"[..], &[0xff; 64], &[b'0'; 66]] {
            fs::write(&path, content).unwrap();
            assert!(matches!(MasterKey::from_file(&path), Err(Error::KeyFileMalformed(_))));
        }
    }
}
