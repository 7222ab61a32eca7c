//! What the gateway will not open: a clear word, and not a byte changed.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use kasasagi_tests::Gateway;
use kasasagi_tests::gateway::binary;

use crate::misfortune::{fails, kept};
use crate::post::files;
use crate::room::{json, said};

/// Every file of a store that is not derived from others.
fn bytes(store: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let truth = files(store).into_iter().filter(|path| !path.starts_with(store.join("view")));
    truth.map(|path| (path.clone(), fs::read(path).expect("a file"))).collect()
}

/// Who may not do as they like with files: somebody else than root.
const NOBODY: u32 = 65534;

/// Runs a verb as somebody whose store it is not.
fn as_a_stranger(gateway: &Gateway, program: &Path, verb: &str) -> Output {
    let mut command = Command::new(program);
    command.arg(verb).arg("--config").arg(gateway.room().join("kasasagi.toml")).current_dir(gateway.room());
    if is_root(gateway) {
        command.uid(NOBODY).gid(NOBODY);
    }
    command.output().expect("the program")
}

fn is_root(gateway: &Gateway) -> bool {
    fs::metadata(gateway.room()).expect("the room").uid() == 0
}

#[test]
fn a_key_or_a_store_that_may_not_be_read_is_named_and_left_as_it_is() {
    let gateway = kept(2);
    let (key, store) = (gateway.room().join("master.key"), gateway.room().join("store"));
    let (faxes, before) = (json(&gateway, &["list"]), bytes(&store));
    // Where tests are built, a stranger may have no way in.
    let program = gateway.room().join("program");
    fs::copy(binary(), &program).expect("a copy of the program");
    let mode =
        |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
    mode(gateway.room(), 0o755);
    let refused = |word: &str| {
        let output = as_a_stranger(&gateway, &program, "run");
        let told = said(&output);
        assert!(!output.status.success() && told.contains(word), "{told}");
        assert!(told.contains("ermission denied"), "{told}");
        let told = said(&as_a_stranger(&gateway, &program, "list"));
        assert!(told.contains("belongs to") || told.contains("ermission denied"), "{told}");
    };
    mode(&key, if is_root(&gateway) { 0o600 } else { 0 });
    refused("master.key");
    mode(&key, 0o600);
    if is_root(&gateway) {
        chown(&key, Some(NOBODY), Some(NOBODY)).expect("the key given away");
    } else {
        mode(&store, 0);
    }
    refused("store");
    mode(&store, 0o700);
    if is_root(&gateway) {
        chown(&key, Some(0), Some(0)).expect("the key taken back");
    }
    assert_eq!(bytes(&store), before);
    assert_eq!(json(&gateway, &["list"]), faxes);
}

#[test]
fn a_journal_of_a_later_version_is_left_to_that_version() {
    let gateway = kept(2);
    let faxes = json(&gateway, &["list"]);
    let store = gateway.room().join("store");
    let journal = files(&store.join("journal")).pop().expect("a journal");
    let mut later = fs::read(&journal).expect("it");
    later[16] = 2;
    fs::write(&journal, &later).expect("it");
    let before = bytes(&store);
    for verb in ["list", "run"] {
        fails(&gateway, &[verb], 69, &["format 2", "install the version that wrote it"]);
    }
    fails(&gateway, &["audit", "verify"], 69, &["format 2"]);
    assert_eq!(bytes(&store), before);
    later[16] = 1;
    fs::write(&journal, later).expect("it");
    assert_eq!(json(&gateway, &["list"]), faxes);
}

#[test]
fn a_backup_that_was_cut_or_is_of_a_later_version_is_refused_and_the_store_stays() {
    let gateway = kept(2);
    let (store, copy) = (gateway.room().join("store"), gateway.room().join("copy"));
    let place = copy.display().to_string();
    json(&gateway, &["backup", &place]);
    let (faxes, before) = (json(&gateway, &["list"]), bytes(&store));
    let about = copy.join("backup.json");
    let whole = fs::read_to_string(&about).expect("it");
    let journal = files(&copy.join("journal")).pop().expect("a journal");
    let segment = fs::read(&journal).expect("it");
    let restore = ["restore", &place, "--replace"];

    fs::write(&journal, &segment[..segment.len() / 2]).expect("it");
    fails(&gateway, &restore, 69, &["journal", "is not what was written"]);
    fs::write(&journal, segment).expect("it");
    fs::write(&about, whole.replace("\"format\": 1", "\"format\": 2")).expect("it");
    fails(&gateway, &restore, 69, &["newer version"]);
    fs::remove_file(&about).expect("it");
    fails(&gateway, &restore, 69, &["cut short"]);
    assert_eq!(bytes(&store), before);
    assert_eq!(json(&gateway, &["list"]), faxes);

    fs::write(&about, whole).expect("it");
    json(&gateway, &restore);
    assert_eq!(json(&gateway, &["list"]).as_array().map(Vec::len), Some(2));
}
