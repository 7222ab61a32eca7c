//! What becomes of messages on their way out, and of registries on their way in.

use jiff::Timestamp;
use kasasagi_store::{
    AuditQuery, Decision, DigestId, Event, FaxId, FaxState, ItemKind, OutboxNote, Receipt, RecordId, Source,
    Store,
};

use crate::scene::*;

fn new_store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    (dir, store)
}

/// A record about one patient, of which each recipient's message waits for a digest or is due.
fn delivered(store: &Store, urgency: &str, recipients: &[(&str, bool)]) -> FaxId {
    let fax = store.receive(Source::Lmtp, b"raw").unwrap();
    let items = recipients.iter().map(|(code, waits)| OutboxNote {
        waits: *waits,
        ..OutboxNote::now(item(&fax, 1, code), "physician")
    });
    let decision = Decision::Deliver {
        patient: "0003878".into(),
        evidence: vec!["patient_id".into(), "birth".into()],
        urgency: urgency.into(),
        items: items.collect(),
    };
    let decided = Event::decided(RecordId::new(fax.clone(), 1), decision);
    say(store, &[opened(&fax, "d"), read(&fax, 1, false), decided]);
    fax
}

fn say(store: &Store, events: &[Event]) {
    store.append("clerk", events).unwrap();
}

#[test]
fn a_digest_and_its_items_move_together_and_a_failed_one_is_carried_over() {
    let (_dir, store) = new_store();
    let (one, two) =
        (delivered(&store, "routine", &[("P0013", true)]), delivered(&store, "routine", &[("P0013", true)]));
    assert_eq!(store.awaiting_digest().unwrap(), ["P0013"]);
    assert_eq!(store.due_items(Timestamp::MAX, 9).unwrap(), []);
    let items = vec![item(&two, 1, "P0013"), item(&one, 1, "P0013")];
    let digest: DigestId = "D20261123-00000000".parse().unwrap();

    say(&store, &[Event::Digested { digest: digest.clone(), items: items.clone() }]);
    assert_eq!(store.digest_items(&digest).unwrap().len(), 2);
    assert_eq!(store.due_items(Timestamp::MAX, 9).unwrap().len(), 2);
    assert!(store.waiting_for("P0013").unwrap().is_empty());

    say(&store, &[Event::CarriedOver { items: items.clone(), code: "550".into() }]);
    let carried = store.waiting_for("P0013").unwrap();
    assert!(carried.iter().all(|i| i.carried == 1 && i.digest.is_none()) && carried.len() == 2);

    say(&store, &[Event::Digested { digest: digest.clone(), items: items.clone() }]);
    let (item, with) = (items[0].clone(), items[1..].to_vec());
    say(&store, &[Event::Sent { item, with, code: "250".into() }]);
    for fax in [&one, &two] {
        assert_eq!(store.fax(fax).unwrap().unwrap().state, FaxState::Delivered);
        assert!(store.trace(fax).unwrap().iter().any(|e| e.event.kind() == "sent"), "told in both stories");
    }
    let about =
        AuditQuery { patient: Some("0003878".into()), kind: Some("sent".into()), ..Default::default() };
    assert_eq!(store.audit(&about).unwrap().len(), 1);
    assert!(store.verify().unwrap().passed());
}

