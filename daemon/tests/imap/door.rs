//! Taking mail while nothing breaks.

use std::fs;

use kasasagi::intake::imap::probe;
use kasasagi_config::Settings;

use crate::dovecot::{Dovecot, PASSWORD, USER};
use crate::gateway::{Gateway, mail, wait_until};

#[test]
fn mail_is_taken_over_tls_and_moved_when_it_is_durable() {
    let dovecot = Dovecot::start();
    (0..3).for_each(|number| drop(dovecot.deliver(&mail(number))));
    let mut gateway = Gateway::new(&dovecot, "");
    gateway.start();
    wait_until("the mails to be moved", || (dovecot.count(""), dovecot.count(".Kasasagi")) == (0, 3));
    assert_eq!(gateway.taken(), (0..3).map(|number| (mail(number), 1)).collect());
    assert_eq!(gateway.trouble(), None);
}

#[test]
fn a_mail_larger_than_one_piece_arrives_whole_whatever_its_length() {
    let dovecot = Dovecot::start();
    let line = [&[b'x'; 62][..], b"\r\n"].concat();
    let long = |number: usize, length: usize| {
        let mut mail = mail(number);
        mail.resize(mail.len().next_multiple_of(64) - 2, b'y');
        mail.extend_from_slice(b"\r\n");
        mail.extend_from_slice(&line.repeat((length - mail.len()) / 64));
        assert_eq!(mail.len(), length);
        mail
    };
    let mails = [long(1, 1 << 20), long(2, 2 << 20), long(3, (3 << 20) + 64), long(4, (1 << 20) - 64)];
    mails.iter().for_each(|mail| drop(dovecot.deliver(mail)));
    let mut gateway = Gateway::new(&dovecot, "");
    gateway.start();
    wait_until("the mails", || dovecot.count(".Kasasagi") == mails.len());
    assert_eq!(gateway.taken(), mails.map(|mail| (mail, 1)).into());
}

#[test]
fn the_server_tells_of_new_mail_long_before_it_would_be_looked_for() {
    let dovecot = Dovecot::start();
    let mut gateway = Gateway::new(&dovecot, "poll_s = 3600\n");
    gateway.start();
    for number in 0..5 {
        dovecot.deliver(&mail(number));
        wait_until("the mail", || gateway.taken().len() == number + 1);
    }
}

#[test]
fn without_idle_and_move_mail_is_polled_copied_and_removed() {
    let dovecot = Dovecot::with("imap_capability = IMAP4rev1 UIDPLUS");
    let mut gateway = Gateway::new(&dovecot, "done_folder = \"取込済 & 確認\"\n");
    gateway.start();
    for number in 0..2 {
        dovecot.deliver(&mail(number));
        wait_until("the mail", || gateway.taken().len() == number + 1);
    }
    wait_until("the mails to be removed", || dovecot.count("") == 0);
    assert_eq!(dovecot.count(".&U9aPvG4I- &- &eLqKjQ-"), 2);
}

#[test]
fn a_server_that_can_do_nothing_has_its_mail_marked_and_is_named() {
    let dovecot = Dovecot::with("imap_capability = IMAP4rev1");
    let mut gateway = Gateway::new(&dovecot, "");
    gateway.start();
    dovecot.deliver(&mail(1));
    wait_until("the remark", || gateway.trouble().is_some_and(|text| text.contains("marked as seen")));
    wait_until("the mail", || gateway.taken().len() == 1);
    assert_eq!(dovecot.count(""), 1);
}

#[test]
fn by_setting_mail_stays_and_is_marked_and_is_not_taken_again() {
    let dovecot = Dovecot::start();
    dovecot.deliver(&mail(1));
    let mut gateway = Gateway::new(&dovecot, "done = \"flag\"\n");
    gateway.start();
    wait_until("the mark", || {
        let files = fs::read_dir(dovecot.maildir().join("cur")).unwrap();
        files.into_iter().any(|file| {
            file.unwrap()
                .file_name()
                .to_string_lossy()
                .split(":2,")
                .nth(1)
                .is_some_and(|flags| flags.contains('S'))
        })
    });
    gateway.stop();
    gateway.start();
    dovecot.deliver(&mail(2));
    wait_until("the next mail", || gateway.taken().len() == 2);
    assert_eq!(gateway.taken(), [1, 2].map(|number| (mail(number), 1)).into());
    assert_eq!(gateway.events("received_again"), 0);
}

