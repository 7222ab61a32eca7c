//! The Maildir door against a real folder and a store that fails when told to.
#![allow(clippy::unwrap_used)]

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use kasasagi::health::Health;
use kasasagi::intake::{DepositError, Intake, Limits, maildir};
use kasasagi_store::event::{Arrival, Source};
use kasasagi_store::id::FaxId;
use tokio_util::sync::CancellationToken;

/// Remembers what was deposited and refuses the messages it is told to.
#[derive(Default)]
struct Store {
    kept: Mutex<Vec<Vec<u8>>>,
    refused: Mutex<HashSet<Vec<u8>>>,
    tries: Mutex<u32>,
}

impl Store {
    fn deposit(&self, arrival: &Arrival, raw: &[u8]) -> Result<FaxId, DepositError> {
        assert_eq!(*arrival, Source::Maildir.into());
        *self.tries.lock().unwrap() += 1;
        if self.refused.lock().unwrap().contains(raw) {
            return Err(DepositError::Full);
        }
        let mut kept = self.kept.lock().unwrap();
        kept.push(raw.to_owned());
        let number = u8::try_from(kept.len()).unwrap();
        Ok(FaxId::new(jiff::civil::date(2026, 11, 23), [0, 0, 0, 0, number]))
    }

    fn kept(&self) -> Vec<Vec<u8>> {
        self.kept.lock().unwrap().clone()
    }
}

struct Scene {
    _folder: tempfile::TempDir,
    dir: PathBuf,
    store: Arc<Store>,
    shutdown: CancellationToken,
    watcher: Option<tokio::task::JoinHandle<()>>,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("Maildir");
        std::fs::create_dir_all(dir.join("new")).unwrap();
        let (store, shutdown) = (Arc::new(Store::default()), CancellationToken::new());
        Self { _folder: folder, dir, store, shutdown, watcher: None }
    }

    fn watch(&mut self) {
        self.watch_every(Duration::from_millis(5));
    }

    fn watch_every(&mut self, interval: Duration) {
        let store = Arc::clone(&self.store);
        let (arrived, _) = tokio::sync::mpsc::unbounded_channel();
        let limits = Limits { message: 100, ..Limits::default() };
        let deposit = move |arrival, raw: &[u8]| store.deposit(&arrival, raw);
        let intake = Intake::new(Arc::new(deposit), arrived, limits);
        let health = Health::new(Timestamp::now);
        let watch = maildir::watch(self.dir.clone(), intake, interval, health, self.shutdown.clone());
        self.watcher = Some(tokio::spawn(watch));
    }

    fn new_file(&self, name: &str, content: &[u8]) {
        std::fs::write(self.dir.join("new").join(name), content).unwrap();
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.dir.join(folder)) else { return vec![] };
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    async fn until(&self, so: impl Fn(&Self) -> bool) {
        while !so(self) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    async fn stop(&mut self) {
        self.shutdown.cancel();
        self.watcher.take().unwrap().await.unwrap();
    }
}

#[tokio::test]
async fn a_message_is_deposited_byte_for_byte_and_moved_as_seen() {
    let mut scene = Scene::new();
    scene.new_file("1.a.host", b"From: a\n\nbody \0 \r\n");
    scene.new_file("2.b.host:2,", b"From: b\n\n");
    scene.watch();
    scene.until(|scene| scene.names("new").is_empty()).await;
    scene.stop().await;
    assert_eq!(scene.store.kept(), [b"From: a\n\nbody \0 \r\n".to_vec(), b"From: b\n\n".to_vec()]);
    assert_eq!(scene.names("cur"), ["1.a.host:2,S", "2.b.host:2,S"]);
}

#[tokio::test]
async fn a_message_that_appears_is_taken_long_before_the_next_look() {
    let mut scene = Scene::new();
    scene.watch_every(Duration::from_secs(3600));
    for number in 1..=3 {
        std::fs::create_dir_all(scene.dir.join("tmp")).unwrap();
        std::fs::write(scene.dir.join("tmp/mail"), format!("mail {number}")).unwrap();
        std::fs::rename(scene.dir.join("tmp/mail"), scene.dir.join(format!("new/{number}"))).unwrap();
        scene.until(|scene| scene.store.kept().len() == number).await;
    }
    scene.stop().await;
}

#[tokio::test]
async fn a_failing_message_stays_in_new_and_blocks_nobody() {
    let mut scene = Scene::new();
    scene.store.refused.lock().unwrap().insert(b"first".to_vec());
    scene.new_file("1", b"first");
    scene.new_file("2", b"second");
    scene.watch();
    scene.until(|scene| *scene.store.tries.lock().unwrap() >= 4).await;
    assert_eq!(scene.names("new"), ["1"]);
    assert_eq!(scene.store.kept(), [b"second".to_vec()]);
    scene.store.refused.lock().unwrap().clear();
    scene.until(|scene| scene.names("new").is_empty()).await;
    scene.stop().await;
    assert_eq!(scene.store.kept(), [b"second".to_vec(), b"first".to_vec()]);
}

#[tokio::test]
async fn a_durable_message_that_cannot_be_moved_is_not_deposited_again() {
    let mut scene = Scene::new();
    // A folder with the name of the target makes the move fail, for root too.
    let obstacle = scene.dir.join("cur").join("1:2,S");
    std::fs::create_dir_all(&obstacle).unwrap();
    scene.new_file("1", b"message");
    scene.watch();
    scene.until(|scene| *scene.store.tries.lock().unwrap() == 1).await;
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(scene.names("new"), ["1"]);
    std::fs::remove_dir(&obstacle).unwrap();
    scene.until(|scene| scene.names("new").is_empty()).await;
    scene.stop().await;
    assert_eq!(scene.store.kept(), [b"message".to_vec()]);
    assert_eq!(scene.names("cur"), ["1:2,S"]);
}

#[tokio::test]
async fn what_is_no_message_is_set_aside_unread() {
    let mut scene = Scene::new();
    let secret = scene.dir.join("secret");
    std::fs::write(&secret, b"key").unwrap();
    scene.new_file("1.large", &[b'x'; 101]);
    std::os::unix::fs::symlink(&secret, scene.dir.join("new").join("2.link")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(scene.dir.join("new").join("3.socket")).unwrap();
    scene.new_file(".hidden", b"not yet");
    std::fs::create_dir(scene.dir.join("new").join("folder")).unwrap();
    scene.new_file("4.good", &[b'x'; 100]);
    scene.watch();
    scene.until(|scene| scene.names("cur").len() == 1 && scene.names("refused").len() == 3).await;
    scene.stop().await;
    assert_eq!(scene.names("refused"), ["1.large", "2.link", "3.socket"]);
    assert_eq!(scene.names("new"), [".hidden", "folder"]);
    assert_eq!(scene.store.kept(), [vec![b'x'; 100]]);
}

#[tokio::test]
async fn a_maildir_that_vanishes_is_made_again() {
    let mut scene = Scene::new();
    scene.watch();
    scene.until(|scene| scene.dir.join("cur").is_dir()).await;
    std::fs::rename(&scene.dir, scene.dir.with_extension("gone")).unwrap();
    scene.until(|scene| scene.dir.join("new").is_dir()).await;
    scene.new_file("1", b"message");
    scene.until(|scene| scene.names("cur") == ["1:2,S"]).await;
    scene.stop().await;
}
