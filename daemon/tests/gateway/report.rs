//! What the office is told: a report a day, and every failure once; never anything personal.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kasasagi::deliver::Courier;
use kasasagi::outbox::Outbox;
use kasasagi::post::Post;
use kasasagi::report::Office;
use kasasagi_ocr::field::Value;
use kasasagi_ocr::reading::{FormReading, State};
use kasasagi_store::event::Event;
use kasasagi_store::{FaxState, ItemKind, ItemState};
use kasasagi_tests::sample;
use kasasagi_tests::{Answer, SmtpSink};
use mail_parser::MessageParser;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::journey::deliverable;
use crate::office::{Office as Readings, note_of, says};
use crate::outbox::{outbox, relay, until};
use crate::scene::Scene;

const ADMINS: &str =
    "[admin]\naddresses = [\"clerk@office.example\", \"deputy@office.example\"]\nreport_at = \"00:00\"\n";

fn tomorrow() -> Timestamp {
    Timestamp::now() + Duration::from_secs(24 * 3600)
}

/// The office's mails go to this server; the clock is a day ahead, so that today can be reported.
fn office(scene: &Scene, port: u16) -> Arc<Office> {
    let mut post: Post = Arc::into_inner(scene.post()).unwrap();
    post.clock = tomorrow;
    let courier = Courier::new(&relay(port, Duration::from_secs(60))).unwrap();
    Arc::new(Office { post: Arc::new(post), courier: Arc::new(courier) })
}

fn start(office: Arc<Office>) -> (CancellationToken, JoinHandle<kasasagi::Result<()>>) {
    let shutdown = CancellationToken::new();
    (shutdown.clone(), tokio::spawn(office.run(shutdown)))
}

