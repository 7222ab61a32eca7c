//! Durable events a second, one by one and from sixteen threads at once.

use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use kasasagi_store::{AuditQuery, Event, FaxId, ItemKind, Source, verify_journal};

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

/// A quarter of an hour and some gigabytes. Most of the faxes have only arrived, and the messages are those of a hundredth of
/// them: the view then has as many rows to count as that of a million faxes delivered, and is written sooner.
#[test]
#[ignore = "a measurement: run it with --ignored --nocapture"]
fn a_million_faxes_and_messages_are_counted_beside_the_work() {
    const MILLION: u32 = 1_000_000;
    let dir = tempfile::tempdir_in(".").unwrap();
    let mut out = std::io::stdout();
    let (store, _) = open(dir.path());
    let begun = Instant::now();
    for group in 0..MILLION / 500 {
        let events: Vec<Event> = (0..500).map(|n| received(&any_fax(group * 500 + n))).collect();
        store.append("kasasagi", &events).unwrap();
    }
    let codes: Vec<String> = (0..100).map(|n| format!("P{n:04}")).collect();
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    for n in 0..MILLION / 100 {
        let fax = any_fax(n);
        let decided = [opened(&fax, "d"), read(&fax, 1, false), deliver(&fax, 1, "100017", &codes)];
        let events: Vec<Event> =
            decided.into_iter().chain(codes.iter().map(|code| sent(&fax, 1, code))).collect();
        store.append("kasasagi", &events).unwrap();
    }
    writeln!(out, "written in {:.0} s", begun.elapsed().as_secs_f64()).unwrap();
    drop(store);
    count_beside_the_work(dir.path());
}

fn count_beside_the_work(dir: &Path) {
    let mut out = std::io::stdout();
    let (store, _) = open(dir);
    let look = || {
        let begun = Instant::now();
        let census = store.census(jiff::Timestamp::now()).unwrap();
        let faxes: u64 = census.faxes.values().map(|pile| pile.count).sum();
        (begun.elapsed(), faxes, census.items[&ItemKind::Sent])
    };
    for _ in 0..3 {
        let (took, faxes, messages) = look();
        writeln!(out, "{faxes} faxes and {messages} messages counted in {took:?}").unwrap();
    }
    let appends = || {
        let mut took: Vec<Duration> = (0..2000)
            .map(|_| {
                let begun = Instant::now();
                store.append("clerk", &[Event::Looked { what: "list".into(), about: None }]).unwrap();
                begun.elapsed()
            })
            .collect();
        took.sort();
        format!("half within {:?}, 99 of 100 within {:?}, all within {:?}", took[999], took[1979], took[1999])
    };
    writeln!(out, "an event written while nobody looks: {}", appends()).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                look();
            }
        });
        writeln!(out, "while somebody looks without a pause: {}", appends()).unwrap();
        done.store(true, Ordering::Relaxed);
    });
}

/// Names are as good as random within a day, as those of real faxes.
fn any_fax(n: u32) -> FaxId {
    let day = jiff::civil::date(2025, 1, 1) + jiff::Span::new().days(n / 2000);
    FaxId::new(day, std::array::from_fn(|place| (n.wrapping_mul(0x9e37_79b1) >> (6 * place)) as u8))
}

fn received(fax: &FaxId) -> Event {
    Event::Received { fax: fax.clone(), source: Source::Lmtp, sha256: "0".repeat(64), bytes: 9, origin: None }
}

fn story(fax: &FaxId, n: u32) -> [Event; 5] {
    let patient = format!("{}", 100_000 + n);
    [
        received(fax),
        opened(fax, &format!("{n:064}")),
        read(fax, 1, false),
        deliver(fax, 1, &patient, &["P0013"]),
        sent(fax, 1, "P0013"),
    ]
}
