//! A program in another language, written from docs/store.md alone, comes to the same findings.

use std::fs;
use std::path::Path;
use std::process::Command;

use kasasagi_store::verify_journal;
use serde_json::Value;

use crate::scene::*;

fn python(store: &Path) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verify_journal.py");
    let ran = Command::new("python3").arg(script).arg(store).output().expect("python3 is installed");
    serde_json::from_slice(&ran.stdout).unwrap_or_else(|e| panic!("{e}: {ran:?}"))
}

fn agree(store: &Path) -> Option<u64> {
    let (theirs, ours) = (python(store), verify_journal(store, None).unwrap());
    let bad = ours.first_bad.as_ref().map(|(seq, _)| *seq);
    assert_eq!(theirs["first_bad"][0].as_u64(), bad, "{theirs} {ours:?}");
    assert_eq!(theirs["events"].as_u64(), Some(ours.events), "{theirs} {ours:?}");
    if bad.is_none() {
        assert_eq!(theirs["head"].as_str(), Some(ours.head.to_string().as_str()));
    }
    bad
}

#[test]
fn the_python_verifier_finds_what_verify_finds() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    for n in 0..5u8 {
        deliver_one(&store, &vec![n; usize::from(n) + 1], "100017");
        store.checkpoint().unwrap();
    }
    drop(store);
    assert_eq!(agree(dir.path()), None);
    let path = &segments(dir.path())[0];
    let good = fs::read(path).unwrap();
    for n in 0..40 {
        let mut bad = good.clone();
        let at = n * 7919 % bad.len();
        bad[at] ^= 1 << (n % 8);
        fs::write(path, &bad).unwrap();
        assert!(agree(dir.path()).is_some(), "byte {at}");
    }
    let starts = frames(&good);
    for len in [0, 10, 64, starts[1], starts[3] + 5, starts[20], good.len() - 1] {
        fs::write(path, &good[..len]).unwrap();
        assert!(agree(dir.path()).is_some(), "length {len}");
    }
    fs::write(path, [&good[..starts[4]], &good[starts[5]..]].concat()).unwrap();
    assert_eq!(agree(dir.path()), Some(5), "the fifth event was taken out");
}
