//! Signed heads of the journal. They leave the machine in mails and reports, so that nobody can cut or
//! rewrite the journal afterwards without contradicting them. The only file that names the signature.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::hash::{Hash, from_hex, hex};
use crate::journal::Head;
use crate::key::MasterKey;
use crate::seal::{Magic, seal, unseal};
use crate::{Error, Result, chance, disk, signed_note};

pub(crate) const KEY: Magic = *b"KSGSIGN\x01";
pub(crate) const WORD: &str = "kasasagi1";

/// A signed statement that the journal had this head at this time.
///
/// As text it is one line: `kasasagi1 SEQ HASH TIME SIGNATURE`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The last entry.
    pub seq: u64,
    /// Its hash.
    pub head: Hash,
    /// When this was signed.
    pub time: Timestamp,
    /// Ed25519 over the line without the signature, 128 hexadecimal digits.
    pub signature: String,
}

/// The key that checks checkpoints; 64 hexadecimal digits as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(pub(crate) VerifyingKey);

/// Whether this master key opens the store in this folder; a folder without a store fits every key.
///
/// # Errors
/// [`Error::WrongMasterKey`]; [`Error::Io`] when the folder cannot be read.
pub fn check_key(store: &Path, master: &MasterKey) -> Result<()> {
    signing_key(store, master).map(drop)
}

fn signing_key(store: &Path, master: &MasterKey) -> Result<Option<SigningKey>> {
    let Some(sealed) = disk::read(&store.join("signing.key"))? else { return Ok(None) };
    let seed = unseal(master.bytes(), &KEY, b"signing.key", &sealed);
    let seed = seed.and_then(|s| <[u8; 32]>::try_from(s).ok());
    let key = seed.map(|seed| SigningKey::from_bytes(&seed));
    key.map(Some).ok_or_else(|| Error::WrongMasterKey(store.to_owned()))
}

/// The folder `checkpoints/` and the key that signs.
pub(crate) struct Notary {
    folder: PathBuf,
    key: SigningKey,
    /// A line that is to be removed before anything follows it: the file, and where the line begins.
    doubtful: Mutex<Option<(PathBuf, u64)>>,
}

impl Checkpoint {
    /// Whether this key signed exactly this statement.
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        let signature = from_hex::<64>(&self.signature).map(|bytes| Signature::from_bytes(&bytes));
        signature.is_some_and(|s| key.0.verify_strict(self.statement().as_bytes(), &s).is_ok())
    }

    fn statement(&self) -> String {
        format!("{WORD} {} {} {}", self.seq, self.head, self.time)
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.statement(), self.signature)
    }
}

impl FromStr for Checkpoint {
    type Err = Error;

    /// Reads the line; a mail program may have broken it anywhere between its words.
    fn from_str(text: &str) -> Result<Self> {
        let malformed = || Error::Malformed { what: "checkpoint", text: text.chars().take(300).collect() };
        let words: Vec<&str> = text.split_whitespace().collect();
        let [WORD, seq, head, time, signature] = words[..] else { return Err(malformed()) };
        let seq = seq.parse().map_err(|_| malformed())?;
        let time = time.parse().map_err(|_| malformed())?;
        from_hex::<64>(signature).ok_or_else(malformed)?;
        Ok(Self { seq, head: head.parse()?, time, signature: signature.to_owned() })
    }
}

impl FromStr for PublicKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let key = from_hex(text.trim()).and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
        key.map(Self).ok_or_else(|| Error::Malformed { what: "public key", text: text.to_owned() })
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(self.0.as_bytes()))
    }
}

impl Notary {
    /// Opens the signing key of a store, or makes one for a new store.
    ///
    /// # Errors
    /// [`Error::WrongMasterKey`] when the key was sealed under another master key.
    pub(crate) fn open(store: &Path, master: &MasterKey) -> Result<Self> {
        let folder = store.join("checkpoints");
        disk::make_dir(&folder)?;
        let path = store.join("signing.key");
        let key = match signing_key(store, master)? {
            Some(key) => key,
            None if store.join("keys").exists() => {
                return Err(Error::Io { doing: "read", path, source: io::ErrorKind::NotFound.into() });
            }
            None => {
                let key = SigningKey::from_bytes(&chance::bytes()?);
                disk::replace(&path, &seal(master.bytes(), &KEY, b"signing.key", key.as_bytes())?)?;
                key
            }
        };
        let notary = Self { folder, key, doubtful: Mutex::default() };
        let (path, public) = (store.join("signing.pub"), format!("{}\n", notary.public()));
        // A store on a full disk must still open.
        if disk::read(&path)?.as_deref() != Some(public.as_bytes()) {
            disk::replace(&path, public.as_bytes())?;
        }
        for name in disk::names(&notary.folder)? {
            cut_torn_line(&notary.folder.join(name))?;
        }
        Ok(notary)
    }

