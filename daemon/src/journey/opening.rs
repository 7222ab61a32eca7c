//! Received → Opened: the message becomes documents, or waits for a person.

use kasasagi_store::event::{DocumentNote, Event, Source};
use kasasagi_store::id::FaxId;
use kasasagi_store::{FaxView, Store};

use super::{Journey, blocking};
use crate::mail::{self, MailFault, Opened, Trust};
use crate::{Result, bounce};

impl Journey {
    /// Takes the message apart and says what is in it.
    pub(super) async fn open(&self, fax: &FaxId) -> Result<()> {
        let (store, sources, id) = (self.store.clone(), self.sources.clone(), fax.clone());
        let opened = blocking(move || {
            Ok(mail::open(&store.unseal(&id, &"raw".parse()?)?, &sources, trust(&store, &id)?))
        })
        .await?;
        let fax = fax.clone();
        let documents: Vec<DocumentNote> = match opened {
            Opened::Fax(envelope) => envelope.documents.iter().map(note).collect(),
            Opened::Hold(fault) => {
                return self.record(vec![Event::FaxHeld { fax, reason: fault.code().to_owned() }]).await;
            }
            Opened::Refuse(fault) => return self.refuse(fax, fault).await,
        };
        // Two copies opened side by side would otherwise both be the first.
        let _alone = self.opening.lock().await;
        let event = match self.copied(&fax, &documents)? {
            Some(of) => Event::Duplicate { fax, of },
            None => Event::Opened { fax, documents },
        };
        self.record(vec![event]).await
    }

    /// None of ours to process. A report that one of our mails will never arrive settles that mail as well.
    async fn refuse(&self, fax: FaxId, fault: MailFault) -> Result<()> {
        // Two reports about one mail side by side would otherwise both be the first.
        let _alone = self.opening.lock().await;
        let mut events = Vec::new();
        if fault == MailFault::DeliveryReport {
            let (store, domain, id) = (self.store.clone(), self.settings.domain.clone(), fax.clone());
            let now = (self.clock)().to_zoned(self.settings.time_zone.clone());
            let given_up =
                move || bounce::given_up(&store, &domain, &now, &store.unseal(&id, &"raw".parse()?)?);
            events.extend(blocking(given_up).await?);
        }
        events.push(Event::Refused { fax, reason: fault.code().to_owned() });
        self.record(events).await
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

fn note(document: &mail::Document) -> DocumentNote {
    DocumentNote {
        format: document.format.code().to_owned(),
        sha256: document.sha256.clone(),
        bytes: document.bytes.len() as u64,
    }
}
