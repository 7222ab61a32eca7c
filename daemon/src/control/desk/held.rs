//! What waits for a person, and what a person makes of it.

use std::collections::BTreeMap;
use std::str::FromStr;

use kasasagi_ocr::field::{self, Value};
use kasasagi_ocr::form::Form;
use kasasagi_ocr::reading::State;
use kasasagi_routing::code::PatientId;
use kasasagi_store::event::{Decision, Event, PageNote};
use kasasagi_store::id::{FaxId, RecordId};
use kasasagi_store::{BlobName, FaxState, FaxView, ItemState, RecordView};

use super::Desk;
use crate::control::request::{Answer, HeldDetail, HeldItem, PAGE, Picture};
use crate::fax::{self, Correction};
use crate::library::Library;
use crate::mail::{self, MailFault};
use crate::reason::RejectReason;
use crate::{Error, Result};

impl Desk {
    /// The fax of an unknown sender goes on as if the sender were known; one that was brought back from a backup goes
    /// on where it was.
    pub(super) fn admit(&self, actor: &str, fax: FaxId) -> Result<Answer> {
        if self.waits_for_a_word(&fax)?.is_none() {
            return Err(Error::NotForAWord { fax });
        }
        self.store.append_following(actor, &[Event::Admitted { fax: fax.clone() }])?;
        self.goes_on(&fax);
        Ok(Answer::Admitted(fax))
    }

    /// Why the fax waits for nothing but a word that it may go on.
    pub(super) fn waits_for_a_word(&self, fax: &FaxId) -> Result<Option<String>> {
        let view = self.known(fax)?;
        let held = view.state == FaxState::Held && !view.erased;
        let words = [MailFault::UnknownSender.code(), "restored"];
        Ok(view.reason.filter(|reason| held && words.contains(&reason.as_str())))
    }

