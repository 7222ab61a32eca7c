//! Who may send, what an administrator admits, and what becomes of mail that comes back.

use kasasagi::control::Desk;
use kasasagi::control::request::{Answer, Request};
use kasasagi::language::Language;
use kasasagi::message;
use kasasagi_store::event::{Arrival, Event, Source};
use kasasagi_store::id::{FaxId, ItemId};
use kasasagi_store::{FaxState, ItemState};
use tokio::sync::mpsc;

use crate::journey::{journey, run};
use crate::scene::Scene;

/// A mail that some server has relayed, while nobody is listed as a sender.
const RELAYED: &[u8] = b"Received: from mx.example by gw.example; Mon, 23 Nov 2026 09:00:00 +0900\r\n\
    From: a@stranger.example\r\nSubject: FAX\r\n\r\nno document\r\n";

fn actors(scene: &Scene, fax: &FaxId) -> Vec<(String, &'static str)> {
    scene.store.trace(fax).unwrap().iter().map(|entry| (entry.actor.clone(), entry.event.kind())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mail_of_a_stranger_waits_unopened_until_somebody_vouches_for_it() {
    let scene = Scene::new();
    let fax = scene.store.receive(Source::Lmtp, RELAYED).unwrap();
    run(&journey(&scene)).await;
    assert_eq!(scene.fax(&fax).reason.as_deref(), Some("unknown_sender"));

    // Without a daemon: the fax goes on at its next start.
    let admit = || Request::HeldAdmit { fax: fax.clone() };
    let desk = Desk::alone(scene.store.clone(), scene.settings.clone());
    assert!(
        matches!(desk.answer("yamada", Language::En, admit(), None), Answer::Admitted(admitted) if admitted == fax)
    );
    assert_eq!(scene.fax(&fax).state, FaxState::Received);
    assert!(
        matches!(desk.answer("yamada", Language::En, admit(), None), Answer::Refused { exit: 2, .. }),
        "only once"
    );
    run(&journey(&scene)).await;
    assert_eq!(scene.fax(&fax).reason.as_deref(), Some("no_attachment"));
    let story = [
        ("kasasagi", "received"),
        ("kasasagi", "fax_held"),
        ("yamada", "admitted"),
        ("kasasagi", "fax_held"),
    ];
    assert_eq!(actors(&scene, &fax), story.map(|(actor, kind)| (actor.to_owned(), kind)));
    assert!(
        matches!(desk.answer("yamada", Language::En, admit(), None), Answer::Refused { exit: 2, .. }),
        "held for another reason"
    );
    assert!(scene.store.verify().unwrap().first_bad.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_gateway_takes_up_what_is_admitted() {
    let scene = Scene::new();
    let fax = scene.store.receive(Source::Maildir, RELAYED).unwrap();
    run(&journey(&scene)).await;
    let (arrived, mut arrivals) = mpsc::unbounded_channel();
    let desk = scene.running_desk(arrived);
    desk.answer("yamada", Language::En, Request::HeldAdmit { fax: fax.clone() }, None);
    assert_eq!(arrivals.recv().await, Some(fax));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_administrator_hands_in_and_what_no_server_relayed_is_taken() {
    let scene = Scene::new();
    let own_hand = scene.store.receive(Source::Submit, RELAYED).unwrap();
    let local = scene.store.receive(Source::Lmtp, b"From: a@b.example\r\nSubject: FAX\r\n\r\nx\r\n").unwrap();
    run(&journey(&scene)).await;
    for fax in [own_hand, local] {
        assert_eq!(scene.fax(&fax).reason.as_deref(), Some("no_attachment"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn handing_in_a_mail_that_waits_for_its_sender_vouches_for_it() {
    let scene = Scene::new();
    let named = [&b"Message-ID: <1@stranger.example>\r\n"[..], RELAYED].concat();
    let arrival = Arrival { unique: true, ..Source::Lmtp.into() };
    let fax = scene.store.receive(arrival, &named).unwrap();
    run(&journey(&scene)).await;
    assert_eq!(scene.fax(&fax).reason.as_deref(), Some("unknown_sender"));
    let desk = Desk::alone(scene.store.clone(), scene.settings.clone());
    let again = desk.answer("yamada", Language::En, Request::Submit, Some(&named));
    assert!(matches!(again, Answer::Submitted(same) if same == fax), "it is the same mail");
    run(&journey(&scene)).await;
    assert_eq!(scene.fax(&fax).reason.as_deref(), Some("no_attachment"));
}

/// A report as Postfix writes it (bounce(8)), about a message with this header.
fn report(action: &str, status: &str, item: &ItemId, message_id: &str) -> Vec<u8> {
    format!(
        "Received: by mx.example.jp (Postfix)\n\tid 4ABCDE1234; Mon, 23 Nov 2026 09:00:02 +0900 (JST)\n\
         Date: Mon, 23 Nov 2026 09:00:02 +0900 (JST)\nFrom: MAILER-DAEMON@mx.example.jp (Mail Delivery System)\n\
         Subject: Undelivered Mail Returned to Sender\nTo: fax@gateway.example.jp\nAuto-Submitted: auto-replied\n\
         MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status;\n\
         \tboundary=\"4ABCDE1233.1795737602/mx.example.jp\"\nMessage-Id: <20261123000002.4ABCDE1234@mx.example.jp>\n\n\
         This is a MIME-encapsulated message.\n\n--4ABCDE1233.1795737602/mx.example.jp\n\
         Content-Description: Notification\nContent-Type: text/plain; charset=us-ascii\n\n\
         This is the mail system at host mx.example.jp.\n\n\
         --4ABCDE1233.1795737602/mx.example.jp\nContent-Description: Delivery report\n\
         Content-Type: message/delivery-status\n\n\
         Reporting-MTA: dns; mx.example.jp\nX-Postfix-Queue-ID: 4ABCDE1233\n\
         X-Postfix-Sender: rfc822; fax@gateway.example.jp\n\
         Arrival-Date: Mon, 23 Nov 2026 09:00:01 +0900 (JST)\n\n\
         Final-Recipient: rfc822; doctor@clinic.example.jp\nOriginal-Recipient: rfc822;doctor@clinic.example.jp\n\
         Action: {action}\nStatus: {status}\nRemote-MTA: dns; clinic.example.jp\n\
         Diagnostic-Code: smtp; 550 {status} <doctor@clinic.example.jp>: Recipient address\n    rejected: User unknown\n\n\
         --4ABCDE1233.1795737602/mx.example.jp\nContent-Description: Undelivered Message Headers\n\
         Content-Type: text/rfc822-headers\n\n\
         Return-Path: <fax@gateway.example.jp>\nFrom: fax@gateway.example.jp\nTo: doctor@clinic.example.jp\n\
         Message-ID: <{message_id}>\nAuto-Submitted: auto-generated\nX-Kasasagi-Item: {item}\n\n\
         --4ABCDE1233.1795737602/mx.example.jp--\n"
    )
    .replace('\n', "\r\n")
    .into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_bounces_makes_its_fax_held_and_anything_less_changes_nothing() {
    let scene = Scene::new();
    let items = scene.decided(2);
    let fax = items[0].fax().clone();
    let sent = |item: &ItemId| Event::sent(item.clone(), "250");
    scene.happened(&[sent(&items[0]), sent(&items[1])]);
    assert_eq!(scene.fax(&fax).state, FaxState::Delivered);
    let id = |item: &ItemId| message::message_id(item, &scene.settings.domain);
    let stranger: ItemId = "20261123-7K3QXD2M.1.P0013".parse().unwrap();
    let harmless = [
        report("delayed", "4.4.1", &items[0], &id(&items[0])),
        report("relayed", "2.0.0", &items[0], &id(&items[0])),
        report("failed", "5.1.1", &items[0], &id(&items[1])),
        report("failed", "5.1.1", &stranger, &id(&stranger)),
    ];
    let mut reports: Vec<FaxId> =
        harmless.iter().map(|raw| scene.store.receive(Source::Lmtp, raw).unwrap()).collect();
    run(&journey(&scene)).await;
    assert_eq!(scene.fax(&fax).state, FaxState::Delivered);

    let bounce = report("failed", "5.1.1", &items[0], &id(&items[0]));
    reports.extend([(); 2].map(|()| scene.store.receive(Source::Lmtp, &bounce).unwrap()));
    run(&journey(&scene)).await;
    let view = scene.fax(&fax);
    assert_eq!(view.state, FaxState::Held);
    let states: Vec<&ItemState> = view.items().map(|item| &item.state).collect();
    assert!(matches!(states[0], ItemState::GaveUp { code, .. } if code == "bounced_5.1.1"), "{states:?}");
    assert!(matches!(states[1], ItemState::Sent { .. }));
    for report in reports {
        assert_eq!(scene.fax(&report).reason.as_deref(), Some("delivery_report"));
        assert_eq!(scene.fax(&report).state, FaxState::Refused);
    }
    assert_eq!(scene.store.trace(&fax).unwrap().iter().filter(|e| e.event.kind() == "gave_up").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_without_our_header_is_understood_by_what_it_refers_to() {
    let scene = Scene::new();
    let items = scene.decided(2);
    scene.happened(&[Event::sent(items[0].clone(), "250")]);
    let id = message::message_id(&items[0], &scene.settings.domain);
    let raw = format!(
        "From: postmaster@mx.example.jp\r\nSubject: Undeliverable\r\nReferences: <other@x>\r\n <{id}>\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
         --b\r\n\r\nsorry\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx.example.jp\r\n\r\nAction: failed\r\nStatus: 5.2.2\r\n\r\n--b--\r\n"
    );
    scene.store.receive(Source::Lmtp, raw.as_bytes()).unwrap();
    run(&journey(&scene)).await;
    let view = scene.fax(items[0].fax());
    let states: Vec<&ItemState> = view.items().map(|item| &item.state).collect();
    assert!(matches!(states[0], ItemState::GaveUp { code, .. } if code == "bounced_5.2.2"), "{states:?}");
    assert!(matches!(states[1], ItemState::Due { .. }));
}
