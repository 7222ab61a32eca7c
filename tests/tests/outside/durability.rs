//! Power cuts while faxes flow in: what was acknowledged is kept, and goes out once.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::Duration;

use kasasagi_tests::chance::Chance;
use kasasagi_tests::font::Font;
use kasasagi_tests::raster::FINE;
use kasasagi_tests::sheet::Pen;
use kasasagi_tests::{FaxServer, wait_until};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::paper::{Blank, Hand, letter};
use crate::post::{Letter, mail};
use crate::room::{json, room, rows, settings, text};
use crate::town::Town;

const FAXES: usize = 30;
const KILLS: usize = 10;
/// Who the filled sheets among the faxes are about, and which faxes they are.
const SHEETS: [(usize, &str); 3] = [(4, "0004365"), (13, "0004929"), (22, "0005900")];

#[test]
fn ten_power_cuts_lose_nothing_and_repeat_nothing() {
    let mut gateway = room(settings);
    let mails = mails(&Blank::of(&gateway, "ICM-01"));
    let sender = FaxServer::start(gateway.room().join("lmtp.sock"), mails.clone());
    let mut chance = Chance::new(2026);
    for kill in 1..=KILLS {
        sender.allow(kill * FAXES / KILLS);
        gateway.start();
        // The gateway is ready after about half a second, so some cuts hit it while it starts.
        thread::sleep(Duration::from_millis(200 + chance.below(2500) as u64));
        gateway.kill();
    }
    gateway.start();
    wait_until("every fax to be acknowledged", || sender.acknowledged() == FAXES);
    let faxes = settled(&gateway);

    everything_acknowledged_is_there(&faxes, &mails);
    let letters = Letter::all_in(&gateway.room().join("outgoing"));
    every_item_is_one_mail(&faxes, &letters);
    every_sheet_was_delivered_once(&letters);
    assert_eq!(gateway.run(&["reconcile"]).status.code(), Some(0));
    assert_eq!(gateway.run(&["audit", "verify"]).status.code(), Some(0));
    assert!(gateway.stop().success());
    assert_eq!(settled(&gateway), faxes, "the same without the daemon");
}

/// Letters, each twice, and three filled sheets.
fn mails(blank: &Blank) -> Vec<Vec<u8>> {
    let town = Town::sample();
    let hand = Hand { font: Font::printed().expect("font"), pen: Pen::Fills, dpi: FINE };
    let sheets = BTreeMap::from(SHEETS);
    let mail_of = |n: usize| match sheets.get(&n) {
        Some(patient) => mail(&format!("fax-{n}"), &blank.filled(&town.sheet(patient, "通常"), &hand)),
        None => mail(&format!("fax-{n}"), &letter(n as u64 / 2)),
    };
    (0..FAXES).map(mail_of).collect()
}

/// All faxes at their ends. There may be more than mails: one whose acknowledgement was cut off is sent again.
fn settled(gateway: &kasasagi_tests::Gateway) -> Vec<Value> {
    let mut faxes = Vec::new();
    wait_until("every fax to come to its end", || {
        faxes = rows(&json(gateway, &["list"])).to_vec();
        let ends = ["delivered", "held", "duplicate", "refused"];
        faxes.iter().all(|fax| ends.contains(&text(&fax["state"])))
    });
    faxes
}

fn everything_acknowledged_is_there(faxes: &[Value], mails: &[Vec<u8>]) {
    let kept: BTreeSet<&str> = faxes.iter().map(|fax| text(&fax["sha256"])).collect();
    for (number, mail) in mails.iter().enumerate() {
        let digest: String = Sha256::digest(mail).iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(kept.contains(digest.as_str()), "mail {number} was acknowledged and is not there");
    }
    assert_eq!(kept.len(), mails.len(), "nothing else is there");
}

fn every_item_is_one_mail(faxes: &[Value], letters: &[Letter]) {
    let records = faxes.iter().flat_map(|fax| rows(&fax["records"]));
    let items = records.flat_map(|record| rows(&record["items"])).map(|item| text(&item["id"]));
    let mut items: Vec<&str> = items.collect();
    let mut sent: Vec<&str> = letters.iter().map(|letter| letter.item.as_str()).collect();
    items.sort_unstable();
    sent.sort_unstable();
    assert_eq!(sent, items);
    let names: BTreeSet<&str> = letters.iter().map(|letter| letter.message_id.as_str()).collect();
    assert_eq!(names.len(), letters.len(), "no two mails share a Message-ID");
}

fn every_sheet_was_delivered_once(letters: &[Letter]) {
    let town = Town::sample();
    let mut wanted: Vec<(String, String)> = Vec::new();
    for (_, patient) in SHEETS {
        wanted.extend(town.recipients(patient).into_iter().map(|r| (patient.to_owned(), r.address)));
    }
    let about = |letter: &Letter| {
        let patient = SHEETS.iter().find(|(_, patient)| letter.words.contains(patient));
        (patient.map_or("nobody", |(_, patient)| patient).to_owned(), letter.to.clone())
    };
    let mut sent: Vec<(String, String)> = letters.iter().map(about).collect();
    wanted.sort();
    sent.sort();
    assert_eq!(sent, wanted);
}
