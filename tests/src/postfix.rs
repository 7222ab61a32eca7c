//! A Postfix of Debian with a configuration, a queue and a port of its own.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::wait_until;

/// Mail to this domain goes to the gateway over LMTP.
pub const GATEWAY: &str = "lmtp.example.jp";
/// Mail to this domain goes into a Maildir, by Postfix itself.
pub const MAILDIR: &str = "maildir.example.jp";

/// A running Postfix. Stops when dropped.
#[derive(Debug)]
pub struct Postfix {
    room: TempDir,
    port: u16,
}

impl Postfix {
    /// Starts it on a free port of the loopback; it delivers mail for [`GATEWAY`] to this LMTP socket.
    ///
    /// # Panics
    /// When this user may not become root, or it does not start.
    pub fn start(lmtp: &Path) -> Self {
        Self::with_routes(lmtp, &[])
    }

    /// Like [`Postfix::start`], with further rows for transport(5), such as a domain and `discard:`. Behind
    /// the transport `nobody:` every user is unknown. It soon warns of what it cannot deliver yet.
    ///
    /// # Panics
    /// Like [`Postfix::start`].
    pub fn with_routes(lmtp: &Path, routes: &[(&str, &str)]) -> Self {
        let room = tempfile::tempdir().expect("a temporary folder");
        as_root("chmod", &["755", path(room.path())]);
        for folder in ["etc", "queue", "data", "mail"] {
            fs::create_dir(room.path().join(folder)).expect("a folder");
        }
        as_root("chown", &["postfix", path(&room.path().join("data"))]);
        as_root("chown", &["nobody", path(&room.path().join("mail"))]);
        let free = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port");
        let postfix = Self { room, port: free.port() };
        let etc = postfix.etc();
        fs::write(etc.join("main.cf"), main_cf(postfix.room.path(), lmtp, routes)).expect("main.cf");
        fs::write(etc.join("master.cf"), master_cf(free.port())).expect("master.cf");
        as_root("postfix", &["-c", path(&etc), "start"]);
        wait_until("Postfix to listen", || std::net::TcpStream::connect(("127.0.0.1", free.port())).is_ok());
        postfix
    }

    /// Where it takes mail, as clients write it.
    pub fn server(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Hands in a mail with swaks; it must be queued.
    ///
    /// # Panics
    /// When it is not.
    pub fn take(&self, to: &str, mail: &Path) {
        let (server, data) = (self.server(), format!("@{}", mail.display()));
        let from = format!("box@{MAILDIR}");
        let swaks = ["--server", &server, "--from", &from, "--to", to, "--data", &data, "--silent", "2"];
        let output = run(Command::new("swaks").args(swaks));
        assert!(output.status.success(), "swaks: {}", String::from_utf8_lossy(&output.stdout));
    }

    /// Hands in `count` mails of `bytes` bytes with smtp-source, 20 at a time; they must be queued.
    ///
    /// # Panics
    /// When they are not.
    pub fn load(&self, to: &str, count: usize, bytes: usize) {
        load(&["-f", &format!("box@{MAILDIR}"), "-t", to, &format!("inet:{}", self.server())], count, bytes);
    }

    /// What waits, an entry for each mail.
    pub fn queue(&self) -> Vec<Value> {
        let listed = as_root("postqueue", &["-c", path(&self.etc()), "-j"]);
        let lines = String::from_utf8_lossy(&listed.stdout).into_owned();
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// Whether so many mails wait and Postfix says this word of each.
    pub fn defers(&self, count: usize, word: &str) -> bool {
        let queue = self.queue();
        queue.len() == count && queue.iter().all(|mail| mail["recipients"].to_string().contains(word))
    }

    /// Asks it to try everything again.
    pub fn flush(&self) {
        as_root("postqueue", &["-c", path(&self.etc()), "-f"]);
    }

    /// Asks it to try again until nothing waits.
    pub fn empty(&self) {
        let mut tries = 0;
        wait_until("Postfix to have delivered everything", || {
            if tries % 50 == 0 {
                self.flush();
            }
            tries += 1;
            self.queue().is_empty()
        });
    }

    /// The mails in its Maildir.
    pub fn maildir(&self) -> Vec<PathBuf> {
        let new = fs::read_dir(self.room.path().join("mail/box/new"));
        new.into_iter().flatten().flatten().map(|entry| entry.path()).collect()
    }

    /// Makes mail for [`MAILDIR`] go into this Maildir, which belongs to nobody.
    ///
    /// # Panics
    /// When this user may not become root.
    pub fn delivers_into(&self, maildir: &Path) {
        as_root("ln", &["-sfn", path(maildir), path(&self.room.path().join("mail/box"))]);
    }

    /// What it has written to its log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.room.path().join("log")).unwrap_or_default()
    }

    fn etc(&self) -> PathBuf {
        self.room.path().join("etc")
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let mut stop = rooted("postfix");
        // Nothing can be done about a Postfix that does not stop.
        let _ = stop.args(["-c", path(&self.etc()), "stop"]).output();
        if rooted("rm")
            .args(["-rf", path(&self.etc()), path(&self.room.path().join("queue"))])
            .output()
            .is_ok()
        {
            let rest = ["data", "mail", "log"].map(|name| self.room.path().join(name));
            let _ = rooted("rm").arg("-rf").args(rest).output();
        }
    }
}

/// Runs smtp-source with these last arguments: `count` messages of `bytes` bytes, 20 at a time.
///
/// # Panics
/// When a message is not taken.
pub fn load(arguments: &[&str], count: usize, bytes: usize) {
    let (count, bytes) = (count.to_string(), bytes.to_string());
    let output =
        run(Command::new("smtp-source").args(["-s", "20", "-m", &count, "-l", &bytes]).args(arguments));
    assert!(output.status.success(), "smtp-source: {}", String::from_utf8_lossy(&output.stderr));
}

/// A folder for the gateway's socket that Postfix may enter: what is made in it belongs to Postfix's group.
///
/// # Panics
/// When this user may not become root.
pub fn socket_folder(folder: &Path) {
    fs::create_dir_all(folder).expect("a folder");
    as_root("chgrp", &["postfix", path(folder)]);
    as_root("chmod", &["2750", path(folder)]);
    for outer in folder.ancestors().skip(1).take_while(|outer| outer.starts_with(std::env::temp_dir())) {
        if outer != std::env::temp_dir() {
            as_root("chmod", &["711", path(outer)]);
        }
    }
}

/// Runs a program as root to its end.
///
/// # Panics
/// When this user may not become root, or it fails.
pub fn as_root(program: &str, arguments: &[&str]) -> Output {
    let output = run(rooted(program).args(arguments));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program} {arguments:?} needs root, or sudo that does not ask: {said}");
    output
}

