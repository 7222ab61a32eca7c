//! Counting what stands where.

use jiff::{SignedDuration, Timestamp};
use kasasagi_store::{Event, FaxState, ItemKind, OutboxNote, Pile, RecordId, Source};

use crate::scene::*;

/// Keys tell times to the microsecond.
fn micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap()
}

#[test]
fn a_census_counts_faxes_by_state_and_tells_how_long_the_first_has_been_there() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let first = store.receive(Source::Lmtp, b"one").unwrap();
    store.receive(Source::Lmtp, b"two").unwrap();
    let held = store.receive(Source::Lmtp, b"three").unwrap();
    store.append("clerk", &[Event::FaxHeld { fax: held.clone(), reason: "no_document".into() }]).unwrap();
    deliver_one(&store, b"four", "0003878");

    let census = store.census(Timestamp::now()).unwrap();
    let since = |fax| Some(micros(store.fax(fax).unwrap().unwrap().received_at));
    assert_eq!(census.faxes[&FaxState::Received], Pile { count: 2, oldest: since(&first) });
    assert_eq!(census.faxes[&FaxState::Held], Pile { count: 1, oldest: since(&held) });
    assert_eq!(census.faxes[&FaxState::Delivered].count, 1);
    assert_eq!(census.faxes[&FaxState::Read], Pile::default());
    assert_eq!((census.last_event, census.last_in_view), (store.last_event(), store.last_event()));
}

#[test]
fn a_message_that_failed_is_deferred_until_it_is_due_again() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let fax = store.receive(Source::Lmtp, b"raw").unwrap();
    let codes = ["P0001", "P0002", "P0003", "P0004", "P0005", "P0006"];
    store
        .append("clerk", &[opened(&fax, "d"), read(&fax, 1, false), deliver(&fax, 1, "0003878", &codes)])
        .unwrap();
    let decided = micros(store.item(&item(&fax, 1, "P0001")).unwrap().unwrap().created_at);
    let later = decided + SignedDuration::from_hours(1);
    let to = OutboxNote { waits: true, ..OutboxNote::now(item(&fax, 1, "P0007"), "backup_physician") };
    let one = |code| item(&fax, 1, code);
    store
        .append(
            "clerk",
            &[
                sent(&fax, 1, "P0001"),
                Event::GaveUp { item: one("P0002"), code: "550".into() },
                Event::Cancelled { item: one("P0003") },
                Event::deferred(one("P0004"), 1, "451", later),
                Event::Escalated { item: one("P0002"), to: vec![to] },
            ],
        )
        .unwrap();

    let census = store.census(Timestamp::now()).unwrap();
    assert_eq!((census.due, census.deferred), (Pile { count: 2, oldest: Some(decided) }, 1));
    let count = |kind| census.items[&kind];
    use ItemKind::{Cancelled, Due, GaveUp, Sent, Waiting};
    assert_eq!([Due, Sent, GaveUp, Cancelled, Waiting].map(count), [3, 1, 1, 1, 1]);
    let census = store.census(later).unwrap();
    assert_eq!((census.due.count, census.deferred), (3, 0));
    assert_eq!(store.record(&RecordId::new(fax, 1)).unwrap().unwrap().items.len(), 7);
}
