//! The whole gateway, killed while it takes mail.

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use kasasagi_store::{FaxFilter, FaxState};

use crate::dovecot::{Dovecot, PASSWORD, USER};
use crate::gateway::{mail, opened, wait_until};

const MAILS: usize = 150;
const KILLS: u64 = 8;

fn run(config: &Path) -> Child {
    let log = fs::File::options().create(true).append(true).open(config.with_extension("log")).unwrap();
    let mut gateway = Command::new(env!("CARGO_BIN_EXE_kasasagi"));
    gateway.arg("run").arg("--config").arg(config).stdin(Stdio::null());
    gateway.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap()
}

/// A folder with the settings of a gateway on this mailbox, and its settings file.
fn room(dovecot: &Dovecot) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("kasasagi.toml");
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let password = dir.path().join("password");
    fs::write(&password, PASSWORD).unwrap();
    fs::set_permissions(&password, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let settings = format!(
        "[store]\ndir = \"store\"\nmaster_key = \"master.key\"\n[control]\nsocket = \"control.sock\"\n\
         [intake.lmtp]\nlisten = \"off\"\n[registry]\ndir = {:?}\n\
         [delivery]\nvia = \"folder\"\ndir = \"out\"\n[reading]\nworkers = 1\nmodel = {:?}\n\
         [intake.imap]\nhost = \"localhost\"\nport = {}\nca_file = {:?}\nuser = {USER:?}\n\
         password_file = \"password\"\n",
        repository.join("config/sample"),
        repository.join("models/ppocrv6_rec.onnx"),
        dovecot.imaps,
        dovecot.ca()
    );
    fs::write(&config, settings).unwrap();
    (dir, config)
}

#[test]
fn a_gateway_killed_while_it_fetches_loses_no_mail_and_takes_none_twice() {
    let dovecot = Dovecot::start();
    let (dir, config) = room(&dovecot);
    for kill in 0..KILLS {
        let per_life = MAILS / KILLS as usize;
        let first = kill as usize * per_life;
        (first..first + per_life).for_each(|number| drop(dovecot.deliver(&mail(number))));
        let mut gateway = run(&config);
        let taken = || fs::read_dir(dir.path().join("store/blobs")).map_or(0, Iterator::count);
        wait_until("a mail to be taken", || taken() > first);
        // Somewhere in the midst of the mails, each time elsewhere.
        std::thread::sleep(Duration::from_millis(7 * kill));
        gateway.kill().unwrap();
        gateway.wait().unwrap();
    }
    let mails = MAILS / KILLS as usize * KILLS as usize;
    let mut gateway = run(&config);
    wait_until("the gateway to run", || UnixStream::connect(dir.path().join("control.sock")).is_ok());
    wait_until("all mails to be put away", || (dovecot.count(""), dovecot.count(".Kasasagi")) == (0, mails));
    Command::new("kill").args(["-TERM", &gateway.id().to_string()]).status().unwrap();
    assert!(gateway.wait().unwrap().success());

    let store = opened(&dir.path().join("store"), &dir.path().join("master.key"));
    let faxes = store.faxes(&FaxFilter { limit: usize::MAX, ..Default::default() }).unwrap();
    let mails: Vec<Vec<u8>> = (0..mails).map(mail).collect();
    let mut taken: Vec<Vec<u8>> =
        faxes.iter().map(|fax| store.unseal(&fax.id, &"raw".parse().unwrap()).unwrap()).collect();
    taken.sort();
    let mut expected = mails;
    expected.sort();
    assert!(taken == expected, "{} faxes for {} mails", taken.len(), expected.len());
    let states = [FaxState::Held, FaxState::Received];
    assert!(faxes.iter().all(|fax| states.contains(&fax.state)));
    assert!(store.verify().unwrap().passed());
}

#[test]
#[ignore = "a measurement; run by make bench-intake"]
fn ten_thousand_old_mails() {
    const OLD: usize = 10_000;
    let dovecot = Dovecot::start();
    (0..OLD).for_each(|number| drop(dovecot.deliver(&mail(number))));
    let (_dir, config) = room(&dovecot);
    let start = Instant::now();
    let mut gateway = run(&config);
    let done = || (dovecot.count(""), dovecot.count(".Kasasagi")) == (0, OLD);
    while !done() {
        std::thread::sleep(Duration::from_millis(500));
    }
    let status = fs::read_to_string(format!("/proc/{}/status", gateway.id())).unwrap();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    println!("{OLD} old mails over IMAP: {:.0} s, {peak}", start.elapsed().as_secs_f64());
    gateway.kill().unwrap();
    gateway.wait().unwrap();
}
