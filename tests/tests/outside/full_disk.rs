//! A disk that is full or takes nothing: no mail is acknowledged in vain, and all goes on by itself.

use std::fs;
use std::path::{Path, PathBuf};

use kasasagi_tests::postfix::{as_root, rooted};
use kasasagi_tests::{Gateway, Reply, fax_mail, lmtp_send, wait_until};

use crate::post::{files, settled};
use crate::room::{json, room, rows, said, settings};

/// A disk of its own under a folder, in memory. It goes with this.
struct Disk(PathBuf);

impl Disk {
    fn mount(folder: &Path, size: &str) -> Self {
        fs::create_dir_all(folder).expect("a folder");
        let place = folder.display().to_string();
        as_root("mount", &["-t", "tmpfs", "-o", &format!("size={size},mode=777"), "kasasagi-test", &place]);
        Self(folder.to_owned())
    }

    fn resize(&self, size: &str) {
        as_root("mount", &["-o", &format!("remount,size={size}"), &self.0.display().to_string()]);
    }

    /// Puts a read-only view of the disk over it: files that are open stay so, no other can be made.
    fn forbid_writing(&self) {
        let place = self.0.display().to_string();
        as_root("mount", &["--bind", &place, &place]);
        as_root("mount", &["-o", "remount,bind,ro", &place]);
    }

    fn allow_writing(&self) {
        as_root("umount", &[&self.0.display().to_string()]);
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: the gateway may still have files open.
        as_root("umount", &["-l", &self.0.display().to_string()]);
    }
}

/// Whether this machine lets root mount a disk. Some containers let nobody; there these tests are left out
/// and say so.
fn mounting_is_allowed() -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().display().to_string();
    let mounted = rooted("mount").args(["-t", "tmpfs", "kasasagi-test", &place]).output();
    let allowed = mounted.is_ok_and(|mount| mount.status.success());
    if allowed {
        as_root("umount", &[&place]);
    } else {
        // Shown by the test harness only when asked for all output.
        #[allow(clippy::print_stderr)]
        {
            eprintln!("left out: this machine does not let root mount a disk");
        }
    }
    allowed
}

/// A gateway whose store has a small disk; none where no disk can be mounted.
fn on_a_small_disk(size: &str, floor: usize) -> Option<(Disk, Gateway)> {
    if !mounting_is_allowed() {
        return None;
    }
    let mut gateway = room(|room| {
        settings(room).replace("dir = \"store\"", &format!("dir = \"disk/store\"\ndisk_floor_mb = {floor}"))
    });
    let disk = Disk::mount(&gateway.room().join("disk"), size);
    gateway.start();
    let socket = gateway.room().join("lmtp.sock");
    wait_until("the gateway to listen", || std::os::unix::net::UnixStream::connect(&socket).is_ok());
    Some((disk, gateway))
}

fn send(gateway: &Gateway, number: usize) -> Reply {
    let page = vec![b'x'; 700_000];
    let mail = fax_mail(&format!("{number}@x"), "FAX", &[("fax.bin", "application/octet-stream", &page)]);
    lmtp_send(&gateway.room().join("lmtp.sock"), &mail).expect("LMTP")
}

/// Sends until a mail is refused; how many were acknowledged, and the refusal.
fn fill(gateway: &Gateway) -> (usize, Reply) {
    for number in 0..200 {
        let reply = send(gateway, number);
        if reply.code != 250 {
            return (number, reply);
        }
    }
    panic!("200 mails fit on the disk");
}

fn troubled(gateway: &Gateway, word: &str) -> bool {
    let listed = said(&gateway.run(&["list"]));
    listed.contains("TROUBLE disk") && listed.contains(word)
}

