//! The journey: where a fax ends, and that a step done twice or cut short changes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use image::{GrayImage, ImageFormat, Luma};
use jiff::Timestamp;
use kasasagi::health::Health;
use kasasagi::journey::pulse::Pulse;
use kasasagi::journey::{Journey, facts};
use kasasagi::library::Library;
use kasasagi::mail::{Hints, Sources};
use kasasagi::message;
use kasasagi::post::{Composed, Dispatch};
use kasasagi::reader::Readers;
use kasasagi::reader::child::Setup;
use kasasagi::redact::Redactor;
use kasasagi_config::policy;
use kasasagi_ocr::field::Value;
use kasasagi_ocr::page::{Dpi, Page};
use kasasagi_ocr::pdf;
use kasasagi_ocr::reading::{FieldReading, FormReading, Found, PageReading, Quality, State};
use kasasagi_routing::decision::{self, decide};
use kasasagi_routing::facts::Fact;
use kasasagi_routing::registry::{Patient, Registry};
use kasasagi_store::event::{Decision, DocumentNote, Event, PageNote};
use kasasagi_store::id::FaxId;
use kasasagi_store::{FaxState, ItemView};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use crate::scene::{Scene, mail, note};

const FINE: Dpi = Dpi { x: 204.0, y: 196.0 };

pub fn journey(scene: &Scene) -> Arc<Journey> {
    let settings = scene.settings.clone();
    let library = Arc::new(Library::open(None).unwrap());
    let setup = Setup {
        forms: library.texts().to_vec(),
        model: settings.reading.model.clone(),
        tessdata: None,
        fallback_font: None,
        threads: 1,
        budget: 0.002,
        memory: settings.reading.memory,
        cpu: settings.reading.cpu,
    };
    let keys = library.forms().flat_map(|f| f.form.fields.iter().map(|f| f.key.clone())).collect();
    Arc::new(Journey {
        store: scene.store.clone(),
        registries: scene.registries(),
        policy: Arc::new(policy::embedded(&keys).unwrap()),
        readers: Arc::new(Readers::new(
            env!("CARGO_BIN_EXE_kasasagi").into(),
            &setup,
            1,
            settings.reading.wall,
        )),
        redactor: Redactor::new(None),
        clock: Timestamp::now,
        health: Health::new(Timestamp::now),
        turns: Semaphore::new(4),
        shutdown: CancellationToken::new(),
        outbox: Default::default(),
        deciding: Default::default(),
        opening: Default::default(),
        pulse: Pulse::new(std::time::Instant::now()),
        library,
        sources: Arc::new(Sources::open(&settings).unwrap()),
        settings,
    })
}

