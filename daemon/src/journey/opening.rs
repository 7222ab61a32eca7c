//! Received → Opened: the message becomes documents, or waits for a person.

use kasasagi_store::event::{DocumentNote, Event};
use kasasagi_store::id::FaxId;

use super::{Journey, blocking};
use crate::Result;
use crate::mail::{self, Opened};

impl Journey {
    /// Takes the message apart and says what is in it.
    pub(super) async fn open(&self, fax: &FaxId) -> Result<()> {
        let (store, id) = (self.store.clone(), fax.clone());
        let events = blocking(move || {
            let raw = store.unseal(&id, &"raw".parse()?)?;
            let envelope = match mail::open(&raw) {
                Opened::Fax(envelope) => envelope,
                Opened::Hold(fault) => {
                    return Ok(vec![Event::FaxHeld { fax: id, reason: fault.code().to_owned() }]);
                }
                Opened::Refuse(fault) => {
                    return Ok(vec![Event::Refused { fax: id, reason: fault.code().to_owned() }]);
                }
            };
            let documents: Vec<DocumentNote> = envelope.documents.iter().map(note).collect();
            let mut earlier = Vec::new();
            for document in &documents {
                earlier.push(store.first_with_digest(&document.sha256)?.filter(|first| *first != id));
            }
            let copy_of = earlier.iter().flatten().next().cloned();
            let copied = !earlier.is_empty() && earlier.iter().all(|e| *e == copy_of);
            let mut events = vec![Event::Opened { fax: id.clone(), documents }];
            if let (true, Some(of)) = (copied, copy_of) {
                events.push(Event::Duplicate { fax: id, of });
            }
            Ok(events)
        })
        .await?;
        self.record(events).await
    }
}

fn note(document: &mail::Document) -> DocumentNote {
    DocumentNote {
        format: document.format.code().to_owned(),
        sha256: document.sha256.clone(),
        bytes: document.bytes.len() as u64,
    }
}
