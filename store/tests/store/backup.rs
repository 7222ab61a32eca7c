//! Copies made at work, and stores brought back from them.

use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use kasasagi_store::{
    BlobName, Error, Event, FaxFilter, FaxId, FaxState, ItemKind, MasterKey, Restored, Result, Settings,
    Since, Source, Store, Work, backup, backup_telling, restore, restore_telling,
};

use crate::scene::*;

fn back(from: &Path, to: &Path, since: Since, replace: bool) -> Result<Restored> {
    restore(from, settings(to), "root", since, replace)
}

/// A fax that was received, one whose message is due, one that was delivered.
fn three(store: &Store) -> [FaxId; 3] {
    let received = store.receive(Source::Lmtp, b"received").unwrap();
    let due = store.receive(Source::Lmtp, b"due").unwrap();
    for event in [opened(&due, "d"), read(&due, 1, false), deliver(&due, 1, "100017", &["P0013"])] {
        store.append("kasasagi", &[event]).unwrap();
    }
    [received, due, deliver_one(store, b"delivered", "100025")]
}

fn state(store: &Store, fax: &FaxId) -> FaxState {
    store.fax(fax).unwrap().unwrap().state
}

#[test]
fn a_copy_made_while_faxes_come_and_go_is_whole() {
    let (dir, copies) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (store, _) = open(dir.path());
    let before = store.receive(Source::Lmtp, b"before").unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for thread in 0..3 {
            let (store, done) = (&store, &done);
            scope.spawn(move || {
                for n in 0.. {
                    if done.load(Ordering::Relaxed) {
                        break;
                    }
                    let fax = deliver_one(store, format!("{thread} {n}").as_bytes(), "100017");
                    if n % 2 == 0 {
                        store.erase("clerk", &fax).unwrap();
                    }
                    // The store must not grow faster than it is copied.
                    std::thread::sleep(std::time::Duration::from_millis(10));
                    store.checkpoint().unwrap();
                }
            });
        }
        for round in 0..5 {
            let copy = copies.path().join(round.to_string());
            let made = backup(dir.path(), &copy, Timestamp::now()).unwrap();
            let to = tempfile::tempdir().unwrap();
            let found = back(&copy, to.path(), Since::Stopped, false).unwrap();
            assert_eq!((found.backup, found.in_doubt, found.aside), (made, 0, None));
            let (restored, _) = open(to.path());
            assert_eq!(restored.unseal(&before, &BlobName::raw()).unwrap(), b"before");
            assert!(restored.reconcile().unwrap().iter().all(|day| day.balanced()));
        }
        done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn whoever_waits_for_a_copy_and_for_its_return_hears_how_far_they_have_come() {
    let (dir, copy, to) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (store, _) = open(dir.path());
    three(&store);
    let heard = RefCell::new(Vec::new());
    let told = |work, done, all| heard.borrow_mut().push((work, done, all));
    let made = backup_telling(dir.path(), copy.path(), Timestamp::now(), &told).unwrap();
    assert_eq!(each_to_its_end(&heard.take()), [(Work::Copying, 3), (Work::Files, made.files)]);
    restore_telling(copy.path(), settings(to.path()), "root", Since::Stopped, false, &told).unwrap();
    let parts = [(Work::Files, made.files), (Work::Copying, made.files), (Work::Contents, 3)];
    assert_eq!(each_to_its_end(&heard.take()), parts);
}

/// The works in their order with what there was to do, told one by one up to that.
fn each_to_its_end(heard: &[(Work, u64, u64)]) -> Vec<(Work, u64)> {
    let of_one_work = heard.chunk_by(|(work, ..), (next, ..)| work == next);
    of_one_work
        .map(|told| {
            let (work, _, all) = told[0];
            assert!((1..=all).eq(told.iter().map(|(_, done, _)| *done)), "{told:?}");
            (work, all)
        })
        .collect()
}

#[test]
fn what_may_have_gone_on_since_the_copy_waits_for_a_person_and_the_rest_is_as_it_was() {
    for (since, expected, kind) in [
        (Since::Unknown, [FaxState::Held, FaxState::Held, FaxState::Delivered], ItemKind::GaveUp),
        (Since::Stopped, [FaxState::Received, FaxState::Sending, FaxState::Delivered], ItemKind::Due),
    ] {
        let (dir, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (store, _) = open(dir.path());
        let faxes = three(&store);
        backup(dir.path(), copy.path(), Timestamp::now()).unwrap();
        let to = tempfile::tempdir().unwrap();
        let found = back(copy.path(), to.path(), since, false).unwrap();
        assert_eq!(found.in_doubt, if since == Since::Unknown { 2 } else { 0 });
        let (restored, _) = open(to.path());
        assert_eq!(faxes.each_ref().map(|fax| state(&restored, fax)), expected);
        let item = restored.item(&item(&faxes[1], 1, "P0013")).unwrap().unwrap();
        assert_eq!(item.state.kind(), kind);
        // A person who knows lets both go on.
        if since == Since::Unknown {
            restored.append_following("clerk", &[Event::Admitted { fax: faxes[0].clone() }]).unwrap();
            restored.append_following("clerk", &[Event::Retried { item: item.id }]).unwrap();
            let states = faxes.each_ref().map(|fax| state(&restored, fax));
            assert_eq!(states, [FaxState::Received, FaxState::Sending, FaxState::Delivered]);
        }
    }
}

#[test]
fn a_copy_of_which_anything_is_missing_cut_or_altered_is_refused_and_changes_nothing() {
    let (dir, copy, to) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (store, _) = open(dir.path());
    three(&store);
    backup(dir.path(), copy.path(), Timestamp::now()).unwrap();
    drop(open(to.path()));
    let names = files(copy.path());
    assert!(names.len() > 10);
    for path in names {
        let good = fs::read(&path).unwrap();
        let altered = [&good[..good.len() - 1], &[good[good.len() - 1] ^ 1]].concat();
        for bad in [None, Some(&good[..good.len() / 2]), Some(&altered[..])] {
            match bad {
                None => fs::remove_file(&path).unwrap(),
                Some(bytes) => fs::write(&path, bytes).unwrap(),
            }
            let found = back(copy.path(), to.path(), Since::Unknown, true);
            assert!(matches!(found, Err(Error::BadBackup { .. })), "{}: {found:?}", path.display());
        }
        fs::write(&path, good).unwrap();
    }
    assert!(open(to.path()).0.faxes(&FaxFilter::default()).unwrap().is_empty(), "it is the store it was");
    back(copy.path(), to.path(), Since::Unknown, true).unwrap();
}

#[test]
fn a_store_that_is_there_is_kept_unless_it_may_be_replaced_and_then_it_lies_aside() {
    let (dir, copy, room) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (store, _) = open(dir.path());
    three(&store);
    backup(dir.path(), copy.path(), Timestamp::now()).unwrap();
    let full = Error::NotEmpty(copy.path().to_owned()).to_string();
    assert_eq!(backup(dir.path(), copy.path(), Timestamp::now()).unwrap_err().to_string(), full);

    let to = room.path().join("store");
    let own = open(&to).0.receive(Source::Lmtp, b"own").unwrap();
    assert!(matches!(back(copy.path(), &to, Since::Unknown, false), Err(Error::NotEmpty(_))));
    let (running, _) = open(&to);
    assert!(matches!(back(copy.path(), &to, Since::Unknown, true), Err(Error::InUse(_))));
    drop(running);
    let aside = back(copy.path(), &to, Since::Unknown, true).unwrap().aside.unwrap();
    assert_eq!(open(&to).0.fax(&own).unwrap(), None);
    assert!(open(&aside).0.fax(&own).unwrap().is_some());

    let to = room.path().join("new machine");
    fs::create_dir(&to).unwrap();
    fs::write(to.join("master.key"), "brought here by hand").unwrap();
    let aside = back(copy.path(), &to, Since::Unknown, false).unwrap().aside.unwrap();
    assert!(aside.join("master.key").exists(), "what is not the store's is not lost");
}

#[test]
fn a_copy_opens_under_its_own_master_key_alone() {
    let (dir, copy, to) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (store, _) = open(dir.path());
    three(&store);
    backup(dir.path(), copy.path(), Timestamp::now()).unwrap();
    let other = Settings { master_key: MasterKey::new([8; 32]), ..settings(to.path()) };
    let found = restore(copy.path(), other, "root", Since::Unknown, false);
    assert!(matches!(found, Err(Error::WrongMasterKey(_))), "{found:?}");
    assert!(!to.path().join("journal").exists());
}
