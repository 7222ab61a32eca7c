//! What the store says when its files were damaged or forged while it was closed.

use std::fs;
use std::path::Path;

use kasasagi_store::{
    BlobName, Decision, Error, Event, FaxFilter, FaxId, FaxView, RecordId, Source, Store, ViewStart,
    verify_journal,
};
use proptest::prelude::*;

use crate::scene::*;

/// A small closed store: two delivered faxes, no checkpoint.
fn small(dir: &Path) -> Vec<FaxId> {
    let (store, _) = open(dir);
    vec![deliver_one(&store, b"one", "100017"), deliver_one(&store, b"second", "100025")]
}

fn views(store: &Store) -> Vec<FaxView> {
    store.faxes(&FaxFilter::default()).unwrap()
}

#[test]
fn every_flipped_bit_of_the_journal_is_found_and_its_event_named() {
    let dir = tempfile::tempdir().unwrap();
    small(dir.path());
    assert!(verify_journal(dir.path(), None).unwrap().passed());
    let path = &segments(dir.path())[0];
    let good = fs::read(path).unwrap();
    let starts = frames(&good);
    assert_eq!(starts.len(), 11, "ten frames");
    for bit in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        fs::write(path, &bad).unwrap();
        let seq = starts[1..].iter().filter(|start| **start <= bit / 8).count() as u64 + 1;
        let found = verify_journal(dir.path(), None).unwrap().first_bad;
        assert_eq!(found.map(|(seq, _)| seq), Some(seq), "bit {bit}");
    }
}

#[test]
fn events_deleted_repeated_or_exchanged_are_found() {
    let dir = tempfile::tempdir().unwrap();
    small(dir.path());
    let path = &segments(dir.path())[0];
    let good = fs::read(path).unwrap();
    let starts = frames(&good);
    let frame = |n: usize| &good[starts[n - 1]..starts[n]];
    let forged = |order: &[usize]| -> Vec<u8> {
        let mut bytes = good[..64].to_vec();
        order.iter().for_each(|n| bytes.extend_from_slice(frame(*n)));
        bytes
    };
    for (order, bad) in [
        (&[2, 3, 4, 5, 6, 7, 8, 9, 10][..], 1),
        (&[1, 2, 3, 5, 6, 7, 8, 9, 10], 4),
        (&[1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10], 4),
        (&[1, 2, 4, 3, 5, 6, 7, 8, 9, 10], 3),
    ] {
        fs::write(path, forged(order)).unwrap();
        let found = verify_journal(dir.path(), None).unwrap().first_bad;
        assert_eq!(found.map(|(seq, _)| seq), Some(bad), "{order:?}");
    }
}

#[test]
fn a_missing_tail_a_rollback_and_another_history_contradict_a_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    deliver_one(&store, b"one", "100017");
    let early = fs::read(&segments(dir.path())[0]).unwrap();
    deliver_one(&store, b"second", "100025");
    store.checkpoint().unwrap();
    let forged = {
        // The same store goes another way after its fifth event.
        let other = tempfile::tempdir().unwrap();
        copy_without_view(dir.path(), other.path());
        fs::remove_dir_all(other.path().join("checkpoints")).unwrap();
        fs::write(&segments(other.path())[0], &early).unwrap();
        let (forger, _) = open(other.path());
        for _ in 0..5 {
            forger.append("forger", &[Event::Stopped]).unwrap();
        }
        fs::read(&segments(other.path())[0]).unwrap()
    };
    drop(store);
    let path = &segments(dir.path())[0];
    fs::write(path, &early).unwrap();
    let (seq, what) = verify_journal(dir.path(), None).unwrap().first_bad.unwrap();
    assert_eq!(seq, 6, "{what}");
    assert!(matches!(try_open(dir.path()), Err(Error::Damaged { seq: 6, .. })), "the view knows better");
    fs::remove_dir_all(dir.path().join("view")).unwrap();
    assert!(matches!(try_open(dir.path()), Err(Error::Damaged { seq: 6, .. })), "so does the checkpoint");
    fs::write(path, forged).unwrap();
    let (seq, what) = verify_journal(dir.path(), None).unwrap().first_bad.unwrap();
    assert_eq!(seq, 10, "{what}");
}

#[test]
fn a_forged_checkpoint_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    deliver_one(&store, b"one", "100017");
    let line = store.checkpoint().unwrap().to_string();
    let file = fs::read_dir(dir.path().join("checkpoints")).unwrap().next().unwrap().unwrap().path();
    fs::write(file, format!("{}\nnonsense\n", line.replacen(" 5 ", " 4 ", 1))).unwrap();
    let report = store.verify().unwrap();
    assert_eq!(report.bad_checkpoints.len(), 2, "{report:?}");
    assert!(!report.passed());
}

#[test]
fn a_torn_end_is_cut_and_everything_before_it_stays() {
    let dir = tempfile::tempdir().unwrap();
    let faxes = small(dir.path());
    let good = fs::read(&segments(dir.path())[0]).unwrap();
    let starts = frames(&good);
    for len in [starts[9] + 1, starts[9] + 7, starts[9] + 60, good.len() - 1] {
        let torn = tempfile::tempdir().unwrap();
        copy_without_view(dir.path(), torn.path());
        fs::write(&segments(torn.path())[0], &good[..len]).unwrap();
        let (store, opened) = open(torn.path());
        assert_eq!(opened.cut.map(|c| c.seq), Some(10));
        assert_eq!(store.trace(&faxes[1]).unwrap().len(), 4);
        store.append("kasasagi", &[sent(&faxes[1], 1, "P0013")]).unwrap();
        assert!(store.verify().unwrap().passed());
    }
}