/// Runs the journey until nothing is left to do.
pub async fn run(journey: &Arc<Journey>) {
    let (_arrived, arrivals) = mpsc::unbounded_channel();
    let running = tokio::spawn(journey.clone().run(arrivals));
    while !journey.store.unfinished().unwrap().is_empty() {
        assert!(!running.is_finished(), "the journey ended");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    journey.shutdown.cancel();
    running.await.unwrap().unwrap();
}

fn page(paint: impl Fn(u32, u32) -> bool) -> Vec<u8> {
    let pixels = GrayImage::from_fn(1728, 2200, |x, y| Luma([if paint(x, y) { 0 } else { 255 }]));
    pdf::write::fax_pdf(&[&Page::new(pixels, FINE, Vec::new()).unwrap()]).unwrap()
}

/// The picture of a record's page.
pub fn white() -> Vec<u8> {
    let mut white = Vec::new();
    let pixels = GrayImage::from_pixel(1680, 2376, Luma([255]));
    pixels.write_to(&mut std::io::Cursor::new(&mut white), ImageFormat::Png).unwrap();
    white
}

fn blank() -> Vec<u8> {
    page(|_, _| false)
}

fn letter() -> Vec<u8> {
    page(|x, y| (200..1400).contains(&x) && y > 300 && y < 1800 && y % 60 < 22 && x % 31 < 19)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fax_without_a_form_is_held_and_its_copies_are_duplicates_even_side_by_side() {
    let scene = Scene::new();
    let twins = [scene.receive(&mail(1, &blank())), scene.receive(&mail(2, &blank()))];
    let letter = scene.receive(&mail(3, &letter()));
    let bare = scene.receive(b"Subject: nothing\r\n\r\nno document\r\n");
    run(&journey(&scene)).await;

    let mut states = twins.each_ref().map(|fax| scene.fax(fax).state);
    states.sort();
    assert_eq!(states, [FaxState::Held, FaxState::Duplicate]);
    let held = twins.iter().map(|fax| scene.fax(fax)).find(|fax| fax.state == FaxState::Held).unwrap();
    assert_eq!(held.held_pages, [(1, "blank_page".to_owned())]);
    assert_eq!(scene.fax(&letter).held_pages, [(1, "unknown_form".to_owned())]);
    assert_eq!(scene.fax(&bare).reason.as_deref(), Some("no_attachment"));

    let again = scene.receive(&mail(4, &blank()));
    let events = |fax: &FaxId| scene.store.trace(fax).unwrap().len();
    let before = [&twins[0], &twins[1], &letter, &bare].map(events);
    run(&journey(&scene)).await;
    assert_eq!(scene.fax(&again).of, Some(held.id));
    assert_eq!([&twins[0], &twins[1], &letter, &bare].map(events), before, "what has ended is left alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_cut_short_is_done_again_from_its_beginning() {
    let scene = Scene::new();
    let fax = scene.receive(&mail(1, &letter()));
    let document = DocumentNote { format: "pdf".into(), sha256: "0".repeat(64), bytes: 1 };
    scene.happened(&[Event::Opened { fax: fax.clone(), documents: vec![document] }]);
    for name in ["page-1", "record-1", "reading"] {
        scene.store.seal(&fax, &name.parse().unwrap(), b"left over by a process that died").unwrap();
    }
    run(&journey(&scene)).await;
    assert_eq!(scene.fax(&fax).held_pages, [(1, "unknown_form".to_owned())]);
    let page = scene.store.unseal(&fax, &"page-1".parse().unwrap()).unwrap();
    assert!(page.starts_with(b"%PDF-"), "the page is the one read");
    let reading = scene.store.unseal(&fax, &"reading".parse().unwrap()).unwrap();
    assert_eq!(serde_json::from_slice::<Vec<PageReading>>(&reading).unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fax_whose_content_is_gone_is_held_and_the_others_go_on() {
    let scene = Scene::new();
    let gone = [scene.receive(&mail(1, &letter())), scene.receive(&mail(2, &letter()))];
    scene.lose(&gone[0], "raw");
    scene.happened(&[Event::Opened { fax: gone[1].clone(), documents: Vec::new() }]);
    scene.lose(&gone[1], "raw");
    let sound = scene.receive(&mail(3, &blank()));
    run(&journey(&scene)).await;
    for fax in &gone {
        assert_eq!(scene.fax(fax).reason.as_deref(), Some("internal_error"));
    }
    assert_eq!(scene.fax(&sound).state, FaxState::Held);
}

/// What a sheet about this patient says, every field beyond doubt.
fn sheet(registry: &Registry, patient: &Patient) -> Option<FormReading> {
    let office = registry
        .team(&patient.id)
        .iter()
        .filter_map(|member| registry.facility(&member.office))
        .find(|office| !office.faxes.is_empty())?;
    let insurance = patient.insurance.as_ref()?;
    let digits = |text: &str| Value::Digits(text.chars().filter(char::is_ascii_digit).collect());
    let text = |text: &str| Value::Text(text.to_owned());
    let today = Timestamp::now().to_zoned(jiff::tz::TimeZone::get("Asia/Tokyo").unwrap()).date();
    let values: [(&str, Value); 13] = [
        ("urgency", Value::Choice("通常".into())),
        ("written_on", Value::Date(today)),
        ("dr_code", digits(patient.physician.as_str())),
        ("sender_no", digits(office.number.as_str())),
        ("sender_fax", digits(office.faxes.first()?.original())),
        ("patient_id", digits(patient.id.as_str())),
        ("birth", Value::Date(patient.birth)),
        ("kana", text(patient.kana.as_str())),
        ("name", text(patient.name.as_str())),
        ("sex", Value::Choice(patient.sex.ja().to_owned())),
        ("insured_no", digits(insurance.number.as_str())),
        ("insurer_no", digits(insurance.insurer.as_str())),
        ("consent", Value::Choices(vec!["本人".into(), "文書".into()])),
    ];
    let fields: BTreeMap<String, FieldReading> = values
        .into_iter()
        .map(|(key, value)| {
            let read = FieldReading {
                state: State::Sure,
                value: Some(value),
                raw: String::new(),
                confidence: 0.99,
                by: vec!["ppocr".into()],
                why: None,
                evidence: None,
            };
            (key.to_owned(), read)
        })
        .collect();
    let quality = Quality { dpi: FINE, skew_deg: 0.0, scale: 1.0 };
    Some(FormReading { form: "ICM-01".into(), version: 1, serial: None, quality, fields })
}

/// What an item is when it is sent.
pub fn composed(scene: &Scene, item: &ItemView) -> Composed {
    let dispatch = Dispatch {
        items: vec![item.id.clone()],
        recipient: item.recipient.clone(),
        role: item.role.clone(),
        attempt: 0,
        digest: None,
        last: Vec::new(),
    };
    scene.post().compose(&dispatch).unwrap()
}

/// A sheet that routing delivers.
pub fn deliverable(journey: &Journey) -> FormReading {
    let today = Timestamp::now().to_zoned(journey.settings.time_zone.clone()).date();
    let keys = &journey.library.get("ICM-01", 1).unwrap().facts;
    let in_force = journey.registries.on(today).unwrap();
    let registry = &in_force.registry;
    let goes_out = |form: &FormReading| {
        let mut facts = facts::of(keys, form, &Hints::default());
        facts.pages_received = Fact::Absent;
        matches!(decide(registry, &journey.policy, &facts, today), decision::Decision::Deliver { .. })
    };
    let mut sheets = registry.patients().filter_map(|patient| sheet(registry, patient));
    sheets.find(goes_out).expect("the sample registry has such a patient")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_record_is_decided_by_itself_and_goes_to_registered_addresses_only() {
    let scene = Scene::new();
    let journey = journey(&scene);
    let form = deliverable(&journey);
    let fax = scene.receive(&mail(1, &blank()));
    let on_page = |page| FormReading { serial: Some(page), ..form.clone() };
    let pages: Vec<PageReading> = (1..=3)
        .map(|page| PageReading { page, flaws: Vec::new(), found: Found::Forms(vec![on_page(page)]) })
        .collect();
    let seal = |name: &str, bytes: &[u8]| scene.store.seal(&fax, &name.parse().unwrap(), bytes).unwrap();
    seal("reading", &serde_json::to_vec(&pages).unwrap());
    seal("record-1", &white());
    // Record 2 has lost its picture; record 3 is of a version nobody configured.
    let records = vec![note(&fax, 1, 1), note(&fax, 2, 1), note(&fax, 3, 99)];
    scene.happened(&[
        Event::Opened { fax: fax.clone(), documents: Vec::new() },
        Event::Read {
            fax: fax.clone(),
            pages: (1..=3).map(|page| PageNote { page, held: None }).collect(),
            records,
        },
    ]);
    run(&journey).await;

    let view = scene.fax(&fax);
    assert_eq!(view.state, FaxState::Sending);
    let held = |reason: &str| Some(Decision::hold(vec![reason.to_owned()]));
    assert_eq!(view.records[1].decision, held("internal_error"));
    assert_eq!(view.records[2].decision, held("form_not_configured"));
    assert!(!view.records[0].items.is_empty());
    let in_force = journey.registries.on(jiff::civil::date(2026, 11, 25)).unwrap();
    let registry = &in_force.registry;
    let known: Vec<&str> = (registry.physicians().filter_map(|p| p.email.as_ref()))
        .chain(registry.facilities().filter_map(|f| f.email.as_ref()))
        .map(|address| address.as_str())
        .collect();
    for item in &view.records[0].items {
        let Composed::Mail { to, message_id, .. } = composed(&scene, item) else { panic!("no mail") };
        assert!(known.contains(&to.as_str()));
        let id = message::message_id(&item.id, &journey.settings.domain);
        assert_eq!(message_id, id, "its Message-ID follows from the item");
    }
}
