//! An urgent record that its physician takes no note of in time goes to the backup as well.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kasasagi::journey::Journey;
use kasasagi_ocr::field::Value;
use kasasagi_ocr::reading::{FormReading, State};
use kasasagi_store::event::{Event, Receipt};
use kasasagi_store::{FaxView, ItemKind, ItemView};

use crate::journey::{composed, deliverable, journey};
use crate::office::{Office, says};
use crate::scene::Scene;

const MINUTES: u64 = 30;

fn soon() -> Timestamp {
    Timestamp::now() + Duration::from_secs(60 * (MINUTES - 1))
}

fn late() -> Timestamp {
    Timestamp::now() + Duration::from_secs(60 * (MINUTES + 1))
}

/// Every physician has half an hour, and the next two in the table as backups.
fn scene(office_hours: &str) -> Scene {
    let codes: Vec<String> = kasasagi_tests::sample::rows(&kasasagi_tests::sample::folder(), "physicians")
        .into_iter()
        .map(|row| row["dr_code"].clone())
        .collect();
    Scene::with("", |table, row| {
        if table == "physicians" {
            let at = codes.iter().position(|code| *code == row["dr_code"]).unwrap();
            let next = |step: usize| codes[(at + step) % codes.len()].clone();
            row.insert("backup_dr_codes".into(), format!("{};{}", next(1), next(2)));
            row.insert("ack_minutes_emergency".into(), MINUTES.to_string());
            row.insert("ack_minutes_today".into(), MINUTES.to_string());
            row.insert("office_hours".into(), office_hours.to_owned());
            row.insert("status".into(), "active".into());
        }
    })
}

fn at(office: &Office, clock: fn() -> Timestamp) -> Arc<Journey> {
    let mut journey = Arc::into_inner(journey(&office.scene)).unwrap();
    journey.clock = clock;
    Arc::new(journey)
}

/// A record of this urgency, and the mail to its physician, sent a moment ago.
async fn sent(office: &Office, urgency: &str) -> (FaxView, ItemView) {
    let form = deliverable(&office.journey);
    let form = says(&form, "urgency", State::Sure, Value::Choice(urgency.into()));
    let view = office.decides(&FormReading { serial: Some(1), ..form }).await;
    let item = view.items().find(|item| item.role == "physician").unwrap().clone();
    office.scene.happened(&[Event::sent(item.id.clone(), "250")]);
    (view, item)
}

fn backups(office: &Office, view: &FaxView) -> Vec<ItemView> {
    office.scene.fax(&view.id).items().filter(|item| item.role == "backup_physician").cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_took_note_in_time_and_the_backup_gets_it_and_then_theirs() {
    let office = Office::of(scene(""));
    let (view, item) = sent(&office, "至急(本日中)").await;
    assert_eq!(at(&office, soon).escalate_overdue().unwrap(), 0);
    assert_eq!(at(&office, late).escalate_overdue().unwrap(), 1);
    assert_eq!(at(&office, late).escalate_overdue().unwrap(), 0, "once");
    let first = backups(&office, &view);
    assert_eq!((first.len(), first[0].state.kind()), (1, ItemKind::Due));
    let kasasagi::post::Composed::Mail { raw, .. } = composed(&office.scene, &first[0]) else {
        panic!("no mail")
    };
    let mail = mail_parser::MessageParser::default().parse(&raw).unwrap();
    assert!(mail.body_text(0).unwrap().contains("登録医による確認の連絡がないため"));
    let told: Vec<_> = office.scene.store.items_to_tell(9).unwrap().into_iter().map(|item| item.id).collect();
    assert_eq!(told, [item.id], "the office hears of it");

    office.scene.happened(&[Event::sent(first[0].id.clone(), "250")]);
    assert_eq!(at(&office, late).escalate_overdue().unwrap(), 1, "the backup's backup");
    assert_eq!(backups(&office, &view).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_took_note_is_left_alone_and_routine_records_are_never_overdue() {
    let office = Office::of(scene(""));
    let (_, item) = sent(&office, "緊急(電話済)").await;
    office.scene.happened(&[Event::Acknowledged { items: vec![item.id], how: Receipt::Replied }]);
    assert_eq!(at(&office, late).escalate_overdue().unwrap(), 0);
    let office = Office::of(scene(""));
    sent(&office, "通常").await;
    assert_eq!(at(&office, late).escalate_overdue().unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_stands_still_while_the_office_is_closed_but_not_in_an_emergency() {
    // Open for one minute a week, so that half an hour of it takes months.
    for (urgency, escalated) in [("至急(本日中)", 0), ("緊急(電話済)", 1)] {
        let office = Office::of(scene("sun 03:00-03:01"));
        sent(&office, urgency).await;
        assert_eq!(at(&office, late).escalate_overdue().unwrap(), escalated, "{urgency}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_can_never_arrive_goes_to_the_backup_at_once() {
    let office = Office::of(scene(""));
    let (view, item) = sent(&office, "至急(本日中)").await;
    office.scene.happened(&[Event::GaveUp { item: item.id, code: "bounced_5.1.1".into() }]);
    assert_eq!(at(&office, Timestamp::now).escalate_overdue().unwrap(), 1);
    let backups = backups(&office, &view);
    assert_eq!(backups.len(), 1);
    assert_eq!(at(&office, late).escalate_overdue().unwrap(), 0, "once");
    let kasasagi::post::Composed::Mail { raw, .. } = composed(&office.scene, &backups[0]) else {
        panic!("no mail")
    };
    let mail = mail_parser::MessageParser::default().parse(&raw).unwrap();
    assert!(mail.body_text(0).unwrap().contains("登録医にメールが届かなかったため"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_routine_mail_that_can_never_arrive_is_shown_to_nobody_else() {
    let office = Office::of(scene(""));
    let (_, item) = sent(&office, "通常").await;
    office.scene.happened(&[Event::GaveUp { item: item.id, code: "bounced_5.1.1".into() }]);
    assert_eq!(at(&office, late).escalate_overdue().unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_backup_the_office_alone_is_told() {
    let office = Office::of(Scene::with("", |table, row| {
        if table == "physicians" {
            row.insert("backup_dr_codes".into(), String::new());
            row.insert("ack_minutes_emergency".into(), MINUTES.to_string());
            row.insert("status".into(), "active".into());
        }
    }));
    let (view, _) = sent(&office, "緊急(電話済)").await;
    assert_eq!(at(&office, late).escalate_overdue().unwrap(), 1);
    assert_eq!((backups(&office, &view).len(), office.scene.store.items_to_tell(9).unwrap().len()), (0, 1));
}