#[test]
fn thousands_of_old_mails_are_left_alone_or_taken_by_setting() {
    const OLD: usize = 1200;
    let dovecot = Dovecot::start();
    (0..OLD).for_each(|number| drop(dovecot.deliver(&mail(number))));
    let mut leaving = Gateway::new(&dovecot, "old_mail = \"leave\"\n");
    leaving.start();
    wait_until("the start to be recorded", || leaving.events("mailbox_begun") == 1);
    dovecot.deliver(&mail(OLD));
    wait_until("the new mail to be moved", || (dovecot.count(""), dovecot.count(".Kasasagi")) == (OLD, 1));
    assert_eq!(leaving.taken(), [(mail(OLD), 1)].into());
    leaving.stop();

    let mut importing = Gateway::new(&dovecot, "");
    importing.start();
    wait_until("all old mails", || dovecot.count("") == 0);
    assert_eq!(importing.taken(), (0..OLD).map(|number| (mail(number), 1)).collect());
}

#[test]
fn two_gateways_on_one_mailbox_take_no_mail_twice_and_say_so() {
    const MAILS: usize = 150;
    let dovecot = Dovecot::start();
    (0..MAILS).for_each(|number| drop(dovecot.deliver(&mail(number))));
    // What is taken stays, so that each sees the other's marks.
    let mut gateways = [(); 2].map(|()| Gateway::new(&dovecot, "done = \"flag\"\n"));
    gateways.iter_mut().for_each(Gateway::start);
    let all = || gateways.each_ref().map(Gateway::taken);
    wait_until("all mails", || all().map(|taken| taken.len()).iter().sum::<usize>() >= MAILS);
    let [one, other] = all();
    assert_eq!(one.len() + other.len(), MAILS, "no mail is in both");
    assert!((0..MAILS).all(|number| one.contains_key(&mail(number)) != other.contains_key(&mail(number))));
    dovecot.deliver(&mail(MAILS));
    for gateway in &gateways {
        if gateway.taken().len() < MAILS {
            wait_until("the remark", || {
                gateway.trouble().is_some_and(|text| text.contains("another gateway"))
            });
        }
    }
}

/// Keys of `[intake.imap]` that differ from what works.
type Changed<'a> = &'a [(&'a str, &'a str)];

#[test]
fn a_check_tells_what_the_server_offers_or_what_is_wrong() {
    let dovecot = Dovecot::start();
    dovecot.deliver(&mail(1));
    let dir = tempfile::tempdir().unwrap();
    let check = |changed: Changed, password: &str| -> Result<String, String> {
        let file = dir.path().join("password");
        fs::write(&file, password).unwrap();
        fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let (port, ca) = (dovecot.imaps.to_string(), format!("{:?}", dovecot.ca()));
        let user = format!("{USER:?}");
        let mut keys = std::collections::BTreeMap::from([
            ("host", "\"localhost\""),
            ("port", &port),
            ("ca_file", &ca),
            ("user", &user),
            ("password_file", "\"password\""),
        ]);
        keys.extend(changed.iter().copied());
        let text: String = keys.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
        let settings = Settings::parse("test.toml", &format!("[intake.imap]\n{text}"), dir.path()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let seen = runtime.block_on(probe(&settings.imap.unwrap()));
        seen.map(|seen| seen.en).map_err(|fault| fault.to_string())
    };
    let seen = check(&[], PASSWORD).unwrap();
    assert!(
        seen.starts_with("1 mail in the folder;") && seen.contains("a second gateway is noticed"),
        "{seen}"
    );
    let imap = dovecot.imap.to_string();
    assert!(check(&[("security", "\"starttls\""), ("port", &imap)], PASSWORD).is_ok());
    let cases: [(Changed, &str, &str); 5] = [
        (&[], "wrong", "refuses the login"),
        (&[("folder", "\"FAX\"")], PASSWORD, "check intake.imap.folder"),
        (&[("ca_file", "\"\"")], PASSWORD, "no TLS"),
        (&[("host", "\"127.0.0.1\"")], PASSWORD, "no TLS"),
        (&[("port", "1")], PASSWORD, "cannot reach"),
    ];
    for (changed, password, expected) in cases {
        let told = check(changed, password).unwrap_err();
        assert!(told.contains(expected), "{changed:?}: {told}");
        assert!(!told.contains(PASSWORD), "{told}");
    }
    assert_eq!(dovecot.count(".Kasasagi"), 0, "a check changes nothing");
}
