//! Answers from the store. Reading what is personal leaves a trace of who read it.

mod content;
mod held;
mod registry;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use kasasagi_config::Settings;
use kasasagi_config::office::Office;
use kasasagi_store::event::{Arrival, Event, Source};
use kasasagi_store::id::{FaxId, ItemId};
use kasasagi_store::{
    AuditQuery, Checkpoint, FaxFilter, FaxState, FaxView, ItemKind, ItemView, OutboxFilter, Store,
    Verification,
};
use tokio::sync::{Notify, mpsc};

use super::request::{Answer, DigestWaiting, PAGE, Request, Status};
use crate::digest::Digests;
use crate::health::Health;
use crate::language::{Language, told};
use crate::mail::MailFault;
use crate::message::Report;
use crate::progress::OfStore;
use crate::registries::Registries;
use crate::report::{self, Books};
use crate::{Error, Result, mail};

/// Most audit entries in one answer.
const MOST_ENTRIES: usize = 100_000;

/// Answers questions about one store.
pub struct Desk {
    store: Arc<Store>,
    settings: Arc<Settings>,
    registries: Arc<Registries>,
    daemon: Option<Daemon>,
}

/// What a desk in the running daemon knows besides.
pub struct Daemon {
    /// Every registry.
    pub registries: Arc<Registries>,
    /// Puts digests together.
    pub digests: Arc<Digests>,
    /// Tells the journey of faxes to go on with.
    pub arrivals: mpsc::UnboundedSender<FaxId>,
    /// Rung when something may be due.
    pub outbox: Arc<Notify>,
    /// Where trouble is told.
    pub health: Health,
}

impl Desk {
    /// A desk over a store that no daemon has open.
    pub fn alone(store: Arc<Store>, settings: Arc<Settings>) -> Self {
        let Office { approvals, .. } = settings.office;
        let registries = Registries::new(store.clone(), settings.registry_dir.clone(), approvals);
        Self { store, settings, registries: Arc::new(registries), daemon: None }
    }

    /// A desk of the daemon.
    pub fn running(store: Arc<Store>, settings: Arc<Settings>, daemon: Daemon) -> Self {
        let registries = daemon.registries.clone();
        Self { store, settings, registries, daemon: Some(daemon) }
    }

    /// Answers one question of this actor, who reads this language.
    pub fn answer(
        &self,
        actor: &str,
        language: Language,
        request: Request,
        message: Option<&[u8]>,
    ) -> Answer {
        let answer = match request {
            Request::Submit => self.submit(actor, message.unwrap_or_default()),
            Request::List { state, since, before } => self.list(state, since, before).map(Answer::Faxes),
            Request::Status => self.status().map(Answer::Status),
            Request::Trace { fax } => self.trace(actor, &fax),
            Request::HeldList => self.held().map(Answer::Held),
            Request::HeldShow { id } => self.held_show(actor, &id),
            Request::HeldAdmit { fax } => self.admit(actor, fax),
            Request::HeldPages { id } => self.held_pages(actor, &id),
            Request::HeldAccept { record, fields } => self.accept(actor, &record, &fields),
            Request::HeldRoute { record, patient, fields } => self.route(actor, &record, &patient, &fields),
            Request::HeldReject { id, reason } => self.reject(actor, &id, reason),
            Request::RegistryPropose { effective } => {
                self.propose(actor, effective, message.unwrap_or_default())
            }
            Request::RegistryHistory => self.store.registries().map(Answer::Registries).map_err(Error::from),
            Request::RegistryShow { version } => self.show_registry(actor, version),
            Request::RegistryApprove { version } => {
                self.registries.approve(actor, version).map(|view| Answer::Registries(vec![view]))
            }
            Request::RegistryTurnDown { version } => {
                self.registries.turn_down(actor, version).map(|view| Answer::Registries(vec![view]))
            }
            Request::RegistryTables { version } => self.tables(actor, version),
            Request::Report { day } => self.report(day).map(Answer::Report),
            Request::DigestList => self.digests_waiting().map(Answer::Digests),
            Request::DigestSend => self.send_digests(),
            Request::Fax { fax } => self.known(&fax).map(|view| Answer::Faxes(vec![view])),
            Request::OutboxRetry { item } => self.retry(actor, &item),
            Request::OutboxCancel { item } => self.cancel(actor, &item),
            Request::Outbox { all, after } => self.outbox(all, after.as_ref()).map(Answer::Items),
            Request::AuditList(query) => self.audit(actor, &query),
            Request::AuditShow { seq } => self.entry(actor, seq),
            Request::AuditVerify { checkpoints, key } => self.verify(&checkpoints, key.as_deref()),
            Request::AuditHead => self.store.checkpoint().map(Answer::Head).map_err(Error::from),
            Request::AuditNote => self.store.signed_note().map(Answer::Note).map_err(Error::from),
            Request::Erase { fax } => self.erase(actor, &fax),
            Request::Erasable { until } => self.erasable(until).map(Answer::Faxes),
            Request::Keep { fax, stays } => self.keep(actor, &fax, stays),
            Request::BackedUp { seq } => self.backed_up(actor, seq),
            Request::Reconcile => self.store.reconcile().map(Answer::Days).map_err(Error::from),
        };
        answer.unwrap_or_else(|error| Answer::Refused {
            exit: error.exit_code(),
            message: told(&error, language),
        })
    }

