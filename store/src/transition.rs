//! The one rule by which an event changes a fax. An event that cannot follow changes nothing.

use jiff::Timestamp;

use crate::event::{Decision, Event, OutboxNote, PageNote, RecordNote};
use crate::frame::Entry;
use crate::id::{ItemId, RecordId};
use crate::view::{Counts, FaxState, FaxView, ItemKind, ItemState, ItemView, Noted, Progress, RecordView};

/// The reason of a fax that is held for its sender alone.
const UNKNOWN_SENDER: &str = "unknown_sender";

/// The reason of a fax that was under way in the copy that a store was brought back from.
pub(crate) const RESTORED: &str = "restored";

/// The fax after the entry.
///
/// # Errors
/// Why the event cannot follow; the fax stays as it was.
pub(crate) fn next(fax: Option<&FaxView>, entry: &Entry) -> Result<FaxView, &'static str> {
    let mut fax = match (fax, &entry.event) {
        (None, Event::Received { fax, source, sha256, bytes, origin }) => {
            return Ok(FaxView {
                id: fax.clone(),
                received_at: entry.at,
                arrival: entry.seq,
                source: *source,
                sha256: sha256.clone(),
                bytes: *bytes,
                origins: origin.iter().cloned().collect(),
                state: FaxState::Received,
                records: Vec::new(),
                held_pages: Vec::new(),
                documents: Vec::new(),
                attempts: 0,
                reason: None,
                of: None,
                rejected: None,
                erased: false,
                kept: false,
                progress: Progress::default(),
            });
        }
        (Some(_), Event::Received { .. }) => return Err("the fax was received before"),
        (None, _) => return Err("the fax was never received"),
        (Some(fax), _) => fax.clone(),
    };
    let settled = fax.of.is_some() || fax.progress.refused;
    let always = matches!(
        entry.event,
        Event::Erased { .. } | Event::ReceivedAgain { .. } | Event::Kept { .. } | Event::Released { .. }
    );
    if settled && !always {
        return Err("the fax is settled as a duplicate or refused");
    }
    fax.take(&entry.event, entry.at)?;
    fax.state = fax.derived_state();
    Ok(fax)
}

