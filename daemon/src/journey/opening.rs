//! Received → Opened: the message becomes documents, or waits for a person.

use kasasagi_store::FaxView;
use kasasagi_store::event::{DocumentNote, Event};
use kasasagi_store::id::FaxId;

use super::{Journey, blocking};
use crate::Result;
use crate::mail::{self, Opened};

impl Journey {
    /// Takes the message apart and says what is in it.
    pub(super) async fn open(&self, fax: &FaxId) -> Result<()> {
        let (store, id) = (self.store.clone(), fax.clone());
        let opened = blocking(move || Ok(mail::open(&store.unseal(&id, &"raw".parse()?)?))).await?;
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

fn note(document: &mail::Document) -> DocumentNote {
    DocumentNote {
        format: document.format.code().to_owned(),
        sha256: document.sha256.clone(),
        bytes: document.bytes.len() as u64,
    }
}