#[test]
fn a_deleted_view_is_made_anew_and_equal() {
    let dir = tempfile::tempdir().unwrap();
    small(dir.path());
    let before = views(&open(dir.path()).0);
    fs::remove_dir_all(dir.path().join("view")).unwrap();
    let (store, opened) = open(dir.path());
    assert!(matches!(opened.view, ViewStart::Rebuilt { aside: None, .. }));
    assert_eq!(views(&store), before);
    assert_eq!(store.entry(11).unwrap().unwrap().event.kind(), "view_rebuilt");
    assert!(store.verify().unwrap().passed());
}

#[test]
fn a_view_of_another_journal_is_not_believed() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    small(dir.path());
    small(other.path());
    let before = views(&open(dir.path()).0);
    fs::remove_dir_all(dir.path().join("view")).unwrap();
    fs::rename(other.path().join("view"), dir.path().join("view")).unwrap();
    let (store, opened) = open(dir.path());
    assert!(matches!(opened.view, ViewStart::Rebuilt { aside: Some(_), .. }), "{opened:?}");
    assert_eq!(views(&store), before);
}

#[test]
fn content_altered_or_gone_is_told_apart_and_found() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let faxes: Vec<_> = (0..4u8).map(|n| store.receive(Source::Lmtp, &[n; 50]).unwrap()).collect();
    let blob = |n: usize| dir.path().join("blobs").join(faxes[n].as_str()).join("raw");
    let mut bytes = fs::read(blob(0)).unwrap();
    bytes[40] ^= 1;
    fs::write(blob(0), bytes).unwrap();
    fs::remove_file(blob(1)).unwrap();
    fs::remove_file(dir.path().join("keys").join(faxes[2].as_str())).unwrap();
    let raw = |n: usize| store.unseal(&faxes[n], &BlobName::raw());
    assert!(matches!(raw(0), Err(Error::Tampered(_))));
    assert!(matches!(raw(1), Err(Error::NoBlob { .. })));
    assert!(matches!(raw(2), Err(Error::KeyMissing(_))));
    assert_eq!(raw(3).unwrap(), [3; 50]);
    // The store itself could seal something else under the name; the journal knows the digest.
    store.seal(&faxes[3], &BlobName::raw(), b"something else").unwrap();
    let bad: Vec<_> = store.verify().unwrap().bad_blobs.into_iter().map(|(fax, _)| fax).collect();
    assert_eq!(bad, faxes);
}

#[test]
fn altered_tables_of_a_registry_and_lost_words_of_a_person_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let (version, sha256) = store.archive(b"tables").unwrap();
    let proposed =
        Event::RegistryProposed { version, sha256, effective: None, added: 1, changed: 0, removed: 0 };
    let fax = store.receive(Source::Lmtp, b"raw").unwrap();
    let record = RecordId::new(fax.clone(), 1);
    let hold = Event::decided(record.clone(), Decision::hold(vec!["birth".into()]));
    let name = "correction-1";
    store.seal(&fax, &name.parse().unwrap(), b"words").unwrap();
    let corrected = Event::Corrected { record, fields: vec!["birth".into()], sealed: Some(name.into()) };
    store.append("clerk", &[proposed, opened(&fax, "d"), read(&fax, 1, false), hold, corrected]).unwrap();
    assert!(store.verify().unwrap().passed());

    let tables = dir.path().join("registry/00000001");
    let mut bytes = fs::read(&tables).unwrap();
    bytes[50] ^= 1;
    fs::write(&tables, bytes).unwrap();
    fs::remove_file(dir.path().join("blobs").join(fax.as_str()).join(name)).unwrap();
    let report = store.verify().unwrap();
    assert_eq!(report.bad_registries.len(), 1, "{report:?}");
    assert_eq!(report.bad_blobs, [(fax, "correction-1 is missing".to_owned())]);
    assert!(!report.passed());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn whatever_happens_to_sled_the_views_come_back_equal(
        spot in 0.0f64..1.0, noise in prop::collection::vec(any::<u8>(), 1..200), cut in any::<bool>(),
    ) {
        let dir = tempfile::tempdir().unwrap();
        small(dir.path());
        let before = views(&open(dir.path()).0);
        let path = dir.path().join("view/db");
        let mut bytes = fs::read(&path).unwrap();
        let used = bytes.iter().rposition(|b| *b != 0).map_or(bytes.len(), |last| last + 1);
        let at = (spot * used as f64) as usize;
        if cut {
            bytes.truncate(at);
        } else {
            let end = bytes.len().min(at + noise.len());
            bytes[at..end].copy_from_slice(&noise[..end - at]);
        }
        fs::write(&path, bytes).unwrap();
        let (store, _) = open(dir.path());
        prop_assert_eq!(views(&store), before);
        let report = store.verify().unwrap();
        prop_assert!(report.passed(), "{:?}", report);
    }
}
