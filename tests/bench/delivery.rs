//! How fast the outbox hands mail to the next server, beside smtp-source handing the same to the same smtp-sink.
//!
//! `make bench-delivery`; `MESSAGES` sets how many mails each way sends (10,000), `BYTES` their size (20,000),
//! `ROUNDS` how often both are measured in turn (3), `LANES` one or twenty connections alone.
#![allow(clippy::print_stdout, reason = "what was measured is the result")]
#![allow(clippy::unwrap_used, reason = "whatever fails ends the measurement")]

#[path = "../../daemon/tests/gateway/mailbag.rs"]
mod mailbag;

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use kasasagi::deliver::Courier;
use kasasagi::outbox::Outbox;
use kasasagi::post::{Composed, Dispatch};
use kasasagi::registries::Registries;
use kasasagi_config::Settings;
use kasasagi_store::Store;
use kasasagi_tests::{figures, wait_until};
use tokio_util::sync::CancellationToken;

fn main() {
    let number = |name: &str, usual| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(usual);
    let (count, bytes) = (number("MESSAGES", 10_000), number("BYTES", 20_000));
    let sink = Sink::start();
    let composed = composed(&sink, 1000, bytes);
    println!("composing, signing and encrypting alone: {composed:.0} mails/s");
    println!("{count} messages of {bytes} bytes to one smtp-sink, one machine, one run, in turn:");
    let (only, rounds) = (number("LANES", 0), number("ROUNDS", 3));
    let mut all = Vec::new();
    for lanes in [1, 20].into_iter().filter(|lanes| only == 0 || *lanes == only) {
        println!("{lanes} connection(s), for the outbox one for each of {lanes} domain(s):");
        let (mut fresh_rates, mut kept_rates, mut our_rates) = (Vec::new(), Vec::new(), Vec::new());
        for round in 1..=rounds {
            let fresh = timed(|| smtp_source(&sink, lanes, count, bytes, &[]));
            let kept = timed(|| smtp_source(&sink, lanes, count, bytes, &["-d"]));
            let ours = outbox(&sink, lanes, count, bytes);
            let rate = |seconds: f64| count as f64 / seconds;
            println!(
                "  {round}: smtp-source {:>6.0}/s, with -d (connections kept) {:>6.0}/s; outbox {:>6.0}/s, \
                 each outcome durable: {:.2} and {:.2} of smtp-source",
                rate(fresh),
                rate(kept),
                rate(ours),
                fresh / ours,
                kept / ours
            );
            fresh_rates.push(rate(fresh));
            kept_rates.push(rate(kept));
            our_rates.push(rate(ours));
        }
        all.push(serde_json::json!({
            "connections": lanes, "outbox": our_rates, "smtp_source": fresh_rates, "smtp_source_kept": kept_rates,
        }));
    }
    if only == 0 {
        figures::leave(
            "delivery",
            &serde_json::json!({ "messages": count, "bytes": bytes, "composed": composed, "lanes": all }),
        );
    }
}

fn timed(work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    begun.elapsed().as_secs_f64()
}

/// Mails a second that one thread composes.
fn composed(sink: &Sink, count: usize, bytes: usize) -> f64 {
    let room = tempfile::tempdir().unwrap();
    let settings = Arc::new(settings(room.path(), sink.port));
    mailbag::write_sealed(&settings.registry_dir, &room.path().join("keys"));
    let store = Arc::new(kasasagi::open_store(&settings).unwrap());
    let items = mailbag::fill(&store, &mailbag::recipients(20), count, bytes);
    let post = worker(&store, &settings).post.clone();
    let seconds = timed(|| {
        for item in &items {
            let dispatch = Dispatch {
                items: vec![item.clone()],
                recipient: item.recipient().to_owned(),
                role: "physician".to_owned(),
                attempt: 0,
                digest: None,
                last: Vec::new(),
            };
            assert!(matches!(post.compose(&dispatch).unwrap(), Composed::Mail { .. }));
        }
    });
    count as f64 / seconds
}

/// Seconds that the outbox takes, from start to the last durable outcome.
fn outbox(sink: &Sink, lanes: usize, count: usize, bytes: usize) -> f64 {
    let room = tempfile::tempdir().unwrap();
    let settings = Arc::new(settings(room.path(), sink.port));
    mailbag::write_sealed(&settings.registry_dir, &room.path().join("keys"));
    let store = Arc::new(kasasagi::open_store(&settings).unwrap());
    mailbag::fill(&store, &mailbag::recipients(lanes), count, bytes);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let begun = Instant::now();
    runtime.block_on(async {
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(Arc::new(worker(&store, &settings)).run(shutdown.clone()));
        while !store.due_items(Timestamp::MAX, 1).unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        shutdown.cancel();
        running.await.unwrap().unwrap();
    });
    begun.elapsed().as_secs_f64()
}

/// Every recipient has a certificate: each mail is composed, signed and encrypted as it goes.
fn worker(store: &Arc<Store>, settings: &Arc<Settings>) -> Outbox {
    let registries = Registries::new(store.clone(), settings.registry_dir.clone(), settings.office.approvals);
    registries.begin("bench").unwrap();
    let registries = Arc::new(registries);
    Outbox {
        store: store.clone(),
        post: Arc::new(kasasagi::post(settings, store, &registries).unwrap()),
        courier: Arc::new(Courier::new(&settings.delivery).unwrap()),
        limits: settings.outbox.clone(),
        from: settings.from.clone(),
        clock: Timestamp::now,
        chance: || 0.5,
        bell: Arc::default(),
    }
}

fn settings(room: &Path, port: u16) -> Settings {
    let text = format!(
        "[gateway]\ndomain = {:?}\n[registry]\ndir = \"registry\"\n\
         [smime]\ncertificate = \"smime.crt\"\nkey = \"smime.key\"\n[store]\ndir = \"store\"\nmaster_key = \"master.key\"\ndisk_floor_mb = 1\n\
         [delivery]\nvia = \"smtp\"\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"plain-local\"\n",
        mailbag::DOMAIN
    );
    Settings::parse("bench", &text, room).unwrap()
}

fn smtp_source(sink: &Sink, sessions: usize, count: usize, bytes: usize, more: &[&str]) {
    let numbers = [sessions, count, bytes].map(|number| number.to_string());
    let [sessions, count, bytes] = numbers.each_ref().map(String::as_str);
    let place = format!("127.0.0.1:{}", sink.port);
    let output = Command::new("/usr/sbin/smtp-source")
        .args(["-s", sessions, "-m", count, "-l", bytes, "-f", "fax@example.jp", "-t", "n@bag.example.jp"])
        .args(more)
        .arg(place)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The server that takes everything and keeps nothing; ended with the measurement.
struct Sink {
    child: Child,
    port: u16,
}

impl Sink {
    fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let root = rustix::process::geteuid().is_root();
        let user: &[&str] = if root { &["-u", "nobody"] } else { &[] };
        let child = Command::new("/usr/sbin/smtp-sink")
            .args(user)
            .args([&format!("127.0.0.1:{port}"), "1000"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        wait_until("smtp-sink to listen", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { child, port }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
