//! `kasasagi check`: a line for everything the gateway needs, and an exit code for a script.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

fn check(dir: &Path, settings: &str) -> (i32, serde_json::Value) {
    let path = dir.join("kasasagi.toml");
    std::fs::write(&path, settings).unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_kasasagi"))
        .env("LC_ALL", "C.UTF-8")
        .args(["check", "--json", "--config"])
        .arg(&path)
        .output()
        .unwrap();
    (ran.status.code().unwrap(), serde_json::from_slice(&ran.stdout).unwrap())
}

fn state<'a>(report: &'a serde_json::Value, what: &str) -> &'a str {
    let lines = report.as_array().unwrap();
    lines.iter().find(|line| line["check"] == what).unwrap()["state"].as_str().unwrap()
}

#[test]
fn a_check_tells_what_works_and_what_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/ppocrv6_rec.onnx");
    let settings = format!(
        "[store]\ndir = \"store\"\nmaster_key = \"master.key\"\ndisk_floor_mb = 1\n[registry]\ndir = \"registry\"\n\
         [delivery]\nvia = \"folder\"\ndir = \"out\"\n[reading]\nmodel = {model:?}\n"
    );
    let (code, report) = check(dir.path(), &settings);
    assert_eq!((code, state(&report, "registry")), (1, "FAILED"), "there is no registry yet");

    let registry = dir.path().join("registry");
    std::fs::create_dir(&registry).unwrap();
    for (name, table) in kasasagi_config::registry::SAMPLE {
        std::fs::write(registry.join(name), table).unwrap();
    }
    let (code, report) = check(dir.path(), &settings);
    assert_eq!(code, 0, "{report}");
    assert_eq!(state(&report, "senders"), "warning", "nobody is listed");
    for what in ["settings", "forms", "policy", "font", "disk"] {
        assert_eq!(state(&report, what), "ok", "{what}");
    }
    assert_eq!((state(&report, "key"), state(&report, "delivery")), ("warning", "warning"));

    std::fs::create_dir_all(dir.path().join("store/journal")).unwrap();
    let (code, report) = check(dir.path(), &settings);
    assert_eq!((code, state(&report, "key")), (1, "FAILED"), "a store without its key");

    let (code, report) = check(dir.path(), "[gateway]\nnonsense = 1\n");
    assert_eq!((code, state(&report, "settings")), (1, "FAILED"));
}

/// What the command line makes of a sample mail; nothing may be left behind.
fn check_mail(dir: &Path, settings: &str, mail: &str) -> (i32, serde_json::Value) {
    let path = dir.join("kasasagi.toml");
    std::fs::write(&path, settings).unwrap();
    let mail = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail").join(mail);
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_kasasagi"))
            .env("LC_ALL", "C.UTF-8")
            .args(["check", "--mail"])
            .arg(&mail)
            .args(arguments)
            .arg("--config")
            .arg(&path)
            .output()
            .unwrap()
    };
    let (words, json) = (run(&[]), run(&["--json"]));
    assert_eq!(words.status.code(), json.status.code());
    assert_eq!(std::fs::read_dir(dir).unwrap().count(), 1, "nothing is stored");
    (json.status.code().unwrap(), serde_json::from_slice(&json.stdout).unwrap())
}

#[test]
fn a_mail_is_shown_as_the_gateway_sees_it() {
    let dir = tempfile::tempdir().unwrap();
    let base = "[store]\ndir = \"store\"\nmaster_key = \"master.key\"\n";
    let listed = format!(
        "{base}[intake]\nown_server = \"mx.gateway.example.jp\"\n[[intake.senders]]\nfrom = [\"*@efax.example\"]\n"
    );
    let (code, seen) = check_mail(dir.path(), &listed, "senders/known_and_authenticated.eml");
    assert_eq!(
        (code, &seen["result"], &seen["sender"]["accepted"]),
        (0, &"fax".into(), &true.into()),
        "{seen}"
    );
    assert_eq!((&seen["hints"]["profile"], &seen["hints"]["caller"]), (&"efax".into(), &"0586700001".into()));
    assert_eq!(seen["documents"][0]["format"], "pdf");
    assert!(seen["sender"]["why"].as_str().unwrap().contains("entry 1"));

    for (settings, mail, reason, why) in [
        (&listed, "senders/unknown_failed.eml", "unknown_sender", "vouch"),
        (&base.to_owned(), "senders/known_and_authenticated.eml", "unknown_sender", "no sender is listed"),
        (&listed, "fax_waits_at_a_portal.eml", "unknown_sender", "not listed"),
        (&base.to_owned(), "fax_waits_at_a_portal.eml", "fax_elsewhere", "accepted"),
        (&listed, "our_own_mail.eml", "loop", ""),
        (&listed, "nothing.eml", "broken", ""),
    ] {
        let (code, seen) = check_mail(dir.path(), settings, mail);
        assert_eq!((code, &seen["reason"]), (1, &reason.into()), "{mail}: {seen}");
        assert!(seen["sender"]["why"].as_str().unwrap_or_default().contains(why), "{mail}: {seen}");
    }
}

#[test]
fn a_profile_or_sender_that_cannot_be_used_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let entry = "[[intake.senders]]\nfrom = [\"a@b.example\"]\nproof = \"address\"\n";
    let text = |settings: &str| {
        let (code, report) = check(dir.path(), settings);
        let line = report.as_array().unwrap().iter().find(|line| {
            line["state"] == "FAILED" && (line["check"] == "senders" || line["check"] == "settings")
        });
        (code, line.unwrap()["text"].as_str().unwrap().to_owned())
    };
    let (code, told) = text(&format!("{entry}profile = \"faxer\"\n"));
    assert!(code == 1 && told.contains("entry 1: profile") && told.contains("hylafax"), "{told}");
    std::fs::create_dir(dir.path().join("profiles")).unwrap();
    std::fs::write(
        dir.path().join("profiles/own.toml"),
        "name = \"own\"\ntitle = \"x\"\norder = 1\nsubject = 1\n",
    )
    .unwrap();
    let (_, told) = text("[intake]\nprofiles_dir = \"profiles\"\n");
    assert!(told.contains("own.toml") && told.contains("subject"), "{told}");
}

#[test]
fn where_metrics_are_to_be_read_is_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file"), "no socket").unwrap();
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in other.incoming() {
            std::io::Write::write_all(&mut stream.unwrap(), b"HTTP/1.1 200 OK\r\nServer: other\r\n\r\n")
                .unwrap();
        }
    });
    for (listen, expected, words) in [
        ("off", "ok", "off"),
        ("unix:free", "ok", "is free"),
        ("unix:file", "FAILED", "no socket"),
        ("unix:nowhere/m", "FAILED", "folder"),
        (&port.to_string(), "FAILED", "another program"),
    ] {
        let (_, report) = check(dir.path(), &format!("[metrics]\nlisten = {listen:?}\n"));
        let line = report.as_array().unwrap().iter().find(|line| line["check"] == "metrics").unwrap();
        let told = line["text"].as_str().unwrap();
        assert!(line["state"] == expected && told.contains(words), "{listen}: {line}");
    }
}
