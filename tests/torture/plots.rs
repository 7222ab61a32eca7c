//! The stories: what happens to faxes, messages and registries.

use std::sync::Mutex;

use kasasagi_store::{
    Decision, DigestId, DocumentNote, Error, Event, FaxId, Hash, ItemId, OutboxNote, PageNote, RecordId,
    RecordNote, Result,
};

use crate::story::Teller;

impl Teller<'_> {
    pub fn delivered(&mut self) -> Result<()> {
        let fax = self.receive(false)?;
        self.append(&[opened(&fax)])?;
        self.seal(&fax, "page-1")?;
        self.append(&[read(&fax, None)])?;
        self.append(&[deliver(&fax, &["P0013", "C0002"])])?;
        let (one, two) = (item(&fax, "P0013"), item(&fax, "C0002"));
        let later = jiff::Timestamp::UNIX_EPOCH;
        self.append(&[Event::deferred(one.clone(), 1, "451", later), Event::sent(two, "250")])?;
        self.append(&[Event::sent(one, "250")])
    }

    pub fn refused_and_erased(&mut self) -> Result<()> {
        let fax = self.receive(false)?;
        self.append(&[Event::Refused { fax: fax.clone(), reason: "loop".into() }])?;
        self.erase(&fax)
    }

    pub fn handed_in_twice(&mut self) -> Result<()> {
        let fax = self.receive(true)?;
        self.append(&[Event::FaxHeld { fax, reason: "no_document".into() }])
    }

    pub fn registry(&mut self) -> Result<()> {
        // A store numbers registries for one caller at a time.
        static ALONE: Mutex<()> = Mutex::new(());
        let _alone = ALONE.lock().unwrap();
        let tables = self.bytes(900);
        let (version, sha256) = self.store.archive(&tables)?;
        (self.say)(&format!("archived {version} {sha256}"));
        self.append(&[Event::RegistryProposed {
            version,
            sha256,
            effective: None,
            added: 1,
            changed: 0,
            removed: 0,
        }])?;
        self.append(&[Event::RegistryApproved { version }])?;
        (self.say)(&format!("checkpoint {}", self.store.checkpoint()?));
        Ok(())
    }

    pub fn held_and_corrected(&mut self) -> Result<()> {
        let fax = self.receive(false)?;
        let record = RecordId::new(fax.clone(), 1);
        let hold = Decision::hold(vec!["patient_unknown".into()]);
        self.append(&[opened(&fax), read(&fax, Some("no_form")), Event::decided(record.clone(), hold)])?;
        self.seal(&fax, "correction-1")?;
        let fields = vec!["birth".into()];
        self.append(&[Event::Corrected {
            record: record.clone(),
            fields,
            sealed: Some("correction-1".into()),
        }])?;
        self.append(&[Event::Routed { record, patient: "0004365".into() }, deliver(&fax, &["P0013"])])?;
        self.append(&[Event::sent(item(&fax, "P0013"), "250")])
    }

    pub fn kept_and_released(&mut self) -> Result<()> {
        let fax = self.receive(false)?;
        self.append(&[Event::FaxHeld { fax: fax.clone(), reason: "no_document".into() }])?;
        self.ask(false, Event::Kept { fax: fax.clone() })?;
        (self.say)(&format!("kept {fax}"));
        self.append(&[Event::Rejected { fax: fax.clone(), reason: "advertisement".into() }])?;
        match self.store.erase("clerk", &fax) {
            Err(Error::Kept(_)) => {}
            Ok(()) => self.broken(&format!("{fax} had to be kept and was erased")),
            Err(e) => return Err(e),
        }
        (self.say)(&format!("releasing {fax}"));
        self.ask(false, Event::Released { fax: fax.clone() })?;
        self.erase(&fax)
    }

    pub fn come_too_late(&mut self) -> Result<()> {
        let fax = self.receive(false)?;
        self.append(&[opened(&fax), read(&fax, None), deliver(&fax, &["P0013", "C0002"])])?;
        let (one, two) = (item(&fax, "P0013"), item(&fax, "C0002"));
        self.append(&[Event::sent(one.clone(), "250")])?;
        self.ask(true, Event::Cancelled { item: one })?;
        self.ask(false, Event::Cancelled { item: two.clone() })?;
        self.ask(false, Event::Retried { item: two.clone() })?;
        self.append(&[Event::sent(two, "250")])
    }

    pub fn digests(&mut self) -> Result<()> {
        let faxes = [self.receive(false)?, self.receive(false)?];
        for fax in &faxes {
            self.append(&[opened(fax), read(fax, None), waiting(fax, "P0021")])?;
        }
        let items = faxes.each_ref().map(|fax| item(fax, "P0021")).to_vec();
        let mut digest =
            || DigestId::new(jiff::civil::date(2026, 11, 23), [(); 5].map(|()| self.bytes(1)[0]));
        let (first, second) = (digest(), digest());
        self.append(&[Event::Digested { digest: first, items: items.clone() }])?;
        self.append(&[Event::CarriedOver { items: items.clone(), code: "550".into() }])?;
        self.append(&[Event::Digested { digest: second, items: items.clone() }])?;
        let (first, with) = (items[0].clone(), items[1..].to_vec());
        self.append(&[Event::Sent { item: first, with, code: "250".into() }])
    }

    fn erase(&self, fax: &FaxId) -> Result<()> {
        self.store.erase("clerk", fax)?;
        (self.say)(&format!("erased {fax}"));
        Ok(())
    }
}

fn opened(fax: &FaxId) -> Event {
    let sha256 = Hash::of(&[fax.as_str().as_bytes()]).to_string();
    let document = DocumentNote { format: "pdf".into(), sha256, bytes: 9 };
    Event::Opened { fax: fax.clone(), documents: vec![document] }
}

fn read(fax: &FaxId, held: Option<&str>) -> Event {
    let record = RecordNote {
        record: RecordId::new(fax.clone(), 1),
        page: 1,
        form: "ICM-01".into(),
        version: 1,
        sure: 30,
        doubtful: 2,
        blank: 4,
    };
    let mut pages = vec![PageNote { page: 1, held: None }];
    pages.extend(held.map(|why| PageNote { page: 2, held: Some(why.into()) }));
    Event::Read { fax: fax.clone(), pages, records: vec![record] }
}

fn deliver(fax: &FaxId, recipients: &[&str]) -> Event {
    let decision = Decision::Deliver {
        patient: "0004365".into(),
        evidence: vec!["patient_number".into(), "birth_date".into()],
        urgency: "routine".into(),
        items: recipients.iter().map(|code| OutboxNote::now(item(fax, code), "physician")).collect(),
    };
    Event::decided(RecordId::new(fax.clone(), 1), decision)
}

/// The same for one recipient's next digest.
fn waiting(fax: &FaxId, recipient: &str) -> Event {
    let mut event = deliver(fax, &[recipient]);
    if let Event::Decided { decision: Decision::Deliver { items, .. }, .. } = &mut event {
        items.iter_mut().for_each(|note| note.waits = true);
    }
    event
}

fn item(fax: &FaxId, recipient: &str) -> ItemId {
    ItemId::new(RecordId::new(fax.clone(), 1), recipient).expect("a registry code")
}
