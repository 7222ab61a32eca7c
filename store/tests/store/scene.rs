//! A store in a scratch folder and invented faxes to put into it.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use kasasagi_store::{
    Decision, DocumentNote, Event, FaxId, ItemId, MasterKey, Opened, OutboxNote, PageNote, RecordId,
    RecordNote, Result, Settings, Source, Store,
};

pub fn settings(dir: &Path) -> Settings {
    Settings {
        dir: dir.to_owned(),
        master_key: MasterKey::new([7; 32]),
        time_zone: TimeZone::get("Asia/Tokyo").unwrap(),
        disk_floor_bytes: 0,
    }
}

pub fn open(dir: &Path) -> (Store, Opened) {
    try_open(dir).unwrap()
}

pub fn try_open(dir: &Path) -> Result<(Store, Opened)> {
    Store::open(settings(dir), Timestamp::now, "kasasagi")
}

pub fn opened(fax: &FaxId, sha256: &str) -> Event {
    let document = DocumentNote { format: "pdf".into(), sha256: sha256.into(), bytes: 9 };
    Event::Opened { fax: fax.clone(), documents: vec![document] }
}

/// One page with this many records, and one held page if `held`.
pub fn read(fax: &FaxId, records: u16, held: bool) -> Event {
    let note = |n| RecordNote {
        record: RecordId::new(fax.clone(), n),
        page: 1,
        form: "ICM-01".into(),
        version: 1,
        sure: 30,
        doubtful: 2,
        blank: 4,
    };
    let mut pages = vec![PageNote { page: 1, held: None }];
    if held {
        pages.push(PageNote { page: 2, held: Some("no_form".into()) });
    }
    Event::Read { fax: fax.clone(), pages, records: (1..=records).map(note).collect() }
}

pub fn item(fax: &FaxId, record: u16, recipient: &str) -> ItemId {
    ItemId::new(RecordId::new(fax.clone(), record), recipient).unwrap()
}

pub fn deliver(fax: &FaxId, record: u16, patient: &str, recipients: &[&str]) -> Event {
    let note = |r: &&str| OutboxNote::now(item(fax, record, r), "physician");
    let decision = Decision::Deliver {
        patient: patient.into(),
        evidence: vec!["patient_number".into(), "birth_date".into()],
        urgency: "routine".into(),
        items: recipients.iter().map(note).collect(),
    };
    Event::decided(RecordId::new(fax.clone(), record), decision)
}

pub fn sent(fax: &FaxId, record: u16, recipient: &str) -> Event {
    Event::sent(item(fax, record, recipient), "250")
}

/// Brings one fax with one record to its recipient.
pub fn deliver_one(store: &Store, raw: &[u8], patient: &str) -> FaxId {
    let fax = store.receive(Source::Lmtp, raw).unwrap();
    let sha256 = format!("{:064x}", raw.len());
    for event in [
        opened(&fax, &sha256),
        read(&fax, 1, false),
        deliver(&fax, 1, patient, &["P0013"]),
        sent(&fax, 1, "P0013"),
    ] {
        store.append("kasasagi", &[event]).unwrap();
    }
    fax
}

/// Copies a store but for its lock and its view, so that nothing but the journal itself tells its length.
pub fn copy_without_view(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_name() == "view" || entry.file_name() == "lock" {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            copy_without_view(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The segment files of a store, in order.
pub fn segments(store: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(store.join("journal")).unwrap().map(|e| e.unwrap().path());
    let mut paths: Vec<PathBuf> = entries.filter(|p| p.extension().is_some_and(|e| e == "log")).collect();
    paths.sort();
    paths
}

/// Where each frame of a segment starts, and the end of the last one.
pub fn frames(segment: &[u8]) -> Vec<usize> {
    let mut starts = vec![64];
    while let Some(length) = segment.get(starts[starts.len() - 1]..).and_then(|b| b.first_chunk::<4>()) {
        let length = u32::from_le_bytes(*length) as usize;
        starts.push(starts[starts.len() - 1] + 8 + length + 32);
    }
    starts
}

/// Every file below a folder.
pub fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
