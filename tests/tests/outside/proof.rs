//! Whoever keeps a signed head, a mail of last month say, can tell whether the trail is still the one it was.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

use kasasagi_tests::font::Font;
use kasasagi_tests::raster::FINE;
use kasasagi_tests::sheet::Pen;
use kasasagi_tests::{Gateway, fax_mail, gateway};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::frames::{Segment, forge};
use crate::paper::{Blank, Hand};
use crate::post::{Letter, files, hand_in, mail, settled};
use crate::room::{json, parsed, room, rows, said, settings};
use crate::town::Town;

/// No two mails are alike.
static MAILS: AtomicUsize = AtomicUsize::new(0);

/// Hands in so many mails without a document.
fn grow(gateway: &Gateway, count: usize) {
    let path = gateway.room().join("mail.eml");
    for _ in 0..count {
        let number = MAILS.fetch_add(1, Ordering::Relaxed);
        fs::write(&path, fax_mail(&format!("{number}@x"), "FAX", &[])).expect("a mail");
        succeeds(gateway, &["submit", path.to_str().expect("a plain name")]);
    }
}

fn succeeds(gateway: &Gateway, arguments: &[&str]) -> String {
    let output = gateway.run(arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", said(&output));
    String::from_utf8(output.stdout).expect("text").trim_end().to_owned()
}

/// A store that has gone on for a while, the signed heads that left it on the way, and its public key.
fn kept() -> (Gateway, [String; 3], String) {
    let gateway = room(settings);
    let heads = [(); 3].map(|()| {
        grow(&gateway, 4);
        succeeds(&gateway, &["audit", "head"])
    });
    let key = succeeds(&gateway, &["audit", "key"]);
    (gateway, heads, key)
}

fn verify(gateway: &Gateway, heads: &[String], key: &str) -> Output {
    let mut arguments = vec!["audit", "verify", "--key", key];
    heads.iter().for_each(|head| arguments.extend(["--checkpoint", head]));
    gateway.run(&arguments)
}

/// Removes whatever of the store's own would contradict a forger: who can write its files can do this too.
fn silence(store: &Path) {
    for own in ["view", "checkpoints"] {
        fs::remove_dir_all(store.join(own)).expect("a folder of the store");
    }
}

/// What a forger does, and what is said of it.
struct Forgery {
    done: fn(&Path),
    told: &'static str,
}

const FORGERIES: [Forgery; 5] = [
    Forgery { done: edit, told: "REWRITTEN: something between event 5 and event 8" },
    Forgery { done: delete, told: "REWRITTEN: something between event 5 and event 8" },
    Forgery { done: insert, told: "REWRITTEN: something between event 5 and event 8" },
    Forgery { done: reorder, told: "REWRITTEN: something between event 5 and event 8" },
    Forgery { done: cut, told: "MISSING: the journal ends with event 10" },
];

/// The words of the seventh event.
fn edit(store: &Path) {
    assert!(forge(store, 0, 6, "\"source\":\"submit\"", "\"source\":\"lmtp\""));
}

fn delete(store: &Path) {
    rechained(store, |frames| drop(frames.remove(6)));
}

fn insert(store: &Path) {
    rechained(store, |frames| frames.insert(7, frames[6].clone()));
}

fn reorder(store: &Path) {
    rechained(store, |frames| frames.swap(6, 7));
}

fn cut(store: &Path) {
    rechained(store, |frames| frames.truncate(9));
}

/// Changes the order of frames and makes numbers and hashes fit.
fn rechained(store: &Path, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
    let mut segments = Segment::all(store);
    let segment = &mut segments[0];
    change(&mut segment.frames);
    let mut before = "0".repeat(64);
    for (frame, seq) in segment.frames.iter_mut().zip(1..) {
        let words = String::from_utf8(frame[8..frame.len() - 32].to_vec()).expect("JSON");
        let (_, rest) = words.split_once(",\"at\"").expect("a time");
        let (rest, event) = rest.split_once("\"prev\":\"").expect("a hash");
        let words = format!("{{\"seq\":{seq},\"at\"{rest}\"prev\":\"{before}{}", &event[64..]);
        let length = u32::try_from(words.len()).expect("a short event").to_le_bytes();
        let mut made = [&length[..], &frame[4..8], words.as_bytes()].concat();
        let hash = Sha256::digest(&made);
        made.extend_from_slice(&hash);
        before = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        *frame = made;
    }
    segment.write();
}

#[test]
fn what_was_edited_deleted_inserted_moved_or_cut_is_named_by_the_heads_that_left_the_machine() {
    let (gateway, heads, key) = kept();
    let store = gateway.room().join("store");
    let good = verify(&gateway, &heads, &key);
    assert_eq!(good.status.code(), Some(0), "{}", said(&good));
    assert_eq!(said(&good).matches("included").count(), 3, "{}", said(&good));

    let safe = gateway.room().join("safe");
    copy(&store, &safe);
    for Forgery { done, told } in FORGERIES {
        silence(&store);
        done(&store);
        let alone = gateway.run(&["audit", "verify"]);
        assert_eq!(alone.status.code(), Some(0), "the chain is whole by itself: {}", said(&alone));
        let found = verify(&gateway, &heads, &key);
        assert_eq!(found.status.code(), Some(1), "{told}: {}", said(&found));
        assert!(said(&found).contains(told), "{told}: {}", said(&found));
        assert!(said(&found).contains("NOT WHOLE"), "{}", said(&found));
        fs::remove_dir_all(&store).expect("the store");
        copy(&safe, &store);
    }
    assert_eq!(verify(&gateway, &heads, &key).status.code(), Some(0));
}

#[test]
fn a_store_set_back_or_put_in_the_place_of_another_is_told() {
    let (gateway, heads, key) = kept();
    let store = gateway.room().join("store");
    let earlier = gateway.room().join("earlier");
    copy(&store, &earlier);
    grow(&gateway, 5);
    let later = succeeds(&gateway, &["audit", "head"]);
    fs::remove_dir_all(&store).expect("the store");
    copy(&earlier, &store);
    let found = verify(&gateway, &[&heads[..], std::slice::from_ref(&later)].concat(), &key);
    assert_eq!(found.status.code(), Some(1), "{}", said(&found));
    assert!(said(&found).contains("set back to an earlier copy"), "{}", said(&found));

    // Everything anew, with a key of its own.
    fs::remove_dir_all(&store).expect("the store");
    grow(&gateway, 17);
    let found = verify(&gateway, &heads, &key);
    assert_eq!(found.status.code(), Some(1), "{}", said(&found));
    assert!(said(&found).contains("REWRITTEN"), "{}", said(&found));
    let found = gateway.run(&["audit", "verify", "--checkpoint", &heads[0]]);
    assert!(said(&found).contains("NOT SIGNED by this store"), "{}", said(&found));
}

#[test]
fn a_delivered_mail_vouches_for_the_trail_and_no_text_without_a_head_does() {
    let gateway = gateway(settings);
    let hand = Hand { font: Font::printed().expect("font"), pen: Pen::Fills, dpi: FINE };
    let sheet = Blank::of(&gateway, "ICM-01").filled(&Town::sample().sheet("0004365", "通常"), &hand);
    hand_in(&gateway, &mail("sheet", &sheet));
    assert_eq!(settled(&gateway, 1)[0]["state"], "delivered");
    let letter = Letter::all_in(&gateway.room().join("outgoing")).pop().expect("a mail");
    let quoted: String = letter.words.lines().map(|line| format!("> {line}\n")).collect();
    let file = gateway.room().join("mail.txt");
    for (name, text, exit) in [("as it came", &letter.words, 0), ("quoted", &quoted, 0)] {
        fs::write(&file, text).expect("a file");
        let found =
            gateway.run(&["audit", "verify", "--json", "--checkpoint", file.to_str().expect("plain")]);
        assert_eq!(found.status.code(), Some(exit), "{name}: {}", said(&found));
        assert_eq!(parsed(&found)["vouched"][0]["standing"]["is"], "included", "{name}");
    }
    let saved = files(&gateway.room().join("outgoing")).pop().expect("a mail");
    let found = gateway.run(&["audit", "verify", "--checkpoint", saved.to_str().expect("plain")]);
    assert!(found.status.success() && said(&found).contains("included"), "{}", said(&found));
    let nothing = gateway.run(&["audit", "verify", "--checkpoint", "hello"]);
    assert_eq!(nothing.status.code(), Some(2), "{}", said(&nothing));
    a_name_finds_what_the_trail_knows_by_number(&gateway);
}

/// Names are in the registry alone.
fn a_name_finds_what_the_trail_knows_by_number(gateway: &Gateway) {
    let town = Town::sample();
    let list = |flag, who: &str| json(gateway, &["audit", "list", "--kind", "decided", flag, who]);
    let of = |flag, who: &str, code: &str| {
        let (named, numbered) = (list(flag, who), list(flag, code));
        assert_eq!(rows(&named).len(), 1, "{who}: {named}");
        assert_eq!(named, numbered, "{who}");
    };
    of("--patient", &town.patient("0004365")["name"], "0004365");
    let physician = town.physician("0004365");
    of("--physician", &physician["name"], &physician["dr_code"]);
    for (who, told) in [("名無し", "nobody"), ("子", "give the code")] {
        let refused = gateway.run(&["audit", "list", "--patient", who]);
        assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
        assert!(said(&refused).contains(told), "{}", said(&refused));
    }
}

#[test]
fn the_signed_note_is_one_that_other_tools_verify() {
    let (gateway, ..) = kept();
    let note = succeeds(&gateway, &["audit", "head", "--note"]);
    let (text, signature) = note.split_once("\n\n\u{2014} ").expect("a note");
    let vkey = succeeds(&gateway, &["audit", "key", "--note"]);
    let [name, _, key] = vkey.splitn(3, '+').collect::<Vec<_>>()[..] else { panic!("{vkey}") };
    let (signer, signature) = signature.split_once(' ').expect("a signature");
    assert_eq!((signer, text.lines().next()), (name, Some(name)));
    let room = gateway.room();
    fs::write(room.join("text"), format!("{text}\n")).expect("a file");
    fs::write(room.join("signature"), &base64(signature.trim())[4..]).expect("a file");
    // RFC 8410: an Ed25519 key as SubjectPublicKeyInfo.
    let der = [&b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"[..], &base64(key)[1..]].concat();
    fs::write(room.join("key.der"), der).expect("a file");
    let verified = Command::new("openssl")
        .args(["pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", "key.der"])
        .args(["-in", "text", "-sigfile", "signature"])
        .current_dir(room)
        .output()
        .expect("openssl");
    assert!(verified.status.success(), "{}", said(&verified));
    assert_eq!(gateway.run(&["audit", "verify", "--checkpoint", &note]).status.code(), Some(0));
}

#[test]
fn an_export_is_every_event_in_order_and_what_a_filter_leaves() {
    let (gateway, ..) = kept();
    let lines = succeeds(&gateway, &["audit", "export"]);
    let entries: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(entries.iter().zip(1..).all(|(entry, seq)| entry["seq"] == seq), "{lines}");
    assert_eq!(entries.iter().filter(|e| e["event"]["kind"] == "received").count(), 12);
    let csv =
        succeeds(&gateway, &["audit", "export", "--format", "csv", "--kind", "received", "--limit", "5"]);
    assert_eq!(csv.lines().count(), 6, "{csv}");
    assert!(csv.starts_with("seq,at,actor,kind,fax,patient,event"), "{csv}");
}

fn base64(text: &str) -> Vec<u8> {
    let mut child = Command::new("base64")
        .arg("-d")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("base64 of coreutils");
    std::io::Write::write_all(&mut child.stdin.take().expect("piped"), text.as_bytes()).expect("a pipe");
    child.wait_with_output().expect("its output").stdout
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").arg(from).arg(to).status().expect("cp");
    assert!(copied.success());
}
