//! Digests: what can wait goes in one mail, at the recipient's time, and nothing of it is lost or doubled.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use kasasagi::digest::Digests;
use kasasagi::outbox::Outbox;
use kasasagi_config::settings::Delivery;
use kasasagi_ocr::field::Value;
use kasasagi_ocr::reading::{FormReading, State};
use kasasagi_store::event::Event;
use kasasagi_store::id::ItemId;
use kasasagi_store::{FaxState, FaxView, ItemKind, ItemState};
use kasasagi_tests::{Answer, SmtpSink};
use mail_parser::MessageParser;
use tokio_util::sync::CancellationToken;

use crate::journey::deliverable;
use crate::office::{Office, note_of, says};
use crate::outbox::{outbox, relay, until};
use crate::scene::Scene;

/// Digests go out every day at half past eight.
const DAILY: &str = "[digest]\nschedule = \"mon-sun 08:30; holidays\"\n";

/// Seconds that the clock of the digests is ahead.
static AHEAD: AtomicI64 = AtomicI64::new(0);
const DAY: i64 = 24 * 3600;

fn now() -> Timestamp {
    Timestamp::now()
}

fn ahead() -> Timestamp {
    Timestamp::now() + Duration::from_secs(AHEAD.load(Ordering::SeqCst).unsigned_abs())
}

fn digests(scene: &Scene, clock: fn() -> Timestamp) -> Digests {
    Digests {
        store: scene.store.clone(),
        registries: scene.registries(),
        settings: scene.settings.clone(),
        clock,
        chance: rand::random,
        outbox: Default::default(),
        rounds: Default::default(),
    }
}

fn tomorrow() -> Timestamp {
    Timestamp::now() + Duration::from_secs(24 * 3600)
}

/// Sends everything that is due.
async fn send(outbox: Outbox) {
    let store = outbox.store.clone();
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(Arc::new(outbox).run(shutdown.clone()));
    until(|| store.due_items(Timestamp::now(), 1).unwrap().is_empty()).await;
    shutdown.cancel();
    running.await.unwrap().unwrap();
}

async fn send_to_folder(scene: &Scene) {
    send(outbox(scene, &Delivery::Folder(scene.dir.path().join("outgoing")))).await;
}

/// Every mail in the folder: recipient, subject, text, names of the pages attached.
fn mails(folder: &Path) -> Vec<(String, String, String, Vec<String>)> {
    let mut mails = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let raw = std::fs::read(entry.unwrap().path()).unwrap();
        let mail = MessageParser::default().parse(&raw).unwrap();
        let to = mail.to().unwrap().first().unwrap().address().unwrap().to_owned();
        let pages = mail.attachments().filter_map(|part| mail_parser::MimeHeaders::attachment_name(part));
        let pages = pages.filter(|name| name.ends_with(".pdf")).map(str::to_owned).collect();
        mails.push((to, mail.subject().unwrap().to_owned(), mail.body_text(0).unwrap().into_owned(), pages));
    }
    mails.sort();
    mails
}

fn kinds(office: &Office, view: &FaxView) -> Vec<ItemKind> {
    office.scene.fax(&view.id).items().map(|item| item.state.kind()).collect()
}

