//! The control socket: who asks, what is answered, and that nobody can stand in the way.

use std::io::{Read, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use kasasagi::Error;
use kasasagi::control::request::{Answer, Request, VERSION};
use kasasagi::control::{actor, client, server};
use kasasagi::language::Language;
use kasasagi_store::event::{Decision, Event};
use kasasagi_store::id::{FaxId, RecordId};
use kasasagi_store::{AuditQuery, FaxState};
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::scene::{Scene, note};

struct Served {
    scene: Scene,
    arrivals: UnboundedReceiver<FaxId>,
    shutdown: CancellationToken,
    serving: JoinHandle<()>,
}

impl Served {
    fn new() -> Self {
        let scene = Scene::new();
        let (arrived, arrivals) = mpsc::unbounded_channel();
        let desk = Arc::new(scene.running_desk(arrived));
        let socket = server::listen(&scene.settings.control).unwrap();
        let shutdown = CancellationToken::new();
        let serving = tokio::spawn(server::serve(socket, desk, 1000, shutdown.clone()));
        Self { scene, arrivals, shutdown, serving }
    }

    async fn ask(&self, request: Request, message: Option<&'static [u8]>) -> Answer {
        let settings = self.scene.settings.clone();
        tokio::task::spawn_blocking(move || client::ask(&settings, request, message).unwrap()).await.unwrap()
    }

    /// What comes back for these bytes, until the daemon closes.
    async fn say(&self, bytes: Vec<u8>) -> Vec<u8> {
        let path = self.scene.settings.control.clone();
        tokio::task::spawn_blocking(move || {
            let mut stream = UnixStream::connect(path).unwrap();
            stream.write_all(&bytes).unwrap();
            let mut heard = Vec::new();
            // The daemon may close before it has read all; what it said until then counts.
            let _ = stream.read_to_end(&mut heard);
            heard
        })
        .await
        .unwrap()
    }
}

fn framed(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

fn everything() -> Request {
    Request::List { state: None, since: None, before: None }
}

fn exit(answer: &Answer) -> u8 {
    match answer {
        Answer::Refused { exit, .. } => *exit,
        _ => 0,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_submitted_is_durable_and_on_its_way() {
    let mut served = Served::new();
    let Answer::Submitted(fax) = served.ask(Request::Submit, Some(b"Subject: x\r\n\r\n")).await else {
        panic!("it is taken");
    };
    assert_eq!(served.arrivals.recv().await, Some(fax.clone()));
    assert_eq!(served.scene.fax(&fax).state, FaxState::Received);
    let raw = served.scene.store.unseal(&fax, &"raw".parse().unwrap()).unwrap();
    assert_eq!(raw, b"Subject: x\r\n\r\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_clients_delay_neither_others_nor_the_end() {
    let served = Served::new();
    let path = &served.scene.settings.control;
    let silent: Vec<UnixStream> = (0..8).map(|_| UnixStream::connect(path).unwrap()).collect();
    let mut half = UnixStream::connect(path).unwrap();
    half.write_all(&[0, 0]).unwrap();
    for _ in 0..12 {
        assert!(matches!(served.ask(everything(), None).await, Answer::Faxes(faxes) if faxes.is_empty()));
    }
    served.shutdown.cancel();
    served.serving.await.unwrap();
    drop((silent, half));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_ask_at_a_time_and_each_hears_its_own_answer() {
    let served = Served::new();
    let faxes: Vec<FaxId> = (0..10).map(|_| served.scene.receive(b"raw")).collect();
    let asking: Vec<_> = faxes
        .iter()
        .map(|fax| {
            let (settings, fax) = (served.scene.settings.clone(), fax.clone());
            std::thread::spawn(move || {
                (client::ask(&settings, Request::Trace { fax: fax.clone() }, None), fax)
            })
        })
        .collect();
    for thread in asking {
        let (answer, fax) = tokio::task::spawn_blocking(|| thread.join().unwrap()).await.unwrap();
        assert!(matches!(answer.unwrap(), Answer::Story(view, _) if view.id == fax));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_version_and_what_is_no_question_are_told_to_restart() {
    let served = Served::new();
    let question = serde_json::to_vec(&(VERSION + 1, Language::En, everything())).unwrap();
    for bytes in [framed(&question), framed(b"GET / HTTP/1.1"), framed(b"")] {
        let heard = served.say(bytes).await;
        let answer: Answer = serde_json::from_slice(&heard[4..]).unwrap();
        assert_eq!(exit(&answer), 75);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_too_long_is_not_taken_and_the_next_client_is_served() {
    let served = Served::new();
    assert_eq!(served.say(u32::MAX.to_be_bytes().to_vec()).await, b"");
    assert_eq!(served.say((1u32 << 20).to_be_bytes().to_vec()).await, b"", "longer than any question");
    let question = framed(&serde_json::to_vec(&(VERSION, Language::En, Request::Submit)).unwrap());
    assert_eq!(served.say([question, framed(&[b'x'; 1001])].concat()).await, b"", "beyond the limit");
    assert!(matches!(served.ask(everything(), None).await, Answer::Faxes(faxes) if faxes.is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_carries_its_exit_code() {
    let served = Served::new();
    let fax = served.scene.receive(b"raw");
    let stranger = FaxId::new(jiff::civil::date(2026, 1, 1), [9; 5]);
    for (request, code) in [
        (Request::Trace { fax: stranger.clone() }, 2),
        (Request::HeldShow { id: fax.to_string() }, 2),
        (Request::HeldShow { id: "nonsense".into() }, 2),
        (Request::AuditShow { seq: 999 }, 2),
        (Request::List { state: None, since: None, before: Some(stranger) }, 2),
        (Request::AuditShow { seq: 1 }, 0),
    ] {
        assert_eq!(exit(&served.ask(request.clone(), None).await), code, "{request:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_looks_stands_in_the_trail_and_no_name_does() {
    let served = Served::new();
    let query = |patient: &str| AuditQuery { patient: Some(patient.into()), ..AuditQuery::default() };
    for name in ["山田 太郎", "Yamada Taro", "yamada"] {
        assert_eq!(exit(&served.ask(Request::AuditList(query(name)), None).await), 2);
    }
    assert!(matches!(served.ask(Request::AuditList(query("100017")), None).await, Answer::Entries(_)));
    let looks = AuditQuery { kind: Some("looked".into()), ..AuditQuery::default() };
    let looks = served.scene.store.audit(&looks).unwrap();
    let about = |about: &str| Event::Looked { what: "audit_list".into(), about: Some(about.into()) };
    assert_eq!(looks.iter().map(|e| e.event.clone()).collect::<Vec<_>>(), [about("100017")]);
    assert_eq!(looks[0].actor, actor::myself());
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_held_is_shown_also_of_a_fax_that_is_still_being_sent() {
    let served = Served::new();
    let scene = &served.scene;
    scene.decided(1);
    let plain = scene.receive(b"raw");
    scene.happened(&[Event::FaxHeld { fax: plain.clone(), reason: "no_attachment".into() }]);
    let mixed = scene.receive(b"raw");
    scene.happened(&[
        Event::Opened { fax: mixed.clone(), documents: Vec::new() },
        Event::Read {
            fax: mixed.clone(),
            pages: Vec::new(),
            records: vec![note(&mixed, 1, 1), note(&mixed, 2, 1)],
        },
    ]);
    let record = |n| RecordId::new(mixed.clone(), n);
    let item = kasasagi_store::ItemId::new(record(1), "0013").unwrap();
    let items = vec![kasasagi_store::OutboxNote::now(item, "physician")];
    let deliver = Decision::Deliver {
        patient: "100017".into(),
        evidence: vec!["number".into(), "birth_date".into()],
        urgency: "routine".into(),
        items,
    };
    let hold = Decision::hold(vec!["patient_unknown".into()]);
    scene.happened(&[Event::decided(record(1), deliver), Event::decided(record(2), hold)]);
    assert_eq!(scene.fax(&mixed).state, FaxState::Sending);
    let Answer::Held(held) = served.ask(Request::HeldList, None).await else { panic!("a list") };
    let ids: Vec<String> = held.iter().map(|item| item.id.clone()).collect();
    assert_eq!(ids, [record(2).to_string(), plain.to_string()], "the newest first");

    let Answer::Items(items) = served.ask(Request::Outbox { all: false, after: None }, None).await else {
        panic!("items");
    };
    assert_eq!(items.len(), 2);
    let after = Some(items[0].id.clone());
    let Answer::Items(rest) = served.ask(Request::Outbox { all: true, after }, None).await else {
        panic!("items");
    };
    assert_eq!(rest, items[1..]);
}

#[tokio::test]
async fn only_a_dead_socket_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("run/control.sock");
    let first = server::listen(&path).unwrap();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o660);
    assert!(matches!(server::listen(&path), Err(Error::AlreadyRunning { .. })));
    drop(first);
    assert!(path.exists(), "a process that died leaves its socket");
    drop(server::listen(&path).unwrap());
    assert!(path.metadata().unwrap().file_type().is_socket());

    let precious = dir.path().join("precious");
    std::fs::write(&precious, b"not ours").unwrap();
    assert!(matches!(server::listen(&precious), Err(Error::File { .. })));
    assert_eq!(std::fs::read(&precious).unwrap(), b"not ours");
}

#[test]
fn without_a_daemon_the_store_is_opened_for_the_question_and_a_missing_one_is_told() {
    let scene = Scene::new();
    let fax = scene.receive(b"raw");
    let Scene { dir, settings, store } = scene;
    let busy = client::ask(&settings, everything(), None).unwrap_err();
    assert_eq!(busy.exit_code(), 75, "another process has it: {busy}");
    drop(store);
    let answer = client::ask(&settings, everything(), None).unwrap();
    assert!(matches!(answer, Answer::Faxes(faxes) if faxes[0].id == fax));
    std::fs::remove_dir_all(&settings.store_dir).unwrap();
    assert!(matches!(client::ask(&settings, everything(), None), Err(Error::NoStore { .. })));
    drop(dir);
}