impl FaxView {
    fn take(&mut self, event: &Event, at: Timestamp) -> Result<(), &'static str> {
        match event {
            Event::ReceivedAgain { origin, .. } => {
                let news = origin.iter().filter(|origin| !self.origins.contains(origin));
                self.origins.extend(news.cloned().collect::<Vec<_>>());
            }
            Event::Opened { documents, .. } => {
                self.not_read()?;
                self.documents.clone_from(documents);
                self.progress.opened = true;
                self.reason = None;
            }
            Event::ReadingFailed { attempt, .. } => {
                self.not_read()?;
                self.attempts = self.attempts.max(*attempt);
            }
            Event::Read { pages, records, .. } => self.read(pages, records)?,
            Event::Resent { record, of } => self.record_mut(record)?.earlier = Some(of.clone()),
            Event::Decided { record, decision, taken_up } => {
                self.record_mut(record)?.decide(decision, *taken_up, at)?;
            }
            Event::Corrected { record, fields, sealed } => {
                let record = self.taken_up(record)?;
                record.corrections.extend(sealed.clone());
                let news = fields.iter().filter(|field| !record.corrected.contains(field));
                record.corrected.extend(news.cloned().collect::<Vec<_>>());
            }
            Event::Routed { record, patient } => {
                self.taken_up(record)?.routed = Some(patient.clone());
            }
            Event::Rejected { reason, .. } => self.reject(reason)?,
            _ if event.items().next().is_some() => self.send(event, at)?,
            Event::FaxHeld { reason, .. } => self.reason = Some(reason.clone()),
            Event::Admitted { .. } => {
                match self.reason.as_deref() {
                    Some(UNKNOWN_SENDER) => self.not_read()?,
                    Some(RESTORED) => {}
                    _ => return Err("the fax does not wait for a word that it may go on"),
                }
                if self.erased {
                    return Err("the content was erased");
                }
                self.reason = None;
            }
            Event::Duplicate { of, .. } => {
                self.not_read()?;
                self.of = Some(of.clone());
            }
            Event::Refused { reason, .. } => {
                self.not_read()?;
                self.reason = Some(reason.clone());
                self.progress.refused = true;
            }
            Event::Erased { .. } if !self.state.is_final() => return Err("the fax is still under way"),
            Event::Erased { .. } if self.kept => return Err("the content must stay"),
            Event::Erased { .. } => self.erased = true,
            Event::Kept { .. } if self.erased => return Err("the content was erased"),
            Event::Kept { .. } => self.kept = true,
            Event::Released { .. } => self.kept = false,
            _ => {}
        }
        Ok(())
    }

    /// What happened to the items of this fax; an event may be about items of other faxes as well.
    fn send(&mut self, event: &Event, at: Timestamp) -> Result<(), &'static str> {
        let id = self.id.clone();
        for item in event.items().filter(|item| *item.fax() == id) {
            self.item_mut(item)?.take(event, at)?;
        }
        if let Event::Escalated { item, to } = event {
            let record = self.record_mut(item.record())?;
            let more = record.outbox(to, at)?;
            record.items.extend(more);
        }
        Ok(())
    }

    /// A held record that a person has looked at: it is to be decided anew.
    fn taken_up(&mut self, id: &RecordId) -> Result<&mut RecordView, &'static str> {
        if self.erased {
            return Err("the content was erased");
        }
        self.reason = None;
        let record = self.record_mut(id)?;
        match record.decision {
            None | Some(Decision::Hold { .. }) => {
                record.decision = None;
                record.taken_up += 1;
                Ok(record)
            }
            _ => Err("the record does not wait for a person"),
        }
    }

    /// A person settles everything of the fax that waits, what is not decided yet included.
    fn reject(&mut self, reason: &str) -> Result<(), &'static str> {
        let holds = |r: &RecordView| matches!(r.decision, Some(Decision::Hold { .. }));
        if self.reason.is_none() && self.held_pages.is_empty() && !self.records.iter().any(holds) {
            return Err("nothing of the fax waits for a person");
        }
        let open = |r: &RecordView| holds(r) || r.decision.is_none();
        for record in self.records.iter_mut().filter(|record| open(record)) {
            record.decision = Some(Decision::Reject { reason: reason.to_owned() });
        }
        self.held_pages.clear();
        self.reason = None;
        self.rejected = Some(reason.to_owned());
        Ok(())
    }

    fn not_read(&self) -> Result<(), &'static str> {
        if self.progress.read { Err("the fax was read before") } else { Ok(()) }
    }

    /// A fax may be read again as long as nothing of it is on its way to anybody.
    fn read(&mut self, pages: &[PageNote], records: &[RecordNote]) -> Result<(), &'static str> {
        if !self.progress.opened {
            return Err("the fax was not opened");
        }
        if self.items().next().is_some() {
            return Err("a record of the fax is being delivered");
        }
        let mut views: Vec<RecordView> = Vec::with_capacity(records.len());
        for note in records {
            if *note.record.fax() != self.id || views.iter().any(|v| v.id == note.record) {
                return Err("a record is on another fax or named twice");
            }
            views.push(RecordView::new(note));
        }
        self.records = views;
        self.held_pages = pages.iter().filter_map(|p| Some((p.page, p.held.clone()?))).collect();
        self.progress.read = true;
        self.reason = None;
        Ok(())
    }

    fn record_mut(&mut self, id: &RecordId) -> Result<&mut RecordView, &'static str> {
        self.records.iter_mut().find(|r| r.id == *id).ok_or("the fax has no such record")
    }

    fn item_mut(&mut self, id: &ItemId) -> Result<&mut ItemView, &'static str> {
        let record = self.record_mut(id.record())?;
        record.items.iter_mut().find(|i| i.id == *id).ok_or("the record has no such item")
    }
}

impl RecordView {
    fn new(note: &RecordNote) -> Self {
        let RecordNote { record, page, form, version, sure, doubtful, blank } = note.clone();
        let counts = Counts { sure, doubtful, blank };
        Self {
            id: record,
            page,
            form,
            version,
            counts,
            earlier: None,
            corrected: Vec::new(),
            corrections: Vec::new(),
            taken_up: 0,
            routed: None,
            decision: None,
            items: Vec::new(),
        }
    }

