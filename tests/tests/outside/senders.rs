//! Who may send: a list, our own mail server's word, and a person who vouches.

use std::fs;

use kasasagi_tests::fax::{self, Coding};
use kasasagi_tests::{Gateway, fax_mail, gateway, wait_until};
use serde_json::Value;

use crate::paper::letter;
use crate::post::{hand_in, settled, state_of};
use crate::room::{json, rows, said, settings, text};

const SENDERS: &str = "[intake]\nown_server = \"mx.example.jp\"\n\
    [[intake.senders]]\nfrom = [\"*@sender.example.jp\"]\n\
    [[intake.senders]]\nfrom = [\"mfp@office.example.jp\"]\nproof = \"address\"\n";

const RECEIVED: &str = "Received: from out.example by mx.example.jp; Mon, 23 Nov 2026 14:05:01 +0900\r\n";

/// A mail as our own server hands it on, with what it found out about the sender.
fn relayed(name: &str, from: &str, found: &str, page: u64) -> Vec<u8> {
    let pdf = fax::pdf(&[letter(page)], Coding::Mmr).expect("a PDF");
    let mail = fax_mail(&format!("{name}@x"), "FAX", &[("fax.pdf", "application/pdf", &pdf)]);
    let end = mail.iter().position(|byte| *byte == b'\n').expect("From is the first line") + 1;
    let head = format!("Authentication-Results: mx.example.jp; {found}\r\n{RECEIVED}From: {from}\r\n");
    [head.as_bytes(), &mail[end..]].concat()
}

fn reason(fax: &Value) -> &str {
    fax["reason"].as_str().or(fax["held_pages"][0][1].as_str()).unwrap_or_default()
}

#[test]
fn a_listed_sender_is_read_and_a_stranger_waits_for_somebody_to_vouch() {
    let mut gateway =
        gateway(|room| settings(room).replace("[intake.lmtp]", &format!("{SENDERS}[intake.lmtp]")));
    let vouched = "dkim=pass header.d=sender.example.jp; dmarc=pass header.from=sender.example.jp";
    hand_in(&gateway, &relayed("known", "fax@sender.example.jp", vouched, 1));
    hand_in(&gateway, &relayed("machine", "mfp@office.example.jp", "none", 2));
    hand_in(&gateway, &relayed("forged", "fax@sender.example.jp", "dkim=none; dmarc=fail", 3));
    hand_in(&gateway, &relayed("stranger", "fax@other.example", "dmarc=pass header.from=other.example", 4));
    let faxes = settled(&gateway, 4);
    let reasons: Vec<&str> = faxes.iter().map(reason).collect();
    assert_eq!(reasons, ["unknown_form", "unknown_form", "unknown_sender", "unknown_sender"]);
    for fax in &faxes[2..] {
        assert!(rows(&fax["documents"]).is_empty(), "nothing in it was looked at: {fax}");
        let shown = said(&gateway.run(&["held", "show", text(&fax["id"])]));
        assert!(shown.contains("intake.senders") && shown.contains("held admit"), "{shown}");
    }
    assert!(!gateway.log().contains("other.example"), "the log names no address");

    let forged = text(&faxes[2]["id"]);
    admit(&gateway, forged);
    wait_until("the admitted fax to be read", || state_of(&gateway, forged) == "held");
    assert_eq!(reason(&json(&gateway, &["trace", forged])["fax"]), "unknown_form");
    let again = gateway.run(&["held", "admit", forged]);
    assert_eq!(again.status.code(), Some(2), "{}", said(&again));

    // Without the daemon the fax goes on at its next start, also after a power cut.
    let stranger = text(&faxes[3]["id"]);
    gateway.kill();
    admit(&gateway, stranger);
    gateway.start();
    wait_until("the admitted fax to be read", || state_of(&gateway, stranger) == "held");
    assert_eq!(reason(&json(&gateway, &["trace", stranger])["fax"]), "unknown_form");
    assert_eq!(gateway.run(&["reconcile"]).status.code(), Some(0));
    assert_eq!(gateway.run(&["audit", "verify"]).status.code(), Some(0));
}

fn admit(gateway: &Gateway, fax: &str) {
    assert_eq!(text(&json(gateway, &["held", "admit", fax])["fax"]), fax);
    let admitted = json(gateway, &["audit", "list", "--kind", "admitted", "--fax", fax]);
    assert_eq!(rows(&admitted).len(), 1, "{admitted}");
    assert_ne!(admitted[0]["actor"], "kasasagi", "a person vouched");
}

#[test]
fn a_mail_is_shown_with_what_its_profile_finds_and_nothing_is_stored() {
    let gateway =
        crate::room::room(|room| settings(room).replace("[intake.lmtp]", &format!("{SENDERS}[intake.lmtp]")));
    let path = gateway.room().join("mail.eml");
    let subject = "From 0586 70 0001 (Fax Message No.0042)";
    let mail = relayed("ricoh", "mfp@office.example.jp", "none", 1);
    let mail =
        String::from_utf8(mail).expect("ASCII").replace("Subject: FAX", &format!("Subject: {subject}"));
    fs::write(&path, mail).expect("a file");
    let path = path.display().to_string();
    let seen = json(&gateway, &["check", "--mail", &path]);
    assert_eq!((text(&seen["result"]), text(&seen["hints"]["profile"])), ("fax", "ricoh"));
    assert_eq!((text(&seen["hints"]["station"]), text(&seen["hints"]["notice"])), ("0586 70 0001", "0042"));
    let words = said(&gateway.run(&["check", "--mail", &path]));
    assert!(words.contains("entry 2") && words.contains("0042"), "{words}");
    assert!(!gateway.room().join("store").exists());
}
