//! What the store holds, in the hands of whoever answers for it: copies, another key, content that goes or stays.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use kasasagi_tests::font::Font;
use kasasagi_tests::raster::FINE;
use kasasagi_tests::sheet::Pen;
use kasasagi_tests::{Gateway, fax_mail, gateway, lmtp_acknowledges, wait_until};

use crate::paper::{Blank, Hand};
use crate::post::{Letter, files, hand_in, mail, settled, state_of};
use crate::room::{json, room, rows, said, settings, text};
use crate::town::Town;

const PATIENT: &str = "0004365";
const ANOTHER: &str = "0004929";

fn sheet(gateway: &Gateway, name: &str, patient: &str) -> Vec<u8> {
    let hand = Hand { font: Font::printed().expect("font"), pen: Pen::Fills, dpi: FINE };
    mail(name, &Blank::of(gateway, "ICM-01").filled(&Town::sample().sheet(patient, "通常"), &hand))
}

/// Runs a verb that must end like this.
fn ends(gateway: &Gateway, arguments: &[&str], exit: i32) -> String {
    let output = gateway.run(arguments);
    assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {}", said(&output));
    said(&output)
}

/// Somebody who faxes without a pause, and remembers what was acknowledged.
struct Faxing {
    acknowledged: Arc<Mutex<Vec<String>>>,
    done: Arc<AtomicBool>,
}

impl Faxing {
    fn start(socket: PathBuf) -> Self {
        let faxing = Self { acknowledged: Arc::default(), done: Arc::default() };
        let (acknowledged, done) = (faxing.acknowledged.clone(), faxing.done.clone());
        thread::spawn(move || {
            for number in 0.. {
                if done.load(Ordering::SeqCst) {
                    break;
                }
                let raw = fax_mail(&format!("{number}@busy.example"), "FAX", &[]);
                if lmtp_acknowledges(&socket, &raw) {
                    acknowledged.lock().expect("the list").push(format!("{number}@busy.example"));
                }
                thread::sleep(Duration::from_millis(20));
            }
        });
        faxing
    }

    fn so_far(&self) -> usize {
        self.acknowledged.lock().expect("the list").len()
    }
}

impl Drop for Faxing {
    fn drop(&mut self) {
        self.done.store(true, Ordering::SeqCst);
    }
}

#[test]
fn a_copy_made_at_work_goes_on_elsewhere_and_delivers_nothing_twice() {
    let here = gateway(settings);
    hand_in(&here, &sheet(&here, "before", PATIENT));
    assert_eq!(settled(&here, 1)[0]["state"], "delivered");
    let faxing = Faxing::start(here.room().join("lmtp.sock"));
    wait_until("some faxes", || faxing.so_far() >= 20);
    let before = faxing.so_far();
    let copy = here.room().join("copy");
    let copy = copy.to_str().expect("a plain name");
    let told = ends(&here, &["backup", copy], 0);
    assert!(told.contains("master key"), "{told}");
    let checked = std::process::Command::new("sha256sum")
        .args(["-c", "--quiet", "SHA256SUMS"])
        .current_dir(copy)
        .output()
        .expect("sha256sum");
    assert!(checked.status.success(), "{}", said(&checked));
    // What comes after the copy is not in it.
    hand_in(&here, &sheet(&here, "after", ANOTHER));
    drop(faxing);

    let mut there = room(settings);
    let without = ends(&there, &["restore", copy], 2);
    assert!(without.contains("master.key"), "{without}");
    fs::copy(here.room().join("master.key"), there.room().join("master.key")).expect("the key");
    ends(&there, &["restore", copy], 0);
    let faxes = json(&there, &["list"]);
    let kept: BTreeSet<&str> = rows(&faxes).iter().map(|fax| text(&fax["sha256"])).collect();
    assert!(kept.len() > before, "{} of {before} and the sheet", kept.len());
    let states: BTreeSet<&str> = rows(&faxes).iter().map(|fax| text(&fax["state"])).collect();
    assert!(states.iter().all(|state| ["delivered", "held"].contains(state)), "{states:?}");
    ends(&there, &["audit", "verify"], 0);
    ends(&there, &["reconcile"], 0);

    there.start();
    hand_in(&there, &sheet(&there, "new", ANOTHER));
    wait_until("the new sheet", || {
        let faxes = json(&there, &["list"]);
        rows(&faxes).iter().filter(|fax| fax["state"] == "delivered").count() == 2
    });
    let letters = Letter::all_in(&there.room().join("outgoing"));
    let mut reached: Vec<&str> = letters.iter().map(|letter| letter.to.as_str()).collect();
    reached.sort_unstable();
    let registered = Town::sample().recipients(ANOTHER);
    let registered: Vec<&str> = registered.iter().map(|r| r.address.as_str()).collect();
    assert_eq!(reached, registered, "the new one's, and none of the old one's");
    let head = ends(&here, &["audit", "head"], 0);
    let later = ends(&there, &["audit", "verify", "--checkpoint", head.trim()], 1);
    assert!(later.contains("MISSING") || later.contains("REWRITTEN"), "what came after the copy: {later}");
}

