//! Checks the journal against itself and the checkpoints kept beside it.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::checkpoint::{Checkpoint, PublicKey, kept, public_key};
use crate::hash::Hash;
use crate::walk::{Step, Walk};
use crate::{Error, Result};

/// What the journal's own files show. It needs no key and no open store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalCheck {
    /// Good events from the start on.
    pub events: u64,
    /// Hash of the last good one.
    pub head: Hash,
    /// The first bad or missing event and what is wrong with it.
    pub first_bad: Option<(u64, String)>,
    /// Checkpoints compared with the journal.
    pub checkpoints: u64,
    /// Checkpoints that are garbled, or not signed with the key of this store.
    pub bad_checkpoints: Vec<String>,
}

impl JournalCheck {
    /// Whether nothing is wrong.
    pub fn passed(&self) -> bool {
        self.first_bad.is_none() && self.bad_checkpoints.is_empty()
    }
}

/// Walks the journal of the store in `dir` and compares the checkpoints kept beside it, whether the store
/// is open or not. Checkpoints are checked with `key`, or else with the public key in the folder.
///
/// # Errors
/// [`Error::Io`] if a file cannot be read. Damage is no error but a finding.
pub fn verify_journal(dir: &Path, key: Option<&PublicKey>) -> Result<JournalCheck> {
    check(dir, key, u64::MAX)
}

pub(crate) fn check(dir: &Path, key: Option<&PublicKey>, last: u64) -> Result<JournalCheck> {
    let key = key.cloned().map_or_else(|| public_key(dir), |key| Ok(Some(key)))?;
    let (kept, mut bad_checkpoints) = kept(dir)?;
    let mut expected: BTreeMap<u64, Checkpoint> = BTreeMap::new();
    let mut checkpoints = 0;
    for checkpoint in kept {
        if key.as_ref().is_some_and(|key| checkpoint.is_signed_by(key)) {
            checkpoints += 1;
            expected.insert(checkpoint.seq, checkpoint);
        } else {
            bad_checkpoints
                .push(format!("the checkpoint of event {} is not signed by this store", checkpoint.seq));
        }
    }
    let mut walk = Walk::whole(&dir.join("journal"), last)?;
    let first_bad = walk_all(&mut walk, &expected)?;
    let events = walk.next_seq() - 1;
    Ok(JournalCheck { events, head: walk.head(), first_bad, checkpoints, bad_checkpoints })
}

fn walk_all(walk: &mut Walk, expected: &BTreeMap<u64, Checkpoint>) -> Result<Option<(u64, String)>> {
    loop {
        let seq = walk.next_seq();
        match walk.step() {
            Ok(Step::Entry(written)) => {
                let contradicts = |c: &&Checkpoint| c.head != written.entry.hash;
                if let Some(c) = expected.get(&seq).filter(contradicts) {
                    return Ok(Some((seq, format!("the checkpoint of {} tells another history", c.time))));
                }
            }
            Ok(Step::Flaw(flaw)) => return Ok(Some((flaw.seq, flaw.what))),
            Ok(Step::End) => break,
            Err(e @ (Error::NewerFormat { .. } | Error::NewerEvent(_))) => {
                return Ok(Some((seq, e.to_string())));
            }
            Err(e) => return Err(e),
        }
    }
    let later = expected.range(walk.next_seq()..).next_back();
    Ok(later.map(|(seq, c)| {
        let what = format!("events up to {seq} are missing: the checkpoint of {} vouches for them", c.time);
        (walk.next_seq(), what)
    }))
}
