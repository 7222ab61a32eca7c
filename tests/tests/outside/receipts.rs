//! What the real Postfix says about mails of ours that it cannot deliver, and what the recipients answer.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use kasasagi_tests::postfix::{GATEWAY, MAILDIR, socket_folder};
use kasasagi_tests::{Answer, Gateway, Postfix, SmtpSink, lmtp_send, wait_until};
use serde_json::Value;

use crate::journey::sheet;
use crate::paper::Blank;
use crate::post::{files, mail};
use crate::room::{json, room, rows, said, settings, text};
use crate::town::Town;

/// Their team: pharmacy, day service, home nursing.
const PATIENT: &str = "0003943";

fn socket(gateway: &Gateway) -> PathBuf {
    gateway.room().join("run/lmtp.sock")
}

/// Hands a mail in, once the gateway listens.
fn hand_in(gateway: &Gateway, mail: &[u8]) {
    let socket = socket(gateway);
    wait_until("the gateway to listen", || std::os::unix::net::UnixStream::connect(&socket).is_ok());
    assert_eq!(lmtp_send(&socket, mail).expect("LMTP").code, 250);
}

/// How the message to each address stands: its code, or how it was taken note of.
fn messages(gateway: &Gateway, town: &Town, fax: &str) -> BTreeMap<String, String> {
    let trace = json(gateway, &["trace", fax]);
    let records = rows(&trace["fax"]["records"]);
    let items = records.iter().flat_map(|record| rows(&record["items"]));
    let stands = |item: &Value| match item["noted"]["how"].as_str() {
        Some(how) => how.to_owned(),
        None if item["state"]["is"] == "gave_up" => text(&item["state"]["code"]).to_owned(),
        None => text(&item["state"]["is"]).to_owned(),
    };
    items.map(|item| (town.address(text(&item["recipient"])).to_owned(), stands(item))).collect()
}

/// The faxes that came, except the first one.
fn reports(gateway: &Gateway) -> Vec<Value> {
    let mut faxes = rows(&json(gateway, &["list"])).to_vec();
    faxes.sort_by_key(|fax| fax["arrival"].as_u64());
    faxes.split_off(1)
}

fn domain(address: &str) -> &str {
    address.split_once('@').expect("an address").1
}

#[test]
fn what_postfix_cannot_deliver_comes_back_and_waits_for_a_person() {
    let town = Town::sample();
    let mut gateway = room(|room| {
        settings(room)
            .replace("unix:lmtp.sock", "unix:run/lmtp.sock")
            .replace("fax@gateway.example.jp", &format!("fax@{GATEWAY}"))
    });
    socket_folder(&gateway.room().join("run"));
    let refusing = SmtpSink::scripted(|point| match point.verb {
        "RCPT" => Answer::Say("550 5.7.1 we do not want this".into()),
        _ => Answer::Willing,
    });
    let to: Vec<String> = town.recipients(PATIENT).into_iter().map(|r| r.address).collect();
    let [unknown, refused, unreachable, well] = &to[..] else { panic!("{to:?}") };
    let refuses = format!("smtp:[127.0.0.1]:{}", refusing.port());
    let postfix = Postfix::with_routes(
        &socket(&gateway),
        &[
            (domain(unknown), "nobody:"),
            (domain(refused), &refuses),
            (domain(unreachable), "smtp:[127.0.0.1]:1"),
            (domain(well), "discard:"),
        ],
    );
    let port = postfix.server().split_once(':').expect("a port").1.to_owned();
    let config = gateway.room().join("kasasagi.toml");
    let smtp = format!(
        "via = \"smtp\"\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"plain-local\"\nrelay_is_private = true\n"
    );
    let text_of = fs::read_to_string(&config).expect("settings").replace("via = \"folder\"\n", &smtp);
    fs::write(&config, text_of).expect("settings");
    gateway.start();
    let blank = Blank::of(&gateway, "ICM-01");
    hand_in(&gateway, &mail("sheet", &sheet(&town, &blank, PATIENT, "通常")));

    let fax = || text(&json(&gateway, &["list"])[0]["id"]).to_owned();
    let mut first = String::new();
    wait_until("the fax", || {
        first = rows(&json(&gateway, &["list"])).first().map(|_| fax()).unwrap_or_default();
        !first.is_empty()
    });
    wait_until("both bounces and the delay", || {
        postfix.flush();
        reports(&gateway).len() >= 3 && reports(&gateway).iter().all(|fax| fax["state"] == "refused")
    });
    let stand = messages(&gateway, &town, &first);
    let expected =
        [(unknown, "bounced_5.1.1"), (refused, "bounced_5.7.1"), (unreachable, "sent"), (well, "sent")];
    assert_eq!(stand, expected.map(|(to, how)| (to.clone(), how.to_owned())).into());
    assert!(reports(&gateway).iter().all(|fax| fax["reason"] == "delivery_report"), "none is for a person");
    let held = said(&gateway.run(&["held"]));
    assert!(held.contains("5.1.1") && held.contains("5.7.1"), "{held}");
    for verb in [&["reconcile"][..], &["audit", "verify"]] {
        assert_eq!(gateway.run(verb).status.code(), Some(0), "{verb:?}");
    }
}

