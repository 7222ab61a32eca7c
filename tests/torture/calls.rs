//! Every fault at every file call of a worker.

use std::path::Path;

use crate::folder::{copy, each, scratch};
use crate::ledger::{Ledger, survives};
use crate::shim::{Call, Class, Fault, Plan, calls};
use crate::table::{Table, Tally};
use crate::worker::Worker;

/// Where workers begin: a folder with a store or without, and what was promised of it.
struct Ground {
    room: tempfile::TempDir,
    ledger: Ledger,
    name: &'static str,
}

/// One round to come.
struct Round<'a> {
    ground: &'a Ground,
    plan: Plan,
    call: String,
}

/// Power cuts of one kind at one call; each leaves something else.
const CUTS: u64 = 3;

/// Runs every `stride`-th of all rounds.
pub fn run(stride: usize) -> Table {
    let grounds = [Ground::bare(), Ground::grown()];
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

impl Ground {
    fn bare() -> Self {
        Self { room: scratch(), ledger: Ledger::default(), name: "new store" }
    }

    fn grown() -> Self {
        let (room, mut ledger) = (scratch(), Ledger::default());
        Worker::start(&room.path().join("store"), 1, 0, None).finish(&mut ledger);
        assert!(ledger.finished && ledger.errors.is_empty(), "{ledger:?}");
        Self { room, ledger, name: "old store" }
    }

    /// The calls of a worker that is let be.
    fn calls(&self, class: Class) -> Vec<Call> {
        let room = scratch();
        copy(self.room.path(), room.path());
        let (plan, log) = (Plan::watch(class), scratch());
        let log = log.path().join("log");
        Worker::start(&room.path().join("store"), 2, 0, Some((&plan, &log))).finish(&mut Ledger::default());
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
        let store = room.path().join("store");
        copy(self.ground.room.path(), room.path());
        let mut ledger = self.ground.ledger.clone();
        let ended = self.worker(&store, &log.path().join("log"), &mut ledger);
        let mut tally = Tally { rounds: 1, acknowledged: ledger.count, ..Tally::default() };
        if !ended {
            tally.wrong("the worker hangs".to_owned());
        }
        survives(&store, &ledger, &mut tally);
        for wrong in &mut tally.wrongs {
            wrong.insert_str(0, &format!("{:?} at {}, errors {:?}: ", self.plan, self.call, ledger.errors));
        }
        (self.kind(), tally)
    }

    fn worker(&self, store: &Path, log: &Path, ledger: &mut Ledger) -> bool {
        Worker::start(store, 2, 0, Some((&self.plan, log))).finish(ledger)
    }

    fn kind(&self) -> String {
        let fault = self.plan.fault.map(|(fault, _)| fault.to_string()).unwrap_or_default();
        let class = match self.plan.class {
            Class::Truth => "",
            Class::View => " (sled)",
            Class::Read => " (reading)",
        };
        fault + class + if self.plan.power_at_end { ", then power cut" } else { "" }
    }
}
