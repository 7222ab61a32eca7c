//! What breaks, and that nothing is lost or taken twice by it.

use std::fs;

use kasasagi::intake::Limits;

use crate::dovecot::{Dovecot, PASSWORD};
use crate::gateway::{Gateway, mail, wait_until};

#[test]
fn a_wrong_password_is_told_and_a_corrected_one_is_used() {
    let dovecot = Dovecot::start();
    dovecot.deliver(&mail(1));
    let mut gateway = Gateway::new(&dovecot, "");
    fs::write(gateway.password_file(), "wrong").unwrap();
    gateway.start();
    wait_until("the trouble", || gateway.trouble().is_some_and(|text| text.contains("refuses the login")));
    fs::write(gateway.password_file(), PASSWORD).unwrap();
    wait_until("the mail", || gateway.taken().len() == 1);
    wait_until("the trouble to go", || gateway.trouble().is_none());
}

#[test]
fn a_server_that_dies_is_waited_for_and_every_mail_is_taken_once() {
    const MAILS: usize = 200;
    let mut dovecot = Dovecot::start();
    (0..MAILS).for_each(|number| drop(dovecot.deliver(&mail(number))));
    let mut gateway = Gateway::new(&dovecot, "");
    gateway.start();
    for share in [20, 60, 120] {
        wait_until("some mails", || gateway.taken().len() >= share);
        dovecot.kill();
        wait_until("the trouble", || gateway.trouble().is_some());
        dovecot.again();
    }
    wait_until("all mails to be moved", || dovecot.count(".Kasasagi") == MAILS);
    assert_eq!(gateway.taken(), (0..MAILS).map(|number| (mail(number), 1)).collect());
    wait_until("the trouble to go", || gateway.trouble().is_none());
}

#[test]
fn a_mailbox_numbered_anew_brings_no_mail_twice_and_loses_none() {
    let mut dovecot = Dovecot::start();
    (0..20).for_each(|number| drop(dovecot.deliver(&mail(number))));
    let mut gateway = Gateway::new(&dovecot, "done = \"flag\"\n");
    gateway.start();
    wait_until("the mails", || gateway.taken().len() == 20);
    dovecot.renumber();
    dovecot.deliver(&mail(20));
    wait_until("the new mail", || gateway.taken().len() == 21);
    assert!(gateway.taken().values().all(|times| *times == 1));
    assert_eq!(gateway.events("mailbox_begun"), 2);
    assert!(gateway.events("received_again") >= 1, "the store knew them again");
}

#[test]
fn mail_left_behind_stays_behind_when_the_mailbox_is_numbered_anew() {
    let mut dovecot = Dovecot::start();
    (0..5).for_each(|number| drop(dovecot.deliver(&mail(number))));
    let mut gateway = Gateway::new(&dovecot, "old_mail = \"leave\"\n");
    gateway.start();
    wait_until("the start to be recorded", || gateway.events("mailbox_begun") == 1);
    dovecot.renumber();
    dovecot.deliver(&mail(9));
    wait_until("the new mail to be moved", || (dovecot.count(""), dovecot.count(".Kasasagi")) == (5, 1));
    assert_eq!(gateway.taken(), [(mail(9), 1)].into());
}

#[test]
fn mail_removed_by_somebody_else_meanwhile_is_no_trouble() {
    let dovecot = Dovecot::start();
    let files: Vec<_> = (0..100).map(|number| dovecot.deliver(&mail(number))).collect();
    let mut gateway = Gateway::new(&dovecot, "");
    gateway.start();
    // Another client empties half of the folder while it is being read.
    for file in files.iter().rev().take(50) {
        fs::remove_file(file).ok();
    }
    wait_until("the folder to be empty", || dovecot.count("") == 0);
    dovecot.deliver(&mail(100));
    wait_until("the next mail", || gateway.taken().contains_key(&mail(100)));
    assert!(gateway.taken().values().all(|times| *times == 1));
    assert!((0..50).all(|number| gateway.taken().contains_key(&mail(number))));
}

#[test]
fn mail_that_cannot_be_put_away_is_taken_once_and_keeps_no_other_waiting() {
    let dovecot = Dovecot::start();
    let mut gateway = Gateway::new(&dovecot, "done_folder = \"no/such\\u0001name\"\n");
    gateway.start();
    for number in 0..3 {
        dovecot.deliver(&mail(number));
        wait_until("the mail", || gateway.taken().len() == number + 1);
    }
    wait_until("the remark", || gateway.trouble().is_some_and(|text| text.contains("cannot move")));
    assert!(gateway.taken().values().all(|times| *times == 1));
    assert_eq!((dovecot.count(""), gateway.events("received_again")), (3, 0));
}

#[test]
fn a_mail_above_the_limit_stays_on_the_server_and_is_named() {
    let dovecot = Dovecot::start();
    let large = [mail(1), vec![b'x'; 5000]].concat();
    dovecot.deliver(&large);
    dovecot.deliver(&mail(2));
    let mut gateway = Gateway::new(&dovecot, "");
    gateway.start_with(Limits { message: 2000, ..Limits::default() });
    wait_until("the small mail", || gateway.taken().len() == 1);
    wait_until("the remark", || gateway.trouble().is_some_and(|text| text.contains("max_message_mb")));
    assert_eq!(dovecot.count(""), 1);
    gateway.stop();
    gateway.start();
    wait_until("the large mail", || gateway.taken().contains_key(&large));
}