    /// The highest entry that a kept checkpoint of ours vouches for; zero when there is none.
    pub(crate) fn known(&self, store: &Path) -> Result<u64> {
        let public = self.public();
        let (mut kept, _) = kept(store)?;
        // A clock that was set back has put a later one into the file of an earlier day.
        kept.sort_by_key(|checkpoint| checkpoint.seq);
        let newest = kept.iter().rev().find(|c| c.is_signed_by(&public));
        Ok(newest.map_or(0, |c| c.seq))
    }

    /// The checkpoint as a signed note.
    pub(crate) fn note(&self, checkpoint: &Checkpoint) -> String {
        signed_note::note(&self.key, checkpoint)
    }

    pub(crate) fn public(&self) -> PublicKey {
        PublicKey(self.key.verifying_key())
    }

    /// Signs a head and adds it to the file of its day.
    pub(crate) fn sign(&self, head: Head, time: Timestamp) -> Result<Checkpoint> {
        let mut checkpoint = Checkpoint { seq: head.seq, head: head.hash, time, signature: String::new() };
        checkpoint.signature = hex(&self.key.sign(checkpoint.statement().as_bytes()).to_bytes());
        let day = time.to_zoned(TimeZone::UTC).strftime("%Y%m%d");
        self.add(&self.folder.join(format!("{day}.txt")), &format!("{checkpoint}\n"))?;
        Ok(checkpoint)
    }

    fn add(&self, path: &Path, line: &str) -> Result<()> {
        let mut doubtful = self.doubtful.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((path, length)) = &*doubtful {
            cut(path, *length)?;
        }
        *doubtful = None;
        cut_torn_line(path)?;
        let mut options = OpenOptions::new();
        let mut file =
            options.append(true).create(true).mode(0o600).open(path).map_err(Error::io("open", path))?;
        let length = file.metadata().map_err(Error::io("look at", path))?.len();
        // After a failed fsync the system may forget that the line was never written, and keep the ones after it.
        *doubtful = Some((path.to_owned(), length));
        let added = file.write_all(line.as_bytes()).and_then(|()| file.sync_data());
        added.map_err(Error::io("write the checkpoint to", path))?;
        if length == 0 {
            disk::sync_dir(&self.folder)?;
        }
        *doubtful = None;
        Ok(())
    }
}

/// Removes a last line that was being written when the machine stopped or the disk was full.
fn cut_torn_line(path: &Path) -> Result<()> {
    let torn = match File::open(path).and_then(|file| ends_within_a_line(&file)) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => false,
        torn => torn.map_err(Error::io("read", path))?,
    };
    if !torn {
        return Ok(());
    }
    let bytes = disk::read(path)?.unwrap_or_default();
    let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    cut(path, whole as u64)
}

fn cut(path: &Path, length: u64) -> Result<()> {
    let file = OpenOptions::new().write(true).open(path).map_err(Error::io("open", path))?;
    file.set_len(length).and_then(|()| file.sync_all()).map_err(Error::io("cut", path))
}

fn ends_within_a_line(file: &File) -> io::Result<bool> {
    let mut last = [b'\n'];
    if let Some(at) = file.metadata()?.len().checked_sub(1) {
        file.read_exact_at(&mut last, at)?;
    }
    Ok(last != *b"\n")
}

/// Checkpoints kept beside the journal: those that read well, and the places of those that do not.
pub(crate) fn kept(store: &Path) -> Result<(Vec<Checkpoint>, Vec<String>)> {
    let folder = store.join("checkpoints");
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for name in disk::names(&folder)? {
        let path = folder.join(&name);
        let bytes = fs::read(&path).map_err(Error::io("read", &path))?;
        let text = String::from_utf8_lossy(&bytes);
        for (number, line) in text.split_inclusive('\n').enumerate() {
            match line.parse::<Checkpoint>() {
                Ok(checkpoint) => good.push(checkpoint),
                // A line without its end was being written when the machine stopped.
                Err(_) if line.ends_with('\n') => bad.push(format!("{name} line {}", number + 1)),
                Err(_) => {}
            }
        }
    }
    Ok((good, bad))
}

