//! The built binary, running in a room of its own.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use tempfile::TempDir;

use crate::wait_until;

/// A gateway in a temporary folder. Ends, with its folder, when dropped.
#[derive(Debug)]
pub struct Gateway {
    room: TempDir,
    binary: PathBuf,
    child: Option<Child>,
}

/// Starts the built gateway with the configuration that `config` writes for its room.
///
/// # Panics
/// When there is no binary, or the room cannot be made.
pub fn gateway(config: impl FnOnce(&Path) -> String) -> Gateway {
    let mut gateway = Gateway::prepared(&binary(), config);
    gateway.start();
    gateway
}

/// The binary under test: `KASASAGI_BIN`, or `kasasagi` in the build folder of the running test.
///
/// # Panics
/// When there is none.
pub fn binary() -> PathBuf {
    let named = std::env::var_os("KASASAGI_BIN").map(PathBuf::from);
    let path = named.unwrap_or_else(|| {
        let test = std::env::current_exe().expect("a running test has a path");
        let folder =
            test.parent().and_then(Path::parent).expect("tests are built into BUILD/deps or examples");
        folder.join("kasasagi")
    });
    assert!(path.is_file(), "no {}: build it (cargo build -p kasasagi) or set KASASAGI_BIN", path.display());
    path
}

impl Gateway {
    /// A room with a configuration, nothing running yet.
    ///
    /// # Panics
    /// When the room cannot be made.
    pub fn prepared(binary: &Path, config: impl FnOnce(&Path) -> String) -> Self {
        let room = tempfile::tempdir().expect("a temporary folder");
        fs::write(room.path().join("kasasagi.toml"), config(room.path())).expect("writing the configuration");
        Self { room, binary: binary.to_owned(), child: None }
    }

    /// Runs `kasasagi run`; its log is appended to `log` in the room.
    ///
    /// # Panics
    /// When it runs already or cannot be started.
    pub fn start(&mut self) {
        self.start_with(|_| {});
    }

    /// The same after `prepare` has had a hand in how it is started.
    ///
    /// # Panics
    /// As [`Gateway::start`].
    pub fn start_with(&mut self, prepare: impl FnOnce(&mut Command)) {
        assert!(!self.is_running(), "the gateway runs already");
        let log = File::options().create(true).append(true).open(self.room().join("log")).expect("the log");
        let mut command = self.verb(&["run"]);
        command.stdin(Stdio::null()).stdout(log.try_clone().expect("the log twice")).stderr(log);
        prepare(&mut command);
        let child = command.spawn();
        self.child = Some(child.unwrap_or_else(|e| panic!("cannot start {}: {e}", self.binary.display())));
    }

    /// Ends it as a power cut would (SIGKILL).
    ///
    /// # Panics
    /// When it cannot be ended.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("killing the gateway");
            child.wait().expect("the end of the gateway");
        }
    }

    /// Asks it to end in good order (SIGTERM) and waits until it has.
    ///
    /// # Panics
    /// When it does not run or does not end.
    pub fn stop(&mut self) -> ExitStatus {
        let mut child = self.child.take().expect("a running gateway");
        let asked = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        assert!(asked.is_ok_and(|status| status.success()), "cannot signal the gateway");
        let mut ended = None;
        wait_until("the gateway to stop", || {
            ended = child.try_wait().expect("the state of the gateway");
            ended.is_some()
        });
        ended.expect("awaited above")
    }

    /// Whether the daemon runs now.
    pub fn is_running(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// Process id of the daemon.
    ///
    /// # Panics
    /// When it does not run.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().map(Child::id).expect("a running gateway")
    }

    /// Most memory that the running daemon has had resident, its readers apart, bytes (VmHWM of proc(5)).
    ///
    /// # Panics
    /// When it does not run.
    pub fn peak_memory(&self) -> usize {
        let pid = self.pid();
        let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the state of the gateway");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("VmHWM");
        let kilobytes: usize = line.trim().trim_end_matches(" kB").parse().expect("a number");
        kilobytes * 1024
    }

    /// Runs another verb with the same configuration to its end.
    ///
    /// # Panics
    /// When it cannot be run.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.run_with(arguments, |_| {})
    }

    /// The same after `prepare` has had a hand in how it is run.
    ///
    /// # Panics
    /// As [`Gateway::run`].
    pub fn run_with(&self, arguments: &[&str], prepare: impl FnOnce(&mut Command)) -> Output {
        let mut command = self.verb(arguments);
        prepare(&mut command);
        let output = command.stdin(Stdio::null()).output();
        output.unwrap_or_else(|e| panic!("cannot run {} {arguments:?}: {e}", self.binary.display()))
    }

    /// Its folder.
    pub fn room(&self) -> &Path {
        self.room.path()
    }

    /// What the daemon has written to its log in all its runs.
    pub fn log(&self) -> String {
        fs::read(self.room().join("log"))
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    fn verb(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments).arg("--config").arg(self.room().join("kasasagi.toml"));
        command.current_dir(self.room()).env("LC_ALL", "C.UTF-8");
        command
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            // Captured by the test harness and shown with the failed test only.
            #[allow(clippy::print_stderr)]
            {
                eprintln!("--- log of the gateway\n{}", self.log());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stand-in for the binary: says how it was called, then waits.
    fn stand_in(folder: &Path) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let path = folder.join("stand-in");
        fs::write(&path, "#!/bin/sh\necho \"$@\"\n[ \"$1\" = run ] || exit 3\nexec sleep 1000\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    #[test]
    fn a_gateway_starts_stops_and_starts_again_in_its_room() {
        let folder = tempfile::tempdir().unwrap();
        let mut gateway = Gateway::prepared(&stand_in(folder.path()), |room| format!("room = {room:?}\n"));
        let config = fs::read_to_string(gateway.room().join("kasasagi.toml")).unwrap();
        assert_eq!(config, format!("room = {:?}\n", gateway.room()));

        gateway.start();
        wait_until("the first line", || gateway.log().starts_with("run --config "));
        assert!(gateway.is_running());
        gateway.kill();
        assert!(!gateway.is_running());

        gateway.start();
        wait_until("the second line", || gateway.log().lines().count() == 2);
        assert!(!gateway.stop().success());

        let output = gateway.run(&["list", "--json"]);
        assert_eq!(output.status.code(), Some(3));
        assert!(output.stdout.starts_with(b"list --json --config "));
    }
}