    fn submit(&self, actor: &str, message: &[u8]) -> Result<Answer> {
        let arrival = Arrival { unique: mail::is_unique(message), ..Source::Submit.into() };
        let fax = self.store.receive(arrival, message)?;
        // The same mail may have come before and be held for its sender: handing it in vouches for it.
        if self.waits_for_a_word(&fax)?.as_deref() == Some(MailFault::UnknownSender.code()) {
            self.store.append(actor, &[Event::Admitted { fax: fax.clone() }])?;
        }
        self.goes_on(&fax);
        Ok(Answer::Submitted(fax))
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

    fn outbox(&self, all: bool, after: Option<&ItemId>) -> Result<Vec<ItemView>> {
        let kinds: &[ItemKind] =
            if all { &ItemKind::ALL } else { &[ItemKind::Waiting, ItemKind::Due, ItemKind::GaveUp] };
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

    fn report(&self, day: Option<Date>) -> Result<Report> {
        let (store, registries, settings) = (&*self.store, &*self.registries, &*self.settings);
        let books = Books { store, registries, settings, signature_ends: None, now: Timestamp::now() };
        report::of(&books, day.unwrap_or_else(|| self.today()))
    }

    fn digests_waiting(&self) -> Result<Vec<DigestWaiting>> {
        let now = Timestamp::now().to_zoned(self.settings.time_zone.clone());
        let digests = self.digests();
        let waiting = |recipient: String| {
            let next = digests.next(&recipient, &now)?;
            Ok(DigestWaiting { items: self.store.waiting_for(&recipient)?.len(), recipient, next })
        };
        self.store.awaiting_digest()?.into_iter().map(waiting).collect()
    }

    fn send_digests(&self) -> Result<Answer> {
        let made = self.digests().round(true)?;
        if let Some(daemon) = &self.daemon {
            daemon.outbox.notify_one();
        }
        Ok(Answer::Digested(made))
    }

    fn digests(&self) -> Arc<Digests> {
        match &self.daemon {
            Some(daemon) => daemon.digests.clone(),
            None => Arc::new(Digests {
                store: self.store.clone(),
                registries: self.registries.clone(),
                settings: self.settings.clone(),
                clock: Timestamp::now,
                chance: rand::random,
                outbox: Arc::default(),
                rounds: Default::default(),
            }),
        }
    }

    /// Sends an item now that waits, was cancelled or was given up.
    fn retry(&self, actor: &str, item: &ItemId) -> Result<Answer> {
        self.settle_item(actor, Event::Retried { item: item.clone() }, item, ItemKind::Due)
    }

    /// An item is not sent any more.
    fn cancel(&self, actor: &str, item: &ItemId) -> Result<Answer> {
        self.settle_item(actor, Event::Cancelled { item: item.clone() }, item, ItemKind::Cancelled)
    }

    fn settle_item(&self, actor: &str, event: Event, item: &ItemId, wanted: ItemKind) -> Result<Answer> {
        let found = || -> Result<ItemView> {
            self.store.item(item)?.ok_or_else(|| Error::NoSuchItem { item: item.clone() })
        };
        let before = found()?;
        // What changes nothing would only stand in the trail as if it had.
        if !before.can_take(&event) {
            return Err(Error::ItemSettled { item: item.clone() });
        }
        self.store.append(actor, &[event])?;
        let after = found()?;
        if before == after || after.state.kind() != wanted {
            return Err(Error::ItemSettled { item: item.clone() });
        }
        if let Some(daemon) = &self.daemon {
            daemon.outbox.notify_one();
        }
        Ok(Answer::Items(vec![after]))
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

    fn verify(&self, checkpoints: &[Checkpoint], key: Option<&str>) -> Result<Answer> {
        let key = key.map(str::parse).transpose()?;
        let vouched = self.store.vouch(checkpoints, key.as_ref())?;
        // Nobody sits before the daemon.
        let bars = self.daemon.is_none().then(OfStore::default);
        let told = |work, done, all| bars.iter().for_each(|bars| bars.told(work, done, all));
        Ok(Answer::Verified(Verification { vouched, ..self.store.verify_telling(&told)? }))
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
