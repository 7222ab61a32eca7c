//! Durable events a second, one by one and from sixteen threads at once.

use std::io::Write;
use std::time::Instant;

use kasasagi_store::{AuditQuery, Event, FaxId, Source, verify_journal};

use crate::scene::{deliver, open, opened, read, sent};

#[test]
#[ignore = "a measurement: run it with --ignored --nocapture"]
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
}

#[test]
#[ignore = "a measurement: run it with --ignored --nocapture"]
fn a_large_journal_is_opened_rebuilt_checked_and_asked() {
    let dir = tempfile::tempdir_in(".").unwrap();
    let mut out = std::io::stdout();
    let mut time = |what: &str, work: &mut dyn FnMut()| {
        let begun = Instant::now();
        work();
        writeln!(out, "{what}: {:.3} s", begun.elapsed().as_secs_f64()).unwrap();
    };
    let (store, _) = open(dir.path());
    let fax = |n: u32| {
        FaxId::new(jiff::civil::date(2026, 11, 23), [0, 0, (n >> 16) as u8, (n >> 8) as u8, n as u8])
    };
    time("100,000 events appended in groups of 500", &mut || {
        for group in 0..200u32 {
            let events: Vec<Event> = (0..100).flat_map(|n| story(&fax(group * 100 + n), n)).collect();
            store.append("kasasagi", &events).unwrap();
        }
    });
    let patient = AuditQuery { patient: Some("100042".into()), ..AuditQuery::default() };
    time("the 400 entries about one patient", &mut || assert_eq!(store.audit(&patient).unwrap().len(), 400));
    time("the trace of one fax", &mut || assert_eq!(store.trace(&fax(77)).unwrap().len(), 5));
    drop(store);
    time("verify_journal", &mut || assert!(verify_journal(dir.path(), None).unwrap().passed()));
    time("open with the view intact", &mut || drop(open(dir.path())));
    std::fs::remove_dir_all(dir.path().join("view")).unwrap();
    time("open with the view gone", &mut || drop(open(dir.path())));
}

fn story(fax: &FaxId, n: u32) -> [Event; 5] {
    let received = Event::Received {
        fax: fax.clone(),
        source: Source::Lmtp,
        sha256: "0".repeat(64),
        bytes: 9,
        origin: None,
    };
    let patient = format!("{}", 100_000 + n);
    [
        received,
        opened(fax, &format!("{n:064}")),
        read(fax, 1, false),
        deliver(fax, 1, &patient, &["P0013"]),
        sent(fax, 1, "P0013"),
    ]
}
