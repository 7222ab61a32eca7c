//! What comes back about our own mails: each golden mail of `tests/mail/receipts`, and any mail whatever.
//!
//! The golden mails are about one invented mail; its names in them are replaced by those of a mail that was sent.
//! Real Postfix wrote `postfix_*.eml` (`tests/tests/outside/receipts.rs`), its names are invented as well.

use std::fs;
use std::path::{Path, PathBuf};

use kasasagi::message;
use kasasagi::receipt::Receipts;
use kasasagi_store::event::{Event, Receipt, Source};
use kasasagi_store::id::{FaxId, ItemId};
use kasasagi_store::{FaxState, ItemState, ItemView};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::journey::{journey, run};
use crate::mailbag::address;
use crate::scene::Scene;

const CASES: usize = 31;

/// The names of our mail in the golden mails.
const ID: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567@gateway.example.jp";
const ITEM: &str = "20261123-7K3QXD2M.1.0013";
const ADDRESS: &str = "mizuno@clinic.example.jp";

fn golden() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail/receipts");
    let mut mails: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    mails.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
    mails.sort();
    mails
}

/// Other bytes in the place of some; a mail need not be UTF-8.
fn replaced(raw: &[u8], from: &str, to: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = raw;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from.as_bytes()) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to.as_bytes());
        rest = &rest[at + from.len()..];
    }
    [&out[..], rest].concat()
}

fn about(raw: &[u8], item: &ItemId, domain: &str) -> Vec<u8> {
    let id = message::message_id(item, domain);
    let escaped = |id: &str| id.replace('@', "=40");
    let names = [
        (ID.to_owned(), id.clone()),
        (escaped(ID), escaped(&id)),
        ("@gateway.example.jp>".to_owned(), format!("@{domain}>")),
        (ITEM.to_owned(), item.to_string()),
        (ADDRESS.to_owned(), address("0013")),
    ];
    names.iter().fold(raw.to_vec(), |raw, (from, to)| replaced(&raw, from, to))
}