    /// A fax still on its way out may hold a record as well; the newest fax first.
    pub(super) fn held(&self) -> Result<Vec<HeldItem>> {
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

    pub(super) fn held_show(&self, actor: &str, id: &str) -> Result<Answer> {
        let (fax, wanted) = named(id)?;
        let view = self.known(&fax)?;
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
        let mail = match &view.reason {
            Some(_) if !view.erased => mail::words_of(&self.store.unseal(&fax, &BlobName::raw())?),
            _ => None,
        };
        Ok(Answer::HeldShown(Box::new(HeldDetail { fax: view, pages, held, mail, records, earlier })))
    }

    /// The pictures of a fax or record: every page as it came, every form as it was laid straight.
    pub(super) fn held_pages(&self, actor: &str, id: &str) -> Result<Answer> {
        let (fax, wanted) = named(id)?;
        let view = self.known(&fax)?;
        let record = wanted.map(|record| self.record(&view, &record)).transpose()?;
        self.looked(actor, "held_pages", Some(id.to_owned()))?;
        let shown = |kind: &str, number: &str| match &record {
            None => kind == "page" || kind == "record",
            Some(record) => {
                (kind == "page" && number == record.page.to_string())
                    || (kind == "record" && number == record.id.number().to_string())
            }
        };
        let mut pictures = Vec::new();
        for name in self.store.contents(&fax)? {
            let Some((kind, number)) = name.as_str().split_once('-') else { continue };
            if shown(kind, number) {
                let ending = if kind == "page" { "pdf" } else { "png" };
                let bytes = self.store.unseal(&fax, &name)?;
                pictures.push(Picture { name: format!("{fax}-{name}.{ending}"), bytes });
            }
        }
        Ok(Answer::Pictures(pictures))
    }

    /// A person says what stands in some fields, and that the rest was read rightly. The record is decided anew.
    pub(super) fn accept(&self, actor: &str, id: &RecordId, fields: &[(String, String)]) -> Result<Answer> {
        let view = self.known(id.fax())?;
        let record = self.held_record(&view, id)?;
        let correction = self.correction(&record, fields)?;
        self.take_up(actor, &record, &correction, None)
    }

    /// A person says whom a record is about. The record is decided anew.
    pub(super) fn route(
        &self,
        actor: &str,
        id: &RecordId,
        patient: &str,
        fields: &[(String, String)],
    ) -> Result<Answer> {
        let view = self.known(id.fax())?;
        let record = self.held_record(&view, id)?;
        let unknown = || Error::NotRegistered { code: patient.to_owned() };
        let patient = PatientId::from_str(patient).map_err(|_| unknown())?;
        if !self.is_registered(&patient)? {
            return Err(unknown());
        }
        let correction = self.typed(&record, fields)?;
        self.take_up(actor, &record, &correction, Some(patient))
    }

    /// A person settles what is held without a delivery.
    pub(super) fn reject(&self, actor: &str, id: &str, reason: RejectReason) -> Result<Answer> {
        let (fax, wanted) = named(id)?;
        let view = self.known(&fax)?;
        let reason = reason.code().to_owned();
        let event = match wanted {
            Some(record) => {
                let record = self.held_record(&view, &record)?.id;
                Event::decided(record, Decision::Reject { reason })
            }
            None if held_of(&view).iter().all(|held| held.what == "message") => {
                return Err(Error::NotHeld { id: id.to_owned() });
            }
            None => Event::Rejected { fax: fax.clone(), reason },
        };
        self.store.append_following(actor, &[event])?;
        Ok(Answer::Faxes(vec![self.known(&fax)?]))
    }

    fn take_up(
        &self,
        actor: &str,
        record: &RecordView,
        correction: &Correction,
        patient: Option<PatientId>,
    ) -> Result<Answer> {
        let record = record.id.clone();
        let fields: Vec<String> = correction.keys().cloned().collect();
        let sealed = match &fields[..] {
            [] => None,
            _ => Some(fax::seal_correction(&self.store, &record, correction)?.as_str().to_owned()),
        };
        let mut events = vec![Event::Corrected { record: record.clone(), fields, sealed }];
        events.extend(
            patient.map(|id| Event::Routed { record: record.clone(), patient: id.as_str().to_owned() }),
        );
        self.store.append_following(actor, &events)?;
        self.goes_on(record.fax());
        Ok(Answer::TakenUp { record, decides: self.daemon.is_some() })
    }

    fn is_registered(&self, patient: &PatientId) -> Result<bool> {
        Ok(self.registries.on(self.today())?.registry.patient(patient).is_some())
    }

    /// What was typed, and beside it every doubtful value that was read and not typed: the person has looked at it.
    fn correction(&self, record: &RecordView, fields: &[(String, String)]) -> Result<Correction> {
        let mut correction = self.typed(record, fields)?;
        let reading = fax::reading_of(&self.store, &record.id)?;
        let reading = reading.ok_or_else(|| Error::NotHeld { id: record.id.to_string() })?;
        for (key, read) in reading.fields {
            if read.state == State::Doubtful && read.value.is_some() {
                correction.entry(key).or_insert(read.value);
            }
        }
        Ok(correction)
    }

    fn typed(&self, record: &RecordView, fields: &[(String, String)]) -> Result<Correction> {
        let library = Library::open(self.settings.forms_dir.as_deref())?;
        let file = library.get(&record.form, record.version).ok_or_else(|| Error::NoSuchForm {
            id: format!("{} v{}", record.form, record.version),
            known: library
                .forms()
                .map(|f| format!("{} v{}", f.form.id, f.form.version))
                .collect::<Vec<_>>()
                .join(", "),
        })?;
        fields.iter().map(|(key, text)| Ok((key.clone(), value(&file.form, key, text)?))).collect()
    }

    fn record(&self, view: &FaxView, id: &RecordId) -> Result<RecordView> {
        view.record(id).cloned().ok_or_else(|| Error::NotHeld { id: id.to_string() })
    }

    /// The record, if it waits for a person.
    fn held_record(&self, view: &FaxView, id: &RecordId) -> Result<RecordView> {
        let record = self.record(view, id)?;
        let waits = matches!(record.decision, Some(Decision::Hold { .. }));
        let stuck = record.decision.is_none() && view.state == FaxState::Held;
        if (waits || stuck) && !view.erased { Ok(record) } else { Err(Error::NotHeld { id: id.to_string() }) }
    }
}

/// What a person typed, as a value of the field; nothing typed is a field left empty.
fn value(form: &Form, key: &str, text: &str) -> Result<Option<Value>> {
    let wrong = |why: String| Error::Typed { field: key.to_owned(), why };
    let known = form.field(key).ok_or_else(|| {
        wrong(format!("{} has no such field; `kasasagi form fields {}` lists them", form.id, form.id))
    })?;
    if text.trim().is_empty() {
        return Ok(None);
    }
    field::parse(known, text).map(Some).map_err(|refusal| wrong(refusal.why))
}

/// A fax, or a record of it.
fn named(id: &str) -> Result<(FaxId, Option<RecordId>)> {
    let fax = id.split('.').next().unwrap_or_default().parse()?;
    Ok((fax, id.contains('.').then(|| id.parse()).transpose()?))
}

fn note(page: u32, reason: &str) -> PageNote {
    PageNote { page, held: Some(reason.to_owned()) }
}

/// Everything of a fax that waits for a person.
pub(super) fn held_of(fax: &FaxView) -> Vec<HeldItem> {
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
