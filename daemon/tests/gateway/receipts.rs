//! What comes back about our mails: reports, read receipts, replies.

use kasasagi::control::request::{Answer, Request};
use kasasagi::language::Language;
use kasasagi::message::{About, message_id};
use kasasagi_store::event::{Event, Receipt, Source};
use kasasagi_store::id::{DigestId, FaxId, ItemId};
use kasasagi_store::{FaxFilter, FaxState, ItemKind, ItemView};

use crate::journey::{journey, run};
use crate::mailbag::address;
use crate::scene::Scene;

const PHYSICIAN: &str = "0013";

/// A reply as a mail program writes it.
fn reply(from: &str, to: &str, more: &str, words: &str) -> Vec<u8> {
    format!(
        "From: Doctor <{from}>\r\nTo: fax@gateway.example.jp\r\nSubject: Re: FAX\r\nIn-Reply-To: <{to}>\r\n{more}\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{words}\r\n"
    )
    .into_bytes()
}

fn read_receipt(of: &str, disposition: &str) -> Vec<u8> {
    format!(
        "From: doctor@clinic.example\r\nTo: fax@gateway.example.jp\r\nSubject: =?utf-8?q?=E9=96=8B=E5=B0=81?=\r\n\
         References: <{of}>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nThis is a Return Receipt.\r\n\
         --b\r\nContent-Type: message/disposition-notification\r\n\r\nReporting-UA: Thunderbird\r\n\
         Final-Recipient: rfc822;doctor@clinic.example\r\nOriginal-Message-ID: <{of}>\r\n\
         Disposition: manual-action/MDN-sent-manually; {disposition}\r\n\r\n--b--\r\n"
    )
    .into_bytes()
}

/// Hands in a mail as a server does, lets the journey settle it, and tells what became of it.
async fn comes_in(scene: &Scene, raw: &[u8]) -> (FaxState, String) {
    let fax: FaxId = scene.store.receive(Source::Lmtp, raw).unwrap();
    run(&journey(scene)).await;
    let view = scene.fax(&fax);
    (view.state, view.reason.unwrap_or_default())
}

fn sent(scene: &Scene) -> (ItemId, String) {
    let item = scene.decided(1).remove(0);
    scene.happened(&[Event::sent(item.clone(), "250")]);
    let id = message_id(&item, &scene.settings.domain);
    (item, id)
}

