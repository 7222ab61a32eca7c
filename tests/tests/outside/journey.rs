//! From a mail with a faxed sheet to the mails that the people registered for the patient get.

use std::fs;
use std::path::Path;
use std::process::Command;

use kasasagi_tests::font::Font;
use kasasagi_tests::raster::{FINE, Raster};
use kasasagi_tests::sheet::Pen;
use kasasagi_tests::{Answer, SmtpSink, gateway, wait_until};
use serde_json::Value;

use crate::paper::{Blank, Hand};
use crate::post::{Letter, files, hand_in, mail, settled};
use crate::room::{json, rows, settings, text};
use crate::town::{Recipient, Town};

/// Their team: pharmacy, day service, home nursing.
const URGENT: &str = "0003943";
/// Their team: home nursing.
const EMERGENCY: &str = "0004788";

#[test]
fn a_sheet_reaches_everybody_registered_and_nobody_else() {
    let town = Town::sample();
    let gateway =
        gateway(|room| format!("{}[intake.maildir]\ndir = \"maildir\"\ninterval_s = 1\n", settings(room)));
    let blank = Blank::of(&gateway, "ICM-01");

    hand_in(&gateway, &mail("urgent", &sheet(&town, &blank, URGENT, "至急(本日中)")));
    let new = gateway.room().join("maildir/new");
    wait_until("the Maildir", || new.is_dir());
    let letter = mail("emergency", &sheet(&town, &blank, EMERGENCY, "緊急(電話済)"));
    fs::write(gateway.room().join("maildir/tmp/1.2.host"), &letter).expect("a mail");
    fs::rename(gateway.room().join("maildir/tmp/1.2.host"), new.join("1.2.host")).expect("a mail");

    let faxes = settled(&gateway, 2);
    assert_eq!(sources_and_states(&faxes), [("lmtp", "delivered"), ("maildir", "delivered")], "{faxes:?}");
    assert!(files(&new).is_empty(), "a mail that was taken leaves new/");
    let letters = Letter::all_in(&gateway.room().join("outgoing"));
    for (fax, patient, mark) in [(&faxes[0], URGENT, "【至急】"), (&faxes[1], EMERGENCY, "【緊急】")]
    {
        let letters: Vec<&Letter> = letters.iter().filter(|l| l.item.starts_with(text(&fax["id"]))).collect();
        let reached: Vec<&str> = letters.iter().map(|l| l.to.as_str()).collect();
        let registered = town.recipients(patient);
        assert_eq!(reached, registered.iter().map(|r| r.address.as_str()).collect::<Vec<_>>());
        for (letter, recipient) in letters.into_iter().zip(&registered) {
            assert!(letter.subject.starts_with(mark), "{}", letter.subject);
            shows_what_the_role_may_see(&town, &blank, letter, recipient, patient);
        }
    }
    assert!(letters.iter().all(|l| town.addresses().contains(&l.to.as_str())));
    keeps_people_out_of_everything_else(&town, gateway.room(), &letters);
    assert_eq!(gateway.run(&["audit", "verify"]).status.code(), Some(0));
    assert_eq!(gateway.run(&["reconcile"]).status.code(), Some(0));
}

/// What each role must not learn, as the policy in force says: fields, then the labels of fields.
fn hidden_from(role: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match role {
        "physician" => (&[], &[]),
        "home_nursing" => (&["copay"], &["負担割合"]),
        "pharmacy" => (
            &["disease", "history", "insured_no", "insurer_no", "household", "services", "copay"],
            &["主病名", "既往・経過", "被保険者番号", "世帯", "利用サービス", "負担割合"],
        ),
        "day_service" => (
            &["disease", "history", "insured_no", "insurer_no", "addressee", "copay"],
            &["主病名", "既往・経過", "被保険者番号", "登録医コード", "負担割合"],
        ),
        other => panic!("the teams of this test have no {other}"),
    }
}

fn shows_what_the_role_may_see(town: &Town, blank: &Blank, letter: &Letter, to: &Recipient, patient: &str) {
    let who = town.patient(patient);
    let (fields, labels) = hidden_from(&to.role);
    assert!(letter.words.contains(&who["patient_id"]), "{}: no patient number", to.role);
    for label in labels {
        assert!(!letter.words.contains(label), "{} sees {label}", to.role);
    }
    for (value, key) in [(&who["insured_no"], "insured_no"), (&"慢性心不全".to_owned(), "disease")] {
        let seen = letter.words.contains(value.as_str());
        assert_eq!(seen, !fields.contains(&key), "{}: {key} in\n{}", to.role, letter.words);
    }
    assert_eq!(letter.files.len(), 1, "the page is attached");
    for (name, pdf) in &letter.files {
        assert!(name.ends_with(".pdf"), "{name}");
        shows_only_allowed_zones(blank, pdf, fields, &to.role);
    }
}

/// Fields that were filled in by letters in a zone which is white before.
const WRITTEN: [&str; 4] = ["name", "disease", "history", "addressee"];

