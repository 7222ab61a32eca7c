//! Everything that can go wrong under the store, on purpose: `docs/torture.md`. A sample runs with the other tests;
//! `make torture` runs all of it and prints a table.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "the tests of the built gateway need more of it")]
#[path = "../tests/outside/room.rs"]
mod room;
#[allow(dead_code, reason = "as above")]
#[path = "../tests/outside/town.rs"]
mod town;
#[allow(dead_code, reason = "as above")]
#[path = "../tests/outside/paper.rs"]
mod paper;
#[allow(dead_code, reason = "as above")]
#[path = "../tests/outside/post.rs"]
mod post;

mod folder;
mod shim;
mod story;
mod plots;
mod job;
mod worker;
mod ledger;
mod table;
mod frames;
mod calls;
mod restoring;
mod rotating;
mod backups;
mod kills;
mod harm;
mod damage;
mod gateway;

use std::io::Write;

use crate::table::Table;

#[test]
fn nothing_is_lost_whatever_befalls_the_disk_at_any_call() {
    calls::run(151).assert_nothing_is_wrong();
}

#[test]
fn nothing_is_lost_when_the_process_is_killed_at_random() {
    kills::run(12).assert_nothing_is_wrong();
}

#[test]
fn a_backup_cut_short_is_refused_and_a_whole_one_holds_everything() {
    backups::run(20).assert_nothing_is_wrong();
}

#[test]
fn damage_is_named_or_repaired() {
    damage::run(300).assert_nothing_is_wrong();
}

#[test]
fn the_gateway_loses_nothing_and_repeats_no_mail_that_was_settled() {
    gateway::run(3).assert_nothing_is_wrong();
}

/// `make torture`. `KASASAGI_TORTURE` scales it, 1 by default; `KASASAGI_TORTURE_PARTS` names the parts to run.
#[test]
#[ignore = "takes minutes: make torture"]
fn all_of_it() {
    let told = |name: &str| std::env::var(name).ok();
    let scale: f64 = told("KASASAGI_TORTURE").and_then(|n| n.parse().ok()).unwrap_or(1.0);
    let parts =
        told("KASASAGI_TORTURE_PARTS").unwrap_or_else(|| "calls kills backups damage gateway".to_owned());
    let times = |count: f64| (count * scale).ceil() as usize;
    let mut table = Table::default();
    for part in parts.split_whitespace() {
        table.extend(match part {
            "calls" => calls::run((1.0 / scale).ceil() as usize),
            "kills" => kills::run(times(1000.0)),
            "backups" => backups::run(times(500.0)),
            "damage" => damage::run(times(10_000.0)),
            "gateway" => gateway::run(times(120.0)),
            _ => panic!("no part {part}"),
        });
    }
    writeln!(std::io::stdout(), "\n{table}").unwrap();
    table.assert_nothing_is_wrong();
}
