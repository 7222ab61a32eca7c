//! Every verb: twice, in words and in JSON, with the daemon and without it.

use std::fs;

use kasasagi_tests::fax::{self, Coding};
use kasasagi_tests::{Gateway, fax_mail, wait_until};
use serde_json::Value;

use crate::paper::letter;
use crate::post::{hand_in, mail, settled, state_of};
use crate::room::{json, parsed, room, rows, said, settings, text};

#[test]
fn every_verb_answers_with_and_without_the_daemon() {
    let mut gateway = room(settings);
    gateway.start();
    hand_in(&gateway, &mail("letter", &letter(1)));
    let fax = text(&settled(&gateway, 1)[0]["id"]).to_owned();
    assert_eq!(state_of(&gateway, &fax), "held");

    every_verb_answers(&gateway, &fax);
    assert!(gateway.stop().success(), "it ends in good order on SIGTERM");
    every_verb_answers(&gateway, &fax);
    a_mail_submitted_without_the_daemon_is_read_by_the_next(&mut gateway);
}

fn every_verb_answers(gateway: &Gateway, fax: &str) {
    let mut verbs: Vec<Vec<&str>> = [
        "check",
        "form list",
        "form fields ICM-02",
        "list",
        "list --state held --since 2d",
        "held",
        "held list",
        "outbox",
        "outbox list",
        "outbox list --all",
        "registry check",
        "registry find 熊澤",
        "audit list",
        "audit list --kind received --limit 5",
        "audit show 1",
        "audit verify",
        "audit head",
        "audit head --note",
        "audit key",
        "audit key --note",
        "reconcile",
    ]
    .iter()
    .map(|line| line.split(' ').collect())
    .collect();
    verbs.push(vec!["trace", fax]);
    verbs.push(vec!["held", "show", fax]);
    verbs.push(vec!["audit", "list", "--fax", fax]);
    for verb in &verbs {
        for _ in 0..2 {
            let words = gateway.run(verb);
            assert_eq!(words.status.code(), Some(0), "{verb:?}: {}", said(&words));
            assert!(!words.stdout.is_empty(), "{verb:?} says nothing");
            let answer = json(gateway, verb);
            assert!(answer.is_array() || answer.is_object(), "{verb:?}: {answer}");
        }
    }
}

fn a_mail_submitted_without_the_daemon_is_read_by_the_next(gateway: &mut Gateway) {
    let path = gateway.room().join("submitted.eml");
    let letter = String::from_utf8(mail("submitted", &letter(2))).expect("ASCII");
    fs::write(&path, &letter).expect("a file");
    let file = path.display().to_string();
    let fax = text(&json(gateway, &["submit", &file])["fax"]).to_owned();
    assert_eq!(state_of(gateway, &fax), "received");
    gateway.start();
    wait_until("the fax to be read", || state_of(gateway, &fax) == "held");
    let again = text(&json(gateway, &["submit", &file])["fax"]).to_owned();
    assert_eq!(again, fax, "the same mail is one fax");
    fs::write(&path, letter.replace("<submitted@", "<resubmitted@")).expect("a file");
    let copy = text(&json(gateway, &["submit", &file])["fax"]).to_owned();
    wait_until("the copy to be known", || state_of(gateway, &copy) == "duplicate");
    assert_ne!(copy, fax, "the same document in another mail is a copy");
}

#[test]
fn who_looked_at_a_held_fax_stands_in_the_trail() {
    let mut gateway = room(settings);
    gateway.start();
    hand_in(&gateway, &fax_mail("none@sender.example.jp", "FAX", &[]));
    let fax = text(&settled(&gateway, 1)[0]["id"]).to_owned();
    let looked = |gateway: &Gateway| -> Vec<(String, String, String)> {
        let entries = json(gateway, &["audit", "list", "--kind", "looked"]);
        let entry = |e: &Value| {
            let about = e["event"]["about"].as_str().unwrap_or_default();
            (text(&e["actor"]).to_owned(), text(&e["event"]["what"]).to_owned(), about.to_owned())
        };
        rows(&entries).iter().map(entry).collect()
    };
    let by_whom = |gateway: &Gateway, what: &str| -> Vec<String> {
        let here = looked(gateway).into_iter().filter(|(_, w, about)| w == what && *about == fax);
        here.map(|(actor, ..)| actor).collect()
    };
    assert!(by_whom(&gateway, "held_show").is_empty());
    json(&gateway, &["held", "show", &fax]);
    let over_the_socket = by_whom(&gateway, "held_show");
    json(&gateway, &["trace", &fax]);
    assert_eq!(by_whom(&gateway, "trace"), over_the_socket, "reading the story leaves a trace too");
    gateway.stop();
    json(&gateway, &["held", "show", &fax]);
    let both = by_whom(&gateway, "held_show");
    assert_eq!(over_the_socket.len(), 1);
    assert_ne!(over_the_socket[0], "kasasagi", "a person, not the gateway");
    assert_eq!(both, [&over_the_socket[..], &over_the_socket[..]].concat(), "the same person either way");
    // Looking at who looked is itself seen.
    assert!(looked(&gateway).iter().any(|(_, what, _)| what == "audit_list"));
}

