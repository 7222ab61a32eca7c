//! The built gateway, LMTP in and SMTP out, while its process, its power and its disk fail.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use kasasagi_tests::chance::Chance;
use kasasagi_tests::font::Font;
use kasasagi_tests::raster::FINE;
use kasasagi_tests::sheet::Pen;
use kasasagi_tests::sink::Taken;
use kasasagi_tests::{Answer, FaxServer, Gateway, SmtpSink, wait_until};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::frames::payloads;
use crate::paper::{Blank, Hand, letter};
use crate::post::{Letter, mail};
use crate::room::{json, room, rows, said, settings, text};
use crate::shim::{Class, Fault, Plan};
use crate::table::{Table, Tally};
use crate::town::Town;

/// Ends of the gateway in one room.
const ENDS: usize = 12;
/// Faxes for each end, and how often one of them is a filled sheet that goes to somebody.
const FAXES: usize = 2;
const SHEET_EVERY: usize = 3;
/// Time the server takes for its answer to a mail.
const THINKS: Duration = Duration::from_millis(30);
/// Patients of the sample whose sheets have recipients.
const PATIENTS: [&str; 8] =
    ["0004365", "0004929", "0005900", "0003878", "0004017", "0004224", "0004436", "0004576"];
/// File calls of a gateway from its start until it has little to do.
const CALLS: usize = 160;

/// Ends the gateway so many times in all.
pub fn run(ends: usize) -> Table {
    let mut table = Table::default();
    for number in 0..ends.div_ceil(ENDS) {
        table.add("gateway ended", one_room(number as u64, ENDS.min(ends - number * ENDS)));
    }
    table
}

/// An end of the gateway.
#[derive(Debug)]
struct End {
    /// Mails that the server had taken.
    taken: usize,
    /// Items whose acceptance was on the disk.
    sent: BTreeSet<String>,
}

fn one_room(seed: u64, ends: usize) -> Tally {
    let sink = SmtpSink::scripted(|point| {
        // Time for the end to come while a mail is on the wire.
        if point.verb == "." {
            thread::sleep(THINKS);
        }
        Answer::Willing
    });
    let mut gateway = room(|room| by_smtp(&settings(room), sink.port()));
    let mails = mails(&gateway, ends * FAXES);
    let sender = FaxServer::start(gateway.room().join("lmtp.sock"), mails.clone());
    let (mut chance, mut marks, mut tally) = (Chance::new(seed), Vec::new(), Tally::default());
    for end in 1..=ends {
        sender.allow(end * FAXES);
        end_it(&mut gateway, &sink, &mut chance);
        // What was on the wire may still be on its way to the server.
        wait_until("the server to have heard all", || sink.is_idle());
        marks.push(End { taken: sink.taken().len(), sent: sent(gateway.room()) });
        tally.rounds += 1;
    }
    gateway.start();
    wait_until("every fax to be acknowledged", || sender.acknowledged() == mails.len());
    let items = settled(&gateway);
    tally.acknowledged = mails.len() + items.len();
    check(&gateway, &mails, &mut tally);
    repeats(&sink.taken(), &marks, &items, &mut tally);
    tally
}

/// Starts it, and ends it by one of many ways: when a mail is on the wire, at some file call, or at any moment.
fn end_it(gateway: &mut Gateway, sink: &SmtpSink, chance: &mut Chance) {
    let lasting = [Fault::FullOnce, Fault::Full, Fault::FailsOnce, Fault::Fails, Fault::Short];
    let fatal = [Fault::Kill, Fault::KillHalf, Fault::Power, Fault::Power, Fault::PowerHalf];
    let on_the_wire = chance.below(2) == 0;
    let fault = match chance.below(3) {
        0 => None,
        1 => Some(lasting[chance.below(lasting.len())]),
        _ => Some(fatal[chance.below(fatal.len())]),
    };
    let before = sink.count(".");
    start(gateway, fault.filter(|fault| !on_the_wire || !fault.is_fatal()), chance);
    let begun = Instant::now();
    let patience = Duration::from_millis(if on_the_wire { 6000 } else { 300 + chance.below(2500) as u64 });
    while gateway.is_running() && begun.elapsed() < patience && !(on_the_wire && sink.count(".") > before) {
        thread::sleep(Duration::from_millis(1));
    }
    if on_the_wire {
        // Before the server answers, before the answer is on the disk, or after.
        thread::sleep(Duration::from_millis(chance.below(2 * THINKS.as_millis() as usize) as u64));
    }
    gateway.kill();
}

/// Starts it on a disk that fails at one of its calls.
fn start(gateway: &mut Gateway, fault: Option<Fault>, chance: &mut Chance) {
    let (root, log) = (gateway.room().join("store"), gateway.room().join("calls"));
    let plan = fault.map(|fault| Plan {
        fault: Some((fault, 1 + chance.below(CALLS))),
        class: Class::Truth,
        power_at_end: true,
        seed: chance.bits(),
    });
    gateway.start_with(|command| plan.iter().for_each(|plan| plan.apply(command, &root, &log)));
}