#[test]
fn an_urgent_message_nobody_took_note_of_goes_to_the_backup_and_the_office_is_told_once() {
    let (_dir, store) = new_store();
    let fax = delivered(&store, "today", &[("P0013", false)]);
    let quiet = delivered(&store, "routine", &[("P0013", false)]);
    let id = item(&fax, 1, "P0013");
    say(&store, &[Event::sent(id.clone(), "250"), Event::sent(item(&quiet, 1, "P0013"), "250")]);
    let unnoted = store.unnoted_items(Timestamp::MIN).unwrap();
    assert_eq!(unnoted.iter().map(|i| &i.id).collect::<Vec<_>>(), [&id], "routine mail may wait");

    let to = vec![OutboxNote::now(item(&fax, 1, "P0021"), "backup_physician")];
    say(&store, &[Event::Escalated { item: id.clone(), to }]);
    assert_eq!(store.unnoted_items(Timestamp::MIN).unwrap(), []);
    assert_eq!(store.due_items(Timestamp::MAX, 9).unwrap().len(), 1, "the backup's");
    assert_eq!(store.items_to_tell(9).unwrap().len(), 1);
    say(&store, &[Event::Alerted { items: vec![id.clone()] }]);
    assert_eq!(store.items_to_tell(9).unwrap(), []);

    say(&store, &[Event::Acknowledged { items: vec![id.clone()], how: Receipt::Replied }]);
    say(&store, &[Event::Acknowledged { items: vec![id.clone()], how: Receipt::Displayed }]);
    assert_eq!(
        store.item(&id).unwrap().unwrap().noted.map(|n| n.how),
        Some(Receipt::Replied),
        "the first counts"
    );
}

#[test]
fn a_person_cancels_retries_and_settles() {
    let (_dir, store) = new_store();
    let fax = delivered(&store, "routine", &[("P0013", true), ("C0002", false)]);
    let (waiting, due) = (item(&fax, 1, "P0013"), item(&fax, 1, "C0002"));
    let state = || store.fax(&fax).unwrap().unwrap().state;
    say(&store, &[Event::Cancelled { item: waiting.clone() }]);
    assert_eq!(state(), FaxState::Sending);
    say(&store, &[Event::sent(due, "250")]);
    assert_eq!(state(), FaxState::Delivered);
    say(&store, &[Event::Retried { item: waiting.clone() }]);
    assert_eq!(store.due_items(Timestamp::MAX, 9).unwrap().len(), 1);
    say(&store, &[Event::Cancelled { item: waiting.clone() }, Event::sent(waiting.clone(), "250")]);
    assert_eq!(
        store.item(&waiting).unwrap().unwrap().state.kind(),
        ItemKind::Sent,
        "it was on the wire already"
    );

    let fax = store.receive(Source::Lmtp, b"raw").unwrap();
    let hold = Event::decided(RecordId::new(fax.clone(), 1), Decision::hold(vec!["x".into()]));
    say(&store, &[opened(&fax, "d"), read(&fax, 1, false), hold]);
    say(&store, &[Event::Rejected { fax: fax.clone(), reason: "misdirected".into() }]);
    let view = store.fax(&fax).unwrap().unwrap();
    assert_eq!((view.state, view.rejected.as_deref()), (FaxState::Refused, Some("misdirected")));
    assert!(store.verify().unwrap().passed());
}

#[test]
fn a_registry_is_in_force_once_approved_and_its_day_has_come() {
    let (_dir, store) = new_store();
    let day = |d| jiff::civil::date(2026, 12, d);
    let propose = |tables: &[u8], effective| {
        let (version, sha256) = store.archive(tables).unwrap();
        say(
            &store,
            &[Event::RegistryProposed { version, sha256, effective, added: 1, changed: 0, removed: 0 }],
        );
        version
    };
    let first = propose(b"one", None);
    assert_eq!(store.registry_on(day(1)).unwrap(), None, "not approved");
    say(&store, &[Event::RegistryApproved { version: first }]);
    let second = propose(b"two", Some(day(5)));
    say(&store, &[Event::RegistryApproved { version: second }]);
    let third = propose(b"three", None);
    say(&store, &[Event::RegistryTurnedDown { version: third }, Event::RegistryApproved { version: third }]);
    let in_force = |d| store.archived(&store.registry_on(day(d)).unwrap().unwrap()).unwrap();
    assert_eq!((in_force(4), in_force(5)), (b"one".to_vec(), b"two".to_vec()));
    let sealed = std::fs::read(store.dir().join("registry/00000001")).unwrap();
    assert!(!sealed.windows(3).any(|w| w == b"one"));
    assert!(store.verify().unwrap().passed());
}