fn check_names_the_disk(gateway: &Gateway) {
    let output = gateway.run(&["check"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let told = said(&output);
    let bad = |line: &&str| line.starts_with("FAILED") && line.contains("disk");
    assert!(told.lines().any(|line| bad(&line)), "{told}");
}

fn recovers(gateway: &Gateway) {
    wait_until("the trouble to go by itself", || !said(&gateway.run(&["list"])).contains("TROUBLE"));
}

fn whole(gateway: &Gateway, faxes: usize) {
    settled(gateway, faxes);
    for verb in [&["reconcile"][..], &["audit", "verify"]] {
        let output = gateway.run(verb);
        assert_eq!(output.status.code(), Some(0), "{verb:?}: {}", said(&output));
    }
    let blobs = gateway.room().join("disk/store/blobs");
    assert_eq!(fs::read_dir(blobs).expect("the store").count(), faxes, "nothing is left of what was refused");
    let keys = files(&gateway.room().join("disk/store/keys"));
    assert_eq!(keys.len(), faxes + 1, "one for each fax, and that of the registries");
}

#[test]
fn a_full_disk_defers_mail_tells_so_and_goes_on_when_there_is_room() {
    let Some((disk, mut gateway)) = on_a_small_disk("30m", 8) else { return };
    let (kept, refusal) = fill(&gateway);
    assert!(kept > 3, "{kept} mails fitted");
    assert_eq!(refusal.code, 452, "{refusal:?}");
    assert!(refusal.text.starts_with("4.3.1"), "{refusal:?}");
    assert!(troubled(&gateway, "full"));
    check_names_the_disk(&gateway);
    assert_eq!(rows(&json(&gateway, &["list"])).len(), kept, "what was acknowledged is there");

    disk.resize("60m");
    recovers(&gateway);
    assert_eq!(send(&gateway, 1000).code, 250);
    assert!(gateway.is_running(), "without a new start");
    whole(&gateway, kept + 1);
}

#[test]
fn a_disk_filled_to_its_last_byte_by_others_keeps_what_was_acknowledged() {
    let Some((disk, mut gateway)) = on_a_small_disk("30m", 0) else { return };
    let first = send(&gateway, 0);
    assert_eq!(first.code, 250);
    settled(&gateway, 1);
    let filler = disk.0.join("filler");
    // It ends at the last byte, as intended.
    let _ = fs::write(&filler, vec![0u8; 40 << 20]);
    let refusal = send(&gateway, 1);
    assert!([451, 452].contains(&refusal.code), "{refusal:?}");
    assert_eq!(refusal.text.get(..2), Some("4."), "{refusal:?}");
    fs::remove_file(&filler).expect("the filler");
    wait_until("the next mail to be taken", || {
        if !gateway.is_running() {
            // As its service manager does.
            gateway.start();
        }
        let socket = gateway.room().join("lmtp.sock");
        std::os::unix::net::UnixStream::connect(&socket).is_ok() && send(&gateway, 2).code == 250
    });
    recovers(&gateway);
    whole(&gateway, 2);
}

#[test]
fn a_disk_that_takes_nothing_defers_mail_and_goes_on_when_it_does() {
    let Some((disk, mut gateway)) = on_a_small_disk("60m", 8) else { return };
    assert_eq!(send(&gateway, 0).code, 250);
    settled(&gateway, 1);
    disk.forbid_writing();
    let refusal = send(&gateway, 1);
    assert_eq!(refusal.code, 451, "{refusal:?}");
    assert!(troubled(&gateway, "read-only"));
    check_names_the_disk(&gateway);
    disk.allow_writing();
    recovers(&gateway);
    assert_eq!(send(&gateway, 1).code, 250);
    assert!(gateway.is_running(), "without a new start");
    whole(&gateway, 2);
}

#[test]
fn a_gateway_whose_disk_takes_nothing_does_not_start_and_says_so() {
    let Some((disk, mut gateway)) = on_a_small_disk("60m", 8) else { return };
    assert_eq!(send(&gateway, 0).code, 250);
    settled(&gateway, 1);
    assert!(gateway.stop().success());
    disk.forbid_writing();
    gateway.start();
    wait_until("the gateway to give up", || !gateway.is_running());
    assert!(gateway.log().contains("Read-only file system"), "{}", gateway.log());
    disk.allow_writing();
    gateway.start();
    wait_until("the next mail to be taken", || {
        let socket = gateway.room().join("lmtp.sock");
        std::os::unix::net::UnixStream::connect(&socket).is_ok() && send(&gateway, 1).code == 250
    });
    whole(&gateway, 2);
}
