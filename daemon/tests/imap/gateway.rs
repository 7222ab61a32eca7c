//! The door with a real store behind it, and nothing after it.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{fs, thread};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use kasasagi::health::{Health, Part};
use kasasagi::intake::imap::{Door, Patience};
use kasasagi::intake::{DepositError, Intake, Limits};
use kasasagi::mail;
use kasasagi_config::Settings;
use kasasagi_store::event::Arrival;
use kasasagi_store::{AuditQuery, BlobName, FaxFilter, MasterKey, Store};
use tokio_util::sync::CancellationToken;

use crate::dovecot::{Dovecot, PASSWORD, USER};

/// One gateway on a mailbox.
pub struct Gateway {
    pub store: Arc<Store>,
    pub health: Health,
    dir: tempfile::TempDir,
    settings: String,
    running: Option<(CancellationToken, thread::JoinHandle<()>)>,
}

impl Gateway {
    /// A gateway with these settings beside the usual ones of `[intake.imap]`; nothing runs yet.
    pub fn new(dovecot: &Dovecot, settings: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let password = dir.path().join("password");
        fs::write(&password, format!("{PASSWORD}\n")).unwrap();
        fs::set_permissions(&password, fs::Permissions::from_mode(0o600)).unwrap();
        let poll = if settings.contains("poll_s") { "" } else { "poll_s = 1\n" };
        let settings = format!(
            "[intake.imap]\nhost = \"localhost\"\nport = {}\nca_file = {:?}\nuser = {USER:?}\n\
             password_file = \"password\"\n{poll}{settings}",
            dovecot.imaps,
            dovecot.ca()
        );
        let store = Arc::new(open(&dir.path().join("store")));
        Self { store, health: Health::new(Timestamp::now), dir, settings, running: None }
    }

    pub fn start(&mut self) {
        self.start_with(Limits::default());
    }

    pub fn start_with(&mut self, limits: Limits) {
        let settings = Settings::parse("test.toml", &self.settings, self.dir.path()).unwrap();
        let store = self.store.clone();
        let deposit = move |arrival: Arrival, raw: &[u8]| {
            let arrival = Arrival { unique: mail::is_unique(raw), ..arrival };
            store.receive(arrival, raw).map_err(|error| DepositError::Other(error.to_string()))
        };
        let (arrived, _) = tokio::sync::mpsc::unbounded_channel();
        let second = Duration::from_millis(100);
        let door = Door {
            settings: settings.imap.unwrap(),
            intake: Intake::new(Arc::new(deposit), arrived, limits),
            store: self.store.clone(),
            health: self.health.clone(),
            patience: Patience { first: second, longest: second * 5, login: second, ..Patience::default() },
        };
        let shutdown = CancellationToken::new();
        let token = shutdown.clone();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(door.watch(token));
        });
        self.running = Some((shutdown, thread));
    }

    pub fn stop(&mut self) {
        if let Some((shutdown, thread)) = self.running.take() {
            shutdown.cancel();
            thread.join().unwrap();
        }
    }

    pub fn password_file(&self) -> PathBuf {
        self.dir.path().join("password")
    }

    /// How often each mail was taken, by its bytes.
    pub fn taken(&self) -> BTreeMap<Vec<u8>, usize> {
        let mut taken = BTreeMap::new();
        for fax in self.store.faxes(&FaxFilter { limit: usize::MAX, ..Default::default() }).unwrap() {
            *taken.entry(self.store.unseal(&fax.id, &BlobName::raw()).unwrap()).or_default() += 1;
        }
        taken
    }

    /// Events of a kind in the journal.
    pub fn events(&self, kind: &str) -> usize {
        let query = AuditQuery { kind: Some(kind.to_owned()), limit: usize::MAX, ..Default::default() };
        self.store.audit(&query).unwrap().len()
    }

    /// What the door is in trouble about.
    pub fn trouble(&self) -> Option<String> {
        self.health.troubles().into_iter().find(|trouble| trouble.part == Part::Imap).map(|t| t.what)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.stop();
    }
}

fn open(dir: &Path) -> Store {
    let settings = kasasagi_store::Settings {
        dir: dir.to_owned(),
        master_key: MasterKey::new([7; 32]),
        time_zone: TimeZone::UTC,
        disk_floor_bytes: 0,
    };
    Store::open(settings, Timestamp::now, "kasasagi").unwrap().0
}

/// Waits until `condition` holds; the bound is for a test that hangs.
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(240), "waited in vain for {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A small mail; different numbers are different mails.
pub fn mail(number: usize) -> Vec<u8> {
    format!("Message-ID: <{number}@sender.example.jp>\r\nSubject: FAX\r\n\r\nfax {number}\r\n").into_bytes()
}
