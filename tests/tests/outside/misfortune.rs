//! Wrong settings, wrong keys and damaged stores: a clear word, the right exit code, nothing lost.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use kasasagi_tests::{Gateway, fax_mail, wait_until};
use serde_json::Value;

use crate::post::files;
use crate::room::{TOWN, json, room, said, settings, text};

/// Runs a verb that must fail like this, saying all these words.
pub fn fails(gateway: &Gateway, arguments: &[&str], exit: i32, words: &[&str]) {
    let output = gateway.run(arguments);
    assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {}", said(&output));
    let error = said(&output);
    assert!(words.iter().all(|word| error.contains(word)), "{arguments:?}: {words:?} in {error}");
}

#[test]
fn an_unknown_key_or_a_wrong_value_is_named_before_anything_starts() {
    for (wrong, words) in [
        ("[stor]\ndir = \"x\"\n", ["stor", "kasasagi.toml"]),
        ("[forms]\ndirectory = \"x\"\n", ["directory", "kasasagi.toml"]),
        ("[reading]\nworkers = 0\n", ["reading.workers", "kasasagi.toml"]),
        ("[reading]\nworkers = \"two\"\n", ["workers", "kasasagi.toml"]),
        ("[store\n", ["kasasagi.toml", "TOML"]),
    ] {
        let gateway = room(|_| wrong.to_owned());
        let words = if wrong == "[store\n" { &words[..1] } else { &words[..] };
        for verb in ["run", "list"] {
            fails(&gateway, &[verb], 2, words);
        }
        fails(&gateway, &["check"], 1, words);
        assert!(!gateway.room().join("store").exists());
    }
    let nowhere = room(|_| String::new());
    fs::remove_file(nowhere.room().join("kasasagi.toml")).expect("the settings");
    fails(&nowhere, &["list"], 2, &["kasasagi.toml"]);
}

#[test]
fn a_missing_or_wrong_registry_table_is_named_and_no_mail_is_taken() {
    for (name, change) in [("patients.csv", None), ("physicians.csv", Some("dr_code\nx\n"))] {
        let gateway = room(|room| {
            let settings = settings(room);
            let table = room.join(TOWN).join(name);
            match change {
                None => fs::remove_file(table).expect("a table"),
                Some(text) => fs::write(table, text).expect("a table"),
            }
            settings
        });
        fails(&gateway, &["run"], 2, &[name]);
        fails(&gateway, &["registry", "check"], 2, &[name]);
        fails(&gateway, &["check"], 1, &[name, "FAILED"]);
        assert!(!gateway.room().join("lmtp.sock").exists());
    }
}

#[test]
fn a_second_daemon_finds_the_store_taken_and_the_first_goes_on() {
    let mut gateway = room(settings);
    gateway.start();
    wait_until("the gateway to listen", || gateway.room().join("lmtp.sock").exists());
    fails(&gateway, &["run"], 75, &["in use"]);
    // The same store under other settings.
    let other = fs::read_to_string(gateway.room().join("kasasagi.toml")).expect("the settings");
    let other = other.replace("control.sock", "other.sock").replace("lmtp.sock", "other-lmtp.sock");
    let path = gateway.room().join("other.toml");
    fs::write(&path, other).expect("a file");
    let second = std::process::Command::new(kasasagi_tests::gateway::binary())
        .args(["run", "--config"])
        .arg(&path)
        .output()
        .expect("the binary");
    assert_eq!(second.status.code(), Some(75), "{}", said(&second));
    assert!(said(&second).contains("in use"), "{}", said(&second));
    assert!(gateway.is_running());
    json(&gateway, &["list"]);
}

/// A store with some faxes, closed.
pub fn kept(count: usize) -> Gateway {
    let gateway = room(settings);
    for number in 0..count {
        let path = gateway.room().join("mail.eml");
        fs::write(&path, fax_mail(&format!("{number}@x"), "FAX", &[])).expect("a mail");
        json(&gateway, &["submit", &path.display().to_string()]);
    }
    gateway
}

