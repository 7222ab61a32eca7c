//! Power cuts while mails go out: after the last start every item is delivered, and a cut repeats at most the
//! mail that each lane had on the wire.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use jiff::Timestamp;
use kasasagi_config::Settings;
use kasasagi_store::ItemState;
use kasasagi_store::id::ItemId;
use kasasagi_tests::chance::Chance;
use kasasagi_tests::{Answer, SmtpSink, wait_until};

use crate::mailbag::{DOMAIN, fill, recipients, sorted};
use crate::scene::Scene;

const LANES: usize = 5;
const MAILS: usize = 500;
const KILLS: usize = 5;

/// The daemon; ended with the test.
struct Daemon(Child);

impl Daemon {
    fn start(scene: &tempfile::TempDir) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_kasasagi"))
            .args(["run", "--config"])
            .arg(scene.path().join("kasasagi.toml"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self(child.unwrap())
    }

    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_power_cut_repeats_at_most_the_mail_that_each_lane_had_on_the_wire() {
    let scene = Scene::new();
    let items = fill(&scene.store, &recipients(LANES), MAILS, 500);
    let Scene { dir, store, .. } = scene;
    drop(store);
    let sink = SmtpSink::scripted(|point| {
        if point.verb == "." {
            std::thread::sleep(Duration::from_millis(20));
        }
        Answer::Willing
    });
    std::fs::write(dir.path().join("kasasagi.toml"), settings(sink.port())).unwrap();

    let mut chance = Chance::new(5);
    for kill in 1..=KILLS {
        let mut daemon = Daemon::start(&dir);
        // Some cuts hit right after the first mails, some later.
        let enough = kill * MAILS / (KILLS + 2) + chance.below(20);
        wait_until("mails to flow", || sink.count(".") >= enough);
        daemon.kill();
    }
    let mut daemon = Daemon::start(&dir);
    wait_until("every mail to arrive", || sorted(&items, sink.taken()).len() == MAILS);
    // The last outcomes are on their way to the disk.
    std::thread::sleep(Duration::from_millis(500));
    daemon.kill();

    let arrived = sorted(&items, sink.taken());
    let repeated = arrived.values().map(|mails| mails.len() - 1).sum::<usize>();
    assert!(repeated <= KILLS * LANES, "{repeated} mails were sent twice");
    all_are_sent(&dir, &items);
}

fn all_are_sent(dir: &tempfile::TempDir, items: &[ItemId]) {
    let settings = Settings::load(&dir.path().join("kasasagi.toml")).unwrap();
    let store = kasasagi::open_store(&settings).unwrap();
    assert!(store.due_items(Timestamp::MAX, 1).unwrap().is_empty());
    let sent = |item: &&ItemId| matches!(store.item(item).unwrap().unwrap().state, ItemState::Sent { .. });
    assert_eq!(items.iter().filter(sent).count(), MAILS);
}

fn settings(port: u16) -> String {
    format!(
        "[gateway]\ndomain = {DOMAIN:?}\n[store]\ndir = \"store\"\nmaster_key = \"master.key\"\ndisk_floor_mb = 1\n\
         [control]\nsocket = \"control.sock\"\n[registry]\ndir = \"registry\"\n[smime]\ncertificate = \"smime.crt\"\nkey = \"smime.key\"\n[intake.lmtp]\nlisten = \"off\"\n\
         [delivery]\nvia = \"smtp\"\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"plain-local\"\nrelay_is_private = true\n\
         [reading]\nworkers = 1\nmodel = {:?}\n",
        concat!(env!("CARGO_MANIFEST_DIR"), "/../models/ppocrv6_rec.onnx")
    )
}
