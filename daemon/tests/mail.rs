//! The corpus of odd mails: `mail/NAME.eml` beside `mail/NAME.json`, which says what must come of it.
//! Each is opened with LF and with CR LF line ends. To add a case, put both files there and raise the count.
//! `mail/profiles/NAME` has samples of each profile, `mail/senders` asks who may send.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use kasasagi::mail::{Envelope, MailFault, Opened, Sources, Trust, open};
use kasasagi_config::Settings;
use serde_json::{Value, json};

const CASES: usize = 83;
const SENDER_CASES: usize = 22;

/// Sample mails of each profile, at least this many each; `generic` has those of the corpus.
const SAMPLES: usize = 3;

#[test]
fn every_mail_of_the_corpus_ends_as_its_json_says() {
    assert_eq!(corpus("tests/mail", Trust::Vouched), CASES);
}

#[test]
fn every_profile_has_sample_mails_and_finds_in_them_what_their_json_says() {
    let profiles = sources("");
    for profile in profiles.profile_names() {
        let seen = corpus(&format!("tests/mail/profiles/{profile}"), Trust::Vouched);
        assert!(seen >= SAMPLES, "{profile} has {seen} sample mails");
    }
}

/// Which senders the sample mails and those of `senders/` come from.
const SENDERS: &str = r#"
[intake]
own_server = "mx.gateway.example.jp"
[[intake.senders]]
from = ["*@efax.example"]
profile = "efax"
[[intake.senders]]
from = ["mfp@kitagata.example.jp", "*@pbx.example.jp"]
proof = "address"
[[intake.senders]]
from = ["canon@kitagata.example.jp"]
profile = "canon"
proof = "address"
"#;

/// Who may send is asked of every mail here; the names of the files say of whom it should be denied.
#[test]
fn a_mail_is_taken_from_a_known_sender_only() {
    assert_eq!(corpus("tests/mail/senders", Trust::Ask), SENDER_CASES);
}

fn sources(settings: &str) -> Sources {
    Sources::open(&Settings::parse("test.toml", settings, Path::new("/")).unwrap()).unwrap()
}

/// Opens every mail of a folder; how many there were.
fn corpus(folder: &str, trust: Trust) -> usize {
    let sources = sources(SENDERS);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut seen = 0;
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "eml") {
            continue;
        }
        seen += 1;
        let raw = std::fs::read(&path).unwrap();
        // The one mail that has CR line ends keeps them.
        let bare_cr = path.ends_with("bare_cr.eml");
        assert!(bare_cr || !raw.contains(&b'\r'), "{}: keep LF line ends in the corpus", path.display());
        let expected = std::fs::read_to_string(path.with_extension("json")).unwrap();
        let expected: Value = serde_json::from_str(&expected).unwrap();
        for (ends, raw) in [("LF", raw.clone()), ("CR LF", with_crlf(&raw))] {
            let outcome = describe(&open(&raw, &sources, trust));
            if outcome != expected {
                wrong.push(format!("{} with {ends}: {outcome:#}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    seen
}

fn with_crlf(raw: &[u8]) -> Vec<u8> {
    raw.split_inclusive(|byte| *byte == b'\n')
        .flat_map(|line| match line.strip_suffix(b"\n") {
            Some(text) => [text, b"\r\n"].concat(),
            None => line.to_vec(),
        })
        .collect()
}

fn describe(opened: &Opened) -> Value {
    match opened {
        Opened::Fax(envelope) => fax(envelope),
        Opened::Hold(fault) => json!({ "hold": fault.code() }),
        Opened::Refuse(fault) => json!({ "refuse": fault.code() }),
    }
}

fn fax(envelope: &Envelope) -> Value {
    let hints = &envelope.hints;
    let documents: Vec<Value> = envelope
        .documents
        .iter()
        .map(|document| {
            json!({
                "format": document.format.code(), "bytes": document.bytes.len(), "sha256": document.sha256,
            })
        })
        .collect();
    json!({
        "documents": documents,
        "notes": envelope.notes.iter().map(|note| MailFault::code(*note)).collect::<Vec<_>>(),
        "profile": hints.profile,
        "received": hints.received.map(|at| at.to_string()),
        "message_id": hints.message_id,
        "from": hints.from,
        "subject": hints.subject,
        "caller": hints.caller,
        "station": hints.station,
        "pages": hints.pages,
        "notice": hints.notice,
    })
}
