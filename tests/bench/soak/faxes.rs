//! Sheets from LMTP to SMTP: some one at a time, then all the others as fast as they are acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use kasasagi_tests::{Gateway, SmtpSink};

use crate::memory::{Look, Watch};
use crate::room::{room, settings};
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
    told("one at a time", &of(&alone));
    told("all at once", &burst);
    let end = burst.iter().map(|c| c.last).max().expect("a fax");
    let start = burst.iter().map(|c| c.received).min().expect("a fax");
    println!(
        "faxes a minute, first acknowledged to last settled: {:.1}",
        count as f64 * 60.0 / seconds(start, end)
    );
    memory("the daemon", &looks, |look| look.daemon);
    memory("its readers", &looks, |look| look.readers);
    println!("  peak of the daemon by the kernel (VmHWM): {} MB", gateway.peak_memory() / 1_000_000);
    accounted(&gateway);
    went_to_the_registered(&sink, &town, &alone.into_iter().chain(together).collect());
    let picture = picture_path();
    fs::write(&picture, picture::drawn(&looks, &burst)).expect("the picture");
    println!("{}", picture.display());
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

fn told(how: &str, courses: &[Course]) {
    let sent: Vec<f64> = courses.iter().filter_map(Course::latency).collect();
    let read = courses.iter().filter_map(|c| c.read.map(|read| seconds(c.received, read))).collect();
    let shown = |[half, most, nearly_all]: [f64; 3]| format!("{half:.2} / {most:.2} / {nearly_all:.2} s");
    println!("{how}: {} of {} faxes were sent, the others are held", sent.len(), courses.len());
    println!("  acknowledged to read, half / 95 % / 99 %:      {}", shown(quantiles(read)));
    println!("  acknowledged to last sent, half / 95 % / 99 %: {}", shown(quantiles(sent)));
}

fn memory(whose: &str, looks: &[Look], of: fn(&Look) -> u64) {
    let megabytes = |look: &Look| of(look) / 1_000_000;
    let peak = looks.iter().map(megabytes).max().unwrap_or_default();
    let last = looks.last().map(megabytes).unwrap_or_default();
    println!("memory of {whose}: at most {peak} MB, at the end {last} MB");
}

/// Every mail in the sink is about one of these faxes and went to somebody registered for its patient; and each of
/// those of whose fax any mail went out got one.
fn went_to_the_registered(sink: &SmtpSink, town: &Town, faxes: &Patients) {
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
        let registered = in_charge(town, &faxes[*fax]);
        assert_eq!(*to, registered, "{fax}");
    }
    println!("{} mails of {} faxes, each to a person registered for its patient", taken.len(), reached.len());
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
