//! The corpus of odd mails: `mail/NAME.eml` beside `mail/NAME.json`, which says what must come of it.
//! Each is opened with LF and with CR LF line ends. To add a case, put both files there and raise the count.

use std::path::Path;

use kasasagi::mail::{Envelope, MailFault, Opened, open};
use serde_json::{Value, json};

const CASES: usize = 40;

#[test]
fn every_mail_of_the_corpus_ends_as_its_json_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail");
    let mut seen = 0;
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "eml") {
            continue;
        }
        seen += 1;
        let raw = std::fs::read(&path).unwrap();
        assert!(!raw.contains(&b'\r'), "{}: keep LF line ends in the corpus", path.display());
        let expected = std::fs::read_to_string(path.with_extension("json")).unwrap();
        let expected: Value = serde_json::from_str(&expected).unwrap();
        for (ends, raw) in [("LF", raw.clone()), ("CR LF", with_crlf(&raw))] {
            let outcome = describe(&open(&raw));
            if outcome != expected {
                wrong.push(format!("{} with {ends}: {outcome:#}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(seen, CASES);
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
        "message_id": hints.message_id,
        "from": hints.from,
        "subject": hints.subject,
        "caller": hints.caller,
        "station": hints.station,
        "pages": hints.pages,
        "notice": hints.notice,
    })
}
