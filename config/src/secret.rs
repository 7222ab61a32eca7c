//! Passwords from files, never from the settings themselves.

use std::fmt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// A password; its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a password held by the caller.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Reads the first line of a file that nobody else can read.
    ///
    /// # Errors
    /// [`Error::Read`] when the file cannot be read, [`Error::Value`] when group or others may read it or it is empty.
    pub fn from_file(key: &str, path: &Path) -> Result<Self> {
        let fault = |what: &str| Error::Value {
            file: path.display().to_string(),
            key: key.to_owned(),
            what: what.to_owned(),
        };
        let read = |source| Error::Read { path: path.to_owned(), source };
        if !is_private(&std::fs::metadata(path).map_err(read)?) {
            return Err(fault("others can read this file; run chmod 600 on it"));
        }
        let text = std::fs::read_to_string(path).map_err(read)?;
        match text.lines().next().map(str::trim_end).filter(|line| !line.is_empty()) {
            Some(line) => Ok(Self(line.to_owned())),
            None => Err(fault("the file is empty; its first line is the password")),
        }
    }

    /// The password, for the one place that sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Whether nobody but the owner, or the one service it is handed to, may use a file. systemd hands a credential
/// over as a file of root that the service's user may read by an access list; the mode then shows the widest
/// entry of the list as if the group could read.
pub fn is_private(file: &std::fs::Metadata) -> bool {
    private(file.permissions().mode() & 0o777, file.uid(), file.gid())
}

fn private(mode: u32, user: u32, group: u32) -> bool {
    mode & 0o077 == 0 || (mode, user, group) == (0o440, 0, 0)
}

/// A password, or where it is: who only asks the gateway a question need not be able to read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Password {
    /// Held by the caller.
    Held(Secret),
    /// In the file that this key of the settings names.
    File {
        /// The key.
        key: String,
        /// The file.
        path: PathBuf,
    },
}

impl Password {
    /// The password as it is now.
    ///
    /// # Errors
    /// As of [`Secret::from_file`].
    pub fn read(&self) -> Result<Secret> {
        match self {
            Self::Held(secret) => Ok(secret.clone()),
            Self::File { key, path } => Secret::from_file(key, path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_root_that_one_service_may_read_by_an_access_list_is_private() {
        assert!(private(0o440, 0, 0));
        assert!(private(0o600, 7, 7) && private(0o400, 7, 7));
        assert!(!private(0o440, 0, 7) && !private(0o440, 7, 0), "a group, or an owner, that is not root");
        assert!(!private(0o640, 0, 0) && !private(0o444, 0, 0), "more than systemd gives");
    }
}
