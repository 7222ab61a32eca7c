//! Ten thousand mails without a document, which only the daemon works on: does its memory stay?

use std::thread;
use std::time::{Duration, Instant};

use kasasagi_tests::fax_mail;

use crate::memory::{self, Look};
use crate::room::{room, settings};
use crate::{accounted, handed_in, started, under_way};

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
        while under_way(&gateway) > 0 {
            thread::sleep(Duration::from_millis(50));
        }
        looks.push(memory::look(gateway.pid(), begun));
    }
    println!("{count} mails without a document, settled in {:.0} s", begun.elapsed().as_secs_f64());
    let quarters: Vec<f64> = looks.chunks(LOOKS / 4).map(mean).collect();
    println!("mean memory of the daemon in each quarter, MB: {quarters:.1?}");
    println!("last quarter over second: {:.3}", quarters[3] / quarters[1]);
    println!("  peak by the kernel (VmHWM): {} MB", gateway.peak_memory() / 1_000_000);
    accounted(&gateway);
}

fn mean(looks: &[Look]) -> f64 {
    looks.iter().map(|look| look.daemon as f64 / 1e6).sum::<f64>() / looks.len() as f64
}
