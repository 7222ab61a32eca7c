//! The outbox worker: every item ends somewhere, none twice, and none in the way of another.

use std::sync::Arc;
use std::time::Duration;

use jiff::{Timestamp, ToSpan};
use kasasagi::deliver::Courier;
use kasasagi::message::sample_of;
use kasasagi::outbox::Outbox;
use kasasagi::post::sheet_blob;
use kasasagi_config::settings::{Delivery, Security, Smtp};
use kasasagi_store::ItemState;
use kasasagi_store::event::Event;
use kasasagi_store::id::ItemId;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::scene::Scene;

/// An outbox worker for the store of a scene.
pub fn outbox(scene: &Scene, delivery: &Delivery) -> Outbox {
    Outbox {
        store: scene.store.clone(),
        post: scene.post(),
        courier: Arc::new(Courier::new(delivery).unwrap()),
        limits: scene.settings.outbox.clone(),
        from: scene.settings.from.clone(),
        clock: Timestamp::now,
        chance: || 0.5,
        bell: Default::default(),
    }
}

/// The way to a server on this machine.
pub fn relay(port: u16, timeout: Duration) -> Delivery {
    Delivery::Smtp(Smtp {
        host: "127.0.0.1".to_owned(),
        port,
        security: Security::PlainLocal,
        ca_file: None,
        relay_is_private: false,
        login: None,
        helo: "gateway.example.jp".to_owned(),
        timeout,
    })
}

fn worker(scene: &Scene) -> Arc<Outbox> {
    Arc::new(outbox(scene, &Delivery::Folder(scene.dir.path().join("outgoing"))))
}

fn start(scene: &Scene) -> (CancellationToken, JoinHandle<kasasagi::Result<()>>) {
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(worker(scene).run(shutdown.clone()));
    (shutdown, running)
}

fn seal(scene: &Scene, item: &ItemId) {
    scene.seal(item, &sample_of(item.record().clone(), Vec::new()));
}

/// How an item stands.
pub fn state(scene: &Scene, item: &ItemId) -> ItemState {
    scene.store.item(item).unwrap().unwrap().state
}

/// Waits, without a limit of its own.
pub async fn until(done: impl Fn() -> bool) {
    while !done() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn events(scene: &Scene, item: &ItemId) -> Vec<&'static str> {
    let trace = scene.store.trace(item.fax()).unwrap();
    trace
        .iter()
        .map(|entry| entry.event.kind())
        .filter(|k| ["sent", "deferred", "gave_up"].contains(k))
        .collect()
}

fn mails(scene: &Scene) -> usize {
    std::fs::read_dir(scene.dir.path().join("outgoing")).unwrap().count()
}

#[tokio::test(flavor = "multi_thread")]
async fn items_that_cannot_be_opened_are_given_up_and_do_not_keep_the_others_waiting() {
    let scene = Scene::new();
    let items = scene.decided(7);
    let garbled = &items[5];
    scene.store.seal(garbled.fax(), &sheet_blob(garbled).unwrap(), b"no sheet").unwrap();
    seal(&scene, &items[6]);
    let (shutdown, running) = start(&scene);
    until(|| scene.store.due_items(Timestamp::MAX, 1).unwrap().is_empty()).await;
    for item in &items[..6] {
        assert!(matches!(state(&scene, item), ItemState::GaveUp { code, .. } if code == "parcel"));
    }
    assert!(matches!(state(&scene, &items[6]), ItemState::Sent { .. }));
    shutdown.cancel();
    running.await.unwrap().unwrap();
    assert_eq!((events(&scene, &items[0]).len(), mails(&scene)), (7, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_next_server_does_not_take_now_is_tried_again_later_and_not_at_once() {
    let scene = Scene::new();
    let items = scene.decided(1);
    seal(&scene, &items[0]);
    let outbox = worker(&scene);
    std::fs::remove_dir(scene.dir.path().join("outgoing")).unwrap();
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(outbox.clone().run(shutdown.clone()));
    until(|| events(&scene, &items[0]).len() == 1).await;
    for _ in 0..20 {
        outbox.bell.notify_one();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(events(&scene, &items[0]), ["deferred"], "a bell does not make it due");
    let ItemState::Due { next, attempt: 1 } = state(&scene, &items[0]) else { panic!("it is due again") };
    let deferred_at = scene.store.trace(items[0].fax()).unwrap().last().unwrap().at;
    let wait = next.duration_since(deferred_at).as_secs();
    assert!((55..=60).contains(&wait), "{wait} s");
    shutdown.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_was_tried_for_days_is_given_up() {
    let scene = Scene::new();
    let items = scene.decided(1);
    seal(&scene, &items[0]);
    let outbox = worker(&scene);
    std::fs::remove_dir(scene.dir.path().join("outgoing")).unwrap();
    let next = Timestamp::now() - 1.minute();
    scene.happened(&[Event::deferred(items[0].clone(), 60, "io", next)]);
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(outbox.run(shutdown.clone()));
    until(|| !matches!(state(&scene, &items[0]), ItemState::Due { .. })).await;
    assert!(matches!(state(&scene, &items[0]), ItemState::GaveUp { code, .. } if code == "io"));
    shutdown.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_due_goes_first_and_each_goes_once() {
    let scene = Scene::new();
    let items = scene.decided(9);
    for (minutes, item) in (1i64..).zip(&items) {
        seal(&scene, item);
        let next = Timestamp::now() - minutes.minutes();
        scene.happened(&[Event::deferred(item.clone(), 1, "451", next)]);
    }
    let (shutdown, running) = start(&scene);
    until(|| scene.store.due_items(Timestamp::MAX, 1).unwrap().is_empty()).await;
    shutdown.cancel();
    running.await.unwrap().unwrap();
    let trace = scene.store.trace(items[0].fax()).unwrap();
    let sent: Vec<&ItemId> = trace
        .iter()
        .filter_map(|e| if let Event::Sent { item, .. } = &e.event { Some(item) } else { None })
        .collect();
    assert_eq!((sent.len(), mails(&scene)), (9, 9));
    let longest_first: Vec<&ItemId> = items.iter().rev().collect();
    assert_eq!(sent, longest_first);
}

#[tokio::test(flavor = "multi_thread")]
async fn shutdown_does_not_wait_for_the_outbox_to_be_empty() {
    let scene = Scene::new();
    let items = scene.decided(3);
    items.iter().for_each(|item| seal(&scene, item));
    let shutdown = CancellationToken::new();
    shutdown.cancel();
    worker(&scene).run(shutdown).await.unwrap();
    assert!(items.iter().all(|item| matches!(state(&scene, item), ItemState::Due { attempt: 0, .. })));
    let (shutdown, running) = start(&scene);
    until(|| scene.store.due_items(Timestamp::MAX, 1).unwrap().is_empty()).await;
    shutdown.cancel();
    running.await.unwrap().unwrap();
    assert_eq!(mails(&scene), 3, "the next start sends them");
}