fn by_smtp(settings: &str, port: u16) -> String {
    let (before, _) = settings.split_once("[delivery]").expect("settings with a delivery");
    format!(
        "{before}[delivery]\nvia = \"smtp\"\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"plain-local\"\n\
         relay_is_private = true\n[outbox]\nconnections_per_domain = 1\n"
    )
}

/// Letters that are no form, and filled sheets.
fn mails(gateway: &Gateway, count: usize) -> Vec<Vec<u8>> {
    let (town, blank) = (Town::sample(), Blank::of(gateway, "ICM-01"));
    let hand = Hand { font: Font::printed().expect("font"), pen: Pen::Fills, dpi: FINE };
    let page = |n: usize| match (n % SHEET_EVERY, PATIENTS[n / SHEET_EVERY % PATIENTS.len()]) {
        (1, patient) => blank.filled(&town.sheet(patient, "通常"), &hand),
        _ => letter(n as u64),
    };
    (0..count).map(|n| mail(&format!("fax-{n}"), &page(n))).collect()
}

/// The items of all faxes, once every fax is at its end.
fn settled(gateway: &Gateway) -> Vec<String> {
    let mut items = Vec::new();
    wait_until("every fax to come to its end", || {
        let faxes = json(gateway, &["list"]);
        let faxes = rows(&faxes);
        let records = faxes.iter().flat_map(|fax| rows(&fax["records"]));
        items = records
            .flat_map(|record| rows(&record["items"]))
            .map(|item| text(&item["id"]).to_owned())
            .collect();
        let ends = ["delivered", "held", "duplicate", "refused"];
        faxes.iter().all(|fax| ends.contains(&text(&fax["state"])))
    });
    items
}

fn check(gateway: &Gateway, mails: &[Vec<u8>], tally: &mut Tally) {
    let faxes = json(gateway, &["list"]);
    let kept: BTreeSet<&str> = rows(&faxes).iter().map(|fax| text(&fax["sha256"])).collect();
    for (number, mail) in mails.iter().enumerate() {
        let digest: String = Sha256::digest(mail).iter().map(|byte| format!("{byte:02x}")).collect();
        if !kept.contains(digest.as_str()) {
            tally.lost_fax(&format!("mail {number} was acknowledged and is not there"));
        }
    }
    for verb in [&["reconcile"][..], &["audit", "verify"]] {
        let output = gateway.run(verb);
        if output.status.code() != Some(0) {
            tally.wrong(format!("{verb:?}: {}", said(&output)));
        }
    }
}

/// The items that the journal says were sent.
fn sent(room: &Path) -> BTreeSet<String> {
    let mut items = BTreeSet::new();
    for payload in payloads(&room.join("store")) {
        let entry: Value = serde_json::from_str(&payload).expect("JSON");
        let event = &entry["event"];
        if event["kind"] == "sent" {
            let with = event["with"].as_array().into_iter().flatten();
            items.extend(with.chain([&event["item"]]).map(|item| text(item).to_owned()));
        }
    }
    items
}

/// Counts second deliveries. One is excused if the gateway ended between the two, before the first was on the disk, and
/// if the first was then the last mail of its lane: no mail comes to its end before the outcome of the one before is
/// on the disk.
fn repeats(taken: &[Taken], ends: &[End], items: &[String], tally: &mut Tally) {
    let lane = |n: usize| taken[n].to.rsplit('@').next().unwrap_or_default().to_owned();
    let letters: Vec<Letter> = taken.iter().map(|mail| Letter::open(&mail.raw)).collect();
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (n, letter) in letters.iter().enumerate() {
        by_name.entry(&letter.message_id).or_default().push(n);
    }
    if by_name.len() != items.len() {
        tally.wrong(format!("{} items, and mails of {} names", items.len(), by_name.len()));
    }
    let excused = |first: usize, second: usize| {
        let end = ends.iter().find(|end| end.taken > first && end.taken <= second);
        let last_of_its_lane = |end: &End| (first + 1..end.taken).all(|later| lane(later) != lane(first));
        let known = ends.iter().any(|end| end.taken <= second && end.sent.contains(&letters[first].item));
        end.is_some_and(last_of_its_lane) && !known
    };
    for pair in by_name.values().flat_map(|turns| turns.windows(2)) {
        if excused(pair[0], pair[1]) {
            tally.excused += 1;
        } else {
            tally.repeats += 1;
            tally.wrong(format!("{} came as mails {pair:?}, ends {ends:?}", letters[pair[0]].message_id));
        }
    }
}
