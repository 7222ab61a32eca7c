//! kill -9 at random moments, with several threads at work.

use std::hash::{BuildHasher, RandomState};
use std::thread::sleep;
use std::time::Duration;

use crate::folder::{each, scratch};
use crate::job::{Job, open};
use crate::ledger::Ledger;
use crate::table::{Table, Tally};
use crate::worker::Worker;

pub const THREADS: usize = 4;
/// Kills of one store: a store that has survived many has more to lose.
const KILLS: u64 = 20;

/// Kills so many workers in all.
pub fn run(kills: usize) -> Table {
    let stores: Vec<u64> = (0..(kills as u64).div_ceil(KILLS)).collect();
    let mut table = Table::default();
    for tally in each(&stores, |store| one_store(*store, KILLS.min(kills as u64 - store * KILLS))) {
        table.add("killed at random, 4 threads", tally);
    }
    table
}

fn one_store(number: u64, kills: u64) -> Tally {
    let room = scratch();
    let store = room.path().join("store");
    let (mut ledger, mut tally) = (Ledger::default(), Tally::default());
    for kill in 0..kills {
        let job = Job::Stories { seed: number * KILLS + kill, threads: THREADS };
        let worker = Worker::start(job, &store, None);
        sleep(Duration::from_millis(5 + RandomState::new().hash_one(kill) % 200));
        worker.kill(&mut ledger);
        tally.rounds += 1;
        ledger.survives(open(&store), &mut tally);
    }
    tally.acknowledged = ledger.count;
    tally
}
