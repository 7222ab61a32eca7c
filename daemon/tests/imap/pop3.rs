//! A provider with POP3 only: getmail takes the mail and puts it where the Maildir door looks.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use kasasagi::intake::{DepositError, Intake, maildir};
use tokio_util::sync::CancellationToken;

use crate::dovecot::{Dovecot, PASSWORD, USER};
use crate::gateway::{Gateway, mail, wait_until};

/// Runs getmail once, with the settings of docs/mail.md.
fn getmail(dovecot: &Dovecot, maildir: &Path) -> Output {
    let folder = dovecot.dir.path().join("getmail");
    fs::create_dir_all(&folder).unwrap();
    // Root may not deliver; everybody else delivers as themselves.
    let user = if rustix::process::geteuid().is_root() { "user = nobody\n" } else { "" };
    let settings = format!(
        "[retriever]\ntype = SimplePOP3SSLRetriever\nserver = localhost\nport = {}\nca_certs = {}\n\
         username = {USER}\npassword = {PASSWORD}\n\
         [destination]\ntype = Maildir\npath = {}/\n{user}\
         [options]\ndelete = true\nread_all = true\ndelivered_to = false\nreceived = false\n",
        dovecot.pop3s,
        dovecot.ca().display(),
        maildir.display()
    );
    fs::write(folder.join("getmailrc"), settings).unwrap();
    let mut getmail = Command::new("getmail");
    getmail.arg("--getmaildir").arg(&folder).arg("--rcfile").arg(folder.join("getmailrc"));
    getmail.output().expect("getmail6 is installed")
}

#[test]
fn mail_is_removed_from_the_server_only_after_it_is_in_the_maildir() {
    let dovecot = Dovecot::start();
    (0..3).for_each(|number| drop(dovecot.deliver(&mail(number))));
    let maildir = dovecot.dir.path().join("faxes");
    let refused = getmail(&dovecot, &maildir);
    assert_eq!(dovecot.count(""), 3, "there is no Maildir: {refused:?}");
    for folder in ["", "tmp", "new", "cur"] {
        fs::create_dir_all(maildir.join(folder)).unwrap();
        dovecot.give(&maildir.join(folder));
    }
    let moved = getmail(&dovecot, &maildir);
    assert_eq!(dovecot.count(""), 0, "{moved:?}");
    assert_eq!(fs::read_dir(maildir.join("new")).unwrap().count(), 3, "{moved:?}");

    let gateway = Gateway::new(&dovecot, "");
    let store = gateway.store.clone();
    let deposit = move |arrival, raw: &[u8]| {
        store.receive(arrival, raw).map_err(|error| DepositError::Other(error.to_string()))
    };
    let (shutdown, health) = (CancellationToken::new(), gateway.health.clone());
    let (dir, token) = (maildir.clone(), shutdown.clone());
    let door = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (arrived, _) = tokio::sync::mpsc::unbounded_channel();
        let intake = Intake::new(Arc::new(deposit), arrived, Default::default());
        runtime.block_on(maildir::watch(dir, intake, Duration::from_secs(1), health, token));
    });
    wait_until("the mails", || fs::read_dir(maildir.join("cur")).unwrap().count() == 3);
    shutdown.cancel();
    door.join().unwrap();
    let taken: Vec<String> =
        gateway.taken().into_keys().map(|raw| String::from_utf8_lossy(&raw).into_owned()).collect();
    assert!(
        (0..3).all(|number| taken.iter().any(|mail| mail.contains(&format!("fax {number}")))),
        "{taken:?}"
    );
}
