//! Backups of a store at work that are cut short, or made on a bad disk: refused, or whole.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use kasasagi_store::{Error, Since, restore};
use kasasagi_tests::chance::Chance;

use crate::folder::{each, scratch};
use crate::job::{Job, copy_of, first_key, open, settings};
use crate::kills::THREADS;
use crate::ledger::Ledger;
use crate::shim::{Class, Fault, Plan};
use crate::table::{Table, Tally};
use crate::worker::Worker;

/// Calls of a copy within which something befalls it; one in two has more of them.
const CALLS: usize = 400;

/// Makes so many backups.
pub fn run(rounds: usize) -> Table {
    let seeds: Vec<u64> = (0..rounds as u64).collect();
    let mut table = Table::default();
    for (kind, tally) in each(&seeds, |seed| one(*seed)) {
        table.add(kind, tally);
    }
    table
}

fn one(seed: u64) -> (String, Tally) {
    let (room, log, mut chance) = (scratch(), scratch(), Chance::new(seed));
    let store = room.path().join("store");
    fs::create_dir(copy_of(&store).parent().unwrap()).unwrap();
    let teller = Worker::start(Job::Stories { seed, threads: THREADS }, &store, None);
    while teller.so_far().count < 50 {
        sleep(Duration::from_millis(5));
    }
    let mut before = teller.so_far();
    let fault = (!seed.is_multiple_of(10))
        .then(|| (Fault::ALL[chance.below(Fault::ALL.len())], 1 + chance.below(CALLS)));
    let power_at_end = chance.below(2) == 0;
    let plan = Plan { fault, class: Class::Truth, power_at_end, seed };
    let (mut copier, mut after) = (Ledger::default(), Ledger::default());
    let ended =
        Worker::start(Job::Backup, &store, Some((&plan, &log.path().join("log")))).finish(&mut copier);
    teller.kill(&mut after);
    before.allow(&after);
    let mut tally = Tally { rounds: 1, acknowledged: before.count, ..Tally::default() };
    if !ended {
        tally.wrong("the backup hangs".to_owned());
    }
    judge(&store, &before, &copier, &mut tally);
    for wrong in &mut tally.wrongs {
        wrong.insert_str(0, &format!("{plan:?}, errors {:?}: ", copier.errors));
    }
    let kind = fault.map_or("let be".to_owned(), |(fault, _)| fault.to_string());
    (format!("backup: {kind}"), tally)
}

/// A backup is refused because it never ended, or brings back everything that was promised when it began.
fn judge(store: &Path, before: &Ledger, copier: &Ledger, tally: &mut Tally) {
    let back = store.with_file_name("back");
    match restore(&copy_of(store), settings(&back, first_key()), "root", Since::Stopped, false) {
        Ok(_) => before.survives(open(&back), tally),
        Err(Error::BadBackup { .. }) if !copier.finished => {
            tally.detected += 1;
            if back.exists() {
                tally.wrong("a backup that was refused made a store".to_owned());
            }
        }
        Err(e) => tally.wrong(format!("a backup that ended well is refused: {e}")),
    }
}
