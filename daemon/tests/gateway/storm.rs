//! A server at its worst: it defers, refuses, hangs up and stalls at random, and still every item ends once.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use kasasagi_store::id::ItemId;
use kasasagi_store::{ItemState, OutboxFilter};
use kasasagi_tests::chance::Chance;
use kasasagi_tests::sink::{Point, Taken};
use kasasagi_tests::{Answer, SmtpSink};
use tokio_util::sync::CancellationToken;

use crate::mailbag::{address, fill, recipients, sorted};
use crate::outbox::{outbox, relay, state};
use crate::scene::Scene;

/// Seconds that the clock of the outbox is ahead.
static AHEAD: AtomicI64 = AtomicI64::new(0);

fn clock() -> Timestamp {
    Timestamp::now() + Duration::from_secs(AHEAD.load(Ordering::SeqCst).unsigned_abs())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_and_nothing_repeated_but_what_a_drop_after_data_left_in_doubt() {
    storm(1500).await;
}

/// `make bench-delivery`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute"]
async fn ten_thousand_mails_come_through_a_storm() {
    storm(10_000).await;
}

#[expect(clippy::print_stdout, reason = "what was measured is told")]
async fn storm(count: usize) {
    let scene = Scene::new();
    let codes = recipients(20);
    let items = fill(&scene.store, &codes, count, 500);
    let chance = Mutex::new(Chance::new(9));
    let unknown = address(&codes[UNKNOWN]);
    let sink = SmtpSink::scripted(move |point| moody(&mut chance.lock().unwrap(), point, &unknown));
    let mut outbox = outbox(&scene, &relay(sink.port(), Duration::from_secs(60)));
    outbox.clock = clock;
    outbox.chance = rand::random;
    let (bell, shutdown) = (outbox.bell.clone(), CancellationToken::new());
    let running = tokio::spawn(Arc::new(outbox).run(shutdown.clone()));
    let begun = std::time::Instant::now();
    while !scene.store.due_items(Timestamp::MAX, 1).unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(100)).await;
        AHEAD.fetch_add(3600, Ordering::SeqCst);
        bell.notify_one();
    }
    println!("{count} mails through a storm in {:.1} s", begun.elapsed().as_secs_f64());
    shutdown.cancel();
    running.await.unwrap().unwrap();

    let taken = sorted(&items, sink.taken());
    for (n, item) in items.iter().enumerate() {
        came_to_its_end(&scene, item, n, taken.get(&n).map_or(&[], Vec::as_slice));
    }
    let doubtful = taken.values().flatten().filter(|mail| mail.answer.is_none()).count();
    assert!(doubtful > 0, "some connections dropped after DATA");
    println!("{doubtful} left in doubt, each sent again under its Message-ID");
    let due =
        scene.store.outbox(&OutboxFilter { kind: Some(kasasagi_store::ItemKind::Due), ..Default::default() });
    assert!(due.unwrap().is_empty());
}

fn came_to_its_end(scene: &Scene, item: &ItemId, n: usize, taken: &[Taken]) {
    match state(scene, item) {
        ItemState::Sent { .. } => {
            assert!(!is_unknown(n));
            let acknowledged = taken.iter().filter(|mail| mail.acknowledged()).count();
            assert_eq!(acknowledged, 1, "mail {n} was taken with a 250 so often");
            assert!(taken.last().is_some_and(Taken::acknowledged), "and was not sent again after it");
        }
        ItemState::GaveUp { code, .. } => {
            assert_eq!((is_unknown(n), code.as_str()), (true, "550 5.1.1"));
            assert!(taken.is_empty());
        }
        state => panic!("mail {n} did not come to its end: {state:?}"),
    }
}

/// The recipient whom the server does not know.
const UNKNOWN: usize = 7;

fn is_unknown(n: usize) -> bool {
    n % 20 == UNKNOWN
}

fn moody(chance: &mut Chance, point: Point<'_>, unknown: &str) -> Answer {
    let say = |words: &str| Answer::Say(words.to_owned());
    let stall = Answer::Stall(Duration::from_millis(50));
    let mood = chance.below(100);
    match (point.verb, mood) {
        ("EHLO", 0..50) => say("250-sink.example.jp\r\n250 PIPELINING"),
        ("CONNECT", 0) => say("421 4.3.2 too busy"),
        ("CONNECT", 1) => Answer::HangUp,
        ("MAIL", 0) => say("451 4.3.0 not now"),
        ("MAIL", 1) => Answer::HangUp,
        ("MAIL", 2) => say("421 4.7.0 closing"),
        ("RCPT", _) if point.line.contains(unknown) => say("550 5.1.1 no such user"),
        ("RCPT", 0..5) => say("450 4.7.1 greylisted"),
        ("RCPT", 5) => stall,
        ("RCPT", 6) => say("hello"),
        ("DATA", 0) => Answer::HangUp,
        ("DATA", 1) => say("452 4.3.1 disk full"),
        (".", 0 | 1) => Answer::HangUp,
        (".", 2) => stall,
        (".", 3) => say("451 4.3.0 try later"),
        _ => Answer::Willing,
    }
}
