//! A day's faxes at once: how fast they go through, how long each takes, and how much memory that needs.
//!
//! `make bench-soak`; `KASASAGI_SOAK` sets how many sheets are handed in at once (2,000), after how many
//! one at a time `KASASAGI_SOAK_ALONE` (50), and `KASASAGI_SOAK_MAILS` how many mails without a document the second
//! part takes (10,000); 0 leaves a part out. The first part draws `docs/pictures/soak.svg`.
#![allow(clippy::print_stdout, reason = "what was measured is the result")]

mod faxes;
mod mails;
mod memory;
#[allow(dead_code, reason = "letters are for tests")]
#[path = "../../tests/outside/paper.rs"]
mod paper;
mod picture;
#[allow(dead_code, reason = "tests ask more")]
#[path = "../../tests/outside/room.rs"]
mod room;
mod sheets;
#[allow(dead_code, reason = "as above")]
#[path = "../../tests/outside/town.rs"]
mod town;
mod trail;

use std::path::Path;
use std::process::Command;

use kasasagi_tests::{Gateway, lmtp_send, wait_until};

fn main() {
    let number = |name: &str, usual| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(usual);
    let (alone, together) = (number("KASASAGI_SOAK_ALONE", 50), number("KASASAGI_SOAK", 2_000));
    if together > 0 {
        faxes::measured(alone, together);
    }
    let mails = number("KASASAGI_SOAK_MAILS", 10_000);
    if mails > 0 {
        mails::measured(mails);
    }
}

/// As the systemd unit starts it.
fn started(mut gateway: Gateway) -> Gateway {
    gateway.start_with(|command: &mut Command| {
        command.env("MALLOC_ARENA_MAX", "2");
    });
    let socket = gateway.room().join("lmtp.sock");
    wait_until("the gateway to listen", || std::os::unix::net::UnixStream::connect(&socket).is_ok());
    gateway
}

/// Hands in one mail and returns the fax that it has become.
fn handed_in(socket: &Path, mail: &[u8]) -> String {
    let reply = lmtp_send(socket, mail).expect("LMTP");
    let fax = reply.text.rsplit(' ').next().filter(|_| reply.code == 250);
    fax.unwrap_or_else(|| panic!("not acknowledged: {reply:?}")).to_owned()
}

/// Faxes that have not come to their end.
fn under_way(gateway: &Gateway) -> u64 {
    let days = room::parsed(&gateway.run(&["reconcile", "--json"]));
    room::rows(&days).iter().filter_map(|day| day["in_progress"].as_u64()).sum()
}

/// What `reconcile` counts, once it and `audit verify` have found nothing wrong.
fn accounted(gateway: &Gateway) {
    for verb in [&["reconcile"][..], &["audit", "verify"]] {
        let output = gateway.run(verb);
        let said = room::said(&output);
        println!("{}: exit {}\n{}", verb.join(" "), output.status.code().unwrap_or(-1), said.trim_end());
        assert!(output.status.success(), "{verb:?}");
    }
}
