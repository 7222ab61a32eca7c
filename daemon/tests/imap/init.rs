//! `kasasagi init` as a new user runs it, between a real Postfix and a real Dovecot.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use kasasagi_tests::Postfix;
use kasasagi_tests::gateway::binary;
use kasasagi_tests::postfix::MAILDIR;

use crate::dovecot::{Dovecot, PASSWORD, USER};

fn init(room: &Path, flags: &[&str]) -> Output {
    let config = room.join("kasasagi.toml");
    let mut command = Command::new(binary());
    command.args(["init", "--yes", "--from", "fax@gateway.example.jp", "--admin", "clerk@office.example"]);
    command.arg("--config").arg(config).args(flags).env("LC_ALL", "C.UTF-8").output().expect("the binary")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

#[test]
fn a_test_page_goes_out_by_the_relay_comes_into_the_mailbox_and_is_read() {
    let (dovecot, room) = (Dovecot::start(), tempfile::tempdir().unwrap());
    let postfix = Postfix::start(Path::new("/nowhere"));
    postfix.delivers_into(&dovecot.maildir());
    let server = postfix.server();
    let (host, port) = server.split_once(':').unwrap();
    let password = room.path().join("password");
    fs::write(&password, format!("{PASSWORD}\n")).unwrap();
    let (imaps, ca, address) =
        (dovecot.imaps.to_string(), dovecot.ca().display().to_string(), format!("box@{MAILDIR}"));
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/ppocrv6_rec.onnx");
    let flags = [
        &["--imap-host", "localhost", "--imap-port", &imaps, "--imap-ca", &ca, "--imap-user", USER][..],
        &["--imap-password-file", password.to_str().unwrap(), "--fax-address", &address],
        &["--relay-host", host, "--relay-port", port, "--relay-security", "plain-local"],
        &["--sender", "*@efax.example", "--sample-registry", "--model", model],
    ]
    .concat();
    let done = init(room.path(), &flags);
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    let told = said(&done);
    assert!(told.contains("came into the mailbox") && told.contains("fields read for sure"), "{told}");
    assert!(told.contains("ok       imap") && !told.contains("FAILED"), "{told}");
    assert_eq!((dovecot.count(""), dovecot.count(".Kasasagi")), (0, 1), "it is put away as faxes are");

    for name in ["master.key", "smime.key", "imap-password"] {
        let mode = fs::metadata(room.path().join("credentials").join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let settings = fs::read_to_string(room.path().join("kasasagi.toml")).unwrap();
    assert!(!settings.contains(PASSWORD), "{settings}");
    let again = init(room.path(), &flags);
    assert_eq!(again.status.code(), Some(2), "{}", said(&again));
    assert_eq!(fs::read_to_string(room.path().join("kasasagi.toml")).unwrap(), settings);
    let key = fs::read(room.path().join("credentials/master.key")).unwrap();
    let replaced =
        init(room.path(), &[&["--replace", "--no-test-page", "--organisation", "A"], &flags[..]].concat());
    assert_eq!(replaced.status.code(), Some(0), "{}", said(&replaced));
    assert_eq!(fs::read(room.path().join("credentials/master.key")).unwrap(), key, "keys are kept");
}

#[test]
fn what_is_missing_or_wrong_is_named_and_nothing_is_made() {
    let room = tempfile::tempdir().unwrap();
    let dovecot = Dovecot::start();
    let imaps = dovecot.imaps.to_string();
    let wrong = room.path().join("wrong");
    fs::write(&wrong, "wrong\n").unwrap();
    let (ca, wrong) = (dovecot.ca().display().to_string(), wrong.display().to_string());
    let mailbox = ["--imap-host", "localhost", "--imap-port", &imaps, "--imap-ca", &ca];
    for (flags, word) in [
        (&mailbox[..], "--imap-user"),
        (&[&mailbox[..], &["--imap-user", USER]].concat(), "--imap-password-file"),
        (&["--admin", "nobody"], "admin.addresses"),
        (&["--relay-host", "h", "--relay-user", "u"], "--relay-password-file"),
    ] {
        let refused = init(room.path(), &[flags, &["--no-test-page"]].concat());
        assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
        assert!(said(&refused).contains(word), "{}", said(&refused));
        assert!(!room.path().join("kasasagi.toml").exists() && !room.path().join("credentials").exists());
    }
    // A password that is wrong shows in what check finds.
    let flags =
        [&mailbox[..], &["--imap-user", USER, "--imap-password-file", &wrong, "--no-test-page"]].concat();
    let done = init(room.path(), &flags);
    assert_eq!(done.status.code(), Some(1), "{}", said(&done));
    assert!(said(&done).contains("FAILED   imap"), "{}", said(&done));
}
