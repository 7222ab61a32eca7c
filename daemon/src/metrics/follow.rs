//! What happened since the gateway started, read from the journal: what it does not tell did not happen, and no
//! step of the journey has to be measured, or waits for being measured.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kasasagi_store::{AuditQuery, Entry, Event, FaxId, ItemId, Store};

use super::catalogue::{EVENTS, FIELDS, TO_DECIDED, TO_READ, TO_SENT};
use super::register::Register;
use crate::Result;
use crate::journey::ACTOR;

/// Goes along the journal behind the gateway.
pub(super) struct Follower {
    store: Arc<Store>,
    register: Register,
    /// The event counted last.
    seen: u64,
    /// When the fax that was asked for last was read: its records are decided one after the other.
    read: Option<(FaxId, Timestamp)>,
}

impl Follower {
    /// Counts what comes after the events of now.
    pub fn new(store: Arc<Store>, register: Register) -> Self {
        for state in FIELD_STATES {
            let _ = register.counter(&FIELDS, &[("state", state)]);
        }
        for metric in [&TO_READ, &TO_DECIDED] {
            let _ = register.histogram(metric, &[]);
        }
        for way in [DIRECT, DIGEST] {
            let _ = register.histogram(&TO_SENT, &[("way", way)]);
        }
        Self { seen: store.last_event(), store, register, read: None }
    }

    /// Counts what happened since the last time. Blocks.
    ///
    /// # Errors
    /// When the journal or the view cannot be read; what comes after is counted the next time.
    pub fn catch_up(&mut self) -> Result<()> {
        loop {
            let page = AuditQuery { after_seq: self.seen, limit: PAGE, ..AuditQuery::default() };
            let entries = self.store.audit(&page)?;
            for entry in &entries {
                self.seen = entry.seq;
                self.count(entry)?;
            }
            if entries.len() < PAGE {
                return Ok(());
            }
        }
    }

    fn count(&mut self, entry: &Entry) -> Result<()> {
        self.register.counter(&EVENTS, &[("kind", entry.event.kind())]).increment(1);
        match &entry.event {
            Event::Read { fax, records, .. } => {
                for note in records {
                    for (state, count) in FIELD_STATES.into_iter().zip([note.sure, note.doubtful, note.blank])
                    {
                        self.register.counter(&FIELDS, &[("state", state)]).increment(count.into());
                    }
                }
                self.read = Some((fax.clone(), entry.at));
                if let Some(fax) = self.store.fax(fax)? {
                    self.register.histogram(&TO_READ, &[]).record(between(fax.received_at, entry.at));
                }
            }
            // What a person took up was decided when the person came to it.
            Event::Decided { record, taken_up: Some(0), .. } if entry.actor == ACTOR => {
                if let Some(read) = self.read_at(record.fax())? {
                    self.register.histogram(&TO_DECIDED, &[]).record(between(read, entry.at));
                }
            }
            event @ Event::Sent { .. } => {
                for item in event.items() {
                    self.sent(item, entry.at)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn sent(&self, item: &ItemId, at: Timestamp) -> Result<()> {
        if let Some(item) = self.store.item(item)? {
            let way = if item.digest.is_some() { DIGEST } else { DIRECT };
            self.register.histogram(&TO_SENT, &[("way", way)]).record(between(item.created_at, at));
        }
        Ok(())
    }

    fn read_at(&mut self, fax: &FaxId) -> Result<Option<Timestamp>> {
        if let Some((known, at)) = &self.read
            && known == fax
        {
            return Ok(Some(*at));
        }
        let kind = Some("read".to_owned());
        let reads =
            self.store.audit(&AuditQuery { fax: Some(fax.clone()), kind, ..AuditQuery::default() })?;
        let at = reads.last().map(|entry| entry.at);
        self.read = at.map(|at| (fax.clone(), at));
        Ok(at)
    }
}

/// Seconds from one time to another; none where the clock was set back.
pub(super) fn between(from: Timestamp, to: Timestamp) -> f64 {
    Duration::try_from(to.duration_since(from)).unwrap_or_default().as_secs_f64()
}

/// How well a field is read.
const FIELD_STATES: [&str; 3] = ["sure", "doubtful", "blank"];

/// Ways to a recipient.
const DIRECT: &str = "direct";
const DIGEST: &str = "digest";

/// Events read at a time.
const PAGE: usize = 500;
