//! Answers from the store. Reading what is personal leaves a trace of who read it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use kasasagi_store::event::{Arrival, Decision, Event, PageNote, Source};
use kasasagi_store::id::{FaxId, ItemId, RecordId};
use kasasagi_store::{
    AuditQuery, FaxFilter, FaxState, FaxView, ItemKind, ItemState, ItemView, OutboxFilter, Store,
};
use tokio::sync::mpsc;

use super::request::{Answer, HeldDetail, HeldItem, PAGE, Request, Status};
use crate::health::Health;
use crate::mail::MailFault;
use crate::{Error, Result, fax, mail};

/// Most audit entries in one answer.
const MOST_ENTRIES: usize = 100_000;

/// Answers questions about one store.
pub struct Desk {
    store: Arc<Store>,
    daemon: Option<Daemon>,
}

/// What a desk in the running daemon knows besides.
struct Daemon {
    arrivals: mpsc::UnboundedSender<FaxId>,
    health: Health,
}

impl Desk {
    /// A desk over a store that no daemon has open.
    pub fn alone(store: Arc<Store>) -> Self {
        Self { store, daemon: None }
    }

    /// A desk of the daemon, whose journey hears of new faxes from `arrivals`.
    pub fn running(store: Arc<Store>, arrivals: mpsc::UnboundedSender<FaxId>, health: Health) -> Self {
        Self { store, daemon: Some(Daemon { arrivals, health }) }
    }

    /// Answers one question of this actor.
    pub fn answer(&self, actor: &str, request: Request, message: Option<&[u8]>) -> Answer {
        let answer = match request {
            Request::Submit => self.submit(actor, message.unwrap_or_default()),
            Request::List { state, since, before } => self.list(state, since, before).map(Answer::Faxes),
            Request::Status => self.status().map(Answer::Status),
            Request::Trace { fax } => self.trace(actor, &fax),
            Request::HeldList => self.held().map(Answer::Held),
            Request::HeldShow { id } => self.held_show(actor, &id),
            Request::HeldAdmit { fax } => self.admit(actor, fax),
            Request::Outbox { all, after } => self.outbox(all, after.as_ref()).map(Answer::Items),
            Request::AuditList(query) => self.audit(actor, &query),
            Request::AuditShow { seq } => self.entry(actor, seq),
            Request::AuditVerify => self.store.verify().map(Answer::Verified).map_err(Error::from),
            Request::AuditHead => self.store.checkpoint().map(Answer::Head).map_err(Error::from),
            Request::Reconcile => self.store.reconcile().map(Answer::Days).map_err(Error::from),
        };
        answer.unwrap_or_else(|error| Answer::Refused {
            exit: error.exit_code(),
            message: crate::journey::chain(&error),
        })
    }

    fn submit(&self, actor: &str, message: &[u8]) -> Result<Answer> {
        let arrival = Arrival { unique: mail::is_unique(message), ..Source::Submit.into() };
        let fax = self.store.receive(arrival, message)?;
        // The same mail may have come before and be held for its sender: handing it in vouches for it.
        if self.waits_for_its_sender(&fax)? {
            self.store.append(actor, &[Event::Admitted { fax: fax.clone() }])?;
        }
        self.goes_on(&fax);
        Ok(Answer::Submitted(fax))
    }

    /// The fax of an unknown sender goes on as if the sender were known.
    fn admit(&self, actor: &str, fax: FaxId) -> Result<Answer> {
        if !self.waits_for_its_sender(&fax)? {
            return Err(Error::NotForItsSender { fax });
        }
        self.store.append(actor, &[Event::Admitted { fax: fax.clone() }])?;
        self.goes_on(&fax);
        Ok(Answer::Admitted(fax))
    }

    fn waits_for_its_sender(&self, fax: &FaxId) -> Result<bool> {
        let view = self.known(fax)?;
        let reason = view.reason.as_deref();
        Ok(view.state == FaxState::Held && !view.erased && reason == Some(MailFault::UnknownSender.code()))
    }

    fn goes_on(&self, fax: &FaxId) {
        if let Some(daemon) = &self.daemon {
            // A journey that has stopped finds the fax at its next start.
            let _ = daemon.arrivals.send(fax.clone());
        }
    }

    fn list(
        &self,
        state: Option<FaxState>,
        since: Option<Timestamp>,
        before: Option<FaxId>,
    ) -> Result<Vec<FaxView>> {
        Ok(self.store.faxes(&FaxFilter { state, since, before, limit: PAGE })?)
    }

    fn status(&self) -> Result<Status> {
        let waiting = self.store.unfinished()?;
        let oldest = waiting.first().map(|fax| self.known(fax)).transpose()?;
        Ok(Status {
            running: self.daemon.is_some(),
            troubles: self.daemon.as_ref().map(|daemon| daemon.health.troubles()).unwrap_or_default(),
            waiting: waiting.len(),
            oldest: oldest.map(|fax| fax.received_at),
        })
    }

    fn trace(&self, actor: &str, fax: &FaxId) -> Result<Answer> {
        let view = self.known(fax)?;
        self.looked(actor, "trace", Some(fax.to_string()))?;
        Ok(Answer::Story(Box::new(view), self.store.trace(fax)?))
    }

