//! What the fuzz targets do with their bytes, over their seeds and the corpus of odd mails.
#![allow(clippy::unwrap_used)]

#[path = "../../tests/fuzz/src/lib.rs"]
mod targets;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Far more than any input needs on a loaded machine; an input that grows without bound needs more.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn no_seed_of_any_target_panics_or_goes_on_for_ever() {
    let panics = count_panics();
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/seeds");
    let mails = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail");
    assert!(over(&[seeds.join("lmtp")], targets::lmtp::body) >= 6);
    assert!(over(&[seeds.join("mail"), mails.clone()], targets::mail::body) >= 80);
    assert!(over(&[seeds.join("metrics")], targets::metrics::body) >= 4);
    assert!(over(&[seeds.join("profiles"), mails], targets::profiles::body) >= 80);
    assert_eq!(panics.load(Ordering::SeqCst), 0, "opening a mail catches a panic, and none may be needed");
}

/// Counts every panic, also those that are caught.
fn count_panics() -> &'static AtomicUsize {
    static PANICS: AtomicUsize = AtomicUsize::new(0);
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        PANICS.fetch_add(1, Ordering::SeqCst);
        usual(info);
    }));
    &PANICS
}

/// Runs a target over every file in these folders and says how many there were.
fn over(folders: &[PathBuf], body: fn(&[u8])) -> usize {
    let files: Vec<PathBuf> = folders.iter().flat_map(|folder| files_in(folder)).collect();
    for path in &files {
        let begun = Instant::now();
        body(&std::fs::read(path).unwrap());
        assert!(begun.elapsed() < PATIENCE, "{}", path.display());
    }
    files.len()
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files_in(&path)),
            false if path.extension().is_none_or(|e| e != "json") => found.push(path),
            false => {}
        }
    }
    found
}