    /// A held record may be decided anew, nothing else.
    fn decide(
        &mut self,
        decision: &Decision,
        taken_up: Option<u32>,
        at: Timestamp,
    ) -> Result<(), &'static str> {
        if !matches!(self.decision, None | Some(Decision::Hold { .. })) {
            return Err("the record is settled already");
        }
        if taken_up.is_some_and(|times| times != self.taken_up) {
            return Err("a person took the record up meanwhile");
        }
        if let Decision::Deliver { items, .. } = decision {
            if items.is_empty() {
                return Err("a delivery to nobody");
            }
            self.items = self.outbox(items, at)?;
        }
        self.decision = Some(decision.clone());
        Ok(())
    }

    fn outbox(&self, notes: &[OutboxNote], at: Timestamp) -> Result<Vec<ItemView>, &'static str> {
        let mut items: Vec<ItemView> = Vec::with_capacity(notes.len());
        for OutboxNote { item, recipient, role, waits } in notes {
            if *item.record() != self.id || self.items.iter().chain(&items).any(|i| i.id == *item) {
                return Err("an item is about another record or named twice");
            }
            let state = if *waits {
                ItemState::Waiting { since: at }
            } else {
                ItemState::Due { next: at, attempt: 0 }
            };
            let (id, recipient, role) = (item.clone(), recipient.clone(), role.clone());
            items.push(ItemView {
                id,
                recipient,
                role,
                created_at: at,
                state,
                digest: None,
                carried: 0,
                noted: None,
                escalated: None,
                alerted: false,
            });
        }
        Ok(items)
    }
}

impl ItemView {
    /// Whether this event can come next, as far as it is about this item.
    pub fn can_take(&self, event: &Event) -> bool {
        self.clone().take(event, Timestamp::UNIX_EPOCH).is_ok()
    }

    fn take(&mut self, event: &Event, at: Timestamp) -> Result<(), &'static str> {
        use ItemKind::{Cancelled, Due, GaveUp, Sent, Waiting};
        match event {
            Event::Digested { digest, .. } => {
                self.becomes(ItemState::Due { next: at, attempt: 0 }, &[Waiting])?;
                self.digest = Some(digest.clone());
            }
            Event::Deferred { attempt, next, .. } => {
                self.becomes(ItemState::Due { next: *next, attempt: *attempt }, &[Due, GaveUp])?;
            }
            // It may have been cancelled while it was on the wire.
            Event::Sent { code, .. } => {
                self.becomes(ItemState::Sent { at, code: code.clone() }, &[Due, Cancelled])?;
            }
            // A message that was sent may still bounce.
            Event::GaveUp { code, .. } => {
                self.becomes(ItemState::GaveUp { at, code: code.clone() }, &[Due, Sent, Waiting])?;
                self.alerted = false;
            }
            Event::CarriedOver { .. } => {
                self.becomes(ItemState::Waiting { since: at }, &[Due, Sent])?;
                self.digest = None;
                self.carried += 1;
            }
            Event::Retried { .. } => {
                self.becomes(ItemState::Due { next: at, attempt: 0 }, &[GaveUp, Cancelled, Waiting])?;
                self.digest = None;
            }
            Event::Cancelled { .. } if self.digest.is_some() && self.state.kind() == Due => {
                return Err("the item is in a digest");
            }
            Event::Cancelled { .. } => {
                self.becomes(ItemState::Cancelled { at }, &[Due, GaveUp, Waiting])?;
            }
            Event::Acknowledged { how, .. } => self.noted = self.noted.or(Some(Noted { at, how: *how })),
            Event::Escalated { .. } => {
                self.escalated = self.escalated.or(Some(at));
                // Whoever was told that it failed needs not be told that it was passed on.
                self.alerted &= self.state.kind() == GaveUp;
            }
            Event::Alerted { .. } => self.alerted = true,
            _ => {}
        }
        Ok(())
    }

    fn becomes(&mut self, state: ItemState, from: &[ItemKind]) -> Result<(), &'static str> {
        if !from.contains(&self.state.kind()) {
            return Err("the item is settled already");
        }
        self.state = state;
        Ok(())
    }
}
