//! A gateway brought back from a backup at the command line, its master key in the folder of its store, where it is
//! unless the settings say otherwise.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use kasasagi_tests::{Gateway, fax_mail, wait_until};

use crate::post::{hand_in, settled};
use crate::room::{json, room, rows, said, settings, text};

#[test]
fn the_master_key_stays_in_its_place_whether_a_store_is_replaced_or_comes_to_a_new_machine() {
    let mut gateway = room(|room| {
        fs::create_dir(room.join("store")).expect("the folder of the store");
        settings(room).replace("\"master.key\"", "\"store/master.key\"")
    });
    gateway.start();
    hand_in(&gateway, &fax_mail("none@sender.example.jp", "FAX", &[]));
    let fax = text(&settled(&gateway, 1)[0]["id"]).to_owned();
    succeeds(&gateway, &["backup", "copy"]);
    gateway.stop();
    let key = gateway.room().join("store/master.key");
    let kept = fs::read(&key).expect("the master key");

    succeeds(&gateway, &["restore", "copy", "--replace"]);
    assert_eq!(fs::read(&key).expect("the master key"), kept);
    assert_eq!(rows(&json(&gateway, &["list"]))[0]["id"], fax.as_str());

    // A new machine: nothing but the key that somebody brought there.
    fs::remove_dir_all(gateway.room().join("store")).expect("the store");
    fs::create_dir(gateway.room().join("store")).expect("the folder");
    fs::write(&key, &kept).expect("the master key");
    fs::set_permissions(&key, Permissions::from_mode(0o600)).expect("the master key");
    succeeds(&gateway, &["restore", "copy"]);
    gateway.start();
    wait_until("the gateway to answer", || gateway.run(&["held", "show", &fax]).status.success());
}

fn succeeds(gateway: &Gateway, arguments: &[&str]) {
    let output = gateway.run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
}
