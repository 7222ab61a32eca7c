//! Questions about faxes, records and the outbox.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::id::{DigestId, FaxId, ItemId, RecordId};
use crate::pack::unpack;
use crate::rows::{self, DUE_PREFIX};
use crate::store::Store;
use crate::view::{FaxState, FaxView, ItemKind, ItemView, RecordView};
use crate::{Error, Result};

/// Which faxes to list; by default the newest hundred.
#[derive(Clone, Debug)]
pub struct FaxFilter {
    /// Only in this state.
    pub state: Option<FaxState>,
    /// Only received at this time or later.
    pub since: Option<Timestamp>,
    /// Only received before this fax: the last one of the page before.
    pub before: Option<FaxId>,
    /// At most so many.
    pub limit: usize,
}

/// Which messages to list; by default the first hundred of any kind.
#[derive(Clone, Debug)]
pub struct OutboxFilter {
    /// Only of this kind.
    pub kind: Option<ItemKind>,
    /// Only to this recipient.
    pub recipient: Option<String>,
    /// Only with a name after this one: the last one of the page before.
    pub after: Option<ItemId>,
    /// At most so many.
    pub limit: usize,
}

impl Default for FaxFilter {
    fn default() -> Self {
        Self { state: None, since: None, before: None, limit: 100 }
    }
}

impl Default for OutboxFilter {
    fn default() -> Self {
        Self { kind: None, recipient: None, after: None, limit: 100 }
    }
}

impl Store {
    /// One fax, if it was received.
    ///
    /// # Errors
    /// [`Error::View`], as from every question here.
    pub fn fax(&self, id: &FaxId) -> Result<Option<FaxView>> {
        self.view()?.get(&rows::fax(id))?.map(|bytes| unpack(&bytes)).transpose()
    }

    /// One record, if it was read.
    ///
    /// # Errors
    /// [`Error::View`].
    pub fn record(&self, id: &RecordId) -> Result<Option<RecordView>> {
        let fax = self.fax(id.fax())?;
        Ok(fax.and_then(|f| f.records.into_iter().find(|r| r.id == *id)))
    }

    /// One message, if it was put into the outbox.
    ///
    /// # Errors
    /// [`Error::View`].
    pub fn item(&self, id: &ItemId) -> Result<Option<ItemView>> {
        let record = self.record(id.record())?;
        Ok(record.and_then(|r| r.items.into_iter().find(|i| i.id == *id)))
    }

