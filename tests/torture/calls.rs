//! Every fault at every file call of a worker.

use std::path::Path;

use crate::folder::{copy, each, scratch};
use crate::job::{Job, open};
use crate::ledger::Ledger;
use crate::shim::{Call, Class, Fault, Plan, calls};
use crate::table::{Table, Tally};
use crate::worker::Worker;
use crate::{restoring, rotating};

/// Where workers begin, and what they do there.
pub struct Ground {
    /// Holds the folder `store`, or will.
    pub room: tempfile::TempDir,
    /// What was promised of the store before.
    pub ledger: Ledger,
    pub name: &'static str,
    pub job: Job,
    /// Looks whether all of it is still true.
    pub judge: Box<Judge>,
}

/// Is given the store and the promises made of it, those of the last worker among them.
pub type Judge = dyn Fn(&Path, &Ledger, &mut Tally) + Sync;

/// One round to come.
struct Round<'a> {
    ground: &'a Ground,
    plan: Plan,
    call: String,
}

/// Power cuts of one kind at one call; each leaves something else.
const CUTS: u64 = 3;

/// What the stories of the rounds follow from.
const SEED: u64 = 2;

/// Runs every `stride`-th of all rounds.
pub fn run(stride: usize) -> Table {
    let grounds = [bare(), grown(), restoring::ground(), rotating::ground()];
    let mut rounds = Vec::new();
    for ground in &grounds {
        for class in [Class::Truth, Class::Read, Class::View] {
            rounds.extend(ground.rounds(class));
        }
    }
    // Neighbouring rounds are alike; a stride that is no multiple of anything visits every kind.
    let rounds: Vec<_> = rounds.into_iter().step_by(stride).collect();
    let mut table = Table::default();
    for (kind, tally) in each(&rounds, Round::run) {
        table.add(kind, tally);
    }
    table
}

fn bare() -> Ground {
    let job = Job::Stories { seed: SEED, threads: 0 };
    Ground { room: scratch(), ledger: Ledger::default(), name: "new store", job, judge: Box::new(survives) }
}

fn grown() -> Ground {
    let (room, mut ledger) = (scratch(), Ledger::default());
    grow(&room.path().join("store"), SEED - 1, &mut ledger);
    let job = Job::Stories { seed: SEED, threads: 0 };
    Ground { room, ledger, name: "old store", job, judge: Box::new(survives) }
}

/// Tells every story once.
pub fn grow(store: &Path, seed: u64, ledger: &mut Ledger) {
    Worker::start(Job::Stories { seed, threads: 0 }, store, None).finish(ledger);
    assert!(ledger.finished && ledger.errors.is_empty(), "{ledger:?}");
}

fn survives(store: &Path, ledger: &Ledger, tally: &mut Tally) {
    ledger.survives(open(store), tally);
}

impl Ground {
    /// The calls of a worker that is let be.
    fn calls(&self, class: Class) -> Vec<Call> {
        let (room, log) = (scratch(), scratch());
        copy(self.room.path(), room.path());
        let (plan, log) = (Plan::watch(class), log.path().join("log"));
        let mut ledger = Ledger::default();
        Worker::start(self.job, &room.path().join("store"), Some((&plan, &log))).finish(&mut ledger);
        assert!(ledger.finished && ledger.errors.is_empty(), "{ledger:?}");
        calls(&log)
    }

    fn rounds(&self, class: Class) -> Vec<Round<'_>> {
        let mut rounds = Vec::new();
        for (number, call) in self.calls(class).iter().enumerate() {
            for fault in Fault::ALL.into_iter().filter(|fault| fault.fits(call, class)) {
                let cuts = if matches!(fault, Fault::Power | Fault::PowerHalf) { CUTS } else { 1 };
                let ends: &[bool] = if fault.is_fatal() { &[false] } else { &[false, true] };
                for (cut, power_at_end) in (0..cuts).flat_map(|cut| ends.iter().map(move |end| (cut, *end))) {
                    let seed = number as u64 * CUTS + cut;
                    let plan = Plan { fault: Some((fault, number + 1)), class, power_at_end, seed };
                    let call = format!("{}, call {} {}", self.name, number + 1, call.words);
                    rounds.push(Round { ground: self, plan, call });
                }
            }
        }
        rounds
    }
}

impl Round<'_> {
    fn run(&self) -> (String, Tally) {
        let (room, log) = (scratch(), scratch());
        let (store, log) = (room.path().join("store"), log.path().join("log"));
        copy(self.ground.room.path(), room.path());
        let mut ledger = self.ground.ledger.clone();
        let ended = Worker::start(self.ground.job, &store, Some((&self.plan, &log))).finish(&mut ledger);
        let mut tally = Tally { rounds: 1, acknowledged: ledger.count, ..Tally::default() };
        if !ended {
            tally.wrong("the worker hangs".to_owned());
        }
        (self.ground.judge)(&store, &ledger, &mut tally);
        for wrong in &mut tally.wrongs {
            wrong.insert_str(0, &format!("{:?} at {}, errors {:?}: ", self.plan, self.call, ledger.errors));
        }
        (self.kind(), tally)
    }

    fn kind(&self) -> String {
        let fault = self.plan.fault.map(|(fault, _)| fault.to_string()).unwrap_or_default();
        let files = match self.plan.class {
            Class::Truth => "at a call",
            Class::View => "at a call of sled",
            Class::Read => "while reading",
        };
        match self.ground.job {
            Job::Stories { .. } => format!("{fault} {files}"),
            Job::Backup => format!("backup: {fault}"),
            Job::Restore => format!("restore: {fault}"),
            Job::Rotate => format!("key rotation: {fault}"),
        }
    }
}
