//! Another master key.

use std::fs;

use kasasagi_store::{BlobName, Error, MasterKey, Settings, Source, Store, rotate};

use crate::scene::*;

fn keys() -> (MasterKey, MasterKey) {
    (settings(std::path::Path::new("x")).master_key, MasterKey::new([9; 32]))
}

#[test]
fn the_new_key_opens_all_that_was_there_and_the_old_one_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let fax = deliver_one(&store, b"content", "100017");
    store.archive(b"tables").unwrap();
    let (old, new) = keys();
    assert!(matches!(rotate(dir.path(), &old, &new), Err(Error::InUse(_))));
    drop(store);
    assert_eq!(rotate(dir.path(), &old, &new).unwrap(), 3, "fax, registries, signature");
    assert!(matches!(try_open(dir.path()), Err(Error::WrongMasterKey(_))));
    let settings = Settings { master_key: new.clone(), ..settings(dir.path()) };
    let (store, _) = Store::open(settings, jiff::Timestamp::now, "kasasagi").unwrap();
    assert_eq!(store.unseal(&fax, &BlobName::raw()).unwrap(), b"content");
    assert!(store.verify().unwrap().passed());
    assert_eq!(store.archive(b"more tables").unwrap().0, 1, "and the archive goes on");
    drop(store);
    assert_eq!(rotate(dir.path(), &old, &new).unwrap(), 0, "once is enough");
}

#[test]
fn cut_short_anywhere_it_goes_on_with_the_same_keys_and_the_store_waits_for_that() {
    let (old, new) = keys();
    for cut in 0..4 {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = open(dir.path());
        let faxes = [(); 3].map(|()| store.receive(Source::Lmtp, b"content").unwrap());
        drop(store);
        // A key that opens under neither stops it in the middle.
        let mut paths: Vec<_> =
            fs::read_dir(dir.path().join("keys")).unwrap().map(|e| e.unwrap().path()).collect();
        paths.sort();
        paths.push(dir.path().join("signing.key"));
        let good = fs::read(&paths[cut]).unwrap();
        fs::write(&paths[cut], b"damaged").unwrap();
        assert!(matches!(rotate(dir.path(), &old, &new), Err(Error::Tampered(path)) if path == paths[cut]));
        assert!(matches!(try_open(dir.path()), Err(Error::Rotating(_))), "cut {cut}");
        let third = MasterKey::new([3; 32]);
        assert!(matches!(rotate(dir.path(), &old, &third), Err(Error::Rotating(_))), "no third key");
        fs::write(&paths[cut], good).unwrap();
        assert_eq!(rotate(dir.path(), &old, &new).unwrap(), 4 - cut as u64);
        let settings = Settings { master_key: new.clone(), ..settings(dir.path()) };
        let (store, _) = Store::open(settings, jiff::Timestamp::now, "kasasagi").unwrap();
        for fax in &faxes {
            assert_eq!(store.unseal(fax, &BlobName::raw()).unwrap(), b"content");
        }
    }
}
