//! Metrics and health as one client gets them: what is counted, what is answered to whatever is sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use kasasagi::health::{Health, Part};
use kasasagi::metrics::{Limits, Metrics, Register, converse};
use kasasagi_store::event::Event;
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::scene::Scene;

fn metrics(scene: &Scene, clock: fn() -> Timestamp) -> (Arc<Metrics>, Health) {
    let health = Health::new(Timestamp::now);
    let metrics = Metrics::new(scene.store.clone(), health.clone(), Register::default(), 1 << 20, clock);
    (Arc::new(metrics), health)
}

/// What a client does after it has said everything.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Then {
    Listens,
    HangsUp,
    /// Listens, until the other side has had enough of it.
    IsWaitedForInVain,
}

/// What is answered to a client that says this in pieces.
async fn answer(metrics: &Arc<Metrics>, said: &[u8], piece: usize, then: Then) -> String {
    let patience = Duration::from_millis(if then == Then::IsWaitedForInVain { 10 } else { 600_000 });
    let limits = Limits { head: 1000, patience, ..Limits::default() };
    let (ours, mut theirs) = tokio::io::duplex(1 << 16);
    let metrics = metrics.clone();
    let talk = tokio::spawn(async move { converse(ours, &metrics, limits).await });
    for piece in said.chunks(piece) {
        // It may have had enough.
        let _ = theirs.write_all(piece).await;
    }
    if then == Then::HangsUp {
        theirs.shutdown().await.unwrap();
    }
    let mut heard = Vec::new();
    theirs.read_to_end(&mut heard).await.unwrap();
    drop(theirs);
    // A client of whom too much was asked is let go with an error.
    let _ = talk.await.unwrap();
    String::from_utf8(heard).unwrap()
}

async fn get(metrics: &Arc<Metrics>, path: &str) -> String {
    answer(metrics, format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes(), usize::MAX, Then::Listens)
        .await
}

fn value(text: &str, sample: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' ')?.parse().ok())
}

#[test]
fn what_happened_is_counted_once_and_from_the_start_of_the_gateway_on() {
    let scene = Scene::new();
    let before = scene.decided(2);
    let (metrics, _) = metrics(&scene, Timestamp::now);
    let items = scene.decided(3);
    let waiting = scene.waiting("0013");
    scene.happened(&[
        Event::sent(before[0].clone(), "250"),
        Event::sent(items[0].clone(), "250"),
        Event::GaveUp { item: items[1].clone(), code: "550".into() },
        Event::deferred(items[2].clone(), 1, "451", Timestamp::now() + Duration::from_secs(3600)),
    ]);
    for _ in 0..2 {
        let text = metrics.look();
        for (sample, expected) in [
            ("kasasagi_events_total{kind=\"received\"}", 2.0),
            ("kasasagi_events_total{kind=\"sent\"}", 2.0),
            ("kasasagi_events_total{kind=\"gave_up\"}", 1.0),
            ("kasasagi_fields_read_total{state=\"sure\"}", 4.0),
            ("kasasagi_received_to_read_seconds_count", 2.0),
            ("kasasagi_decided_to_sent_seconds_count{way=\"direct\"}", 2.0),
            ("kasasagi_decided_to_sent_seconds_count{way=\"digest\"}", 0.0),
            ("kasasagi_faxes{state=\"sending\"}", 3.0),
            ("kasasagi_outbox_items{state=\"due\"}", 1.0),
            ("kasasagi_outbox_items{state=\"deferred\"}", 1.0),
            ("kasasagi_outbox_items{state=\"waiting\"}", 1.0),
            ("kasasagi_outbox_items{state=\"sent\"}", 2.0),
            ("kasasagi_outbox_items{state=\"gave_up\"}", 1.0),
            ("kasasagi_store_up", 1.0),
        ] {
            assert_eq!(value(&text, sample), Some(expected), "{sample} in\n{text}");
        }
        assert_eq!(value(&text, "kasasagi_events_total{kind=\"read\"}"), Some(2.0));
        assert!(!text.contains(waiting.fax().as_str()));
    }
}

