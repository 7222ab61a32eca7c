//! A child process receives and appends from several threads until it is killed. Whatever it said was
//! done must be there afterwards, again and again on the same store.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use kasasagi_store::{BlobName, Event, FaxId, Source, Store};

use crate::scene::{open, opened};

const FOLDER: &str = "KASASAGI_CRASH_FOLDER";
const THREADS: u64 = 4;

#[test]
fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let kills: u64 = std::env::var("KASASAGI_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(12);
    let mut known = BTreeSet::new();
    let (mut acknowledged, mut caught_midway) = (0, 0);
    for kill in 0..kills {
        let lines =
            run_and_kill(dir.path(), Duration::from_millis(20 + RandomState::new().hash_one(kill) % 400));
        let (store, found) = open(dir.path());
        acknowledged += lines.len();
        for line in &lines {
            check(&store, line, &mut known);
        }
        for (fax, raw) in &known {
            assert_eq!(store.unseal(fax, &BlobName::raw()).unwrap(), raw.as_bytes(), "after kill {kill}");
        }
        let report = store.verify().unwrap();
        assert!(report.passed() && report.ignored.is_empty(), "after kill {kill}: {report:?}");
        assert!(store.reconcile().unwrap().iter().all(|day| day.balanced()));
        caught_midway += usize::from(found.cut.is_some() || !report.orphans.is_empty());
    }
    assert!(acknowledged > 20, "the children were killed before they did anything");
    let mut out = std::io::stdout();
    writeln!(out, "{kills} kills, {acknowledged} acknowledgements, {caught_midway} stores with leavings")
        .unwrap();
}

/// The lines that a child wrote before it was killed.
fn run_and_kill(folder: &Path, after: Duration) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::child", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let reader = std::thread::spawn(move || {
        let whole = |line: &String| line.starts_with("ack ") && line.ends_with(" end");
        lines.map_while(|line| line.ok()).filter(whole).collect()
    });
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

/// One acknowledgement: a fax with its content, or an event with its number.
fn check(store: &Store, line: &str, known: &mut BTreeSet<(FaxId, String)>) {
    let words: Vec<&str> = line.split(' ').collect();
    let fax: FaxId = words[2].parse().unwrap();
    if words[1] == "fax" {
        let view = store.fax(&fax).unwrap().unwrap_or_else(|| panic!("{fax} was acknowledged and is lost"));
        let received = store.entry(view.arrival).unwrap().unwrap().event;
        assert!(matches!(received, Event::Received { fax: f, .. } if f == fax));
        known.insert((fax, words[3].to_owned()));
    } else {
        let entry = store.entry(words[3].parse().unwrap()).unwrap();
        let event = entry.unwrap_or_else(|| panic!("event {} was acknowledged and is lost", words[3])).event;
        assert_eq!(event, opened(&fax, "aa"));
    }
}

#[test]
#[ignore = "the child of nothing_acknowledged_is_lost_when_the_process_is_killed"]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let (store, found) = open(Path::new(&folder));
    let say = |text: String| {
        let mut out = std::io::stdout().lock();
        // One write for a line, so that a kill leaves it whole or without its end.
        out.write_all(format!("\nack {text} end\n").as_bytes()).unwrap();
        out.flush().unwrap();
    };
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (store, say, start) = (&store, &say, found.last_seq);
            scope.spawn(move || {
                for n in 0u64.. {
                    let raw = format!("raw-{start}-{thread}-{n}");
                    let fax = store.receive(Source::Lmtp, raw.as_bytes()).unwrap();
                    say(format!("fax {fax} {raw}"));
                    let seq = store.append("kasasagi", &[opened(&fax, "aa")]).unwrap();
                    say(format!("event {fax} {seq}"));
                }
            });
        }
    });
}
