//! Questions about the journal itself.

use std::ops::ControlFlow;

use jiff::Timestamp;

use crate::frame::Entry;
use crate::id::FaxId;
use crate::rows::{self, About, BLOCK_ENTRIES, Block, Key};
use crate::store::Store;
use crate::walk::read_entry;
use crate::{Error, Result};

/// Which entries to list, all conditions together; by default the first thousand.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct AuditQuery {
    /// At this time or later.
    pub since: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
    /// About this fax.
    pub fax: Option<FaxId>,
    /// About a record decided for the patient of this registered number, or a look at that patient.
    pub patient: Option<String>,
    /// About a message to the physician or provider of this registry code.
    pub physician: Option<String>,
    /// Of this kind, `received` for instance.
    pub kind: Option<String>,
    /// By this actor.
    pub actor: Option<String>,
    /// With a number above this: the last one of the page before.
    pub after_seq: u64,
    /// At most so many.
    pub limit: usize,
}

impl Default for AuditQuery {
    fn default() -> Self {
        Self {
            since: None,
            until: None,
            fax: None,
            patient: None,
            physician: None,
            kind: None,
            actor: None,
            after_seq: 0,
            limit: 1000,
        }
    }
}

impl AuditQuery {
    /// Prefixes of the index rows that an entry must have, the rarest first.
    fn prefixes(&self) -> Vec<Key> {
        let abouts = [
            self.fax.as_ref().map(|f| About::Fax(f.as_str())),
            self.patient.as_deref().map(About::Patient),
            self.physician.as_deref().map(About::Recipient),
            self.kind.as_deref().map(About::Kind),
            self.actor.as_deref().map(About::Actor),
        ];
        abouts.into_iter().flatten().map(rows::about).collect()
    }

    fn at_its_time(&self, entry: &Entry) -> bool {
        self.since.is_none_or(|t| entry.at >= t) && self.until.is_none_or(|t| entry.at < t)
    }
}

impl Store {
    /// The whole story of one fax, in order.
    ///
    /// # Errors
    /// [`Error::View`], [`Error::Io`], [`Error::Damaged`], as from every question here.
    pub fn trace(&self, fax: &FaxId) -> Result<Vec<Entry>> {
        self.audit(&AuditQuery { fax: Some(fax.clone()), limit: usize::MAX, ..AuditQuery::default() })
    }

    /// One entry, if the journal is that long.
    ///
    /// # Errors
    /// As [`Store::trace`].
    pub fn entry(&self, seq: u64) -> Result<Option<Entry>> {
        let applied = self.view()?.applied()?.unwrap_or_default();
        if seq == 0 || seq > applied.seq {
            return Ok(None);
        }
        let key = rows::block(seq);
        let block = self.view()?.get(&key)?.and_then(|bytes| Block::from_bytes(&bytes));
        let (block, first) = block
            .zip(rows::block_start(&key))
            .ok_or_else(|| Error::View(format!("the place of entry {seq} is garbled")))?;
        read_entry(&self.journal_dir(), block.start, first, seq).map(Some)
    }

    /// Entries in order.
    ///
    /// # Errors
    /// As [`Store::trace`].
    pub fn audit(&self, query: &AuditQuery) -> Result<Vec<Entry>> {
        let mut found = Vec::new();
        let Some((first, last)) = self.time_range(query)? else { return Ok(found) };
        let first = first.max(query.after_seq.saturating_add(1));
        let prefixes = query.prefixes();
        let mut see = |seq: u64| -> Result<ControlFlow<()>> {
            if found.len() >= query.limit || seq > last {
                return Ok(ControlFlow::Break(()));
            }
            if self.has_rows(prefixes.get(1..).unwrap_or_default(), seq)? {
                found.extend(self.entry(seq)?.filter(|e| query.at_its_time(e)));
            }
            Ok(ControlFlow::Continue(()))
        };
        match prefixes.first() {
            Some(prefix) => {
                let (from, _) = rows::leaf(prefix, first);
                self.view()?.scan(prefix, &from, |key, names| {
                    for seq in rows::named(key, names).filter(|seq| *seq >= first) {
                        if see(seq)?.is_break() {
                            return Ok(ControlFlow::Break(()));
                        }
                    }
                    Ok(ControlFlow::Continue(()))
                })?;
            }
            None => {
                for seq in first..=last {
                    if see(seq)?.is_break() {
                        break;
                    }
                }
            }
        }
        Ok(found)
    }

    /// The entry before the last `count` of a kind; zero when there are fewer.
    pub(crate) fn before_last(&self, kind: &str, count: usize) -> Result<u64> {
        let mut seqs = Vec::new();
        self.view()?.scan_back(&rows::about(About::Kind(kind)), None, |key, names| {
            seqs.extend(rows::named(key, names).rev());
            Ok(if seqs.len() > count { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        Ok(seqs.get(count).copied().unwrap_or(0))
    }

    fn has_rows(&self, prefixes: &[Key], seq: u64) -> Result<bool> {
        for prefix in prefixes {
            let (key, name) = rows::leaf(prefix, seq);
            if !self.view()?.get(&key)?.is_some_and(|names| names.contains(&name)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// First and last entry that can be of the time asked for.
    fn time_range(&self, query: &AuditQuery) -> Result<Option<(u64, u64)>> {
        let last = self.view()?.applied()?.unwrap_or_default().seq;
        if query.since.is_none() && query.until.is_none() {
            return Ok((last > 0).then_some((1, last)));
        }
        let since = query.since.map_or(i64::MIN, Timestamp::as_microsecond);
        let until = query.until.map_or(i64::MAX, Timestamp::as_microsecond);
        let mut range: Option<(u64, u64)> = None;
        self.view()?.scan(&rows::blocks(), b"", |key, bytes| {
            let fits = Block::from_bytes(bytes).is_some_and(|b| b.latest >= since && b.earliest <= until);
            if let Some(start) = rows::block_start(key).filter(|_| fits) {
                let end = last.min(start + BLOCK_ENTRIES - 1);
                range = Some((range.map_or(start, |(first, _)| first), end));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(range)
    }
}
