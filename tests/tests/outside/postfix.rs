//! Mail through the real Postfix: what it was told is kept is kept, what it was not told it brings again.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;
use std::time::Duration;

use kasasagi_tests::postfix::{GATEWAY, socket_folder};
use kasasagi_tests::{Gateway, Postfix, fax_mail, wait_until};

use crate::post::{files, settled};
use crate::room::{json, room, rows, said, settings, text};

/// A room whose socket Postfix may use, and Postfix beside it.
fn with_postfix() -> (Gateway, Postfix) {
    let gateway = room(|room| settings(room).replace("unix:lmtp.sock", "unix:run/lmtp.sock"));
    socket_folder(&gateway.room().join("run"));
    let postfix = Postfix::start(&socket(&gateway));
    (gateway, postfix)
}

fn socket(gateway: &Gateway) -> PathBuf {
    gateway.room().join("run/lmtp.sock")
}

fn listening(gateway: &mut Gateway) {
    gateway.start();
    let socket = socket(gateway);
    wait_until("the gateway to listen", || std::os::unix::net::UnixStream::connect(&socket).is_ok());
}

/// Runs the gateway with one more setting.
fn set(gateway: &Gateway, from: &str, to: &str) {
    let path = gateway.room().join("kasasagi.toml");
    let text = fs::read_to_string(&path).expect("the settings");
    assert!(text.contains(from), "{from} in {text}");
    fs::write(path, text.replace(from, to)).expect("the settings");
}

fn a_mail(gateway: &Gateway, name: &str, bytes: usize) -> PathBuf {
    let path = gateway.room().join(format!("{name}.eml"));
    let page = vec![b'x'; bytes];
    fs::write(&path, fax_mail(name, "FAX", &[("fax.bin", "application/octet-stream", &page)]))
        .expect("a mail");
    path
}

fn balanced(gateway: &Gateway) {
    for verb in [&["reconcile"][..], &["audit", "verify"]] {
        let output = gateway.run(verb);
        assert_eq!(output.status.code(), Some(0), "{verb:?}: {}", said(&output));
    }
}

#[test]
fn postfix_keeps_what_is_not_taken_and_brings_it_once_when_it_is() {
    let (mut gateway, postfix) = with_postfix();
    let to = format!("fax@{GATEWAY}");
    listening(&mut gateway);
    postfix.take(&to, &a_mail(&gateway, "first", 1000));
    postfix.take(&format!("fax@{GATEWAY},other@{GATEWAY}"), &a_mail(&gateway, "second", 1000));
    assert_eq!(settled(&gateway, 2).len(), 2, "one fax for each mail, however many recipients");

    assert!(gateway.stop().success());
    postfix.take(&to, &a_mail(&gateway, "third", 1000));
    wait_until("Postfix to see that nobody listens", || postfix.defers(1, "lmtp.sock"));

    set(&gateway, "dir = \"store\"", "dir = \"store\"\ndisk_floor_mb = 1000000000");
    listening(&mut gateway);
    postfix.take(&to, &a_mail(&gateway, "fourth", 1000));
    postfix.flush();
    wait_until("Postfix to hear that the disk is full", || postfix.defers(2, "452 4.3.1"));
    assert!(said(&gateway.run(&["list"])).contains("TROUBLE disk"), "before any mail is lost sight of");
    assert!(gateway.stop().success());

    set(&gateway, "\ndisk_floor_mb = 1000000000", "");
    listening(&mut gateway);
    postfix.empty();
    let faxes = settled(&gateway, 4);
    let kept: BTreeSet<&str> = faxes.iter().map(|fax| text(&fax["sha256"])).collect();
    assert_eq!(kept.len(), 4, "nothing twice");
    balanced(&gateway);
}

#[test]
fn what_postfix_was_told_is_kept_survives_being_killed_while_mail_streams_in() {
    const MAILS: usize = 300;
    let (mut gateway, postfix) = with_postfix();
    listening(&mut gateway);
    postfix.load(&format!("fax@{GATEWAY}"), MAILS, 20_000);
    for pause in [30, 150, 90] {
        thread::sleep(Duration::from_millis(pause));
        gateway.kill();
        listening(&mut gateway);
        postfix.flush();
    }
    postfix.empty();
    let told: Vec<String> = kept_by(&postfix.log());
    assert_eq!(told.len(), MAILS, "Postfix is told of each mail once");
    let faxes = settled(&gateway, MAILS);
    let ids: BTreeSet<&str> = faxes.iter().map(|fax| text(&fax["id"])).collect();
    for fax in &told {
        assert!(ids.contains(fax.as_str()), "{fax} was acknowledged and is not there");
    }
    balanced(&gateway);
}

/// The faxes that Postfix's log says were acknowledged.
fn kept_by(log: &str) -> Vec<String> {
    let replies = log.lines().filter_map(|line| line.split_once("status=sent (250 2.0.0 kept as "));
    replies.map(|(_, fax)| fax.trim_end_matches(')').to_owned()).collect()
}

#[test]
fn a_mail_above_the_limit_goes_back_to_its_sender_once_and_says_why() {
    let (mut gateway, postfix) = with_postfix();
    set(&gateway, "[intake.lmtp]", "[intake]\nmax_message_mb = 1\n[intake.lmtp]");
    listening(&mut gateway);
    postfix.take(&format!("fax@{GATEWAY}"), &a_mail(&gateway, "large", 2 << 20));
    wait_until("the bounce", || !postfix.maildir().is_empty());
    postfix.empty();
    let bounces = postfix.maildir();
    assert_eq!(bounces.len(), 1);
    let bounce = String::from_utf8_lossy(&fs::read(&bounces[0]).expect("the bounce")).into_owned();
    assert!(bounce.contains("Status: 5.3.4") && bounce.contains("size"), "{bounce}");
    assert_eq!(rows(&json(&gateway, &["list"])).len(), 0);
}

fn swaks(socket: &Path, arguments: &[&str]) -> Output {
    let socket = socket.display().to_string();
    let common = ["--protocol", "LMTP", "--socket", &socket, "--from", "mfp@example.jp"];
    Command::new("swaks").args(common).args(arguments).output().expect("swaks")
}

#[test]
fn swaks_gets_a_reply_for_each_recipient_and_there_is_one_fax() {
    let mut gateway = room(settings);
    gateway.start();
    let socket = gateway.room().join("lmtp.sock");
    wait_until("the gateway to listen", || std::os::unix::net::UnixStream::connect(&socket).is_ok());
    let path = gateway.room().join("eight-bit.eml");
    let mail =
        "From: mfp@example.jp\nTo: fax@example.jp\nMessage-ID: <8@x>\nSubject: FAX\n\n診療情報提供書\n.\n";
    fs::write(&path, mail).expect("a mail");
    let data = format!("@{}", path.display());
    let output =
        swaks(&socket, &["--to", "a@example.jp,b@example.jp,c@example.jp", "--data", &data, "--pipeline"]);
    let talk = said(&output);
    assert!(output.status.success(), "{talk}");
    assert!(talk.contains("250-PIPELINING") && talk.contains("250-8BITMIME"), "{talk}");
    assert_eq!(talk.matches("250 2.0.0 kept as").count(), 3, "{talk}");
    let fax = text(&settled(&gateway, 1)[0]["id"]).to_owned();
    assert!(talk.contains(&fax), "{fax} in {talk}");
    let stored = files(&gateway.room().join("store/blobs"));
    assert!(stored.iter().any(|file| file.ends_with(format!("{fax}/raw"))));
}