    /// Faxes, the newest first.
    ///
    /// # Errors
    /// [`Error::View`]; [`Error::NoFax`] if `before` was never received.
    pub fn faxes(&self, filter: &FaxFilter) -> Result<Vec<FaxView>> {
        let prefix = filter.state.map_or_else(rows::arrivals, rows::in_state);
        let below = filter.before.as_ref().map(|id| -> Result<_> {
            let fax = self.fax(id)?.ok_or_else(|| Error::NoFax(id.clone()))?;
            Ok([&prefix[..], &rows::arrival(&fax)].concat())
        });
        let below = below.transpose()?;
        let since = filter.since.map(|t| [&prefix[..], &rows::time_key(t)].concat());
        let mut faxes = Vec::new();
        self.view()?.scan_back(&prefix, below.as_deref(), |key, id| {
            if faxes.len() >= filter.limit || since.as_deref().is_some_and(|since| key < since) {
                return Ok(ControlFlow::Break(()));
            }
            faxes.extend(self.fax(&fax_id(id)?)?);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(faxes)
    }

    /// At most `limit` faxes in this state to which nothing has happened since, whose content is there and need not
    /// stay; the oldest first.
    ///
    /// # Errors
    /// [`Error::View`].
    pub fn erasable(&self, state: FaxState, until: Timestamp, limit: usize) -> Result<Vec<FaxView>> {
        let mut found = Vec::new();
        let prefix = rows::in_state(state);
        let end = [&prefix[..], &rows::time_key(until)].concat();
        let old = |fax: &FaxView| !fax.erased && !fax.kept && fax.last_at() < until;
        self.view()?.scan(&prefix, b"", |key, id| {
            if found.len() >= limit || key >= &end[..] {
                return Ok(ControlFlow::Break(()));
            }
            found.extend(self.fax(&fax_id(id)?)?.filter(old));
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(found)
    }

    /// The faxes that the journey has to go on with, in order of arrival.
    ///
    /// # Errors
    /// [`Error::View`].
    pub fn unfinished(&self) -> Result<Vec<FaxId>> {
        let mut found = Vec::new();
        for state in [FaxState::Received, FaxState::Opened, FaxState::Read] {
            self.view()?.scan(&rows::in_state(state), b"", |key, id| {
                found.push((rows::last_number(key), fax_id(id)?));
                Ok(ControlFlow::Continue(()))
            })?;
        }
        found.sort();
        Ok(found.into_iter().map(|(_, id)| id).collect())
    }

    /// The records delivered about a patient on faxes received since, the latest first.
    ///
    /// # Errors
    /// [`Error::View`].
    pub fn records_about(&self, patient: &str, since: Timestamp) -> Result<Vec<RecordView>> {
        let prefix = rows::records_about(patient);
        let since = [&prefix[..], &rows::time_key(since)].concat();
        let mut names = Vec::new();
        self.view()?.scan(&prefix, &since, |key, _| {
            names.extend(rows::record_of(key, prefix.len()));
            Ok(ControlFlow::Continue(()))
        })?;
        let mut records = Vec::with_capacity(names.len());
        for name in names.iter().rev() {
            records.extend(self.record(name)?);
        }
        Ok(records)
    }

    /// The earliest fax with a document of this SHA-256 (lower-case hexadecimal digits).
    ///
    /// # Errors
    /// [`Error::View`].
    pub fn first_with_digest(&self, sha256: &str) -> Result<Option<FaxId>> {
        self.first_under(&rows::with_digest(sha256))
    }

    pub(crate) fn first_under(&self, prefix: &[u8]) -> Result<Option<FaxId>> {
        let mut first = None;
        self.view()?.scan(prefix, b"", |_, id| {
            first = Some(fax_id(id)?);
            Ok(ControlFlow::Break(()))
        })?;
        Ok(first)
    }

    /// The earliest fax that came as a message of this SHA-256.
    ///
    /// # Errors
    /// [`Error::View`].
    pub(crate) fn first_with_mail(&self, sha256: &str) -> Result<Option<FaxId>> {
        self.first_under(&rows::with_mail(sha256))
    }

    /// Messages to send by now, the longest due first.
    ///
    /// # Errors
    /// [`Error::View`].
    pub fn due_items(&self, now: Timestamp, limit: usize) -> Result<Vec<ItemView>> {
        let end = [&rows::due()[..], &rows::time_key(now)].concat();
        let mut names = Vec::new();
        self.view()?.scan(&rows::due(), b"", |key, _| {
            if names.len() >= limit || key.get(..DUE_PREFIX).is_some_and(|time| time > end.as_slice()) {
                return Ok(ControlFlow::Break(()));
            }
            names.extend(rows::item_of(key, DUE_PREFIX));
            Ok(ControlFlow::Continue(()))
        })?;
        self.items(&names)
    }

    /// The messages that go, or went, in this digest.
    ///
    /// # Errors
    /// [`Error::View`].
    pub fn digest_items(&self, digest: &DigestId) -> Result<Vec<ItemView>> {
        let prefix = rows::in_digest(digest);
        let names = self.item_names(&prefix, prefix.len(), usize::MAX)?;
        self.items(&names)
    }

    /// The recipients for whose digest something waits.
    ///
    /// # Errors
    /// [`Error::View`].
    pub fn awaiting_digest(&self) -> Result<Vec<String>> {
        let mut recipients = BTreeSet::new();
        for item in
            self.outbox_names(ItemKind::Waiting, &OutboxFilter { limit: usize::MAX, ..Default::default() })?
        {
            recipients.insert(item.recipient().to_owned());
        }
        Ok(recipients.into_iter().collect())
    }

    /// The messages that wait for the digest of this recipient, those of the oldest fax first.
    ///
    /// # Errors
    /// [`Error::View`].
    pub fn waiting_for(&self, recipient: &str) -> Result<Vec<ItemView>> {
        let prefix = rows::waiting_for(recipient);
        let names = self.item_names(&prefix, prefix.len(), usize::MAX)?;
        self.items(&names)
    }

    /// Urgent messages sent to physicians since, or given up, of which nobody took note and which were not passed
    /// on; the oldest first.
    ///
    /// # Errors
    /// [`Error::View`].
    pub fn unnoted_items(&self, since: Timestamp) -> Result<Vec<ItemView>> {
        let prefix = rows::unnoted();
        let from = [&prefix[..], &rows::time_key(since)].concat();
        let names = self.item_names_from(&prefix, &from, DUE_PREFIX, usize::MAX)?;
        self.items(&names)
    }

    /// Messages that the administrators are to be told of.
    ///
    /// # Errors
    /// [`Error::View`].
    pub fn items_to_tell(&self, limit: usize) -> Result<Vec<ItemView>> {
        let prefix = rows::to_tell();
        let names = self.item_names(&prefix, prefix.len(), limit)?;
        self.items(&names)
    }

    /// Whether the report of this day was sent.
    ///
    /// # Errors
    /// [`Error::View`].
    pub fn is_reported(&self, day: Date) -> Result<bool> {
        Ok(self.view()?.get(&rows::reported(day))?.is_some())
    }

    /// The items named in rows under a prefix, behind so many bytes of the key.
    fn item_names(&self, prefix: &[u8], behind: usize, limit: usize) -> Result<Vec<ItemId>> {
        self.item_names_from(prefix, b"", behind, limit)
    }

    fn item_names_from(
        &self,
        prefix: &[u8],
        from: &[u8],
        behind: usize,
        limit: usize,
    ) -> Result<Vec<ItemId>> {
        let mut names = Vec::new();
        self.view()?.scan(prefix, from, |key, _| {
            if names.len() >= limit {
                return Ok(ControlFlow::Break(()));
            }
            names.extend(rows::item_of(key, behind));
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(names)
    }

    /// Messages in order of their names, which is by day of arrival.
    ///
    /// # Errors
    /// [`Error::View`].
    pub fn outbox(&self, filter: &OutboxFilter) -> Result<Vec<ItemView>> {
        let mut names = Vec::new();
        for kind in ItemKind::ALL.into_iter().filter(|kind| filter.kind.is_none_or(|wanted| wanted == *kind))
        {
            names.extend(self.outbox_names(kind, filter)?);
        }
        names.sort_by_key(ToString::to_string);
        names.truncate(filter.limit);
        self.items(&names)
    }

    fn outbox_names(&self, kind: ItemKind, filter: &OutboxFilter) -> Result<Vec<ItemId>> {
        let prefix = rows::outbox(kind);
        let after = filter.after.as_ref().map(|id| [&prefix[..], id.to_string().as_bytes()].concat());
        let mut names = Vec::new();
        self.view()?.scan(&prefix, after.as_deref().unwrap_or(b""), |key, _| {
            if names.len() >= filter.limit {
                return Ok(ControlFlow::Break(()));
            }
            let wanted = |id: &ItemId| filter.recipient.as_ref().is_none_or(|r| r == id.recipient());
            let item = rows::item_of(key, prefix.len()).filter(wanted);
            names.extend(item.filter(|_| after.as_deref() != Some(key)));
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(names)
    }

    fn items(&self, names: &[ItemId]) -> Result<Vec<ItemView>> {
        let mut items = Vec::with_capacity(names.len());
        for name in names {
            items.extend(self.item(name)?);
        }
        Ok(items)
    }
}

fn fax_id(bytes: &[u8]) -> Result<FaxId> {
    String::from_utf8_lossy(bytes).parse()
}