/// Mails of ours come back as in the golden mails of the daemon's tests.
#[test]
fn reports_of_postfix_look_like_the_golden_ones() {
    let room = tempfile::tempdir().expect("a folder");
    let nowhere = room.path().join("nobody.sock");
    for (route, name) in [("nobody:", "postfix_bounce"), ("smtp:[127.0.0.1]:1", "postfix_delay")] {
        let postfix = Postfix::with_routes(&nowhere, &[("clinic.example.jp", route)]);
        let path = room.path().join("ours.eml");
        fs::write(&path, OURS.replace("BOX", &format!("box@{MAILDIR}"))).expect("a mail");
        postfix.take("mizuno@clinic.example.jp", &path);
        wait_until("the report", || {
            postfix.flush();
            !postfix.maildir().is_empty()
        });
        let report = fs::read_to_string(&postfix.maildir()[0]).expect("the report");
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../daemon/tests/mail/receipts").join(name);
        let golden = fs::read_to_string(golden.with_extension("eml")).expect("a golden mail");
        assert_eq!(shape(&report), shape(&golden), "{report}");
    }
}

const OURS: &str = "From: BOX\nTo: mizuno@clinic.example.jp\nSubject: FAX\n\
    Message-ID: <0a1b2c3d4e5f60718293a4b5c6d7e8f901234567@gateway.example.jp>\n\
    Date: Wed, 25 Nov 2026 09:00:00 +0900\nAuto-Submitted: auto-generated\n\
    X-Auto-Response-Suppress: All\nX-Kasasagi-Item: 20261123-7K3QXD2M.1.0013\n\nx\n";

/// The names of all fields, and the types, in order.
fn shape(mail: &str) -> Vec<String> {
    let fields = mail.lines().filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let kind = if name.eq_ignore_ascii_case("content-type") { value } else { "" };
        is_name.then(|| format!("{name}:{kind}"))
    });
    fields.collect()
}

/// A recipient answers over the real way of a mail.
#[test]
fn a_recipient_who_replies_has_taken_note_though_no_sender_of_faxes() {
    let town = Town::sample();
    let mut gateway = room(|room| {
        settings(room).replace("unix:lmtp.sock", "unix:run/lmtp.sock").replace(
            "[intake.lmtp]",
            "[[intake.senders]]\nfrom = [\"mfp@sender.example.jp\"]\nproof = \"address\"\n[intake.lmtp]",
        )
    });
    fs::create_dir(gateway.room().join("run")).expect("a folder");
    gateway.start();
    let blank = Blank::of(&gateway, "ICM-01");
    let sent = mail("urgent", &sheet(&town, &blank, PATIENT, "至急(本日中)"));
    hand_in(&gateway, &sent);
    let outgoing = gateway.room().join("outgoing");
    let mut letters = Vec::new();
    wait_until("four letters", || {
        letters = crate::post::Letter::all_in(&outgoing);
        letters.len() == 4 && !files(&outgoing).is_empty()
    });
    let reply = |from: &str, id: &str, name: &str, words: &str| {
        format!(
            "Received: from x by mx.example.jp; Wed, 25 Nov 2026 09:00:00 +0900\r\nFrom: {from}\r\n\
             Message-ID: <{name}@clinic.example.jp>\r\nIn-Reply-To: <{id}>\r\nSubject: Re: FAX\r\n\
             Content-Type: text/plain; charset=UTF-8\r\n\r\n{words}\r\n"
        )
    };
    for (from, letter, name, words) in [
        (&letters[0].to, &letters[0], "a", "確認しました。"),
        (&letters[1].to, &letters[1], "b", "別人ではありませんか？"),
        (&letters[1].to, &letters[2], "c", "確認しました。"),
    ] {
        hand_in(&gateway, reply(from, &letter.message_id, name, words).as_bytes());
    }
    let mut ended = Vec::new();
    wait_until("three replies", || {
        ended = reports(&gateway)
            .iter()
            .map(|fax| fax["reason"].as_str().unwrap_or_default().to_owned())
            .collect();
        ended.len() == 3 && ended.iter().all(|reason| !reason.is_empty())
    });
    assert_eq!(ended, ["acknowledgement", "reply", "reply_from_other"]);
    let fax = json(&gateway, &["list"]);
    let first = rows(&fax).iter().min_by_key(|fax| fax["arrival"].as_u64()).expect("a fax");
    let stand = messages(&gateway, &town, text(&first["id"]));
    let how: Vec<&str> = letters.iter().map(|letter| stand[&letter.to].as_str()).collect();
    assert_eq!(how, ["replied", "replied", "sent", "sent"]);
    assert!(!gateway.log().contains("別人") && !gateway.log().contains(&letters[0].to));
    let held = text(&reports(&gateway)[1]["id"]).to_owned();
    let shown = said(&gateway.run(&["held", "show", &held, "--lang", "ja"]));
    assert!(shown.contains("返信"), "{shown}");
    let settled = gateway.run(&["held", "reject", &held, "--reason", "settled_otherwise"]);
    assert_eq!(settled.status.code(), Some(0), "{}", said(&settled));
}