fn shows_only_allowed_zones(blank: &Blank, pdf: &[u8], hidden: &[&str], role: &str) {
    let room = tempfile::tempdir().expect("a folder");
    let path = room.path().join("page.pdf");
    fs::write(&path, pdf).expect("a file");
    let facts = Command::new("pdfinfo").arg(&path).output().expect("pdfinfo");
    let facts = String::from_utf8_lossy(&facts.stdout).into_owned();
    assert!(facts.lines().any(|line| line.split_whitespace().eq(["Pages:", "1"])), "{facts}");
    let page = Raster::of_pdf(&path, 1, (200.0, 200.0)).expect("poppler draws the page");
    for key in WRITTEN {
        let [x, y, w, h] = blank.form.zone(key);
        let ink = page.ink_in([x + 1.0, y + 1.0, w - 2.0, h - 2.0]);
        assert_eq!(ink > 0.002, !hidden.contains(&key), "{role}: ink {ink} in the zone of {key}");
    }
}

/// Names, numbers and illnesses live in sealed files and in the mails' bodies alone. The journal knows a patient
/// by the registered number, which is how the trail of a patient is found.
fn keeps_people_out_of_everything_else(town: &Town, room: &Path, letters: &[Letter]) {
    let mut open = Vec::new();
    let mut names = String::new();
    for path in files(room) {
        names.push_str(&path.strip_prefix(room).unwrap_or(&path).display().to_string());
        if path.starts_with(room.join("store")) || path.ends_with("log") {
            open.push((path.clone(), fs::read(&path).unwrap_or_default()));
        }
    }
    let log = fs::read_to_string(room.join("log")).unwrap_or_default();
    assert!(!log.is_empty() && open.len() > 10, "there is something to look into");
    for patient in [URGENT, EMERGENCY] {
        let who = town.patient(patient);
        let mut secrets: Vec<String> = vec!["慢性心不全".into(), "大腿骨".into(), who["insured_no"].clone()];
        for column in ["name", "kana", "address", "tel", "birth"] {
            secrets.extend([who[column].clone(), who[column].replace([' ', '-'], "")]);
        }
        for secret in &secrets {
            for (path, bytes) in &open {
                let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
                assert!(!found, "{secret} lies open in {}", path.display());
            }
        }
        secrets.push(patient.to_owned());
        for secret in &secrets {
            assert!(!names.contains(secret) && !log.contains(secret), "{secret} in a file name or the log");
            for letter in letters {
                let head = format!("{} {} {:?}", letter.subject, letter.message_id, letter.files.keys());
                assert!(!head.contains(secret), "{secret} in {head}");
            }
        }
    }
}

/// A server that is busy at the first try of every mail, and knows one recipient no more.
#[test]
fn a_busy_server_gets_the_same_mail_again_and_a_refusal_becomes_work_for_a_person() {
    let town = Town::sample();
    let patient = "0004716";
    let gone =
        town.recipients(patient).into_iter().find(|r| r.role == "pharmacy").expect("a pharmacy").address;
    let refused = gone.clone();
    let sink = SmtpSink::scripted(move |point| match point.verb {
        "RCPT" if point.line.contains(&refused) => Answer::Say("550 5.1.1 no such user".into()),
        "." if point.before == 0 => Answer::Say("451 4.3.0 try later".into()),
        _ => Answer::Willing,
    });
    let port = sink.port();
    let gateway = gateway(|room| {
        let smtp = format!(
            "via = \"smtp\"\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"plain-local\"\nrelay_is_private = true\n"
        );
        settings(room).replace("via = \"folder\"\n", &smtp)
    });
    let blank = Blank::of(&gateway, "ICM-01");
    hand_in(&gateway, &mail("smtp", &sheet(&town, &blank, patient, "通常")));

    let faxes = settled(&gateway, 1);
    assert_eq!(faxes[0]["state"], "held", "a mail that cannot be delivered is seen");
    let mut reached: Vec<String> =
        sink.taken().into_iter().filter(|t| t.acknowledged()).map(|t| t.to).collect();
    reached.sort();
    let mut registered: Vec<String> = town.recipients(patient).into_iter().map(|r| r.address).collect();
    registered.retain(|address| *address != gone);
    assert_eq!(reached, registered, "everybody else once");

    let tries = sink.taken();
    assert!(tries.iter().all(|t| t.from == "fax@gateway.example.jp"));
    let put_off = tries.iter().find(|t| !t.acknowledged()).expect("the first try was put off");
    let again = tries.iter().find(|t| t.acknowledged() && t.to == put_off.to).expect("it came again");
    let name = |raw: &[u8]| Letter::open(raw).message_id;
    assert_eq!(name(&put_off.raw), name(&again.raw), "the same mail, with the same Message-ID");

    let outbox = json(&gateway, &["outbox", "list"]);
    assert_eq!(rows(&outbox).len(), 1, "what was sent is gone from the list: {outbox}");
    assert_eq!(outbox[0]["state"]["is"], "gave_up");
    assert!(text(&outbox[0]["state"]["code"]).starts_with("550"), "{outbox}");
    let held = json(&gateway, &["held"]);
    assert_eq!((rows(&held).len(), &held[0]["what"]), (1, &Value::from("message")), "{held}");
    assert!(text(&held[0]["reasons"][0]).starts_with("undelivered_550"), "{held}");
    assert_eq!(gateway.run(&["reconcile"]).status.code(), Some(0));
}

/// The sheet that the care manager of this patient writes.
pub fn sheet(town: &Town, blank: &Blank, patient: &str, urgency: &str) -> Raster {
    let hand = Hand { font: Font::printed().expect("font"), pen: Pen::Ticks, dpi: FINE };
    blank.filled(&town.sheet(patient, urgency), &hand)
}

fn sources_and_states(faxes: &[Value]) -> Vec<(&str, &str)> {
    faxes.iter().map(|fax| (text(&fax["source"]), text(&fax["state"]))).collect()
}
