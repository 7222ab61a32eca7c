//! Sheets from LMTP to SMTP: some one at a time, then all the others as fast as they are acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use kasasagi_tests::{Gateway, SmtpSink, figures};
use serde_json::json;

use crate::memory::{Look, Watch};
use crate::room::{room, rows, settings, text};
use crate::sheets::{self, Sheet};
use crate::town::Town;
use crate::trail::{self, Course, quantiles, seconds};
use crate::{accounted, handed_in, picture, started, under_way};

/// How often it is asked whether it is done, so seldom that the asking costs nothing.
const PATIENCE: Duration = Duration::from_secs(3);

/// Each fax handed in, and its patient.
type Patients = BTreeMap<String, String>;

/// Hands in `count` sheets at once, after `alone` others, prints what was measured and draws it.
pub fn measured(alone: usize, count: usize) {
    let (sink, town) = (SmtpSink::willing(), Town::sample());
    let gateway = room(|room| by_smtp(&settings(room), sink.port()));
    let sheets = sheets::drawn(&gateway, &town, alone + count);
    println!("{} sheets drawn", sheets.len());
    let (first, others) = sheets.split_at(alone);
    let gateway = started(gateway);

    let alone = one_at_a_time(&gateway, first);
    let begun = Instant::now();
    let watch = Watch::begin(gateway.pid(), begun);
    let together: Patients = others.iter().map(|sheet| hand_in(&gateway, sheet)).collect();
    println!("{count} sheets acknowledged in {:.1} s", begun.elapsed().as_secs_f64());
    while under_way(&gateway) > 0 {
        thread::sleep(PATIENCE);
    }
    let looks = watch.end();

    let courses = trail::courses(&gateway);
    let of = |faxes: &Patients| faxes.keys().map(|fax| courses[fax]).collect::<Vec<_>>();
    let burst = of(&together);
    let (alone_s, together_s) = (told("one at a time", &of(&alone)), told("all at once", &burst));
    let end = burst.iter().map(|c| c.last).max().expect("a fax");
    let start = burst.iter().map(|c| c.received).min().expect("a fax");
    let a_minute = count as f64 * 60.0 / seconds(start, end);
    println!("faxes a minute, first acknowledged to last settled: {a_minute:.1}");
    let daemon = memory("the daemon", &looks, |look| look.daemon);
    let readers = memory("its readers", &looks, |look| look.readers);
    println!("  peak of the daemon by the kernel (VmHWM): {} MB", gateway.peak_memory() / 1_000_000);
    accounted(&gateway);
    let why = held_why(&gateway);
    println!("held, by reason: {why:?}");
    let all: Patients =
        alone.iter().chain(&together).map(|(fax, patient)| (fax.clone(), patient.clone())).collect();
    let mails = went_to_the_registered(&sink, &town, &all);
    let picture = picture_path();
    fs::write(&picture, picture::drawn(&looks, &burst)).expect("the picture");
    println!("{}", picture.display());
    let delivered = all.keys().filter(|fax| courses[*fax].sent.is_some()).count();
    figures::leave(
        "faxes",
        &json!({
            "alone": alone.len(), "together": count, "a_minute": a_minute,
            "alone_s": alone_s, "together_s": together_s, "daemon_mb": daemon, "readers_mb": readers,
            "delivered": delivered, "held": all.len() - delivered, "held_why": why, "mails": mails,
        }),
    );
}

fn by_smtp(settings: &str, port: u16) -> String {
    let smtp = format!(
        "via = \"smtp\"\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"plain-local\"\nrelay_is_private = true\n"
    );
    settings.replace("via = \"folder\"\n", &smtp)
}

fn hand_in(gateway: &Gateway, sheet: &Sheet) -> (String, String) {
    (handed_in(&gateway.room().join("lmtp.sock"), &sheet.mail), sheet.patient.clone())
}

fn one_at_a_time(gateway: &Gateway, sheets: &[Sheet]) -> Patients {
    let mut faxes = Patients::new();
    for sheet in sheets {
        faxes.extend([hand_in(gateway, sheet)]);
        while under_way(gateway) > 0 {
            thread::sleep(Duration::from_millis(300));
        }
    }
    faxes
}