    /// A fax still on its way out may hold a record as well; the newest fax first.
    fn held(&self) -> Result<Vec<HeldItem>> {
        let mut held = Vec::new();
        for state in [FaxState::Held, FaxState::Sending] {
            let mut before = None;
            loop {
                let faxes = self.list(Some(state), None, before)?;
                held.extend(faxes.iter().flat_map(held_of));
                match faxes.last() {
                    Some(last) if faxes.len() == PAGE => before = Some(last.id.clone()),
                    _ => break,
                }
            }
        }
        held.sort_by_key(|item| std::cmp::Reverse(item.received_at));
        Ok(held)
    }

    fn held_show(&self, actor: &str, id: &str) -> Result<Answer> {
        let fax: FaxId = id.split('.').next().unwrap_or_default().parse()?;
        let view = self.known(&fax)?;
        let wanted: Option<RecordId> = id.contains('.').then(|| id.parse()).transpose()?;
        let held: Vec<HeldItem> = held_of(&view)
            .into_iter()
            .filter(|item| wanted.as_ref().is_none_or(|record| item.id == record.to_string()))
            .collect();
        if held.is_empty() {
            return Err(Error::NotHeld { id: id.to_owned() });
        }
        self.looked(actor, "held_show", Some(id.to_owned()))?;
        let (mut records, mut earlier) = (Vec::new(), BTreeMap::new());
        for record in view.records.iter().filter(|r| wanted.as_ref().is_none_or(|w| *w == r.id)) {
            if let Some(form) = fax::reading_of(&self.store, &record.id)? {
                records.push((record.id.clone(), form));
            }
            if let Some(of) = &record.earlier
                && let Some(form) = fax::reading_of(&self.store, &of.record)?
            {
                earlier.insert(record.id.clone(), form);
            }
        }
        let pages = view.held_pages.iter().map(|(page, reason)| note(*page, reason)).collect();
        Ok(Answer::HeldShown(Box::new(HeldDetail { fax: view, pages, held, records, earlier })))
    }

    fn outbox(&self, all: bool, after: Option<&ItemId>) -> Result<Vec<ItemView>> {
        let kinds: &[ItemKind] = if all {
            &[ItemKind::Due, ItemKind::Sent, ItemKind::GaveUp]
        } else {
            &[ItemKind::Due, ItemKind::GaveUp]
        };
        let mut items = Vec::new();
        for kind in kinds {
            items.extend(self.store.outbox(&OutboxFilter {
                kind: Some(*kind),
                after: after.cloned(),
                limit: PAGE,
                ..Default::default()
            })?);
        }
        items.sort_by_cached_key(|item| item.id.to_string());
        items.truncate(PAGE);
        Ok(items)
    }

    fn audit(&self, actor: &str, query: &AuditQuery) -> Result<Answer> {
        let about = query.patient.clone().or_else(|| query.physician.clone());
        // What is asked for is written into the trail, where no name may stand.
        if let Some(text) = about.as_ref().filter(|text| !is_code(text)) {
            return Err(Error::NotACode { text: text.clone() });
        }
        let entries =
            self.store.audit(&AuditQuery { limit: query.limit.min(MOST_ENTRIES), ..query.clone() })?;
        self.looked(actor, "audit_list", about)?;
        Ok(Answer::Entries(entries))
    }

    fn entry(&self, actor: &str, seq: u64) -> Result<Answer> {
        let entry = self.store.entry(seq)?.ok_or(Error::NoSuchEvent { seq })?;
        self.looked(actor, "audit_show", Some(seq.to_string()))?;
        Ok(Answer::Entries(vec![entry]))
    }

    fn known(&self, fax: &FaxId) -> Result<FaxView> {
        self.store.fax(fax)?.ok_or_else(|| Error::NoSuchFax { id: fax.to_string() })
    }

    fn looked(&self, actor: &str, what: &str, about: Option<String>) -> Result<()> {
        self.store.append(actor, &[Event::Looked { what: what.to_owned(), about }])?;
        Ok(())
    }
}

/// Registered numbers and codes are short and hold a digit; names are not like that.
fn is_code(text: &str) -> bool {
    let sign = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    text.len() <= 32 && text.bytes().all(sign) && text.bytes().any(|b| b.is_ascii_digit())
}

fn note(page: u32, reason: &str) -> PageNote {
    PageNote { page, held: Some(reason.to_owned()) }
}

/// Everything of a fax that waits for a person.
fn held_of(fax: &FaxView) -> Vec<HeldItem> {
    let item = |id: String, what: &str, reasons: Vec<String>| HeldItem {
        id,
        fax: fax.id.clone(),
        what: what.to_owned(),
        received_at: fax.received_at,
        reasons,
    };
    let mut held = Vec::new();
    if let (FaxState::Held, Some(reason)) = (fax.state, &fax.reason) {
        held.push(item(fax.id.to_string(), "fax", vec![reason.clone()]));
    }
    for (page, reason) in &fax.held_pages {
        held.push(item(fax.id.to_string(), &format!("page {page}"), vec![reason.clone()]));
    }
    for record in &fax.records {
        if let Some(Decision::Hold { reasons, .. }) = &record.decision {
            held.push(item(record.id.to_string(), "record", reasons.clone()));
        }
        for message in &record.items {
            if let ItemState::GaveUp { code, .. } = &message.state {
                held.push(item(record.id.to_string(), "message", vec![format!("undelivered_{code}")]));
            }
        }
    }
    held
}
