//! The one fold from entries to rows, used live, for catching up, for rebuilding and for verifying.
//! It is pure: it reads rows through a function and hands back the rows to change.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::Event;
use crate::frame::{Entry, Written};
use crate::hash::Hash;
use crate::id::{FaxId, RecordId};
use crate::rows::{self, Block, Key, Value};
use crate::transition;
use crate::view::FaxView;
use crate::{Error, Result};

/// The entry that a view has seen last, and the sum over its rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Applied {
    pub seq: u64,
    pub hash: Hash,
    /// Sum of [`weight`] over all rows but this one. Rows may come and go in any order, so a view that
    /// lost or changed one no longer adds up.
    pub sum: u128,
}

/// Rows to put (`Some`) or remove (`None`), all at once.
pub(crate) type Changes = Vec<(Key, Option<Value>)>;

/// Events that could not follow, each with its number and the reason.
pub(crate) type Ignored = Vec<(u64, String)>;

/// Reads one row.
pub(crate) type Get<'a> = &'a dyn Fn(&[u8]) -> Result<Option<Value>>;

/// Folds a run of entries.
pub(crate) struct Fold<'a> {
    below: Get<'a>,
    applied: Applied,
    /// Faxes touched: as they were, and as they are.
    faxes: BTreeMap<FaxId, (Option<FaxView>, Option<FaxView>)>,
    added: BTreeMap<Key, Value>,
    ignored: Ignored,
}

impl<'a> Fold<'a> {
    /// On top of the rows that `below` reads.
    pub(crate) fn new(below: Get<'a>) -> Result<Self> {
        let applied =
            below(rows::APPLIED)?.map(|b| Applied::from_bytes(&b)).unwrap_or(Some(Applied::default()));
        let applied =
            applied.ok_or_else(|| Error::View("the row of the last entry is garbled".to_owned()))?;
        Ok(Self { below, applied, faxes: BTreeMap::new(), added: BTreeMap::new(), ignored: Vec::new() })
    }

    /// Takes in one entry; one that was applied before changes nothing.
    pub(crate) fn entry(&mut self, written: &Written) -> Result<()> {
        let entry = &written.entry;
        if entry.seq <= self.applied.seq {
            return Ok(());
        }
        if entry.seq != self.applied.seq + 1 || entry.prev != self.applied.hash {
            let Applied { seq, .. } = self.applied;
            return Err(Error::View(format!("entry {} does not follow entry {seq}", entry.seq)));
        }
        self.applied.seq = entry.seq;
        self.applied.hash = entry.hash;
        if let Some(id) = entry.event.fax() {
            let now = self.fax(id)?;
            match transition::next(now.as_ref(), entry) {
                Ok(next) => *now = Some(next),
                Err(why) => self.ignored.push((entry.seq, format!("{}: {why}", entry.event.kind()))),
            }
        }
        self.index(written)
    }

    /// The rows to change, and the events that could not follow and were ignored.
    pub(crate) fn finish(mut self) -> Result<(Changes, Ignored)> {
        let mut changes: BTreeMap<Key, Option<Value>> =
            self.added.into_iter().map(|(key, value)| (key, Some(value))).collect();
        for (before, now) in self.faxes.values() {
            let rows = |view: &Option<FaxView>| -> BTreeSet<(Key, Value)> {
                view.iter().flat_map(rows::of_fax).collect()
            };
            let (old, new) = (rows(before), rows(now));
            changes.extend(old.difference(&new).map(|(key, _)| (key.clone(), None)));
            changes.extend(new.difference(&old).map(|(key, value)| (key.clone(), Some(value.clone()))));
            if let Some(view) = now.as_ref().filter(|_| now != before) {
                let value = serde_json::to_vec(view).map_err(Error::Encode)?;
                changes.insert(rows::fax(&view.id), Some(value));
            }
        }
        for (key, value) in &changes {
            let old = (self.below)(key)?;
            let weigh = |value: &Option<Value>| value.as_ref().map_or(0, |v| weight(key, v));
            self.applied.sum = self.applied.sum.wrapping_sub(weigh(&old)).wrapping_add(weigh(value));
        }
        changes.insert(rows::APPLIED.to_vec(), Some(self.applied.to_bytes()));
        Ok((changes.into_iter().collect(), self.ignored))
    }

    fn index(&mut self, written: &Written) -> Result<()> {
        let entry = &written.entry;
        let patient = self.patient(entry)?;
        for row in rows::of_entry(entry, patient.as_deref()) {
            self.added.insert(row, Vec::new());
        }
        let key = rows::block(entry.seq);
        let at = entry.at.as_microsecond();
        let block = match self.added.get(&key) {
            Some(bytes) => Block::from_bytes(bytes),
            None => (self.below)(&key)?.and_then(|bytes| Block::from_bytes(&bytes)),
        };
        let block = block.map_or(Block { start: written.position, earliest: at, latest: at }, |b| Block {
            earliest: b.earliest.min(at),
            latest: b.latest.max(at),
            ..b
        });
        self.added.insert(key, block.to_bytes());
        Ok(())
    }

    fn patient(&mut self, entry: &Entry) -> Result<Option<String>> {
        let record: &RecordId = match &entry.event {
            Event::Decided { record, .. } => record,
            Event::Deferred { item, .. } | Event::Sent { item, .. } | Event::GaveUp { item, .. } => {
                item.record()
            }
            _ => return Ok(None),
        };
        let fax = self.fax(record.fax())?;
        Ok(fax.as_ref().and_then(|f| rows::patient_of(f, record)).map(str::to_owned))
    }

    fn fax(&mut self, id: &FaxId) -> Result<&mut Option<FaxView>> {
        if !self.faxes.contains_key(id) {
            let view = (self.below)(&rows::fax(id))?.map(|bytes| read_fax(&bytes)).transpose()?;
            self.faxes.insert(id.clone(), (view.clone(), view));
        }
        let slot = self.faxes.get_mut(id).expect("the fax was inserted just now if it was absent");
        Ok(&mut slot.1)
    }
}

/// Reads the row of a fax.
pub(crate) fn read_fax(bytes: &[u8]) -> Result<FaxView> {
    serde_json::from_slice(bytes).map_err(|e| Error::View(format!("the row of a fax is garbled: {e}")))
}

/// What a row adds to the sum of its view.
pub(crate) fn weight(key: &[u8], value: &[u8]) -> u128 {
    let length = (key.len() as u64).to_be_bytes();
    let Hash(hash) = Hash::of(&[&length, key, value]);
    hash.first_chunk::<16>().map_or(0, |half| u128::from_be_bytes(*half))
}

impl Applied {
    fn to_bytes(self) -> Value {
        let body = [&self.seq.to_be_bytes()[..], &self.hash.0, &self.sum.to_be_bytes()].concat();
        let check = Hash::of(&[&body]);
        [&body[..], &check.0].concat()
    }

    /// Reads the row; nothing when it is garbled.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (body, check) = bytes.split_last_chunk::<32>()?;
        let (seq, rest) = body.split_first_chunk::<8>()?;
        let (hash, sum) = rest.split_first_chunk::<32>()?;
        let sum = u128::from_be_bytes(sum.try_into().ok()?);
        let applied = Self { seq: u64::from_be_bytes(*seq), hash: Hash(*hash), sum };
        (Hash::of(&[body]).0 == *check).then_some(applied)
    }
}