#[test]
fn what_was_under_way_waits_for_a_person_unless_the_gateway_never_ran_again() {
    let mut here = room(settings);
    let path = here.room().join("mail.eml");
    fs::write(&path, sheet(&here, "waits", PATIENT)).expect("a mail");
    let fax = text(&json(&here, &["submit", path.to_str().expect("plain")])["fax"]).to_owned();
    let copy = here.room().join("copy");
    ends(&here, &["backup", copy.to_str().expect("plain")], 0);
    for (flags, state) in [(&["--never-ran-since"][..], "received"), (&[], "held")] {
        let there = room(settings);
        fs::copy(here.room().join("master.key"), there.room().join("master.key")).expect("the key");
        ends(&there, &[&["restore", copy.to_str().expect("plain")], flags].concat(), 0);
        assert_eq!(state_of(&there, &fax), state);
    }
    // In its own place, with a store that has gone on meanwhile.
    here.start();
    wait_until("the sheet", || state_of(&here, &fax) == "delivered");
    let running = ends(&here, &["restore", copy.to_str().expect("plain"), "--replace"], 75);
    assert!(running.contains("in use"), "{running}");
    assert!(here.stop().success());
    ends(&here, &["restore", copy.to_str().expect("plain")], 2);
    ends(&here, &["restore", copy.to_str().expect("plain"), "--replace"], 0);
    here.start();
    let held = json(&here, &["held"]);
    assert!(rows(&held)[0].to_string().contains("restored"), "{held}");
    ends(&here, &["held", "admit", &fax], 0);
    wait_until("the sheet again", || state_of(&here, &fax) == "delivered");
}

#[test]
fn another_master_key_takes_the_place_of_the_old_one_and_no_content_is_touched() {
    let mut gateway = gateway(settings);
    hand_in(&gateway, &fax_mail("one@x", "FAX", &[]));
    let fax = text(&settled(&gateway, 1)[0]["id"]).to_owned();
    let busy = ends(&gateway, &["key", "rotate"], 75);
    assert!(busy.contains("in use"), "{busy}");
    assert!(gateway.stop().success());
    let key = gateway.room().join("master.key");
    let old = fs::read(&key).expect("the key");
    let blob = gateway.room().join("store/blobs").join(&fax).join("raw");
    let sealed = fs::read(&blob).expect("the mail");
    ends(&gateway, &["key", "rotate"], 0);
    assert_ne!(fs::read(&key).expect("the key"), old);
    assert_eq!(fs::read(&blob).expect("the mail"), sealed);
    ends(&gateway, &["audit", "verify"], 0);
    assert_eq!(rows(&json(&gateway, &["audit", "list", "--kind", "key_rotated"])).len(), 1);
    let new = fs::read(&key).expect("the key");
    fs::write(&key, &old).expect("a key");
    assert!(ends(&gateway, &["list"], 2).contains("master key"));
    fs::write(&key, &new).expect("a key");
    gateway.start();
    assert_eq!(state_of(&gateway, &fax), "held");
}

#[test]
fn erased_content_is_gone_the_events_stay_and_what_must_stay_stays() {
    let gateway = gateway(settings);
    for name in ["one", "two", "three"] {
        hand_in(&gateway, &fax_mail(&format!("{name}@x"), name, &[]));
    }
    let faxes: Vec<String> = settled(&gateway, 3).iter().map(|fax| text(&fax["id"]).to_owned()).collect();
    let [one, two, three] = &faxes[..] else { panic!("{faxes:?}") };
    let held = ends(&gateway, &["erase", "--fax", one], 2);
    assert!(held.contains("waits for a person"), "{held}");
    for fax in [one, two] {
        ends(&gateway, &["held", "reject", fax, "--reason", "test"], 0);
    }
    ends(&gateway, &["keep", two], 0);
    let kept = ends(&gateway, &["erase", "--fax", two], 2);
    assert!(kept.contains(two.as_str()), "{kept}");
    let would = ends(&gateway, &["erase", "--older-than", "0d", "--dry-run"], 0);
    assert!(would.contains(one.as_str()) && !would.contains(two.as_str()), "{would}");
    assert!(key_of(&gateway, one).exists(), "a dry run erases nothing");
    ends(&gateway, &["erase", "--older-than", "0d"], 0);
    assert!(!key_of(&gateway, one).exists() && key_of(&gateway, two).exists());
    assert!(files(&gateway.room().join("store/blobs").join(one)).is_empty());
    assert_eq!(json(&gateway, &["trace", one])["fax"]["erased"], true);
    assert!(ends(&gateway, &["trace", one], 0).contains("erased"));
    ends(&gateway, &["held", "show", one], 2);
    ends(&gateway, &["keep", two, "--release"], 0);
    ends(&gateway, &["erase", "--fax", two], 0);
    ends(&gateway, &["erase", "--fax", three], 2);
    ends(&gateway, &["audit", "verify"], 0);
    ends(&gateway, &["reconcile"], 0);
}

fn key_of(gateway: &Gateway, fax: &str) -> PathBuf {
    Path::new(&gateway.room().join("store/keys")).join(fax)
}
