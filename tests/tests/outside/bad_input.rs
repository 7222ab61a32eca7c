//! What is wrong with a mail or an attachment becomes a state with a reason, and costs no other fax anything.

use std::fs;
use std::path::Path;

use kasasagi_tests::fax::{self, Coding};
use kasasagi_tests::font::Font;
use kasasagi_tests::raster::{FINE, Raster};
use kasasagi_tests::sheet::{Entry, Pen};
use kasasagi_tests::{Gateway, fax_mail, gateway};
use serde_json::Value;

use crate::paper::{Blank, Hand, letter};
use crate::post::{files, hand_in, mail, settled};
use crate::room::{TOWN, model, room, rows, said, settings, text};
use crate::town::{self, Town};

fn corpus(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name)).expect("a sample file")
}

#[test]
fn every_bad_mail_is_held_with_its_reason_and_the_next_fax_is_read() {
    let gateway = gateway(settings);
    let whole = fax::pdf(&[letter(9)], Coding::Mmr).expect("a PDF");
    let tiff = fax::tiff(&[letter(9)], Coding::Mh).expect("a TIFF");
    let attached =
        |name: &str, kind: &str, bytes: &[u8]| fax_mail(&format!("{name}@x"), "FAX", &[(name, kind, bytes)]);
    let cases: Vec<(Vec<u8>, &[&str])> = vec![
        (fax_mail("none@x", "FAX", &[]), &["no_attachment"]),
        (attached("empty.pdf", "application/pdf", b""), &["empty_attachment"]),
        (
            attached("letter.doc", "application/msword", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 no fax"),
            &["unknown_attachment"],
        ),
        (attached("text.pdf", "application/pdf", b"this is no PDF at all"), &["unknown_attachment"]),
        (attached("broken.pdf", "application/pdf", b"%PDF-1.4\nnothing but a head"), &["unreadable"]),
        (attached("cut.tif", "image/tiff", &tiff[..60]), &["unreadable"]),
        (attached("head.pdf", "application/pdf", &whole[..whole.len() / 3]), &["unreadable", "unknown_form"]),
        (attached("password.pdf", "application/pdf", &corpus("password.pdf")), &["password_protected"]),
        (b"no head, no body".to_vec(), &["broken", "no_attachment"]),
        (mail("letter", &letter(9)), &["unknown_form"]),
    ];
    for (mail, _) in &cases {
        hand_in(&gateway, mail);
    }
    let faxes = settled(&gateway, cases.len());
    for (number, (fax, (_, reasons))) in faxes.iter().zip(&cases).enumerate() {
        let reason = fax["reason"].as_str().or(fax["held_pages"][0][1].as_str()).unwrap_or_default();
        assert_eq!(fax["state"], "held", "case {number}: {fax}");
        assert!(reasons.contains(&reason), "case {number}: {reason}, expected one of {reasons:?}");
        let shown = gateway.run(&["held", "show", text(&fax["id"])]);
        assert!(shown.status.success() && said(&shown).contains(reason), "{}", said(&shown));
    }
    assert_eq!(gateway.run(&["reconcile"]).status.code(), Some(0));
    assert_eq!(gateway.run(&["audit", "verify"]).status.code(), Some(0));
}

#[test]
fn read_says_of_a_bad_file_why_it_gives_nothing() {
    let gateway = room(settings);
    for (name, bytes, reason) in [
        ("password.pdf", corpus("password.pdf"), "password_protected"),
        ("broken.pdf", b"%PDF-1.4\nnothing but a head".to_vec(), "unreadable"),
        ("text.pdf", b"this is no PDF at all".to_vec(), "unknown_format"),
        ("empty.tif", Vec::new(), "unknown_format"),
    ] {
        let path = gateway.room().join(name);
        fs::write(&path, bytes).expect("a file");
        let answers = read(&gateway, &path, 1);
        let answer = (answers.len(), &answers[0]["form"], text(&answers[0]["reason"]));
        assert_eq!(answer, (1, &Value::Null, reason), "{name}");
    }
}

/// A sheet printed by somebody who has a newer form file.
#[test]
fn a_sheet_in_a_version_that_is_not_configured_is_no_form() {
    let newer = room(|room| {
        let form = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/forms/icm-02.toml");
        let form = fs::read_to_string(form).expect("the form").replacen("version = 1", "version = 2", 1);
        fs::create_dir(room.join("forms")).expect("a folder");
        fs::write(room.join("forms/icm-02-v2.toml"), form).expect("a file");
        format!("{}[forms]\ndir = \"forms\"\n", settings(room))
    });
    let path = newer.room().join("sheet.tif");
    fs::write(&path, reply_slip(&Blank::of(&newer, "ICM-02"))).expect("a file");
    let known = read(&newer, &path, 0);
    assert_eq!((text(&known[0]["form"]), known[0]["version"].as_u64()), ("ICM-02", Some(2)));
    let older = room(settings);
    let unknown = read(&older, &path, 1);
    assert_eq!((&unknown[0]["form"], text(&unknown[0]["reason"])), (&Value::Null, "unknown_form_version"));
}

/// Everything is as it should be, but nobody of that number is registered.
#[test]
fn a_sheet_about_somebody_who_is_not_registered_is_held() {
    let gateway = gateway(|room| {
        let settings = settings(room);
        for path in files(&room.join(TOWN)) {
            let table = fs::read_to_string(&path).expect("a table");
            let rest: Vec<&str> = table.lines().filter(|line| !line.contains(STRANGER)).collect();
            fs::write(&path, rest.join("\n") + "\n").expect("a table");
        }
        settings
    });
    let blank = Blank::of(&gateway, "ICM-01");
    let hand = Hand { font: Font::printed().expect("font"), pen: Pen::Ticks, dpi: FINE };
    hand_in(&gateway, &mail("stranger", &blank.filled(&Town::sample().sheet(STRANGER, "通常"), &hand)));
    let fax = &settled(&gateway, 1)[0];
    assert_eq!(fax["state"], "held");
    let reasons: Vec<&str> = rows(&fax["records"][0]["decision"]["reasons"]).iter().map(text).collect();
    assert!(reasons.iter().any(|reason| reason.starts_with("patient")), "{reasons:?}");
    assert!(!gateway.room().join("outgoing").read_dir().is_ok_and(|mut mails| mails.next().is_some()));
}

const STRANGER: &str = "0008071";

#[test]
fn without_the_model_the_other_reader_works_and_leaves_more_to_a_person() {
    let whole = room(settings);
    let poorer = room(|room| settings(room).replace(&format!("{:?}", model()), "\"no-model.onnx\""));
    let path = whole.room().join("slip.tif");
    fs::write(&path, reply_slip(&Blank::of(&whole, "ICM-02"))).expect("a file");
    let sure = |answer: &Value| -> Vec<String> {
        let fields = answer["fields"].as_object().expect("fields");
        fields.iter().filter(|(_, f)| f["state"] == "sure").map(|(key, _)| key.clone()).collect()
    };
    let (with, without) = (read(&whole, &path, 0), read(&poorer, &path, 0));
    assert!(sure(&without[0]).len() < sure(&with[0]).len(), "{:?} {:?}", sure(&without[0]), sure(&with[0]));
    for (key, field) in without[0]["fields"].as_object().expect("fields") {
        let same = field["value"] == with[0]["fields"][key]["value"];
        assert!(same || field["state"] != "sure", "{key}: {field} and {}", with[0]["fields"][key]);
    }
    let check = poorer.run(&["check"]);
    assert_eq!(check.status.code(), Some(0), "{}", said(&check));
    let warned = said(&check).lines().any(|l| l.starts_with("warning") && l.contains("no-model.onnx"));
    assert!(warned, "{}", said(&check));
}

#[test]
fn without_the_language_file_the_lack_is_named() {
    let gateway = room(|room| {
        fs::create_dir(room.join("tessdata")).expect("a folder");
        settings(room).replace("[reading]\n", "[reading]\ntessdata = \"tessdata\"\n")
    });
    let check = gateway.run(&["check"]);
    let line = said(&check).lines().find(|line| line.contains("readers")).unwrap_or_default().to_owned();
    assert!(!line.starts_with("ok") && line.contains("tessdata"), "{}", said(&check));
}

/// A physician's reply with every kind of field.
fn reply_slip(blank: &Blank) -> Vec<u8> {
    let hand = Hand { font: Font::printed().expect("font"), pen: Pen::Ticks, dpi: FINE };
    let entries = [
        Entry::digits("dr_code", "0013"),
        Entry::text("doctor", "水野遥斗"),
        Entry::digits("patient_id", "0003943"),
        Entry::date("replied_on", &town::today(), false),
        Entry::choice("reply", "了解"),
        Entry::choices("call_time", &["午後"]),
        Entry::digits("call_tel", "0586701100"),
        Entry::number("sheets", 2, 2),
        Entry::text("clinic", "ひばり内科クリニック"),
    ];
    let page: Raster = blank.filled(&entries, &hand);
    fax::tiff(&[page], Coding::Mh).expect("a TIFF")
}

fn read(gateway: &Gateway, path: &Path, exit: i32) -> Vec<Value> {
    let output = gateway.run(&["read", "--json", &path.display().to_string()]);
    assert_eq!(output.status.code(), Some(exit), "{}: {}", path.display(), said(&output));
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}
