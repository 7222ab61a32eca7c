//! Signed heads that left the machine prove what became of the journal since.

use std::fs;
use std::path::Path;

use kasasagi_store::{Checkpoint, Event, Standing, Store, checkpoints_in, public_key, vouch};

use crate::scene::*;

/// A store with a signed head after each of three faxes.
fn signed(dir: &Path) -> Vec<Checkpoint> {
    let (store, _) = open(dir);
    let head = |raw: &[u8]| {
        deliver_one(&store, raw, "100017");
        store.checkpoint().unwrap()
    };
    vec![head(b"one"), head(b"second"), head(b"the third")]
}

fn standings(dir: &Path, checkpoints: &[Checkpoint]) -> Vec<Standing> {
    vouch(dir, checkpoints, None).unwrap().into_iter().map(|vouched| vouched.standing).collect()
}

#[test]
fn what_nobody_touched_is_included_and_so_it_stays_while_more_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let heads = signed(dir.path());
    let (store, _) = open(dir.path());
    deliver_one(&store, b"a fourth", "100017");
    assert!(store.vouch(&heads, None).unwrap().iter().all(|v| v.standing == Standing::Included));
}

/// Another history with good hashes, whose forger also removed the signed heads kept beside the journal.
fn forge(dir: &Path, keep: usize) -> Store {
    let path = &segments(dir)[0];
    let good = fs::read(path).unwrap();
    fs::write(path, &good[..frames(&good)[keep]]).unwrap();
    for gone in ["view", "checkpoints"] {
        fs::remove_dir_all(dir.join(gone)).unwrap();
    }
    open(dir).0
}

#[test]
fn a_history_written_anew_is_named_between_the_last_sound_head_and_the_first_that_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let heads = signed(dir.path());
    let store = forge(dir.path(), 7);
    for _ in 0..10 {
        store.append("forger", &[Event::Stopped]).unwrap();
    }
    assert!(store.verify().unwrap().passed(), "by itself it looks whole");
    drop(store);
    let rewritten = Standing::Rewritten { sound_until: heads[0].seq };
    assert_eq!(standings(dir.path(), &heads), [Standing::Included, rewritten.clone(), rewritten]);
}

#[test]
fn a_journal_that_was_cut_or_set_back_is_named_with_its_last_event() {
    let dir = tempfile::tempdir().unwrap();
    let heads = signed(dir.path());
    drop(forge(dir.path(), 5));
    let found = standings(dir.path(), &heads);
    let [Standing::Included, Standing::Missing { last: 6 }, Standing::Missing { last: 6 }] = found[..] else {
        panic!("{found:?}")
    };
}

#[test]
fn a_head_that_somebody_changed_or_another_store_signed_counts_for_nothing() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (own, strange) = (signed(dir.path()), signed(other.path()));
    let changed = Checkpoint { seq: own[1].seq, ..own[0].clone() };
    let not_ours = [Standing::NotOurs, Standing::NotOurs];
    assert_eq!(standings(dir.path(), &[strange[0].clone(), changed]), not_ours);

    // The whole store was put in place of another, its public key included.
    let kept = public_key(dir.path()).unwrap();
    let found = vouch(other.path(), &own[..1], kept.as_ref()).unwrap();
    assert_ne!(found[0].standing, Standing::Included);
}

#[test]
fn heads_are_found_in_a_mail_that_was_quoted_and_broken_into_lines() {
    let dir = tempfile::tempdir().unwrap();
    let heads = signed(dir.path());
    let text: String = heads
        .iter()
        .map(|head| format!("> 記録:\r\n> {}\r\n>\r\n", head.to_string().replace(' ', "\r\n>> ")))
        .collect();
    assert_eq!(checkpoints_in(&text), heads);
    assert_eq!(checkpoints_in("kasasagi1 5 and nothing more"), []);
}
