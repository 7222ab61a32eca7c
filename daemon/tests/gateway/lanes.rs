//! Each domain has a lane of its own: none waits for another.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kasasagi::outbox::Outbox;
use kasasagi_store::ItemState;
use kasasagi_store::event::Event;
use kasasagi_store::id::ItemId;
use kasasagi_tests::{Answer, SmtpSink};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::mailbag::{address, fill, recipients, sorted};
use crate::outbox::{outbox, relay, state, until};
use crate::scene::Scene;

/// Longer than any of these tests.
const FOR_EVER: Duration = Duration::from_secs(600);

fn start(outbox: Outbox) -> JoinHandle<kasasagi::Result<()>> {
    tokio::spawn(Arc::new(outbox).run(CancellationToken::new()))
}

fn is_sent(scene: &Scene, item: &ItemId) -> bool {
    matches!(state(scene, item), ItemState::Sent { .. })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_that_stalls_delays_no_other() {
    let scene = Scene::new();
    let codes = recipients(10);
    let items = fill(&scene.store, &codes, 100, 200);
    let slow = address(&codes[0]);
    let sink = SmtpSink::scripted(move |point| match point.verb {
        "RCPT" if point.line.contains(&slow) => Answer::Stall(FOR_EVER),
        _ => Answer::Willing,
    });
    let running = start(outbox(&scene, &relay(sink.port(), FOR_EVER)));
    let others = || items.iter().enumerate().filter(|(n, _)| n % 10 != 0).map(|(_, item)| item);
    until(|| others().all(|item| is_sent(&scene, item))).await;
    let stalled = |item: &ItemId| matches!(state(&scene, item), ItemState::Due { attempt: 0, .. });
    assert!(items.iter().step_by(10).all(stalled));
    running.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_behind_thousands_that_stall_are_found() {
    let scene = Scene::new();
    let codes = recipients(2);
    let mut heap = fill(&scene.store, &codes[..1], 1, 200);
    heap.extend(scene.decided_for(&codes[0], 4000));
    let behind = fill(&scene.store, &codes[1..], 20, 200);
    let sink = SmtpSink::scripted(|point| match point.verb {
        "RCPT" if point.before == 0 => Answer::Stall(FOR_EVER),
        _ => Answer::Willing,
    });
    let running = start(outbox(&scene, &relay(sink.port(), FOR_EVER)));
    until(|| behind.iter().all(|item| is_sent(&scene, item))).await;
    assert!(heap.iter().step_by(100).all(|item| matches!(state(&scene, item), ItemState::Due { .. })));
    running.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lane_sends_over_as_many_connections_as_it_may_and_each_domain_has_its_own() {
    for (domains, connections) in [(1, 1), (1, 3), (4, 2)] {
        let scene = Scene::new();
        let items = fill(&scene.store, &recipients(domains), 60, 200);
        let sink = SmtpSink::scripted(|point| {
            if point.verb == "." {
                std::thread::sleep(Duration::from_millis(5));
            }
            Answer::Willing
        });
        let mut outbox = outbox(&scene, &relay(sink.port(), FOR_EVER));
        outbox.limits.connections_per_domain = connections;
        let running = start(outbox);
        until(|| items.iter().all(|item| is_sent(&scene, item))).await;
        assert_eq!(sink.count("CONNECT"), domains * connections);
        running.abort();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_domains_than_lanes_take_turns() {
    let scene = Scene::new();
    let items = fill(&scene.store, &recipients(12), 120, 200);
    let sink = SmtpSink::willing();
    let mut outbox = outbox(&scene, &relay(sink.port(), FOR_EVER));
    outbox.limits.lanes = 3;
    let running = start(outbox);
    until(|| items.iter().all(|item| is_sent(&scene, item))).await;
    assert!((12..=120).contains(&sink.count("CONNECT")), "{} connections", sink.count("CONNECT"));
    running.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_greylisted_mail_goes_with_the_next_try() {
    let scene = Scene::new();
    let items = fill(&scene.store, &recipients(1), 2, 200);
    let sink = SmtpSink::scripted(|point| match (point.verb, point.before) {
        ("RCPT", 0) => Answer::Say("450 4.7.1 greylisted, come back in a minute".into()),
        ("RCPT", 1) => Answer::Say("451 4.7.1 greylisted, come back in a minute".into()),
        _ => Answer::Willing,
    });
    let mut outbox = outbox(&scene, &relay(sink.port(), FOR_EVER));
    outbox.clock = || Timestamp::now() - Duration::from_secs(3600);
    for item in &items {
        let next = Timestamp::now() - Duration::from_secs(7200);
        scene.happened(&[Event::deferred(item.clone(), 1, "451", next)]);
    }
    // What is deferred for minutes by the clock of an hour ago is due by the clock of now.
    let running = start(outbox);
    let deferred = |item: &ItemId| matches!(state(&scene, item), ItemState::Due { attempt: 2, .. });
    until(|| items.iter().all(deferred)).await;
    running.abort();
    let running = start(crate::outbox::outbox(&scene, &relay(sink.port(), FOR_EVER)));
    until(|| items.iter().all(|item| is_sent(&scene, item))).await;
    let taken = sorted(&items, sink.taken());
    assert_eq!((taken.len(), sink.taken().len()), (2, 2), "each came once");
    running.abort();
}
