//! Passwords from files, never from the settings themselves.

use std::fmt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

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
        let mode = std::fs::metadata(path).map_err(read)?.permissions().mode();
        if mode & 0o077 != 0 {
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