/// Two sheets about one patient, the second a correction of the first, and the sheet as it was read.
async fn two_sheets(office: &Office) -> (FormReading, [FaxView; 2]) {
    let form = deliverable(&office.journey);
    let first = office.decides(&note_of(&form, State::Sure, "体温38度")).await;
    let second = office.decides(&note_of(&form, State::Sure, "体温39度")).await;
    (form, [first, second])
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_wait_goes_in_one_mail_at_the_recipients_time_the_newest_first() {
    let office = Office::of(Scene::with(DAILY, |_, _| {}));
    let (_, [first, second]) = two_sheets(&office).await;
    let recipients = first.items().count();
    assert_eq!(first.state, FaxState::Sending);
    assert_eq!(office.scene.store.due_items(Timestamp::MAX, 9).unwrap(), [], "everything waits");
    assert_eq!(digests(&office.scene, now).round(false).unwrap(), 0, "not before the time");

    assert_eq!(digests(&office.scene, tomorrow).round(false).unwrap(), recipients, "one for each");
    assert_eq!(digests(&office.scene, tomorrow).round(false).unwrap(), 0, "and nothing is left");
    send_to_folder(&office.scene).await;
    let mails = mails(&office.scene.dir.path().join("outgoing"));
    assert_eq!(mails.len(), recipients);
    for (to, subject, text, pages) in &mails {
        assert!(subject.contains("まとめ") && subject.contains("2件"), "{to}: {subject}");
        let place = |fax: &FaxView| text.find(&fax.records[0].id.to_string()).unwrap();
        assert!(place(&second) < place(&first), "{to}: the newest first");
        assert_eq!(text.matches("連携ID 0").count(), 1, "{to}: one heading for one patient\n{text}");
        assert_eq!(pages.len(), 2);
    }
    assert!(
        mails.iter().any(|(_, _, text, _)| text.contains("前回 体温38度 → 今回 体温39度")),
        "the difference"
    );
    for fax in [&first, &second] {
        assert_eq!(office.scene.fax(&fax.id).state, FaxState::Delivered);
    }
    assert!(office.scene.store.verify().unwrap().passed());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_urgent_record_does_not_wait_and_what_was_cancelled_is_not_in_the_digest() {
    let office = Office::of(Scene::with(DAILY, |_, _| {}));
    let form = deliverable(&office.journey);
    let urgent = says(&form, "urgency", State::Sure, Value::Choice("至急(本日中)".into()));
    let urgent = office.decides(&FormReading { serial: Some(1), ..urgent }).await;
    assert!(kinds(&office, &urgent).iter().all(|kind| *kind == ItemKind::Due));
    let routine = office.decides(&FormReading { serial: Some(2), ..form.clone() }).await;
    let items: Vec<ItemId> = routine.items().map(|item| item.id.clone()).collect();
    office.scene.happened(&[Event::Cancelled { item: items[0].clone() }]);
    assert_eq!(digests(&office.scene, tomorrow).round(false).unwrap(), items.len() - 1);
    send_to_folder(&office.scene).await;
    for (n, item) in office.scene.fax(&routine.id).items().enumerate() {
        let wanted = if n == 0 { ItemKind::Cancelled } else { ItemKind::Sent };
        assert_eq!(item.state.kind(), wanted, "{}", item.role);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipient_with_times_of_their_own_gets_it_then_and_one_who_wants_none_at_once() {
    let office = Office::of(Scene::with(DAILY, |table, row| {
        if table == "physicians" {
            row.insert("digest".into(), "now".into());
        } else if table == "facilities" {
            row.insert("digest".into(), "mon 00:01".into());
        }
    }));
    let view = office.decides(&deliverable(&office.journey)).await;
    for item in view.items() {
        let at_once = item.role == "physician";
        assert_eq!(item.state.kind() == ItemKind::Due, at_once, "{}", item.role);
    }
    let next_week = || Timestamp::now() + Duration::from_secs(7 * 24 * 3600);
    assert_eq!(digests(&office.scene, next_week).round(false).unwrap(), view.items().count() - 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_that_is_refused_is_in_the_next_one_and_the_third_time_left_to_a_person() {
    let office = Office::of(Scene::with(DAILY, |_, _| {}));
    let (_, faxes) = two_sheets(&office).await;
    let sink = SmtpSink::scripted(|point| match point.verb {
        "RCPT" => Answer::Say("550 5.1.1 no".into()),
        _ => Answer::Willing,
    });
    for round in 1i64..=3 {
        AHEAD.store(round * DAY, Ordering::SeqCst);
        assert!(digests(&office.scene, ahead).round(false).unwrap() > 0, "round {round}");
        send(outbox(&office.scene, &relay(sink.port(), Duration::from_secs(60)))).await;
        let wanted = if round == 3 { ItemKind::GaveUp } else { ItemKind::Waiting };
        assert!(
            faxes.iter().all(|fax| kinds(&office, fax).iter().all(|kind| *kind == wanted)),
            "round {round}"
        );
        // What was carried over waits since now, and so for the time after.
        assert_eq!(digests(&office.scene, now).round(false).unwrap(), 0, "not at once");
    }
    assert_eq!(office.scene.fax(&faxes[0].id).state, FaxState::Held);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_sheet_that_cannot_be_opened_takes_no_other_down() {
    let office = Office::of(Scene::with(DAILY, |_, _| {}));
    let (_, [first, second]) = two_sheets(&office).await;
    let broken: Vec<ItemId> = first.items().map(|item| item.id.clone()).collect();
    for item in &broken {
        office.scene.lose(&first.id, &format!("message-1-{}", item.recipient()));
    }
    digests(&office.scene, tomorrow).round(true).unwrap();
    // A sheet whose weight is not known makes a digest of its own; put them together all the same.
    send_to_folder(&office.scene).await;
    for item in &broken {
        let state = office.scene.store.item(item).unwrap().unwrap().state;
        assert!(matches!(state, ItemState::GaveUp { code, .. } if code == "parcel"));
    }
    assert!(kinds(&office, &second).iter().all(|kind| *kind == ItemKind::Sent));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_lost_after_the_digest_was_put_together_is_left_out_of_it() {
    let office = Office::of(Scene::with(DAILY, |_, _| {}));
    let (_, [first, second]) = two_sheets(&office).await;
    digests(&office.scene, tomorrow).round(true).unwrap();
    for item in first.items() {
        office.scene.lose(&first.id, &format!("message-1-{}", item.recipient));
    }
    send_to_folder(&office.scene).await;
    assert!(kinds(&office, &first).iter().all(|kind| *kind == ItemKind::GaveUp));
    assert!(kinds(&office, &second).iter().all(|kind| *kind == ItemKind::Sent));
    let mails = mails(&office.scene.dir.path().join("outgoing"));
    assert!(mails.iter().all(|(_, subject, _, _)| subject.contains("1件")));
}

#[tokio::test(flavor = "multi_thread")]
async fn rounds_side_by_side_put_nothing_into_two_digests() {
    let office = Office::of(Scene::with(DAILY, |_, _| {}));
    let (_, faxes) = two_sheets(&office).await;
    let digests = Arc::new(digests(&office.scene, tomorrow));
    let made: usize = std::thread::scope(|scope| {
        let rounds: Vec<_> = (0..8).map(|_| scope.spawn(|| digests.round(true).unwrap())).collect();
        rounds.into_iter().map(|round| round.join().unwrap()).sum()
    });
    assert_eq!(made, faxes[0].items().count());
    assert!(office.scene.store.verify().unwrap().ignored.is_empty());
}
