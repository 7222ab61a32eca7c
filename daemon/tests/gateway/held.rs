//! A person decides about a held record: by the rules, with their name in the trail, and never twice.

use kasasagi::control::Desk;
use kasasagi::control::request::{Answer, Request};
use kasasagi::journey::Journey;
use kasasagi::language::Language;
use kasasagi::reason::RejectReason;
use kasasagi_ocr::field::Value;
use kasasagi_ocr::reading::{FormReading, State};
use kasasagi_store::event::{Decision, Event, OutboxNote};
use kasasagi_store::id::{ItemId, RecordId};
use kasasagi_store::{AuditQuery, FaxState, FaxView};
use tokio::sync::mpsc::unbounded_channel;

use crate::journey::{deliverable, journey, run};
use crate::office::{Office, note_of, says};
use crate::scene::Scene;

fn desk(office: &Office) -> Desk {
    let (arrived, kept) = unbounded_channel();
    // Nobody hears of what goes on; each test walks the journey itself.
    std::mem::forget(kept);
    office.scene.running_desk(arrived)
}

/// What the desk answers to this person, and what the journey makes of it.
async fn asks(office: &Office, who: &str, request: Request) -> Answer {
    let answer = desk(office).answer(who, Language::En, request, None);
    run(&journey(&office.scene)).await;
    answer
}

fn accept(record: &RecordId, fields: &[(&str, &str)]) -> Request {
    let fields = fields.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Request::HeldAccept { record: record.clone(), fields }
}

fn route(record: &RecordId, patient: &str) -> Request {
    Request::HeldRoute { record: record.clone(), patient: patient.to_owned(), fields: Vec::new() }
}

fn reasons(view: &FaxView) -> Vec<String> {
    match &view.records[0].decision {
        Some(Decision::Hold { reasons, .. }) => reasons.clone(),
        other => panic!("it is not held: {other:?}"),
    }
}

fn refused(answer: &Answer) -> &str {
    match answer {
        Answer::Refused { exit: 2, message } => message,
        other => panic!("not refused: {other:?}"),
    }
}

fn kinds_by(office: &Office, view: &FaxView, actor: &str) -> Vec<&'static str> {
    let trace = office.scene.store.trace(&view.id).unwrap();
    trace.iter().filter(|entry| entry.actor == actor).map(|entry| entry.event.kind()).collect()
}

/// The sheet of somebody whose physician's code could not be read.
fn unclear(journey: &Journey) -> FormReading {
    let form = deliverable(journey);
    let mut unclear = form.clone();
    for key in ["dr_code", "addressee"] {
        if let Some(field) = unclear.fields.get_mut(key) {
            field.state = State::Doubtful;
        }
    }
    unclear
}