fn view(scene: &Scene, item: &ItemId) -> ItemView {
    scene.store.item(item).unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_of_the_recipient_is_taken_note_of_and_their_words_go_to_a_person() {
    let doctor = address(PHYSICIAN);
    for (words, state, reason) in [
        ("確認しました。", FaxState::Refused, "acknowledgement"),
        (
            "確認\r\n\r\n2026年11月25日(水) 8:30 医師会 <fax@gateway.example.jp>:\r\n> 【至急】FAX受信のお知らせ",
            FaxState::Refused,
            "acknowledgement",
        ),
        ("この患者さんは当院の患者ではありません。", FaxState::Held, "reply"),
    ] {
        let scene = Scene::new();
        let (item, id) = sent(&scene);
        assert_eq!(
            comes_in(&scene, &reply(&doctor, &id, "", words)).await,
            (state, reason.to_owned()),
            "{words}"
        );
        let held =
            scene.store.faxes(&FaxFilter { state: Some(FaxState::Held), ..FaxFilter::default() }).unwrap();
        for fax in held.iter().filter(|fax| fax.reason.as_deref() == Some("reply")) {
            let (arrived, _kept) = tokio::sync::mpsc::unbounded_channel();
            let request = Request::HeldShow { id: fax.id.to_string() };
            let Answer::HeldShown(shown) =
                scene.running_desk(arrived).answer("clerk", Language::En, request, None)
            else {
                panic!("it is not shown")
            };
            assert!(shown.mail.unwrap().1.contains(words), "a person can read it");
        }
        assert_eq!(view(&scene, &item).noted.map(|noted| noted.how), Some(Receipt::Replied));
        assert!(scene.store.trace(item.fax()).unwrap().iter().any(|e| e.event.kind() == "acknowledged"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_at_the_recipients_wrote_acknowledges_nothing() {
    let doctor = address(PHYSICIAN);
    let scene = Scene::new();
    let (item, id) = sent(&scene);
    for (raw, state, reason) in [
        (
            reply(&doctor, &id, "Auto-Submitted: auto-replied\r\n", "不在です"),
            FaxState::Refused,
            "automatic_reply",
        ),
        (reply("somebody@else.example", &id, "", "確認"), FaxState::Held, "reply_from_other"),
        (reply(&doctor, "0000@gateway.example.jp", "", "確認"), FaxState::Held, "reply_from_other"),
        (read_receipt(&id, "deleted"), FaxState::Refused, "read_receipt"),
        (read_receipt("0000@gateway.example.jp", "displayed"), FaxState::Refused, "read_receipt"),
    ] {
        assert_eq!(comes_in(&scene, &raw).await, (state, reason.to_owned()));
        assert_eq!(view(&scene, &item).noted, None, "{reason}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_was_displayed_is_taken_note_of_once() {
    let scene = Scene::new();
    let (item, id) = sent(&scene);
    for _ in 0..2 {
        assert_eq!(comes_in(&scene, &read_receipt(&id, "displayed")).await.1, "read_receipt");
    }
    assert_eq!(view(&scene, &item).noted.map(|noted| noted.how), Some(Receipt::Displayed));
    let trace = scene.store.trace(item.fax()).unwrap();
    assert_eq!(trace.iter().filter(|e| e.event.kind() == "acknowledged").count(), 1);
}

/// Two records in one digest that was sent.
fn digest(scene: &Scene) -> (Vec<ItemId>, String) {
    let items: Vec<ItemId> = (0..2).map(|_| scene.waiting(PHYSICIAN)).collect();
    let digest: DigestId = "D20261125-00000001".parse().unwrap();
    let (item, with) = (items[0].clone(), items[1..].to_vec());
    scene.happened(&[
        Event::Digested { digest: digest.clone(), items: items.clone() },
        Event::Sent { item, with, code: "250".into() },
    ]);
    (items, About::Digest(&digest.to_string()).message_id(&scene.settings.domain))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_to_a_digest_takes_note_of_all_in_it() {
    let scene = Scene::new();
    let (items, id) = digest(&scene);
    assert_eq!(comes_in(&scene, &reply(&address(PHYSICIAN), &id, "", "了解です")).await.1, "acknowledgement");
    assert!(items.iter().all(|item| view(&scene, item).noted.is_some()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_that_bounces_is_carried_over_twice_and_then_waits_for_a_person() {
    let scene = Scene::new();
    let (items, id) = digest(&scene);
    let bounce = format!(
        "From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered\r\nAuto-Submitted: auto-replied\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\nAction: failed\r\n\
         Status: 5.1.1\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{id}>\r\n\
         X-Kasasagi-Digest: D20261125-00000001\r\n\r\n--b--\r\n"
    );
    for round in 1..=3 {
        assert_eq!(comes_in(&scene, bounce.as_bytes()).await.1, "delivery_report");
        let kinds: Vec<ItemKind> = items.iter().map(|item| view(&scene, item).state.kind()).collect();
        if round == 3 {
            assert_eq!(kinds, [ItemKind::GaveUp; 2]);
        } else {
            assert_eq!(kinds, [ItemKind::Waiting; 2]);
            let (item, with) = (items[0].clone(), items[1..].to_vec());
            scene.happened(&[
                Event::Digested { digest: "D20261125-00000001".parse().unwrap(), items: items.clone() },
                Event::Sent { item, with, code: "250".into() },
            ]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_answers_somebody_elses_is_none_of_these() {
    let scene = Scene::new();
    let (_, reason) =
        comes_in(&scene, &reply("office@nazuna.example", "x@elsewhere.example", "", "FAX")).await;
    assert_eq!(reason, "no_attachment");
}