#[test]
fn wrong_usage_is_told_apart_from_an_empty_answer_and_from_no_store() {
    let mut gateway = room(settings);
    for verb in ["list", "held", "reconcile"] {
        let output = gateway.run(&[verb]);
        assert_eq!(output.status.code(), Some(69), "{verb}: {}", said(&output));
        assert!(said(&output).contains("no store"), "{}", said(&output));
    }
    gateway.start();
    wait_until("the gateway to listen", || gateway.room().join("lmtp.sock").exists());
    assert!(gateway.stop().success());
    for (line, exit) in [
        ("", 2),
        ("lst", 2),
        ("list --state lost", 2),
        ("list --since yesterday", 2),
        ("trace", 2),
        ("trace nonsense", 2),
        ("trace 20261123-7K3QXD2M", 2),
        ("held show 20261123-7K3QXD2M", 2),
        ("audit show 4711", 2),
        ("registry find nobody-of-this-name", 1),
        ("submit no-such-file.eml", 69),
        ("read no-such-file.pdf", 69),
        ("list", 0),
        ("held", 0),
        ("outbox", 0),
        ("reconcile", 0),
    ] {
        let output = gateway.run(&line.split_whitespace().collect::<Vec<_>>());
        assert_eq!(output.status.code(), Some(exit), "{line:?}: {}", said(&output));
        assert!(exit < 2 || !output.stderr.is_empty(), "{line:?} fails without a word");
    }
}

#[test]
fn read_tells_a_letter_from_a_form_and_keeps_nothing() {
    let gateway = room(settings);
    let path = gateway.room().join("letter.tif");
    fs::write(&path, fax::tiff(&[letter(3), letter(4)], Coding::Mh).expect("a TIFF")).expect("a file");
    let path = path.display().to_string();
    let output = gateway.run(&["read", "--json", &path]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let lines: Vec<Value> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let pages: Vec<_> = lines.iter().map(|l| (l["page"].as_u64(), &l["form"], text(&l["reason"]))).collect();
    assert_eq!(pages, [(Some(1), &Value::Null, "unknown_form"), (Some(2), &Value::Null, "unknown_form")]);
    assert!(lines.iter().all(|line| line["file"] == path.as_str() && !text(&line["why"]).is_empty()));
    assert!(!gateway.room().join("store").exists(), "reading makes no store");
    let words = gateway.run(&["read", &path]);
    assert!(words.status.code() == Some(1) && said(&words).contains("unknown_form"), "{}", said(&words));
}

#[test]
fn check_says_in_a_line_each_what_is_there() {
    let gateway = room(settings);
    let output = gateway.run(&["check", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let answer = parsed(&output);
    let checks: Vec<&str> = rows(&answer).iter().map(|line| text(&line["check"])).collect();
    for what in ["settings", "forms", "readers", "registry", "key", "disk", "delivery"] {
        assert!(checks.contains(&what), "{what} is not among {checks:?}");
    }
}

#[test]
fn check_does_not_hide_a_registry_that_cannot_be_opened_behind_the_folder() {
    let mut gateway = room(settings);
    gateway.start();
    wait_until("the registry", || gateway.run(&["registry", "history"]).status.code() == Some(0));
    gateway.stop();
    let archive = gateway.room().join("store/registry");
    let sealed = fs::read_dir(&archive).expect("the archive").flatten().next().expect("a registry").path();
    let mut bytes = fs::read(&sealed).expect("it");
    *bytes.last_mut().expect("it holds something") ^= 1;
    fs::write(&sealed, bytes).expect("it");
    let output = gateway.run(&["check"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("FAILED   registry"), "{}", said(&output));
}
