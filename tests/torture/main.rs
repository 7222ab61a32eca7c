//! Everything that can go wrong under the store, on purpose: `docs/torture.md`. A sample runs with the other tests;
//! `make torture` runs all of it and prints a table.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod folder;
mod shim;
mod story;
mod worker;
mod ledger;
mod table;
mod frames;
mod calls;
mod kills;
mod damage;

#[test]
fn nothing_is_lost_whatever_befalls_the_disk_at_any_call() {
    calls::run(151).assert_nothing_is_wrong();
}

#[test]
fn nothing_is_lost_when_the_process_is_killed_at_random() {
    kills::run(12).assert_nothing_is_wrong();
}

#[test]
fn damage_is_named_or_repaired() {
    damage::run(300).assert_nothing_is_wrong();
}

/// `make torture`: KASASAGI_TORTURE scales it, 1 by default.
#[test]
#[ignore = "takes minutes: make torture"]
fn all_of_it() {
    let scale = std::env::var("KASASAGI_TORTURE").ok().and_then(|n| n.parse().ok()).unwrap_or(1.0);
    let mut table = calls::run((1.0f64 / scale).ceil() as usize);
    table.extend(kills::run((1000.0 * scale) as usize));
    table.extend(damage::run((10_000.0 * scale) as usize));
    let mut out = std::io::stdout();
    std::io::Write::write_all(&mut out, format!("\n{table}\n").as_bytes()).unwrap();
    table.assert_nothing_is_wrong();
}
