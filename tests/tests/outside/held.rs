//! A clerk at the command line: what is held, why, and what becomes of it.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use kasasagi_tests::font::Font;
use kasasagi_tests::raster::FINE;
use kasasagi_tests::sheet::{Entry, Pen};
use kasasagi_tests::{Gateway, gateway};
use serde_json::Value;

use crate::paper::{Blank, Hand};
use crate::post::{Letter, hand_in, mail, settled, state_of};
use crate::room::{json, rows, said, settings, text};
use crate::town::Town;

const PATIENT: &str = "0004716";

/// A gateway that holds the sheet of a patient whose physician's code was written down wrongly.
fn holding() -> (Gateway, String) {
    let gateway = gateway(settings);
    let town = Town::sample();
    let mut entries = town.sheet(PATIENT, "通常");
    let other = if town.physician(PATIENT)["dr_code"] == "0013" { "0021" } else { "0013" };
    for entry in &mut entries {
        if entry.key == "dr_code" {
            *entry = Entry::digits("dr_code", other);
        }
    }
    let blank = Blank::of(&gateway, "ICM-01");
    let hand = Hand { font: Font::printed().expect("font"), pen: Pen::Ticks, dpi: FINE };
    hand_in(&gateway, &mail("wrong", &blank.filled(&entries, &hand)));
    let faxes = settled(&gateway, 1);
    assert_eq!(faxes[0]["state"], "held");
    let record = text(&faxes[0]["records"][0]["id"]).to_owned();
    (gateway, record)
}

#[test]
fn a_clerk_looks_at_the_page_corrects_what_is_wrong_and_it_goes_to_the_registered_physician() {
    let (gateway, record) = holding();
    let held = json(&gateway, &["held"]);
    assert!(held[0]["reasons"].to_string().contains("physician_differs"), "{held}");
    let pages = gateway.room().join("pages");
    fs::create_dir(&pages).expect("a folder");
    let folder = pages.to_str().expect("a plain name");
    let shown = said(&gateway.run(&["held", "show", &record, "--pages", folder]));
    assert!(shown.contains("dr_code") && shown.contains("page: "), "{shown}");
    let files: Vec<_> = fs::read_dir(&pages).expect("the pages").flatten().collect();
    assert_eq!(files.len(), 2, "the page as it came, and laid straight");
    let open = files[0].path();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o644)).expect("a file of ours");
    let again = json(&gateway, &["held", "show", &record, "--pages", folder]);
    assert_eq!(rows(&again["written"]).len(), 2, "{again}");
    for file in files {
        let mode = file.metadata().expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", file.path());
    }

    let wrong = gateway.run(&["held", "accept", &record, "--field", "dr_code=0866"]);
    assert_eq!(wrong.status.code(), Some(2), "{}", said(&wrong));
    assert!(said(&wrong).contains("dr_code"), "{}", said(&wrong));

    let physician = Town::sample().physician(PATIENT)["dr_code"].clone();
    let typed = gateway.room().join("typed");
    fs::write(&typed, format!("dr_code={physician}\n\n")).expect("a file");
    let typed = typed.to_str().expect("a plain name");
    let done = gateway.run(&["held", "accept", &record, "--fields-from", typed]);
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    assert!(said(&done).contains(&physician), "{}", said(&done));
    let fax = record.split('.').next().expect("a fax");
    kasasagi_tests::wait_until("the mails", || state_of(&gateway, fax) == "delivered");
    let mut to: Vec<String> =
        Letter::all_in(&gateway.room().join("outgoing")).into_iter().map(|l| l.to).collect();
    to.sort();
    let registered: Vec<String> = Town::sample().recipients(PATIENT).into_iter().map(|r| r.address).collect();
    assert_eq!(to, registered);
    let story = said(&gateway.run(&["trace", fax]));
    assert!(story.contains("corrected: ") && story.contains("dr_code"), "{story}");
    assert_eq!(gateway.run(&["reconcile"]).status.code(), Some(0));
}

#[test]
fn a_clerk_may_say_whom_it_is_about_or_settle_it() {
    let (gateway, record) = holding();
    let nobody = gateway.run(&["held", "route", &record, "--patient", "0000018"]);
    assert_eq!(nobody.status.code(), Some(2), "{}", said(&nobody));
    let routed = gateway.run(&["held", "route", &record, "--patient", PATIENT]);
    assert_eq!(routed.status.code(), Some(0), "{}", said(&routed));
    assert!(said(&gateway.run(&["trace", record.split('.').next().expect("a fax")])).contains("by_hand"));

    let (gateway, record) = holding();
    let settled = gateway.run(&["held", "reject", &record, "--reason", "resend_asked"]);
    assert_eq!(settled.status.code(), Some(0), "{}", said(&settled));
    assert_eq!(rows(&json(&gateway, &["held"])).len(), 0);
    assert_eq!(json(&gateway, &["list"])[0]["state"], "refused");
    assert_eq!(gateway.run(&["reconcile"]).status.code(), Some(0));
    assert_eq!(gateway.run(&["held", "reject", &record, "--reason", "because"]).status.code(), Some(2));
}

#[test]
fn who_would_get_what_is_told_before_anything_is_sent() {
    let gateway = crate::room::room(settings);
    let told = json(&gateway, &["registry", "policy", "--patient", PATIENT]);
    let recipients = rows(&told["recipients"]);
    let town = Town::sample();
    for urgency in ["routine", "today", "emergency"] {
        let mut of: Vec<&str> =
            recipients.iter().filter(|r| r["urgency"] == urgency).map(|r| text(&r["address"])).collect();
        of.sort_unstable();
        let sender = &town.sender(PATIENT)["email"];
        assert!(
            town.recipients(PATIENT).iter().all(|r| of.contains(&r.address.as_str())),
            "{urgency}: {of:?}"
        );
        assert!(of.len() <= town.recipients(PATIENT).len() + 1, "and the sender {sender}: {of:?}");
    }
    let physician = recipients.iter().find(|r| r["role"] == "physician").expect("a physician");
    assert_eq!(
        (&physician["page"], &physician["hidden"]),
        (&Value::from("whole"), &Value::from(Vec::<String>::new()))
    );
    let pharmacy = recipients.iter().find(|r| r["role"] == "pharmacy").expect("a pharmacy");
    assert!(pharmacy["hidden"].to_string().contains("disease"), "{pharmacy}");
    let nobody = gateway.run(&["registry", "policy", "--patient", "9999990"]);
    assert_eq!(nobody.status.code(), Some(1), "{}", said(&nobody));
    assert!(said(&nobody).contains("patient_unknown"), "{}", said(&nobody));
}