/// Subject and text of every mail that was taken.
fn mails(sink: &SmtpSink) -> Vec<(String, String, String)> {
    let read = |taken: kasasagi_tests::sink::Taken| {
        let mail = MessageParser::default().parse(&taken.raw).unwrap();
        (taken.to, mail.subject().unwrap().to_owned(), mail.body_text(0).unwrap().into_owned())
    };
    sink.taken().into_iter().map(read).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_of_a_day_goes_to_every_admin_once_also_after_a_restart_and_names_nobody() {
    let readings = Readings::of(Scene::with(ADMINS, |_, _| {}));
    let form = deliverable(&readings.journey);
    readings.decides(&note_of(&form, State::Sure, "体温38度")).await;
    let wrong = says(&form, "birth", State::Sure, Value::Date(jiff::civil::date(1941, 1, 1)));
    let held = readings.decides(&FormReading { serial: Some(9), ..wrong }).await;
    assert_eq!(held.state, FaxState::Held);
    let sink = SmtpSink::willing();
    for _ in 0..2 {
        let (shutdown, running) = start(office(&readings.scene, sink.port()));
        let today = Timestamp::now().to_zoned(readings.scene.settings.time_zone.clone()).date();
        until(|| readings.scene.store.is_reported(today).unwrap()).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        shutdown.cancel();
        running.await.unwrap().unwrap();
    }
    let mails = mails(&sink);
    let to: Vec<&str> = mails.iter().map(|(to, _, _)| to.as_str()).collect();
    assert_eq!(to, ["clerk@office.example", "deputy@office.example"]);
    let (_, subject, text) = &mails[0];
    assert!(text.contains("受信したFAX") && text.contains("2件"), "{text}");
    assert!(text.contains("birth_differs") && text.contains(&held.id.to_string()), "{text}");
    assert!(text.contains("kasasagi1 "), "the head of the journal: {text}");
    for row in sample::rows(&sample::folder(), "patients") {
        for column in ["name", "kana", "patient_id", "insured_no", "address"] {
            assert!(!text.contains(&row[column]) && !subject.contains(&row[column]), "{column} in {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_failed_is_told_once_and_once_more_when_it_fails_again() {
    let readings = Readings::of(Scene::with(&ADMINS.replace("00:00", "23:59"), |_, _| {}));
    let view = readings.decides(&deliverable(&readings.journey)).await;
    let item = view.items().next().unwrap().id.clone();
    let gave_up =
        || readings.scene.happened(&[Event::GaveUp { item: item.clone(), code: "550 5.1.1".into() }]);
    gave_up();
    let sink = SmtpSink::scripted(|point| match (point.verb, point.before) {
        // The first mails to the office find the server busy.
        ("MAIL", 0 | 1) => Answer::Say("451 4.3.0 not now".into()),
        _ => Answer::Willing,
    });
    let told = || readings.scene.store.items_to_tell(9).unwrap().is_empty();
    let (shutdown, running) = start(office(&readings.scene, sink.port()));
    until(|| sink.count("MAIL") >= 2).await;
    shutdown.cancel();
    running.await.unwrap().unwrap();
    assert!(!told(), "whoever was not reached is told again");
    for round in 1..=2 {
        let (shutdown, running) = start(office(&readings.scene, sink.port()));
        until(told).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        shutdown.cancel();
        running.await.unwrap().unwrap();
        let alerts = mails(&sink)
            .iter()
            .filter(|(to, _, text)| to == "clerk@office.example" && text.contains(&item.to_string()))
            .count();
        assert_eq!(alerts, round, "round {round}");
        readings.scene.happened(&[Event::Retried { item: item.clone() }]);
        gave_up();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_whose_address_refuses_mail_keeps_no_other_from_being_told_and_no_report_back() {
    let readings = Readings::of(Scene::with(ADMINS, |_, _| {}));
    let view = readings.decides(&deliverable(&readings.journey)).await;
    let item = view.items().next().unwrap().id.clone();
    readings.scene.happened(&[Event::GaveUp { item: item.clone(), code: "550 5.1.1".into() }]);
    let sink = SmtpSink::scripted(|point| match point.verb {
        "RCPT" if point.line.contains("deputy@") => Answer::Say("550 5.1.1 nobody".into()),
        _ => Answer::Willing,
    });
    let (shutdown, running) = start(office(&readings.scene, sink.port()));
    let today = Timestamp::now().to_zoned(readings.scene.settings.time_zone.clone()).date();
    until(|| readings.scene.store.is_reported(today).unwrap()).await;
    shutdown.cancel();
    running.await.unwrap().unwrap();
    assert!(readings.scene.store.items_to_tell(9).unwrap().is_empty());
    let mails = mails(&sink);
    assert!(mails.iter().all(|(to, _, _)| to == "clerk@office.example"));
    let subjects: Vec<&str> = mails.iter().map(|(_, subject, _)| subject.as_str()).collect();
    assert_eq!(subjects.len(), 2, "an alert and a report: {subjects:?}");
    assert!(mails[1].2.contains("届いていないメール") && subjects[1].contains("1件"), "{mails:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_urgent_mail_waits_for_the_end_of_quiet_hours_and_an_emergency_does_not() {
    for (urgency, waits) in [("至急(本日中)", true), ("緊急(電話済)", false)] {
        let now = Timestamp::now().to_zoned(jiff::tz::TimeZone::get("Asia/Tokyo").unwrap());
        let clock = |hours: i64| {
            (now.datetime() + jiff::SignedDuration::from_hours(hours)).strftime("%H:%M").to_string()
        };
        let quiet = format!("{}-{}", clock(-1), clock(2));
        let readings = Readings::of(Scene::with("", |table, row| {
            if matches!(table, "physicians" | "facilities") {
                row.insert("quiet_hours".into(), quiet.clone());
            }
        }));
        let form =
            says(&deliverable(&readings.journey), "urgency", State::Sure, Value::Choice(urgency.into()));
        let view = readings.decides(&FormReading { serial: Some(1), ..form }).await;
        let sink = SmtpSink::willing();
        let outbox: Outbox = outbox(&readings.scene, &relay(sink.port(), Duration::from_secs(60)));
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(Arc::new(outbox).run(shutdown.clone()));
        until(|| readings.scene.store.due_items(Timestamp::now(), 1).unwrap().is_empty()).await;
        shutdown.cancel();
        running.await.unwrap().unwrap();
        for item in readings.scene.fax(&view.id).items() {
            match &item.state {
                ItemState::Due { next, attempt } => {
                    let hours = next.duration_since(Timestamp::now()).as_hours();
                    assert!(
                        waits && *attempt == 0 && (1..=2).contains(&hours),
                        "{hours} h, attempt {attempt}"
                    );
                }
                state => assert_eq!((waits, state.kind()), (false, ItemKind::Sent)),
            }
        }
    }
}
