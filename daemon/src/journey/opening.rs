//! Received → Opened: the message becomes documents, or waits for a person. What comes back about our own mails
//! settles them instead.

use kasasagi_routing::registry::Registry;
use kasasagi_store::event::{DocumentNote, Event, Source};
use kasasagi_store::id::FaxId;
use kasasagi_store::{FaxView, Store};

use super::{Journey, blocking};
use crate::Result;
use crate::mail::{self, MailFault, Opened, Trust};
use crate::receipt::{self, Answer};

/// What a message turned out to be.
enum Looked {
    /// About a mail of ours.
    Answer(Answer),
    /// Anything else.
    Mail(Opened),
}

impl Journey {
    /// Takes the message apart and says what is in it.
    pub(super) async fn open(&self, fax: &FaxId) -> Result<()> {
        match self.look(fax).await? {
            Looked::Answer(answer) => self.settle(fax.clone(), answer).await,
            Looked::Mail(Opened::Fax(envelope)) => {
                self.take(fax.clone(), envelope.documents.iter().map(note).collect()).await
            }
            Looked::Mail(Opened::Hold(fault)) => self.record(vec![held(fax.clone(), fault)]).await,
            Looked::Mail(Opened::Refuse(fault)) => self.record(vec![refused(fax.clone(), fault)]).await,
        }
    }

    async fn look(&self, fax: &FaxId) -> Result<Looked> {
        let (store, sources, id) = (self.store.clone(), self.sources.clone(), fax.clone());
        let (registry, domain) = (self.registry.clone(), self.settings.domain.clone());
        let today = (self.clock)().to_zoned(self.settings.time_zone.clone()).date();
        blocking(move || {
            let raw = store.unseal(&id, &"raw".parse()?)?;
            let answer = receipt::read(&store, &domain, today, &raw, &|code| address(&registry, code))?;
            Ok(match answer {
                Some(answer) => Looked::Answer(answer),
                None => Looked::Mail(mail::open(&raw, &sources, trust(&store, &id)?)),
            })
        })
        .await
    }

    async fn take(&self, fax: FaxId, documents: Vec<DocumentNote>) -> Result<()> {
        // Two copies opened side by side would otherwise both be the first.
        let _alone = self.opening.lock().await;
        let event = match self.copied(&fax, &documents)? {
            Some(of) => Event::Duplicate { fax, of },
            None => Event::Opened { fax, documents },
        };
        self.record(vec![event]).await
    }

    /// Settles the mail of ours that this one is about, then this one.
    async fn settle(&self, fax: FaxId, answer: Answer) -> Result<()> {
        // Two answers to one mail side by side would otherwise both be the first.
        let _alone = self.opening.lock().await;
        let store = self.store.clone();
        let events = blocking(move || {
            let mut events = answer.events(&store)?;
            events.push(answer.of_mail(fax));
            Ok(events)
        });
        self.record(events.await?).await
    }

    /// The latest of the faxes that brought these documents before, if every one of them came before.
    fn copied(&self, fax: &FaxId, documents: &[DocumentNote]) -> Result<Option<FaxId>> {
        let mut latest: Option<FaxView> = None;
        for document in documents {
            let Some(first) = self.store.first_with_digest(&document.sha256)?.filter(|first| first != fax)
            else {
                return Ok(None);
            };
            let view = self.store.fax(&first)?;
            latest = latest.into_iter().chain(view).max_by_key(|view| view.arrival);
        }
        Ok(latest.map(|view| view.id))
    }
}

/// An administrator's own hand needs no proof: what was submitted, or admitted since it was held.
fn trust(store: &Store, fax: &FaxId) -> Result<Trust> {
    let submitted = store.fax(fax)?.is_some_and(|view| view.source == Source::Submit);
    let vouches = |event: &Event| {
        matches!(event, Event::Admitted { .. } | Event::ReceivedAgain { source: Source::Submit, .. })
    };
    let admitted = || -> Result<bool> { Ok(store.trace(fax)?.iter().any(|entry| vouches(&entry.event))) };
    Ok(if submitted || admitted()? { Trust::Vouched } else { Trust::Ask })
}

fn held(fax: FaxId, fault: MailFault) -> Event {
    Event::FaxHeld { fax, reason: fault.code().to_owned() }
}

fn refused(fax: FaxId, fault: MailFault) -> Event {
    Event::Refused { fax, reason: fault.code().to_owned() }
}

/// Where mail to the holder of a registry code goes: a physician, or an office.
fn address(registry: &Registry, code: &str) -> Option<String> {
    let physician = code.parse().ok().and_then(|code| registry.physician(&code)?.email.clone());
    let office = || code.parse().ok().and_then(|number| registry.facility(&number)?.email.clone());
    physician.or_else(office).map(|address| address.as_str().to_owned())
}

fn note(document: &mail::Document) -> DocumentNote {
    DocumentNote {
        format: document.format.code().to_owned(),
        sha256: document.sha256.clone(),
        bytes: document.bytes.len() as u64,
    }
}