/// A program to be run as root.
pub fn rooted(program: &str) -> Command {
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let user = Command::new("id").arg("-u").output();
    let mut command = if user.is_ok_and(|user| user.stdout.trim_ascii() == b"0") {
        Command::new(program)
    } else {
        let mut sudo = Command::new("sudo");
        sudo.args(["-n", program]);
        sudo
    };
    command.env("PATH", path);
    command
}

fn run(command: &mut Command) -> Output {
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let program = command.get_program().to_owned();
    command.env("PATH", path).output().unwrap_or_else(|e| panic!("cannot run {}: {e}", program.display()))
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a temporary folder has a plain name")
}

fn main_cf(room: &Path, lmtp: &Path, routes: &[(&str, &str)]) -> String {
    let (room, lmtp) = (room.display(), lmtp.display());
    let warning = if routes.is_empty() { "" } else { "delay_warning_time = 1s\n" };
    let routes: String = routes.iter().map(|(domain, route)| format!(", {domain}={route}")).collect();
    format!(
        "compatibility_level = 3.6\nqueue_directory = {room}/queue\ndata_directory = {room}/data\n\
         command_directory = /usr/sbin\ndaemon_directory = /usr/lib/postfix/sbin\n\
         mail_owner = postfix\nsetgid_group = postdrop\ninet_interfaces = 127.0.0.1\ninet_protocols = ipv4\n\
         myhostname = mx.example.jp\nmydestination =\nmynetworks = 127.0.0.0/8\nalias_maps =\n\
         local_recipient_maps =\nvirtual_mailbox_domains = {MAILDIR}, {GATEWAY}\n\
         virtual_mailbox_base = {room}/mail\nvirtual_mailbox_maps = static:box/\n\
         virtual_uid_maps = static:65534\nvirtual_gid_maps = static:65534\nvirtual_minimum_uid = 100\n\
         transport_maps = inline:{{ {GATEWAY}=lmtp:unix:{lmtp}{routes} }}\n\
         smtpd_recipient_restrictions = permit_mynetworks, reject\n\
         {warning}smtpd_client_connection_count_limit = 0\nsmtpd_client_connection_rate_limit = 0\n\
         maillog_file = {room}/log\nmaillog_file_prefixes = /tmp, {room}\n"
    )
}

fn master_cf(port: u16) -> String {
    let services = "pickup unix n - n 60 1 pickup\ncleanup unix n - n - 0 cleanup\nqmgr unix n - n 300 1 qmgr\n\
         rewrite unix - - n - - trivial-rewrite\nbounce unix - - n - 0 bounce\ndefer unix - - n - 0 bounce\n\
         trace unix - - n - 0 bounce\nverify unix - - n - 1 verify\nflush unix n - n 1000? 0 flush\n\
         proxymap unix - - n - - proxymap\nsmtp unix - - n - - smtp\nrelay unix - - n - - smtp\n\
         showq unix n - n - - showq\nerror unix - - n - - error\nretry unix - - n - - error\n\
         discard unix - - n - - discard\nvirtual unix - n n - - virtual\nlmtp unix - - n - - lmtp\n\
         nobody unix - n n - - virtual -o virtual_mailbox_maps=inline:{{nobody@example.invalid=x}}\n\
         anvil unix - - n - 1 anvil\nscache unix - - n - 1 scache\npostlog unix-dgram n - n - 1 postlogd\n";
    format!("127.0.0.1:{port} inet n - n - 100 smtpd\n{services}")
}
