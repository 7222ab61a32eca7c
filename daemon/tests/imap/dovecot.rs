//! A real Dovecot in a folder of its own, with one user and TLS under its own authority.

use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};

pub const USER: &str = "fax";
pub const PASSWORD: &str = "kasasagi-7";

/// A mail server. It ends with its folder when dropped.
pub struct Dovecot {
    pub dir: tempfile::TempDir,
    pub imaps: u16,
    pub imap: u16,
    pub pop3s: u16,
    /// Settings added to the usual ones, such as `imap_capability = IMAP4rev1`.
    pub more: String,
    child: Option<Child>,
    mails: AtomicU32,
}

impl Dovecot {
    pub fn start() -> Self {
        Self::with("")
    }

    pub fn with(more: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let [imaps, imap, pop3s] = free_ports();
        let mut dovecot =
            Self { dir, imaps, imap, pop3s, more: more.to_owned(), child: None, mails: AtomicU32::new(0) };
        certify(dovecot.dir.path());
        for folder in ["new", "cur", "tmp"] {
            fs::create_dir_all(dovecot.maildir().join(folder)).unwrap();
        }
        for folder in [dovecot.maildir().parent().unwrap().to_owned(), dovecot.maildir()] {
            dovecot.give(&folder);
        }
        for folder in ["new", "cur", "tmp"] {
            dovecot.give(&dovecot.maildir().join(folder));
        }
        dovecot.again();
        dovecot
    }

    /// Starts it, again after [`Self::kill`].
    pub fn again(&mut self) {
        let config = self.dir.path().join("dovecot.conf");
        fs::write(&config, self.config()).unwrap();
        let log = fs::File::create(self.dir.path().join("out")).unwrap();
        let mut command = Command::new("dovecot");
        command.arg("-F").arg("-c").arg(&config).stdin(Stdio::null());
        let child = command.stdout(log.try_clone().unwrap()).stderr(log).spawn();
        self.child = Some(child.expect("dovecot-imapd is installed"));
        let start = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.imaps)).is_err() {
            assert!(start.elapsed() < Duration::from_secs(60), "Dovecot does not start: {}", self.log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends it and every connection.
    pub fn kill(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        child.wait().unwrap();
        let start = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.imaps)).is_ok() {
            assert!(start.elapsed() < Duration::from_secs(60), "Dovecot does not end");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Puts a mail into the folder `INBOX`, as a delivery agent would.
    pub fn deliver(&self, mail: &[u8]) -> PathBuf {
        let number = self.mails.fetch_add(1, Ordering::SeqCst);
        let name = format!("{}.M{number}P{}.test", 1_790_000_000 + number, std::process::id());
        let path = self.maildir().join("tmp").join(&name);
        fs::write(&path, mail).unwrap();
        self.give(&path);
        let new = self.maildir().join("new").join(name);
        fs::rename(path, &new).unwrap();
        new
    }

    /// Mails in a folder: `""` is INBOX, `".Kasasagi"` a folder of that name.
    pub fn count(&self, folder: &str) -> usize {
        let files =
            |sub: &str| fs::read_dir(self.maildir().join(folder).join(sub)).map_or(0, Iterator::count);
        files("new") + files("cur")
    }

    /// Makes it number all mails anew, as after a restore or a move to another server.
    pub fn renumber(&mut self) {
        self.kill();
        for file in fs::read_dir(self.maildir()).unwrap() {
            let path = file.unwrap().path();
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("dovecot")) {
                fs::remove_file(path).unwrap();
            }
        }
        // The numbering is named by the second in which it began.
        thread::sleep(Duration::from_millis(1100));
        self.again();
    }

    pub fn maildir(&self) -> PathBuf {
        self.dir.path().join("mail").join(USER)
    }

    pub fn ca(&self) -> PathBuf {
        self.dir.path().join("ca.pem")
    }

    pub fn log(&self) -> String {
        ["out", "log"].map(|name| fs::read_to_string(self.dir.path().join(name)).unwrap_or_default()).concat()
    }

    /// Gives a file to the user that Dovecot works as.
    pub fn give(&self, path: &Path) {
        if is_root() {
            chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }

    fn config(&self) -> String {
        let dir = self.dir.path().display();
        let Self { imaps, imap, pop3s, more, .. } = self;
        let owner = fs::metadata(self.dir.path()).unwrap();
        let (uid, gid) = if is_root() { (NOBODY, NOBODY) } else { (owner.uid(), owner.gid()) };
        let users = if is_root() {
            String::new()
        } else {
            let name = Command::new("id").arg("-un").output().unwrap().stdout;
            let name = String::from_utf8(name).unwrap();
            format!("default_internal_user = {name}default_login_user = {name}")
        };
        format!(
            "base_dir = {dir}/run\nstate_dir = {dir}/state\nlog_path = {dir}/log\nprotocols = imap pop3\n\
             listen = 127.0.0.1\nmail_location = maildir:{dir}/mail/%u\nfirst_valid_uid = 1\n\
             ssl = yes\nssl_cert = <{dir}/server.pem\nssl_key = <{dir}/server.key\ndisable_plaintext_auth = no\n\
             mail_max_userip_connections = 100\nauth_failure_delay = 0\nauth_mechanisms = plain\n\
             maildir_stat_dirs = yes\nmailbox_list_index = no\n{users}\
             passdb {{\n driver = static\n args = password={PASSWORD}\n}}\n\
             userdb {{\n driver = static\n args = uid={uid} gid={gid} home={dir}/mail/%u\n}}\n\
             service imap-login {{\n chroot =\n inet_listener imap {{\n port = {imap}\n }}\n\
             inet_listener imaps {{\n port = {imaps}\n ssl = yes\n }}\n}}\n\
             service pop3-login {{\n chroot =\n inet_listener pop3 {{\n port = 0\n }}\n\
             inet_listener pop3s {{\n port = {pop3s}\n ssl = yes\n }}\n}}\nservice anvil {{\n chroot =\n}}\n{more}\n"
        )
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The user `nobody` of Debian.
const NOBODY: u32 = 65534;

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn free_ports<const N: usize>() -> [u16; N] {
    let listeners = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

/// An authority, and a certificate of it for `localhost`.
fn certify(dir: &Path) {
    let openssl = |arguments: &[&str]| {
        let ran = Command::new("openssl").current_dir(dir).args(arguments).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    };
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    let ca = ["req", "-x509", "-days", "2", "-subj", "/CN=Test CA", "-keyout", "ca.key", "-out", "ca.pem"];
    openssl(&[&ca[..], &key].concat());
    let request = ["req", "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr"];
    openssl(&[&request[..], &key].concat());
    fs::write(dir.join("names"), "subjectAltName=DNS:localhost\n").unwrap();
    openssl(&[
        "x509",
        "-req",
        "-days",
        "2",
        "-in",
        "server.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-extfile",
        "names",
        "-out",
        "server.pem",
    ]);
}
