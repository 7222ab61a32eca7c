//! Durable events a second, one by one and from sixteen threads at once.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use kasasagi_store::{AuditQuery, Event, FaxId, ItemKind, Source, verify_journal};

use crate::scene::{deliver, files, open, opened, read, sent};

#[test]
#[ignore = "a measurement: make bench-store"]
fn group_commit_shares_the_fsync() {
    let rate = |threads: usize, each: usize| {
        let dir = tempfile::tempdir_in(".").unwrap();
        let (store, _) = open(dir.path());
        let event = [Event::Looked { what: "list".into(), about: None }];
        let begun = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    for _ in 0..each {
                        store.append("clerk", &event).unwrap();
                    }
                });
            }
        });
        (threads * each) as f64 / begun.elapsed().as_secs_f64()
    };
    let (one, sixteen) = (rate(1, 1000), rate(16, 500));
    let mut out = std::io::stdout();
    writeln!(out, "one by one {one:.0}/s, 16 threads {sixteen:.0}/s, ratio {:.1}", sixteen / one).unwrap();
    assert!(sixteen > one);
    leave("shared", &serde_json::json!({ "one_by_one": one, "sixteen": sixteen }));
}

/// Leaves figures for `tests/bench/page.py`.
fn leave(name: &str, figures: &serde_json::Value) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name).with_extension("json"), figures.to_string()).unwrap();
}

/// Events of the large journal, five for each fax.
const EVENTS: u32 = 1_000_000;
const FAXES_AT_ONCE: u32 = 100;
/// Each has ten faxes.
const PATIENTS: u32 = EVENTS / 5 / 10;

#[test]
#[ignore = "a measurement: make bench-store"]
fn a_large_journal_is_opened_rebuilt_checked_and_asked() {
    let dir = tempfile::tempdir_in(".").unwrap();
    let mut out = std::io::stdout();
    let mut time = |what: &str, work: &mut dyn FnMut()| {
        let begun = Instant::now();
        work();
        let took = begun.elapsed().as_secs_f64();
        writeln!(out, "{what}: {took:.3} s").unwrap();
        took
    };
    let (store, _) = open(dir.path());
    time("1,000,000 events appended in groups of 500", &mut || {
        for group in 0..EVENTS / 5 / FAXES_AT_ONCE {
            let faxes = (0..FAXES_AT_ONCE).map(|n| group * FAXES_AT_ONCE + n);
            store.append("kasasagi", &faxes.flat_map(story).collect::<Vec<_>>()).unwrap();
        }
    });
    let patient = AuditQuery { patient: Some("100042".into()), ..AuditQuery::default() };
    let patient_s = time("the 20 entries about one patient", &mut || {
        assert_eq!(store.audit(&patient).unwrap().len(), 20);
    });
    let fax_s = time("the trace of one fax", &mut || assert_eq!(store.trace(&fax(77)).unwrap().len(), 5));
    time("a look of the metrics at 200,000 faxes and messages", &mut || {
        assert_eq!(
            store.census(jiff::Timestamp::now()).unwrap().items[&ItemKind::Sent],
            u64::from(EVENTS / 5)
        );
    });
    let (journal, whole) = (bytes_in(&dir.path().join("journal")), bytes_in(dir.path()));
    let sha256sum = time("sha256sum over the journal", &mut || {
        let sh = format!("sha256sum {}/journal/*", dir.path().display());
        assert!(Command::new("sh").args(["-c", &sh]).stdout(Stdio::null()).status().unwrap().success());
    });
    let verify =
        time("audit verify, the view compared", &mut || assert!(store.verify().unwrap().view_agrees));
    drop(store);
    let chain = time("the chain alone", &mut || assert!(verify_journal(dir.path(), None).unwrap().passed()));
    let opened = time("open with the view intact", &mut || drop(open(dir.path())));
    std::fs::remove_dir_all(dir.path().join("view")).unwrap();
    let rebuild = time("open with the view gone", &mut || drop(open(dir.path())));
    let mb = |bytes: u64| bytes as f64 / 1e6;
    writeln!(
        out,
        "journal {:.0} MB, store {:.0} MB, ratio {:.2}\n\
         speed beside sha256sum: audit verify {:.2}, the chain alone {:.2}\nrebuild {:.0} events/s",
        mb(journal),
        mb(whole),
        mb(whole) / mb(journal),
        sha256sum / verify,
        sha256sum / chain,
        f64::from(EVENTS) / rebuild
    )
    .unwrap();
    leave(
        "store",
        &serde_json::json!({
            "events": EVENTS, "patient_s": patient_s, "fax_s": fax_s, "opened_s": opened,
            "journal_mb": mb(journal), "store_mb": mb(whole), "rebuilt_a_second": f64::from(EVENTS) / rebuild,
            "sha256sum_s": sha256sum, "verify_s": verify, "chain_s": chain,
        }),
    );
}

fn bytes_in(folder: &Path) -> u64 {
    files(folder).iter().map(|file| file.metadata().unwrap().len()).sum()
}

fn fax(n: u32) -> FaxId {
    FaxId::new(jiff::civil::date(2026, 11, 23), [0, 0, (n >> 16) as u8, (n >> 8) as u8, n as u8])
}

fn story(n: u32) -> [Event; 5] {
    let fax = &fax(n);
    let received = Event::Received {
        fax: fax.clone(),
        source: Source::Lmtp,
        sha256: format!("{n:064x}"),
        bytes: 9,
        origin: None,
    };
    let patient = format!("{}", 100_000 + n % PATIENTS);
    [
        received,
        opened(fax, &format!("{n:064}")),
        read(fax, 1, false),
        deliver(fax, 1, &patient, &["P0013"]),
        sent(fax, 1, "P0013"),
    ]
}
