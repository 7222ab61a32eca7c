//! How fast mail is made durable, beside Postfix's own Maildir delivery, and how much memory it takes.
//!
//! `make bench-intake`; `MESSAGES` sets how many mails each way takes (10,000), `BYTES` their size (80,000).
#![allow(clippy::print_stdout, reason = "what was measured is the result")]

use std::path::{Path, PathBuf};
use std::time::Instant;

use kasasagi_tests::gateway::binary;
use kasasagi_tests::postfix::{self, GATEWAY, MAILDIR, Postfix, socket_folder};
use kasasagi_tests::{Gateway, figures, wait_until};

fn main() {
    let number = |name: &str, usual| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(usual);
    let (count, bytes) = (number("MESSAGES", 10_000), number("BYTES", 80_000));
    println!("{count} messages of {bytes} bytes, 20 at a time (smtp-source), one machine, one run:");
    let mut gateway = Gateway::prepared(&binary(), settings);
    socket_folder(&gateway.room().join("run"));
    let socket = gateway.room().join("run/lmtp.sock");
    let mail_server = Postfix::start(&socket);
    gateway.start();
    wait_until("the gateway to listen", || std::os::unix::net::UnixStream::connect(&socket).is_ok());

    let to_maildir = timed(|| {
        mail_server.load(&format!("box@{MAILDIR}"), count, bytes);
        wait_until("the last mail in the Maildir", || mail_server.maildir().len() == count);
    });
    let to_maildir = told("SMTP → Postfix → its Maildir", to_maildir, count);
    let through = timed(|| {
        mail_server.load(&format!("fax@{GATEWAY}"), count, bytes);
        wait_until("the last mail in the gateway", || delivered(&mail_server) == count);
    });
    let through = told("SMTP → Postfix → LMTP → Kasasagi", through, count);
    let direct = timed(|| smtp_source(&socket, count, bytes));
    let direct = told("LMTP → Kasasagi", direct, count);

    wait_until("every fax to come to its end", || states(&gateway).is_some_and(|(open, _)| open == 0));
    let (_, ended) = states(&gateway).expect("the gateway answers");
    println!("{ended} faxes of {} in a named end state", 2 * count);
    let peak = gateway.peak_memory() / 1_000_000;
    println!("most memory of the daemon: {peak} MB");
    for verb in [&["reconcile"][..], &["audit", "verify"]] {
        let output = gateway.run(verb);
        println!("{verb:?}: exit {}", output.status.code().unwrap_or(-1));
        assert!(output.status.success(), "{verb:?}");
    }
    assert_eq!(ended, 2 * count);
    figures::leave(
        "intake",
        &serde_json::json!({
            "messages": count, "bytes": bytes, "maildir": to_maildir, "through": through, "direct": direct, "peak_mb": peak,
        }),
    );
}

fn timed(work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    begun.elapsed().as_secs_f64()
}

/// Prints and returns how many mails a second that was.
fn told(way: &str, seconds: f64, count: usize) -> f64 {
    let rate = count as f64 / seconds;
    println!("  {way:<34} {seconds:>7.2} s  {rate:>6.0} a second");
    rate
}

fn smtp_source(socket: &Path, count: usize, bytes: usize) {
    let place = format!("unix:{}", socket.display());
    let to = format!("fax@{GATEWAY}");
    postfix::load(&["-L", "-f", &format!("box@{MAILDIR}"), "-t", &to, &place], count, bytes);
}

fn delivered(mail_server: &Postfix) -> usize {
    mail_server.log().matches("status=sent (250 2.0.0 kept as ").count()
}

/// Faxes still under way, and at an end, by `kasasagi reconcile`.
fn states(gateway: &Gateway) -> Option<(u64, usize)> {
    let days: serde_json::Value =
        serde_json::from_slice(&gateway.run(&["reconcile", "--json"]).stdout).ok()?;
    let sum =
        |key: &str| days.as_array().map(|days| days.iter().filter_map(|day| day[key].as_u64()).sum::<u64>());
    let open = sum("in_progress")?;
    Some((open, usize::try_from(sum("received")? - open).ok()?))
}

fn settings(room: &Path) -> String {
    let repository = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    format!(
        "[store]\ndir = \"store\"\nmaster_key = \"master.key\"\n[control]\nsocket = \"control.sock\"\n\
         [intake.lmtp]\nlisten = \"unix:{}/run/lmtp.sock\"\n[reading]\nworkers = 1\nmodel = {:?}\n\
         [registry]\ndir = {:?}\n[delivery]\nvia = \"folder\"\ndir = \"outgoing\"\n",
        room.display(),
        repository.join("models/ppocrv6_rec.onnx"),
        repository.join("config/sample")
    )
}
