//! Received → Opened: the message becomes documents, or waits for a person.

use std::sync::Arc;

use kasasagi_store::event::{DocumentNote, Event, Source};
use kasasagi_store::id::FaxId;
use kasasagi_store::{FaxView, Store};

use super::{Journey, blocking};
use crate::Result;
use crate::mail::{self, MailFault, Opened, Trust};
use crate::post::Holder;
use crate::receipt::{Receipts, Settled};

impl Journey {
    /// Takes the message apart and says what is in it.
    pub(super) async fn open(self: &Arc<Self>, fax: &FaxId) -> Result<()> {
        let (journey, id) = (self.clone(), fax.clone());
        let opened = blocking(move || {
            let raw = journey.store.unseal(&id, &"raw".parse()?)?;
            let trust = trust(&journey.store, &id)?;
            Ok(match journey.about_ours(&raw)? {
                Some(settled) => Err(settled),
                None => Ok(mail::open(&raw, &journey.sources, trust)),
            })
        });
        let opened = match opened.await? {
            Ok(opened) => opened,
            Err(settled) => return self.settle(fax, settled.fault).await,
        };
        let fax = fax.clone();
        let documents: Vec<DocumentNote> = match opened {
            Opened::Fax(envelope) => envelope.documents.iter().map(note).collect(),
            Opened::Hold(fault) => {
                return self.record(vec![Event::FaxHeld { fax, reason: fault.code().to_owned() }]).await;
            }
            Opened::Refuse(fault) => {
                return self.record(vec![Event::Refused { fax, reason: fault.code().to_owned() }]).await;
            }
        };
        // Two copies opened side by side would otherwise both be the first.
        let _alone = self.opening.lock().await;
        let event = match self.copied(&fax, &documents)? {
            Some(of) => Event::Duplicate { fax, of },
            None => Event::Opened { fax, documents },
        };
        self.record(vec![event]).await
    }

    /// What the mail says about one of ours, if it is about one. Blocks.
    fn about_ours(&self, raw: &[u8]) -> Result<Option<Settled>> {
        let now = (self.clock)().to_zoned(self.settings.time_zone.clone());
        let in_force = self.registries.on(now.date())?;
        let today = now.date();
        let address_of = |code: &str| {
            let holder = Holder::find(&in_force.registry, code, today).ok()?;
            Some(holder.address.as_str().to_owned())
        };
        Receipts { store: &self.store, domain: &self.settings.domain, address_of: &address_of, now }
            .settle(raw)
    }

    /// A mail about one of ours settles that one, and is itself settled or waits for a person to read it.
    async fn settle(self: &Arc<Self>, fax: &FaxId, fault: MailFault) -> Result<()> {
        // Two reports about one mail side by side would otherwise both be the first.
        let _alone = self.opening.lock().await;
        let (journey, id) = (self.clone(), fax.clone());
        let settled =
            blocking(move || journey.about_ours(&journey.store.unseal(&id, &"raw".parse()?)?)).await?;
        let Settled { mut events, fault, held } =
            settled.unwrap_or(Settled { events: Vec::new(), fault, held: false });
        let (fax, reason) = (fax.clone(), fault.code().to_owned());
        events.push(if held { Event::FaxHeld { fax, reason } } else { Event::Refused { fax, reason } });
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
    let admitted = || -> Result<bool> {
        let (mut held_for, mut vouched) = (String::new(), false);
        for entry in store.trace(fax)? {
            match entry.event {
                Event::FaxHeld { reason, .. } => held_for = reason,
                // A fax that was brought back from a backup is admitted too, whoever sent it.
                Event::Admitted { .. } => vouched |= held_for == MailFault::UnknownSender.code(),
                Event::ReceivedAgain { source: Source::Submit, .. } => vouched = true,
                _ => {}
            }
        }
        Ok(vouched)
    };
    Ok(if submitted || admitted()? { Trust::Vouched } else { Trust::Ask })
}

fn note(document: &mail::Document) -> DocumentNote {
    DocumentNote {
        format: document.format.code().to_owned(),
        sha256: document.sha256.clone(),
        bytes: document.bytes.len() as u64,
    }
}
