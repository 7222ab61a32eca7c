//! Stores written by every past format stay readable. To add one after a change of format, run
//! `cargo test -p kasasagi-store golden::write -- --ignored` with the folder's name changed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use kasasagi_store::{AuditQuery, BlobName, Event, FaxFilter, FaxState, Source, Store, verify_journal};

use crate::scene::*;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

#[test]
fn stores_of_every_past_format_open_and_tell_their_story() {
    let mut formats = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let golden = entry.unwrap().path();
        if !golden.is_dir() {
            continue;
        }
        assert!(verify_journal(&golden, None).unwrap().passed(), "{golden:?}");
        let dir = tempfile::tempdir().unwrap();
        copy_without_view(&golden, dir.path());
        let (store, _) = open(dir.path());
        let report = store.verify().unwrap();
        assert!(report.passed() && report.ignored.is_empty(), "{golden:?}: {report:?}");
        assert_eq!((report.blobs, report.erased, report.checkpoints), (5, 1, 2));
        let faxes = store.faxes(&FaxFilter::default()).unwrap();
        let states: Vec<_> = faxes.iter().rev().map(|f| f.state).collect();
        use FaxState::{Delivered, Duplicate, Held, Received, Refused};
        assert_eq!(states, [Delivered, Delivered, Held, Duplicate, Refused, Received]);
        assert_eq!(store.unseal(&faxes[0].id, &BlobName::raw()).unwrap(), b"raw 5");
        let every_kind = [
            "received",
            "opened",
            "reading_failed",
            "read",
            "decided",
            "deferred",
            "sent",
            "gave_up",
            "fax_held",
            "duplicate",
            "refused",
            "looked",
            "started",
            "stopped",
            "view_rebuilt",
            "erased",
        ];
        for kind in every_kind {
            let query = AuditQuery { kind: Some(kind.into()), ..AuditQuery::default() };
            assert!(!store.audit(&query).unwrap().is_empty(), "{golden:?} has no {kind}");
        }
        formats += 1;
    }
    assert!(formats >= 1, "no golden store was found");
}

/// A line each for every kind of event in every shape that was ever written; none is ever removed.
#[test]
fn events_of_every_shape_are_read_and_written_as_they_were() {
    let lines = fs::read_to_string(folder().join("events.jsonl")).unwrap();
    let mut kinds = BTreeSet::new();
    for line in lines.lines() {
        let event: Event = serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"));
        assert_eq!(serde_json::to_string(&event).unwrap(), line);
        kinds.insert(event.kind());
    }
    // serde's complaint about an unknown kind names all that there are.
    let all = serde_json::from_str::<Event>(r#"{"kind":"?"}"#).unwrap_err().to_string();
    let all: BTreeSet<&str> = all.split('`').skip(3).step_by(2).collect();
    assert_eq!(kinds, all);
}

#[test]
#[ignore = "writes the golden store of the present format"]
fn write() {
    let golden = folder().join("format-1");
    let dir = tempfile::tempdir().unwrap();
    let clock = || "2026-11-23T03:04:05.678901Z".parse::<Timestamp>().unwrap();
    let (store, _) = Store::open(settings(dir.path()), clock, "kasasagi").unwrap();
    tell(&store);
    drop(store);
    assert!(!golden.exists(), "a golden store is written once");
    copy_without_view(dir.path(), &golden);
}

/// A story with an event of every kind.
fn tell(store: &Store) {
    let say = |events: &[Event]| store.append("kasasagi", events).unwrap();
    say(&[Event::Started { version: "0.1.0".into() }, Event::ViewRebuilt { reason: "there is none".into() }]);
    let faxes: Vec<_> =
        (0..6).map(|n| store.receive(Source::Submit, format!("raw {n}").as_bytes()).unwrap()).collect();
    let reason = || "code".to_owned();
    let (next, code) = ("2026-11-23T04:00:00Z".parse().unwrap(), || "451 4.7.1".to_owned());
    for fax in &faxes[..2] {
        say(&[opened(fax, &"ab".repeat(32))]);
        say(&[Event::ReadingFailed { fax: fax.clone(), attempt: 1, reason: reason() }, read(fax, 1, false)]);
        say(&[deliver(fax, 1, "100017", &["P0013"])]);
        say(&[Event::deferred(item(fax, 1, "P0013"), 1, code(), next)]);
        say(&[sent(fax, 1, "P0013")]);
    }
    store.erase("clerk", &faxes[0]).unwrap();
    let held = faxes[2].clone();
    say(&[opened(&held, "cd"), read(&held, 2, true), deliver(&held, 1, "100025", &["P0013", "C0002"])]);
    say(&[Event::GaveUp { item: item(&held, 1, "C0002"), code: code() }]);
    say(&[Event::FaxHeld { fax: held, reason: reason() }]);
    say(&[
        opened(&faxes[3], &"ab".repeat(32)),
        Event::Duplicate { fax: faxes[3].clone(), of: faxes[1].clone() },
    ]);
    say(&[Event::Refused { fax: faxes[4].clone(), reason: reason() }]);
    store
        .append("clerk", &[Event::Looked { what: "trace".into(), about: Some(faxes[1].to_string()) }])
        .unwrap();
    store.checkpoint().unwrap();
    say(&[Event::Stopped]);
}
