//! Mails as files, durable once reported as sent.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::Outcome;
use crate::{Error, Result};

/// Makes the folder, for nobody else to read, unless it exists.
pub(super) fn prepared(dir: PathBuf) -> Result<PathBuf> {
    match DirBuilder::new().recursive(true).mode(0o700).create(&dir) {
        Ok(()) => Ok(dir),
        Err(source) => Err(Error::File { action: "create", path: dir, source }),
    }
}

/// Puts `raw` under the local part of its Message-ID; the same mail again replaces itself.
pub(super) async fn put(dir: &Path, message_id: &str, raw: &[u8]) -> Outcome {
    let Some(name) = file_name(message_id) else { return Outcome::refuse("message-id") };
    let (dir, raw) = (dir.to_owned(), raw.to_owned());
    match tokio::task::spawn_blocking(move || store(&dir, &name, &raw)).await {
        Ok(Ok(())) => Outcome::sent("250"),
        Ok(Err(_)) | Err(_) => Outcome::defer("io"),
    }
}

fn store(dir: &Path, name: &str, raw: &[u8]) -> io::Result<()> {
    // One fixed name for the unfinished file, so that crashes leave no more than one behind per mail.
    let unfinished = dir.join(format!(".{name}.part"));
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(raw)?;
    file.sync_all()?;
    fs::rename(&unfinished, dir.join(format!("{name}.eml")))?;
    File::open(dir)?.sync_all()
}

fn file_name(message_id: &str) -> Option<String> {
    let (local, _) = message_id.rsplit_once('@')?;
    let fits = (1..=100).contains(&local.len())
        && !local.starts_with('.')
        && local.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    fits.then(|| local.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_mail_becomes_one_file_however_often_it_is_sent() {
        let room = tempfile::tempdir().unwrap();
        let dir = prepared(room.path().join("a/b")).unwrap();
        for text in [b"first\r\n".as_slice(), b"first\r\n", b"longer than before\r\n", b"last\r\n"] {
            assert_eq!(put(&dir, "0a1b@example.jp", text).await, Outcome::sent("250"));
        }
        let names: Vec<_> = fs::read_dir(&dir).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["0a1b.eml"]);
        assert_eq!(fs::read(dir.join("0a1b.eml")).unwrap(), b"last\r\n");
    }

    #[tokio::test]
    async fn a_foreign_message_id_names_no_file() {
        let room = tempfile::tempdir().unwrap();
        for id in ["../x@example.jp", "a/b@example.jp", ".x@example.jp", "@example.jp", "x", "a\0@x"] {
            assert_eq!(put(room.path(), id, b"x").await, Outcome::refuse("message-id"), "{id}");
        }
        assert_eq!(fs::read_dir(room.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_folder_that_went_away_defers() {
        let room = tempfile::tempdir().unwrap();
        let gone = room.path().join("gone");
        assert_eq!(put(&gone, "x@example.jp", b"x").await, Outcome::defer("io"));
    }
}