#[test]
fn a_wrong_or_open_master_key_is_refused_and_the_right_one_still_works() {
    let gateway = kept(2);
    let before = json(&gateway, &["list"]);
    let key = gateway.room().join("master.key");
    let right = fs::read(&key).expect("the key");
    fs::write(&key, "5a".repeat(32) + "\n").expect("a key");
    fails(&gateway, &["list"], 2, &["master key"]);
    fails(&gateway, &["run"], 2, &["master key"]);
    fails(&gateway, &["check"], 1, &["FAILED", "key"]);
    fs::write(&key, "not a key\n").expect("a key");
    fails(&gateway, &["list"], 2, &["master.key"]);
    fs::write(&key, &right).expect("the key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("a mode");
    fails(&gateway, &["list"], 2, &["0600"]);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("a mode");
    assert_eq!(json(&gateway, &["list"]), before);

    fs::remove_file(&key).expect("the key");
    let output = gateway.run(&["list"]);
    assert!(!output.status.success() && said(&output).contains("master.key"), "{}", said(&output));
    assert!(!key.exists(), "no new key is made beside a store that another one sealed");
}

#[test]
fn a_lost_or_garbled_view_is_made_anew_and_answers_the_same() {
    let gateway = kept(4);
    let before = json(&gateway, &["list"]);
    let view = gateway.room().join("store/view");
    let garble: [fn(&Path); 3] = [
        |view| fs::remove_dir_all(view).expect("the view"),
        |view| fs::write(view.join("db"), [0xa5; 4096]).expect("its file"),
        |view| fs::write(view.join("conf"), b"segment_size: nonsense").expect("its file"),
    ];
    for damage in garble {
        damage(&view);
        assert_eq!(json(&gateway, &["list"]), before);
        assert_eq!(gateway.run(&["audit", "verify"]).status.code(), Some(0));
        assert_eq!(gateway.run(&["reconcile"]).status.code(), Some(0));
    }
    let rebuilt = json(&gateway, &["audit", "list", "--kind", "view_rebuilt"]);
    assert_eq!(rebuilt.as_array().map(Vec::len), Some(3), "each is written down: {rebuilt}");
}

fn journal(gateway: &Gateway) -> PathBuf {
    files(&gateway.room().join("store/journal")).pop().expect("a journal")
}

/// Turns one bit over in the middle of event `seq`, and returns the journal as it was.
fn flip_a_bit(path: &Path, seq: u64) -> Vec<u8> {
    let whole = fs::read(path).expect("the journal");
    let mark = format!("{{\"seq\":{seq},");
    let at = whole.windows(mark.len()).position(|w| w == mark.as_bytes()).expect("the event");
    let mut bent = whole.clone();
    bent[at + mark.len() + 12] ^= 1;
    fs::write(path, bent).expect("the journal");
    whole
}

#[test]
fn a_flipped_bit_in_the_journal_is_named_by_its_event() {
    let mut gateway = kept(5);
    let before = json(&gateway, &["list"]);
    let path = journal(&gateway);
    let whole = flip_a_bit(&path, 3);
    fails(&gateway, &["audit", "verify"], 1, &["event 3"]);
    fails(&gateway, &["list"], 69, &["event 3"]);
    fails(&gateway, &["run"], 69, &["event 3"]);
    fs::write(&path, whole).expect("the journal");
    assert_eq!(json(&gateway, &["list"]), before, "nothing was changed");

    gateway.start();
    wait_until("the gateway to answer", || gateway.room().join("control.sock").exists());
    wait_until("the mails to be opened", || {
        let faxes = json(&gateway, &["list", "--state", "held"]);
        faxes.as_array().map(Vec::len) == Some(5)
    });
    flip_a_bit(&path, 2);
    let output = gateway.run(&["audit", "verify", "--json"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let found: Value = crate::room::parsed(&output);
    assert_eq!(found["first_bad"][0], 2, "the running daemon finds it too: {found}");
    assert!(text(&found["first_bad"][1]).contains("hash"), "{found}");
}