#[tokio::test(flavor = "multi_thread")]
async fn confirming_what_was_read_lets_the_rules_decide_anew() {
    let office = Office::new();
    let view = office.decides(&unclear(&office.journey)).await;
    assert_eq!(reasons(&view), ["physician_unconfirmed"]);
    let record = view.records[0].id.clone();
    let answer = asks(&office, "clerk", accept(&record, &[])).await;
    assert!(matches!(answer, Answer::TakenUp { decides: true, .. }), "{answer:?}");
    let view = office.scene.fax(&view.id);
    assert_eq!(view.state, FaxState::Sending);
    assert_eq!(kinds_by(&office, &view, "clerk"), ["corrected"]);
    assert!(matches!(asks(&office, "clerk", accept(&record, &[])).await, Answer::Refused { .. }), "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_counts_is_told_to_the_recipients_and_stands_in_no_event() {
    let office = Office::new();
    let form = note_of(&unclear(&office.journey), State::Doubtful, "体温88度");
    let view = office.decides(&form).await;
    let record = view.records[0].id.clone();
    asks(&office, "clerk", accept(&record, &[("notes", "体温38度のため往診希望")])).await;
    let view = office.scene.fax(&view.id);
    assert_eq!(view.state, FaxState::Sending);
    assert!(view.records[0].corrected.contains(&"notes".to_owned()));
    let item = view.items().find(|item| item.role == "physician").unwrap();
    let kasasagi::post::Composed::Mail { raw, .. } = crate::journey::composed(&office.scene, item) else {
        panic!()
    };
    let mail = mail_parser::MessageParser::default().parse(&raw).unwrap();
    assert!(mail.body_text(0).unwrap().contains("体温38度のため往診希望"));
    let journal = std::fs::read_dir(office.scene.store.dir().join("journal")).unwrap();
    for segment in journal {
        let bytes = std::fs::read(segment.unwrap().path()).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("往診希望"), "values are sealed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_the_field_cannot_have_is_refused_without_being_repeated_and_nothing_is_said() {
    let office = Office::new();
    let view = office.decides(&unclear(&office.journey)).await;
    let record = view.records[0].id.clone();
    for (key, value) in [("dr_code", "0866"), ("birth", "むかし"), ("no_such_field", "1234567")] {
        let answer = asks(&office, "clerk", accept(&record, &[(key, value)])).await;
        let message = refused(&answer);
        assert!(message.contains(key) && !message.contains(value), "{message}");
    }
    assert_eq!(kinds_by(&office, &view, "clerk"), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_that_is_still_missing_holds_it_again_and_says_so() {
    let office = Office::new();
    let form = says(&unclear(&office.journey), "consent", State::Sure, Value::Choices(vec!["口頭".into()]));
    let view = office.decides(&form).await;
    asks(&office, "clerk", accept(&view.records[0].id, &[])).await;
    assert_eq!(reasons(&office.scene.fax(&view.id)), ["consent_missing"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_routed_by_hand_goes_to_that_patients_physician_and_to_registered_patients_alone() {
    let office = Office::new();
    let mut form = unclear(&office.journey);
    let patient = match &form.fields["patient_id"].value {
        Some(Value::Digits(patient)) => patient.clone(),
        other => panic!("{other:?}"),
    };
    for key in ["patient_id", "insured_no", "birth", "kana", "name"] {
        if let Some(field) = form.fields.get_mut(key) {
            (field.state, field.value) = (State::Doubtful, None);
        }
    }
    let view = office.decides(&form).await;
    let record = view.records[0].id.clone();
    for nobody in ["0000018", "1234567", "x"] {
        refused(&asks(&office, "clerk", route(&record, nobody)).await);
    }
    asks(&office, "clerk", route(&record, &patient)).await;
    let view = office.scene.fax(&view.id);
    assert_eq!(view.state, FaxState::Sending);
    let Some(Decision::Deliver { patient: told, evidence, .. }) = &view.records[0].decision else { panic!() };
    assert_eq!(told, &patient);
    assert!(evidence.contains(&"by_hand".to_owned()), "{evidence:?}");
    let today = jiff::Timestamp::now().to_zoned(office.scene.settings.time_zone.clone()).date();
    let in_force = office.journey.registries.on(today).unwrap();
    let physician = &in_force.registry.patient(&patient.parse().unwrap()).unwrap().physician;
    assert_eq!(view.items().next().unwrap().recipient, physician.as_str());
    assert_eq!(kinds_by(&office, &view, "clerk"), ["corrected", "routed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_who_stopped_is_never_written_about_whoever_routes() {
    let office = Office::of(Scene::with("", |table, row| {
        if table == "patients" {
            row.insert("stop_flag".into(), "yes".into());
        }
    }));
    let open = Office::new();
    let form = deliverable(&open.journey);
    let Some(Value::Digits(patient)) = form.fields["patient_id"].value.clone() else { panic!() };
    let view = office.decides(&form).await;
    asks(&office, "clerk", route(&view.records[0].id, &patient)).await;
    assert_eq!(reasons(&office.scene.fax(&view.id))[0], "patient_stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rejected_is_settled_with_its_reason() {
    let office = Office::new();
    let by_record = office.decides(&unclear(&office.journey)).await;
    let by_fax = office.decides(&FormReading { serial: Some(7), ..unclear(&office.journey) }).await;
    for (id, view) in [(by_record.records[0].id.to_string(), &by_record), (by_fax.id.to_string(), &by_fax)] {
        let request = Request::HeldReject { id: id.clone(), reason: RejectReason::Misdirected };
        assert!(matches!(asks(&office, "clerk", request.clone()).await, Answer::Faxes(_)));
        assert_eq!(office.scene.fax(&view.id).state, FaxState::Refused, "{id}");
        assert!(matches!(asks(&office, "clerk", request).await, Answer::Refused { .. }), "once");
        assert!(matches!(
            asks(&office, "clerk", accept(&view.records[0].id, &[])).await,
            Answer::Refused { .. }
        ));
    }
    assert!(office.scene.store.reconcile().unwrap().iter().all(kasasagi_store::DayCount::balanced));
    assert!(office.scene.store.verify().unwrap().passed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_re_sent_sheet_that_could_not_be_compared_goes_out_as_a_correction_once_looked_at() {
    let office = Office::new();
    let form = deliverable(&office.journey);
    office.decides(&note_of(&form, State::Sure, "体温38度")).await;
    let second = office.decides(&note_of(&form, State::Doubtful, "体温88度")).await;
    assert_eq!(reasons(&second), ["resent_unclear"]);
    asks(&office, "clerk", accept(&second.records[0].id, &[("notes", "体温39度")])).await;
    let second = office.scene.fax(&second.id);
    assert_eq!(second.state, FaxState::Sending);
    assert_eq!(second.records[0].earlier.clone().unwrap().differing, ["notes"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_people_at_once_one_decides() {
    let office = Office::new();
    let view = office.decides(&unclear(&office.journey)).await;
    let record = view.records[0].id.clone();
    let desk = desk(&office);
    std::thread::scope(|scope| {
        for who in ["clerk", "nurse", "admin", "deputy"] {
            let (desk, record) = (&desk, &record);
            scope.spawn(move || {
                desk.answer(who, Language::En, accept(record, &[]), None);
                let id = record.to_string();
                desk.answer(who, Language::En, Request::HeldReject { id, reason: RejectReason::Test }, None);
            });
        }
    });
    run(&journey(&office.scene)).await;
    let view = office.scene.fax(&view.id);
    assert!(matches!(view.state, FaxState::Sending | FaxState::Refused), "{:?}", view.state);
    let decided = |entry: &&kasasagi_store::Entry| {
        matches!(&entry.event, Event::Decided { decision: Decision::Deliver { .. }, .. })
    };
    assert!(office.scene.store.trace(&view.id).unwrap().iter().filter(decided).count() <= 1);
    assert!(office.scene.store.verify().unwrap().passed());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sealed_and_never_became_an_event_was_not_said() {
    let office = Office::new();
    let view = office.decides(&note_of(&unclear(&office.journey), State::Doubtful, "体温88度")).await;
    let record = view.records[0].id.clone();
    let store = &office.scene.store;
    let said = |text: &str| [("notes".to_owned(), Some(Value::Text(text.into())))].into();
    kasasagi::fax::seal_correction(store, &record, &said("体温38度")).unwrap();
    let notes = || kasasagi::fax::reading_of(store, &record).unwrap().unwrap().fields["notes"].value.clone();
    assert_eq!(notes(), Some(Value::Text("体温88度".into())), "the gateway died before the event");
    let sealed = kasasagi::fax::seal_correction(store, &record, &said("体温39度")).unwrap();
    let sealed = Some(sealed.as_str().to_owned());
    office.scene.happened(&[Event::Corrected {
        record: record.clone(),
        fields: vec!["notes".into()],
        sealed,
    }]);
    kasasagi::fax::seal_correction(store, &record, &said("体温36度")).unwrap();
    assert_eq!(notes(), Some(Value::Text("体温39度".into())), "and before the second");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_made_before_a_person_took_the_record_up_changes_nothing() {
    let office = Office::new();
    let view = office.decides(&unclear(&office.journey)).await;
    let record = view.records[0].id.clone();
    desk(&office).answer("clerk", Language::En, accept(&record, &[]), None);
    let decision = Decision::hold(vec!["stale".into()]);
    office.scene.happened(&[Event::Decided { record, decision, taken_up: Some(0) }]);
    run(&journey(&office.scene)).await;
    assert_eq!(office.scene.fax(&view.id).state, FaxState::Sending);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_rejected_while_it_was_being_decided_stays_rejected_and_the_loser_is_told() {
    let office = Office::new();
    let view = office.decides(&unclear(&office.journey)).await;
    let record = view.records[0].id.clone();
    let reject = Request::HeldReject { id: view.id.to_string(), reason: RejectReason::NotAllowed };
    assert!(matches!(desk(&office).answer("nurse", Language::En, reject.clone(), None), Answer::Faxes(_)));
    let late = vec![Event::Corrected { record: record.clone(), fields: Vec::new(), sealed: None }];
    let error = office.scene.store.append_following("clerk", &late).unwrap_err();
    assert!(error.to_string().contains("settled already"), "{error}");
    let deliver = Decision::Deliver {
        patient: "0003878".into(),
        evidence: Vec::new(),
        urgency: "routine".into(),
        items: vec![OutboxNote::now(ItemId::new(record.clone(), "0013").unwrap(), "physician")],
    };
    office.scene.happened(&[Event::decided(record, deliver)]);
    run(&journey(&office.scene)).await;
    let view = office.scene.fax(&view.id);
    assert_eq!((view.state, view.items().count()), (FaxState::Refused, 0));
    assert!(office.scene.store.verify().unwrap().passed());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_asks_of_a_sent_message_is_refused_and_not_in_the_trail() {
    let office = Office::new();
    let item = office.scene.decided(1).remove(0);
    office.scene.happened(&[Event::sent(item.clone(), "250")]);
    let asks = |request| desk(&office).answer("clerk", Language::En, request, None);
    let cancelled = asks(Request::OutboxCancel { item: item.clone() });
    assert!(matches!(&cancelled, Answer::Refused { exit: 2, message } if message.contains("it is sent")));
    assert!(matches!(asks(Request::OutboxRetry { item }), Answer::Refused { exit: 2, .. }));
    for kind in ["cancelled", "retried"] {
        let query = AuditQuery { kind: Some(kind.into()), ..AuditQuery::default() };
        assert_eq!(office.scene.store.audit(&query).unwrap(), [], "{kind}");
    }
}