fn stands(item: &ItemView) -> String {
    match (&item.state, item.noted) {
        (ItemState::GaveUp { code, .. }, None) => code.clone(),
        (ItemState::Sent { .. }, None) => "untouched".to_owned(),
        (ItemState::Sent { .. }, Some(noted)) => match noted.how {
            Receipt::Displayed => "displayed".to_owned(),
            Receipt::Replied => "replied".to_owned(),
        },
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_golden_mail_does_what_its_json_says_to_our_mail_and_is_never_a_fax() {
    let scene = Scene::new();
    let mails = golden();
    assert_eq!(mails.len(), CASES);
    let items = scene.decided(u16::try_from(mails.len()).unwrap());
    scene.happened(&items.iter().map(|item| Event::sent(item.clone(), "250")).collect::<Vec<_>>());
    let came: Vec<FaxId> = mails
        .iter()
        .zip(&items)
        .map(|(path, item)| {
            let raw = about(&fs::read(path).unwrap(), item, &scene.settings.domain);
            scene.store.receive(Source::Lmtp, &raw).unwrap()
        })
        .collect();
    run(&journey(&scene)).await;
    let mut wrong = Vec::new();
    for ((path, item), fax) in mails.iter().zip(&items).zip(&came) {
        let view = scene.fax(fax);
        let fate = if view.state == FaxState::Held { "held" } else { "refused" };
        let outcome = json!({ fate: view.reason, "item": stands(&scene.store.item(item).unwrap().unwrap()) });
        let expected: Value =
            serde_json::from_slice(&fs::read(path.with_extension("json")).unwrap()).unwrap();
        assert!(view.documents.is_empty(), "{}: nothing in it is a fax", path.display());
        if outcome != expected {
            wrong.push(format!("{}: {outcome}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(scene.store.verify().unwrap().first_bad.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_said_twice_is_noted_once_and_settled_by_hand() {
    use kasasagi::control::Desk;
    use kasasagi::control::request::Request;
    use kasasagi::language::Language;
    let scene = Scene::new();
    let item = scene.decided(1).remove(0);
    scene.happened(&[Event::sent(item.clone(), "250")]);
    let path = golden().into_iter().find(|path| path.ends_with("reply_with_a_question.eml")).unwrap();
    let raw = about(&fs::read(path).unwrap(), &item, &scene.settings.domain);
    let came = [(); 2].map(|()| scene.store.receive(Source::Lmtp, &raw).unwrap());
    run(&journey(&scene)).await;
    let noted = scene.store.trace(item.fax()).unwrap();
    assert_eq!(noted.iter().filter(|entry| entry.event.kind() == "acknowledged").count(), 1);
    for fax in &came {
        assert_eq!(scene.fax(fax).state, FaxState::Held);
    }
    let desk = Desk::alone(scene.store.clone(), scene.settings.clone());
    let asked = json!({ "verb": "held_reject", "id": came[0], "reason": "settled_otherwise" });
    let asked: Request = serde_json::from_value(asked).unwrap();
    desk.answer("yamada", Language::En, asked, None);
    assert_eq!(scene.fax(&came[0]).rejected.as_deref(), Some("settled_otherwise"));
    assert_eq!(scene.fax(&came[0]).state, FaxState::Refused);
}

/// Pieces of mails about ours, in any order.
fn shuffled() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n".to_owned(),
        "Content-Type: message/delivery-status\n".to_owned(),
        "Content-Type: message/disposition-notification\n".to_owned(),
        "Content-Type: text/rfc822-headers\n".to_owned(),
        "Content-Type: application/pkcs7-mime\n".to_owned(),
        "Content-Transfer-Encoding: base64\n".to_owned(),
        "Auto-Submitted: auto-replied\n".to_owned(),
        format!("From: {ADDRESS}\n"),
        format!("In-Reply-To: <{ID}>\n"),
        format!("References: =?utf-8?q?=3C{ID}=3E?= <x>\n <{ID}>\n"),
        format!("Original-Message-ID: <{ID}>\n"),
        format!("Message-ID: <{ID}>\n"),
        format!("X-Kasasagi-Item: {ITEM}\n"),
        "X-Kasasagi-Digest: D20261125-7K3QXD2M\n".to_owned(),
        "Disposition: a/b; displayed\n".to_owned(),
        "Action: failed\nStatus: 5.1.1\n".to_owned(),
        "--b\n".to_owned(),
        "--b--\n".to_owned(),
        "\n".to_owned(),
        "> 確認しました\n".to_owned(),
        "2026年11月25日 x <a@b>:\n".to_owned(),
    ]);
    let bytes = prop::collection::vec(any::<u8>(), 0..30);
    let piece = prop_oneof![6 => piece.prop_map(String::into_bytes), 1 => bytes];
    prop::collection::vec(piece, 0..25).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn no_mail_does_more_than_one_thing_to_one_item(raws in prop::collection::vec(shuffled(), 20)) {
        thread_local!(static SENT: (Scene, ItemId) = {
            let scene = Scene::new();
            let item = scene.decided(1).remove(0);
            scene.happened(&[Event::sent(item.clone(), "250")]);
            (scene, item)
        });
        SENT.with(|(scene, item)| {
            let now = jiff::Timestamp::now().to_zoned(scene.settings.time_zone.clone());
            let address_of = |_: &str| Some(address("0013"));
            let receipts =
                Receipts { store: &scene.store, domain: &scene.settings.domain, address_of: &address_of, now };
            for raw in raws {
                let raw = about(&raw, item, &scene.settings.domain);
                let settled = receipts.settle(&raw).unwrap();
                let events = settled.map(|settled| settled.events).unwrap_or_default();
                prop_assert!(events.len() <= 1);
                for event in events {
                    prop_assert!(["gave_up", "acknowledged"].contains(&event.kind()));
                    prop_assert_eq!(event.items().collect::<Vec<_>>(), vec![item]);
                }
            }
            Ok(())
        })?;
    }
}