/// Prints how long faxes took, and returns it: until the last message was sent, half, 95 and 99 of 100.
fn told(how: &str, courses: &[Course]) -> [f64; 3] {
    let sent: Vec<f64> = courses.iter().filter_map(Course::latency).collect();
    let read = courses.iter().filter_map(|c| c.read.map(|read| seconds(c.received, read))).collect();
    let shown = |[half, most, nearly_all]: [f64; 3]| format!("{half:.2} / {most:.2} / {nearly_all:.2} s");
    println!("{how}: {} of {} faxes were sent, the others are held", sent.len(), courses.len());
    println!("  acknowledged to read, half / 95 % / 99 %:      {}", shown(quantiles(read)));
    let sent = quantiles(sent);
    println!("  acknowledged to last sent, half / 95 % / 99 %: {}", shown(sent));
    sent
}

/// Prints and returns the most and the last, in MB.
fn memory(whose: &str, looks: &[Look], of: fn(&Look) -> u64) -> [u64; 2] {
    let megabytes = |look: &Look| of(look) / 1_000_000;
    let peak = looks.iter().map(megabytes).max().unwrap_or_default();
    let last = looks.last().map(megabytes).unwrap_or_default();
    println!("memory of {whose}: at most {peak} MB, at the end {last} MB");
    [peak, last]
}

/// How many faxes wait for a person, by their weightiest reason.
fn held_why(gateway: &Gateway) -> BTreeMap<String, usize> {
    let mut why = BTreeMap::new();
    for held in rows(&crate::room::json(gateway, &["held", "list"])) {
        *why.entry(text(&held["reasons"][0]).to_owned()).or_default() += 1;
    }
    why
}

/// Every mail in the sink is about one of these faxes and went to somebody registered for its patient, if anything may
/// be sent about them; and each of those of whose fax any mail went out got one. Returns how many mails there were.
fn went_to_the_registered(sink: &SmtpSink, town: &Town, faxes: &Patients) -> usize {
    let mut reached: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let taken = sink.taken();
    for mail in &taken {
        let raw = String::from_utf8_lossy(&mail.raw);
        let item = raw.lines().find_map(|line| line.strip_prefix("X-Kasasagi-Item: ")).expect("an item");
        let fax = item.trim().split('.').next().expect("a fax");
        let (fax, _) = faxes.get_key_value(fax).unwrap_or_else(|| panic!("{fax} was not handed in"));
        assert!(reached.entry(fax).or_default().insert(mail.to.clone()), "{item} came twice");
    }
    for (fax, to) in &reached {
        assert!(!is_barred(town, &faxes[*fax]), "{fax} was not to be sent to anybody");
        let registered = in_charge(town, &faxes[*fax]);
        assert_eq!(*to, registered, "{fax}");
    }
    println!("{} mails of {} faxes, each to a person registered for its patient", taken.len(), reached.len());
    let barred = faxes.values().filter(|patient| is_barred(town, patient)).count();
    println!("{barred} faxes about patients of whom nothing may be passed on, none of which was sent");
    taken.len()
}

/// Whether nothing may be passed on about a patient: consent was withdrawn, use was stopped, or the patient has died.
fn is_barred(town: &Town, patient: &str) -> bool {
    let row = town.patient(patient);
    ["consent_withdrawn_on", "stop_flag", "deceased_on"].iter().any(|column| !row[*column].is_empty())
}

/// Addresses registered for a patient; the first deputy's in place of a physician who is absent.
fn in_charge(town: &Town, patient: &str) -> BTreeSet<String> {
    let mut all: BTreeSet<String> = town.recipients(patient).into_iter().map(|r| r.address).collect();
    let physician = town.physician(patient);
    if physician["status"] == "absent" {
        all.remove(&physician["email"]);
        let deputy = physician["backup_dr_codes"].split(';').next().expect("a deputy");
        all.insert(town.address(deputy).to_owned());
    }
    all
}

fn picture_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pictures/soak.svg")
}
