//! What signed heads that left the machine, in mails and reports, say about the journal that is here now.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::checkpoint::{Checkpoint, PublicKey, public_key};
use crate::hash::Hash;
use crate::store::Store;
use crate::walk::{Step, Walk};
use crate::{Result, checkpoint};

/// A checkpoint, and what became of the history it vouches for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vouched {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// How the journal stands to it.
    pub standing: Standing,
}

/// How a journal stands to a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Standing {
    /// Every event up to the checkpoint's is here as it was.
    Included,
    /// This store never signed it: another store did, or somebody changed the checkpoint.
    NotOurs,
    /// The journal ends before the checkpoint's event: it was cut, or the store was set back to an earlier copy.
    Missing {
        /// The last event that is here.
        last: u64,
    },
    /// The checkpoint's event, or one before it, is not what it was: edited, deleted, inserted or moved.
    Rewritten {
        /// The last event that another of the checkpoints proves untouched; 0 if none does.
        sound_until: u64,
    },
}

/// Every checkpoint in a text, a mail for instance; quotation marks and line breaks of mail programs are passed over.
pub fn checkpoints_in(text: &str) -> Vec<Checkpoint> {
    let quoted = |word: &'_ str| word.trim_start_matches('>').to_owned();
    let words: Vec<String> = text.split_whitespace().map(quoted).filter(|word| !word.is_empty()).collect();
    let starts = words.iter().enumerate().filter(|(_, word)| *word == checkpoint::WORD);
    starts.filter_map(|(at, _)| words.get(at..at + 5)?.join(" ").parse().ok()).collect()
}

/// Compares checkpoints with the journal in `dir`, whether the store is open or not. `key` is the public key of the
/// store, kept elsewhere because the one in the folder may have been replaced; without it that one is believed.
///
/// # Errors
/// [`crate::Error::Io`] if a file cannot be read. What does not fit is a finding.
pub fn vouch(dir: &Path, checkpoints: &[Checkpoint], key: Option<&PublicKey>) -> Result<Vec<Vouched>> {
    let own = public_key(dir)?;
    let last = checkpoints.iter().map(|c| c.seq).max().unwrap_or(0);
    let (heads, end) = heads(dir, checkpoints, last)?;
    let ours = |c: &&Checkpoint| key.or(own.as_ref()).is_some_and(|key| c.is_signed_by(key));
    let fits = |c: &&Checkpoint| heads.get(&c.seq) == Some(&c.head);
    let sound_before = |seq: u64| {
        let sound = checkpoints.iter().filter(ours).filter(fits).map(|c| c.seq);
        sound.filter(|sound| *sound < seq).max().unwrap_or(0)
    };
    let standing = |c: &Checkpoint| match c {
        c if !ours(&c) => Standing::NotOurs,
        c if fits(&c) => Standing::Included,
        c if c.seq > end => Standing::Missing { last: end },
        c => Standing::Rewritten { sound_until: sound_before(c.seq) },
    };
    Ok(checkpoints.iter().map(|c| Vouched { checkpoint: c.clone(), standing: standing(c) }).collect())
}

/// The hashes of the events that checkpoints name, and the last good event.
fn heads(dir: &Path, checkpoints: &[Checkpoint], last: u64) -> Result<(BTreeMap<u64, Hash>, u64)> {
    let mut heads: BTreeMap<u64, Hash> = BTreeMap::from([(0, Hash::START)]);
    let mut walk = Walk::whole(&dir.join("journal"), last)?;
    while let Step::Entry(written) = walk.step()? {
        if checkpoints.iter().any(|c| c.seq == written.entry.seq) {
            heads.insert(written.entry.seq, written.entry.hash);
        }
    }
    Ok((heads, walk.next_seq() - 1))
}

impl Store {
    /// Compares checkpoints that left the machine with the journal.
    ///
    /// # Errors
    /// As [`vouch`].
    pub fn vouch(&self, checkpoints: &[Checkpoint], key: Option<&PublicKey>) -> Result<Vec<Vouched>> {
        let own = self.public_key();
        vouch(self.dir(), checkpoints, Some(key.unwrap_or(&own)))
    }
}