/// The key in the store's folder, when there is one.
///
/// # Errors
/// [`Error::Io`]; [`Error::Malformed`] if the file holds something else.
pub fn public_key(store: &Path) -> Result<Option<PublicKey>> {
    let bytes = disk::read(&store.join("signing.pub"))?;
    bytes.map(|b| String::from_utf8_lossy(&b).parse()).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notary(dir: &Path) -> Notary {
        Notary::open(dir, &MasterKey::new([1; 32])).unwrap()
    }

    #[test]
    fn a_checkpoint_is_one_line_that_only_its_store_can_have_signed() {
        let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let notary = notary(dir.path());
        let head = Head { seq: 42, hash: Hash([7; 32]) };
        let signed = notary.sign(head, "2026-11-23T01:02:03.456789Z".parse().unwrap()).unwrap();
        let line = signed.to_string();
        assert_eq!(line.lines().count(), 1);
        assert_eq!(
            line.replace(' ', "\r\n ").parse::<Checkpoint>().unwrap(),
            signed,
            "as a mail may break it"
        );
        assert!(signed.is_signed_by(&notary.public().to_string().parse().unwrap()));
        assert!(!signed.is_signed_by(&self::notary(other.path()).public()));
        let changed = [
            Checkpoint { seq: 43, ..signed.clone() },
            Checkpoint { head: Hash([8; 32]), ..signed.clone() },
            Checkpoint { time: Timestamp::UNIX_EPOCH, ..signed.clone() },
            Checkpoint { signature: "0".repeat(128), ..signed },
        ];
        assert!(changed.iter().all(|c| !c.is_signed_by(&notary.public())));
    }

    #[test]
    fn a_line_torn_by_a_crash_does_not_spoil_the_next_one() {
        let dir = tempfile::tempdir().unwrap();
        let head = Head { seq: 1, hash: Hash([7; 32]) };
        notary(dir.path()).sign(head, Timestamp::UNIX_EPOCH).unwrap();
        let path = dir.path().join("checkpoints/19700101.txt");
        let whole = fs::read(&path).unwrap();
        for len in (0..whole.len()).step_by(11) {
            fs::write(&path, [&whole[..], &whole[..len]].concat()).unwrap();
            let notary = notary(dir.path());
            notary.sign(Head { seq: 2, ..head }, Timestamp::UNIX_EPOCH).unwrap();
            let (kept, bad) = kept(dir.path()).unwrap();
            assert_eq!((kept.len(), bad.len()), (2, 0), "length {len}");
            assert_eq!(notary.known(dir.path()).unwrap(), 2);
        }
    }

    #[test]
    fn a_line_cut_short_by_a_full_disk_does_not_spoil_the_next_one_either() {
        let dir = tempfile::tempdir().unwrap();
        let (notary, head) = (notary(dir.path()), Head { seq: 1, hash: Hash([7; 32]) });
        notary.sign(head, Timestamp::UNIX_EPOCH).unwrap();
        let path = dir.path().join("checkpoints/19700101.txt");
        let whole = fs::read(&path).unwrap();
        fs::write(&path, [&whole[..], &whole[..40]].concat()).unwrap();
        notary.sign(Head { seq: 2, ..head }, Timestamp::UNIX_EPOCH).unwrap();
        let (kept, bad) = kept(dir.path()).unwrap();
        assert_eq!((kept.len(), bad.len()), (2, 0));
    }

    #[test]
    fn the_highest_entry_is_known_also_from_the_file_of_an_earlier_day() {
        let dir = tempfile::tempdir().unwrap();
        let (notary, head) = (notary(dir.path()), Head { seq: 5, hash: Hash([7; 32]) });
        notary.sign(head, "2026-11-25T00:00:00Z".parse().unwrap()).unwrap();
        notary.sign(Head { seq: 9, ..head }, "2026-11-24T00:00:00Z".parse().unwrap()).unwrap();
        assert_eq!(notary.known(dir.path()).unwrap(), 9);
    }

    #[test]
    fn another_master_key_is_told_at_once() {
        let dir = tempfile::tempdir().unwrap();
        notary(dir.path());
        let opened = Notary::open(dir.path(), &MasterKey::new([2; 32]));
        assert!(matches!(opened, Err(Error::WrongMasterKey(_))));
    }
}
