//! A store with settings and the sample registry, and what can be put into it.

use std::sync::Arc;

use kasasagi::control::{Daemon, Desk};
use kasasagi::digest::Digests;
use kasasagi::health::Health;
use kasasagi::message::Sheet;
use kasasagi::post::{Post, sheet_blob};
use kasasagi::registries::Registries;
use kasasagi_config::Settings;
use kasasagi_store::event::{Decision, Event, OutboxNote, RecordNote, Source};
use kasasagi_store::id::{FaxId, ItemId, RecordId};
use kasasagi_store::{FaxView, Store};
use kasasagi_tests::sample::{self, Row};
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Message, MultiPart, SinglePart};
use tokio::sync::mpsc::UnboundedSender;

pub struct Scene {
    pub dir: tempfile::TempDir,
    pub settings: Arc<Settings>,
    pub store: Arc<Store>,
}

impl Scene {
    pub fn new() -> Self {
        Self::with("", |_, _| {})
    }

    /// With more settings, and the readable sample registry as `edit` leaves it.
    pub fn with(more: &str, mut edit: impl FnMut(&str, &mut Row)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/ppocrv6_rec.onnx");
        let digest = if more.contains("[digest]") { "" } else { "[digest]\nschedule = \"now\"\n" };
        let text = format!(
            "[gateway]\ndomain = \"gateway.example.jp\"\n[store]\ndir = \"store\"\nmaster_key = \"master.key\"\ndisk_floor_mb = 1\n\
             [control]\nsocket = \"control.sock\"\n[registry]\ndir = \"registry\"\n{digest}\
             [smime]\ncertificate = \"smime.crt\"\nkey = \"smime.key\"\n\
             [delivery]\nvia = \"folder\"\ndir = \"outgoing\"\n[reading]\nmodel = {model:?}\n{more}"
        );
        let settings = Settings::parse("test.toml", &text, dir.path()).unwrap();
        sample::write(&settings.registry_dir, |table, row| {
            sample::make_readable(table, row);
            edit(table, row);
        });
        let store = Arc::new(kasasagi::open_store(&settings).unwrap());
        Self { dir, settings: Arc::new(settings), store }
    }

    /// The desk of a daemon whose journey hears of faxes from `arrivals`.
    pub fn running_desk(&self, arrivals: UnboundedSender<FaxId>) -> Desk {
        let health = Health::new(jiff::Timestamp::now);
        let registries = self.registries();
        let digests = Arc::new(Digests {
            store: self.store.clone(),
            registries: registries.clone(),
            settings: self.settings.clone(),
            clock: jiff::Timestamp::now,
            chance: rand::random,
            outbox: Default::default(),
            rounds: Default::default(),
        });
        let daemon = Daemon { registries, digests, arrivals, outbox: Default::default(), health };
        Desk::running(self.store.clone(), self.settings.clone(), daemon)
    }

    /// The registries of the store, the readable sample in force.
    pub fn registries(&self) -> Arc<Registries> {
        let Settings { registry_dir, office, .. } = &*self.settings;
        let registries = Registries::new(self.store.clone(), registry_dir.clone(), office.approvals);
        registries.begin("test").unwrap();
        Arc::new(registries)
    }

    /// What composes the mails of this gateway.
    pub fn post(&self) -> Arc<Post> {
        Arc::new(kasasagi::post(&self.settings, &self.store, &self.registries()).unwrap())
    }

    /// Seals what an item tells its recipient.
    pub fn seal(&self, item: &ItemId, sheet: &Sheet) {
        let sealed = sheet.to_bytes().unwrap();
        self.store.seal(item.fax(), &sheet_blob(item).unwrap(), &sealed).unwrap();
    }

    pub fn receive(&self, raw: &[u8]) -> FaxId {
        self.store.receive(Source::Submit, raw).unwrap()
    }

    pub fn happened(&self, events: &[Event]) {
        self.store.append("test", events).unwrap();
    }

    pub fn fax(&self, id: &FaxId) -> FaxView {
        self.store.fax(id).unwrap().unwrap()
    }

    /// Removes a sealed file behind the store's back.
    pub fn lose(&self, fax: &FaxId, name: &str) {
        std::fs::remove_file(self.settings.store_dir.join("blobs").join(fax.as_str()).join(name)).unwrap();
    }

    /// A fax whose records are all to be delivered, one item each, and none of them sealed yet.
    pub fn decided(&self, records: u16) -> Vec<ItemId> {
        self.decided_fax("0013", records)
    }

    /// An item that waits for the digest of this recipient, on a fax of its own; nothing of it is sealed.
    pub fn waiting(&self, recipient: &str) -> ItemId {
        let fax = self.receive(b"raw");
        let record = RecordId::new(fax.clone(), 1);
        let item = ItemId::new(record.clone(), recipient).unwrap();
        let note_of = OutboxNote { waits: true, ..OutboxNote::now(item.clone(), "physician") };
        let decision = Decision::Deliver {
            patient: "0003878".into(),
            evidence: vec!["patient_id".into(), "birth".into()],
            urgency: "routine".into(),
            items: vec![note_of],
        };
        self.happened(&[
            Event::Opened { fax: fax.clone(), documents: Vec::new() },
            Event::Read { fax: fax.clone(), pages: Vec::new(), records: vec![note(&fax, 1, 1)] },
            Event::decided(record, decision),
        ]);
        item
    }

    /// So many items for one recipient on faxes of a hundred records, none of them sealed.
    pub fn decided_for(&self, recipient: &str, items: usize) -> Vec<ItemId> {
        (0..items.div_ceil(100)).flat_map(|_| self.decided_fax(recipient, 100)).collect()
    }

    fn decided_fax(&self, recipient: &str, records: u16) -> Vec<ItemId> {
        let fax = self.receive(b"raw");
        let notes: Vec<RecordNote> = (1..=records).map(|n| note(&fax, n, 1)).collect();
        let mut events = vec![
            Event::Opened { fax: fax.clone(), documents: Vec::new() },
            Event::Read { fax: fax.clone(), pages: Vec::new(), records: notes },
        ];
        let mut items = Vec::new();
        for n in 1..=records {
            let record = RecordId::new(fax.clone(), n);
            let item = ItemId::new(record.clone(), recipient).unwrap();
            let outbox = OutboxNote::now(item.clone(), "physician");
            let decision = Decision::Deliver {
                patient: "100017".into(),
                evidence: vec!["number".into(), "birth_date".into()],
                urgency: "routine".into(),
                items: vec![outbox],
            };
            events.push(Event::decided(record, decision));
            items.push(item);
        }
        self.happened(&events);
        items
    }
}

pub fn note(fax: &FaxId, number: u16, version: u8) -> RecordNote {
    RecordNote {
        record: RecordId::new(fax.clone(), number),
        page: u32::from(number),
        form: "ICM-01".into(),
        version,
        sure: 1,
        doubtful: 0,
        blank: 0,
    }
}

/// A mail with one document, as a fax service writes it.
pub fn mail(number: u32, pdf: &[u8]) -> Vec<u8> {
    let kind = ContentType::parse("application/pdf").unwrap();
    Message::builder()
        .from("fax-service@fax.example".parse().unwrap())
        .to("fax@kasasagi.example".parse().unwrap())
        .subject(format!("FAX {number}"))
        .message_id(Some(format!("<{number}@fax.example>")))
        .multipart(
            MultiPart::mixed()
                .singlepart(SinglePart::plain("A fax.\r\n".to_owned()))
                .singlepart(Attachment::new("fax.pdf".to_owned()).body(pdf.to_vec(), kind)),
        )
        .unwrap()
        .formatted()
}
