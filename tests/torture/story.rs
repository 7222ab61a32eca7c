//! What a worker does with its store, and says of each step once the store has promised it.

use std::sync::Mutex;

use kasasagi_store::{
    Arrival, BlobName, Decision, DocumentNote, Error, Event, FaxId, Hash, ItemId, OutboxNote, PageNote,
    RecordId, RecordNote, Result, Source, Store,
};
use kasasagi_tests::chance::Chance;

/// Somebody who tells stories to a store.
pub struct Teller<'a> {
    store: &'a Store,
    say: &'a (dyn Fn(String) + Sync),
    chance: Chance,
}

/// Kinds of stories.
pub const STORIES: usize = 5;

impl<'a> Teller<'a> {
    /// What is told follows from the seed.
    pub fn new(store: &'a Store, say: &'a (dyn Fn(String) + Sync), seed: u64) -> Self {
        Self { store, say, chance: Chance::new(seed) }
    }

    /// One story. An error ends it, as it would end the work on a fax.
    pub fn tell(&mut self, number: usize) {
        let told = match number % STORIES {
            0 => self.delivered(),
            1 => self.refused_and_erased(),
            2 => self.handed_in_twice(),
            3 => self.registry(),
            _ => self.held_and_corrected(),
        };
        if let Err(e) = told {
            (self.say)(format!("error {e}"));
        }
    }

    fn delivered(&mut self) -> Result<()> {
        let fax = self.receive(false)?;
        self.append(&[self.opened(&fax)])?;
        self.seal(&fax, "page-1")?;
        self.append(&[read(&fax, None)])?;
        self.append(&[deliver(&fax, &["P0013", "C0002"])])?;
        let (one, two) = (item(&fax, "P0013"), item(&fax, "C0002"));
        let later = jiff::Timestamp::UNIX_EPOCH;
        self.append(&[Event::deferred(one.clone(), 1, "451", later), Event::sent(two, "250")])?;
        self.append(&[Event::sent(one, "250")])
    }

    fn refused_and_erased(&mut self) -> Result<()> {
        let fax = self.receive(false)?;
        self.append(&[Event::Refused { fax: fax.clone(), reason: "loop".into() }])?;
        self.store.erase("clerk", &fax)?;
        (self.say)(format!("erased {fax}"));
        Ok(())
    }

    fn handed_in_twice(&mut self) -> Result<()> {
        let fax = self.receive(true)?;
        self.append(&[Event::FaxHeld { fax, reason: "no_document".into() }])
    }

    fn registry(&mut self) -> Result<()> {
        // A store numbers registries for one caller at a time.
        static ALONE: Mutex<()> = Mutex::new(());
        let _alone = ALONE.lock().unwrap();
        let tables = self.bytes(900);
        let (version, sha256) = self.store.archive(&tables)?;
        (self.say)(format!("archived {version} {sha256}"));
        self.append(&[Event::RegistryProposed {
            version,
            sha256,
            effective: None,
            added: 1,
            changed: 0,
            removed: 0,
        }])?;
        self.append(&[Event::RegistryApproved { version }])?;
        (self.say)(format!("checkpoint {}", self.store.checkpoint()?));
        Ok(())
    }

    fn held_and_corrected(&mut self) -> Result<()> {
        let fax = self.receive(false)?;
        let record = RecordId::new(fax.clone(), 1);
        let hold = Decision::hold(vec!["patient_unknown".into()]);
        self.append(&[self.opened(&fax), read(&fax, Some("no_form")), Event::decided(record.clone(), hold)])?;
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

    /// A message; one that has an equal is handed in a second time, as a server does that missed the answer.
    fn receive(&mut self, unique: bool) -> Result<FaxId> {
        let size = 10 + self.chance.below(3000);
        let raw = self.bytes(size);
        let mut fax = None;
        for _ in 0..=usize::from(unique) {
            let arrival = Arrival { source: Source::Lmtp, origin: None, unique };
            let got = self.store.receive(arrival, &raw)?;
            (self.say)(format!("fax {got} {}", Hash::of(&[&raw])));
            if fax.as_ref().is_some_and(|first| *first != got) {
                (self.say)(format!("twice {got}"));
            }
            fax = Some(got);
        }
        Ok(fax.expect("received at least once"))
    }

    fn append(&self, events: &[Event]) -> Result<()> {
        let text = |event: &Event| serde_json::to_string(event).expect("an event is JSON");
        match self.store.append("clerk", events) {
            Ok(last) => {
                for (event, seq) in events.iter().rev().zip((1..=last).rev()) {
                    (self.say)(format!("event {seq} {}", text(event)));
                }
                Ok(())
            }
            Err(e) => {
                if matches!(e, Error::NotWritten { .. }) {
                    events.iter().for_each(|event| (self.say)(format!("unwritten {}", text(event))));
                }
                Err(e)
            }
        }
    }

    fn seal(&mut self, fax: &FaxId, name: &str) -> Result<()> {
        let bytes = self.bytes(700);
        let name: BlobName = name.parse()?;
        self.store.seal(fax, &name, &bytes)?;
        (self.say)(format!("sealed {fax} {name} {}", Hash::of(&[&bytes])));
        Ok(())
    }

    fn opened(&self, fax: &FaxId) -> Event {
        let sha256 = Hash::of(&[fax.as_str().as_bytes()]).to_string();
        let document = DocumentNote { format: "pdf".into(), sha256, bytes: 9 };
        Event::Opened { fax: fax.clone(), documents: vec![document] }
    }

    /// Bytes that nobody else has.
    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count.div_ceil(8)).flat_map(|_| self.chance.bits().to_le_bytes()).collect()
    }
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

fn item(fax: &FaxId, recipient: &str) -> ItemId {
    ItemId::new(RecordId::new(fax.clone(), 1), recipient).expect("a registry code")
}
