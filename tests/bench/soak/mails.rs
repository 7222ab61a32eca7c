//! Ten thousand mails without a document, which only the daemon works on: does its memory stay?

use std::thread;
use std::time::{Duration, Instant};

use kasasagi_tests::{Gateway, fax_mail, figures};

use crate::memory::{self, Look};
use crate::room::{json, room, rows, settings};
use crate::{accounted, handed_in, started};

/// Looks at the memory.
const LOOKS: usize = 100;

/// Hands in `count` mails and prints how the memory of each quarter was.
pub fn measured(count: usize) {
    let gateway = started(room(settings));
    let socket = gateway.room().join("lmtp.sock");
    let begun = Instant::now();
    let mut looks: Vec<Look> = Vec::with_capacity(LOOKS);
    for group in 0..LOOKS {
        for number in group * count / LOOKS..(group + 1) * count / LOOKS {
            handed_in(&socket, &fax_mail(&format!("{number}@small.example.jp"), "FAX", &[]));
        }
        while ["received", "opened"].iter().any(|state| stands_at(&gateway, state)) {
            thread::sleep(Duration::from_millis(50));
        }
        looks.push(memory::look(gateway.pid(), begun));
    }
    let took = begun.elapsed().as_secs_f64();
    println!("{count} mails without a document, settled in {took:.0} s");
    let quarters: Vec<f64> = looks.chunks(LOOKS / 4).map(mean).collect();
    println!("mean memory of the daemon in each quarter, MB: {quarters:.1?}");
    println!("last quarter over second: {:.3}", quarters[3] / quarters[1]);
    println!("  peak by the kernel (VmHWM): {} MB", gateway.peak_memory() / 1_000_000);
    accounted(&gateway);
    figures::leave(
        "memory",
        &serde_json::json!({ "mails": count, "seconds": took, "quarters_mb": quarters }),
    );
}

/// Whether a fax is in this state. `reconcile` would tell too, but loads the whole view, which nobody does as often.
fn stands_at(gateway: &Gateway, state: &str) -> bool {
    !rows(&json(gateway, &["list", "--state", state])).is_empty()
}

fn mean(looks: &[Look]) -> f64 {
    looks.iter().map(|look| look.daemon as f64 / 1e6).sum::<f64>() / looks.len() as f64
}