#[tokio::test]
async fn health_names_what_does_not_work_until_it_does() {
    let scene = Scene::new();
    let (metrics, health) = metrics(&scene, Timestamp::now);
    let well = get(&metrics, "/health").await;
    assert!(well.starts_with("HTTP/1.1 200 OK\r\n") && well.ends_with("\r\n\r\nok\n"), "{well}");

    health.trouble(Part::Imap, "the mailbox\r\n\r\ncannot be reached");
    health.trouble(Part::Disk, "full");
    let ill = get(&metrics, "/health").await;
    assert!(ill.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{ill}");
    let body = ill.split_once("\r\n\r\n").unwrap().1;
    let lines: Vec<&str> = body.lines().collect();
    assert_eq!(lines.len(), 2, "a line for each: {body}");
    assert!(lines[0].starts_with("imap since ") && lines[0].ends_with("cannot be reached"), "{body}");
    assert!(lines[1].starts_with("disk since ") && lines[1].ends_with(": full"), "{body}");
    let text = metrics.look();
    assert_eq!(value(&text, "kasasagi_trouble{part=\"imap\"}"), Some(1.0));
    assert_eq!(value(&text, "kasasagi_trouble{part=\"journey\"}"), Some(0.0));

    health.well(Part::Imap);
    health.well(Part::Disk);
    assert!(get(&metrics, "/health").await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn whatever_is_sent_gets_a_clear_answer() {
    let scene = Scene::new();
    let (metrics, _) = metrics(&scene, Timestamp::now);
    let long = format!("GET /metrics HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(2000));
    let many = format!("GET /metrics HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(2000));
    use Then::{HangsUp, IsWaitedForInVain, Listens};
    for (said, then, status) in [
        ("GET /metrics HTTP/1.1\r\n\r\n", Listens, "200 OK"),
        ("GET /metrics HTTP/1.1\n\n", HangsUp, "200 OK"),
        ("GET /nothing HTTP/1.1\r\n\r\n", Listens, "404 Not Found"),
        ("POST /metrics HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", Listens, "405 Method Not Allowed"),
        ("\x16\x03\x01\x02 is how TLS begins", HangsUp, "400 Bad Request"),
        ("EHLO mail\r\n\r\n", Listens, "400 Bad Request"),
        ("GET /metrics HT", HangsUp, "400 Bad Request"),
        ("GET /metrics HT", IsWaitedForInVain, "408 Request Timeout"),
        ("", IsWaitedForInVain, "408 Request Timeout"),
        (&long, Listens, "431 Request Header Fields Too Large"),
        (&many, Listens, "431 Request Header Fields Too Large"),
    ] {
        for piece in [usize::MAX, 7] {
            let heard = answer(&metrics, said.as_bytes(), piece, then).await;
            assert!(heard.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{heard:.60} to {said:.60}");
        }
    }
    assert_eq!(answer(&metrics, b"", 1, HangsUp).await, "", "who says nothing and goes is told nothing");

    let full = get(&metrics, "/metrics").await;
    let (head, body) = full.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{head}");
    let bare = answer(&metrics, b"HEAD /metrics HTTP/1.1\r\n\r\n", 1, Listens).await;
    assert_eq!(bare, format!("{head}\r\n\r\n"), "the same without its body");
}

#[tokio::test]
async fn a_look_that_panics_is_an_answer_like_any_other_and_the_next_one_is_good() {
    static BROKEN: AtomicBool = AtomicBool::new(false);
    fn clock() -> Timestamp {
        assert!(!BROKEN.load(Ordering::SeqCst), "on purpose");
        Timestamp::now()
    }
    let scene = Scene::new();
    let (metrics, _) = metrics(&scene, clock);
    BROKEN.store(true, Ordering::SeqCst);
    assert!(get(&metrics, "/metrics").await.starts_with("HTTP/1.1 503 "));
    assert!(get(&metrics, "/health").await.starts_with("HTTP/1.1 200 "));
    BROKEN.store(false, Ordering::SeqCst);
    assert!(get(&metrics, "/metrics").await.starts_with("HTTP/1.1 200 "));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_in_any_pieces_get_one_whole_answer(
        said in proptest::collection::vec(any::<u8>(), 1..1500),
        piece in 1..1500usize,
    ) {
        thread_local! {
            static SCENE: (Scene, tokio::runtime::Runtime) =
                (Scene::new(), tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap());
        }
        let heard = SCENE.with(|(scene, runtime)| {
            let (metrics, _) = metrics(scene, Timestamp::now);
            runtime.block_on(answer(&metrics, &said, piece, Then::HangsUp))
        });
        let (head, body) = heard.split_once("\r\n\r\n").unwrap();
        prop_assert!(head.starts_with("HTTP/1.1 4"), "{head}");
        let length = format!("Content-Length: {}\r\n", body.len());
        prop_assert!(head.contains(&length), "{head}");
    }
}
