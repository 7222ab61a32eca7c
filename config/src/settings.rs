//! The settings as the program uses them: checked once, never asked again.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::tz::TimeZone;

pub use crate::delivery::{Delivery, Outbox, Smtp};
use crate::file::{self, DEFAULTS, File};
use crate::office::Office;
use crate::senders::Sender;
use crate::watch::Log;
use crate::{Error, Result};

/// Everything the gateway is told before it starts.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Name shown to recipients.
    pub organisation: String,
    /// Phone or address shown in every mail; may be empty.
    pub contact: String,
    /// Sender address of every mail.
    pub from: String,
    /// Right-hand side of Message-IDs.
    pub domain: String,
    /// Zone of days, schedules and printed times.
    pub time_zone: TimeZone,
    /// Folder of journal, blobs and view.
    pub store_dir: PathBuf,
    /// File of the master key.
    pub master_key: PathBuf,
    /// Free bytes below which mail is deferred.
    pub disk_floor: u64,
    /// Unix socket of the command line.
    pub control: PathBuf,
    /// Largest message taken, in bytes.
    pub max_message: u64,
    /// How long after its delivery a sheet that is faxed again is known as the same.
    pub resend_window: Duration,
    /// The name our own mail server writes into Authentication-Results (RFC 8601, 2.5); empty for none.
    pub own_server: String,
    /// Who may send faxes.
    pub senders: Vec<Sender>,
    /// Folder with more source profiles.
    pub profiles_dir: Option<PathBuf>,
    /// Where LMTP listens, if it does.
    pub lmtp: Option<Listen>,
    /// A Maildir to watch, and how often.
    pub maildir: Option<(PathBuf, Duration)>,
    /// A mailbox on a server to take mail from.
    pub imap: Option<Imap>,
    /// How faxes are read.
    pub reading: Reading,
    /// Folder with more forms.
    pub forms_dir: Option<PathBuf>,
    /// What the office decides.
    pub office: Office,
    /// Folder of the first registry's tables.
    pub registry_dir: PathBuf,
    /// Policy file; `None` for the built-in one.
    pub policy: Option<PathBuf>,
    /// Where finished mail goes.
    pub delivery: Delivery,
    /// How fast it goes there.
    pub outbox: Outbox,
    /// What is logged, and how.
    pub log: Log,
    /// Where metrics are read, if they are.
    pub metrics: Option<Listen>,
}

/// An address to listen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// A Unix socket.
    Unix(PathBuf),
    /// A loopback address.
    Loopback(std::net::SocketAddr),
}

/// A mailbox on an IMAP server.
#[derive(Clone, Debug)]
pub struct Imap {
    /// Host name, checked against its certificate.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the line is protected.
    pub security: Security,
    /// Certificates trusted beside those of the system, PEM.
    pub ca_file: Option<PathBuf>,
    /// User name.
    pub user: String,
    /// File of the password, which is read anew at every login.
    pub password_file: PathBuf,
    /// The folder that faxes arrive in, as in the settings: UTF-8.
    pub folder: String,
    /// What becomes of a mail that is durable here.
    pub done: Done,
    /// What becomes of the mail that lies there at the first start.
    pub old_mail: OldMail,
    /// How often to look.
    pub poll: Duration,
}

/// What becomes of a mail on the server once it is durable here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// It is moved to this folder.
    Move(String),
    /// It stays and is marked as seen.
    Flag,
}

/// What becomes of the mail that lies in a mailbox at the first start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OldMail {
    /// It is taken like any other.
    Import,
    /// It is never looked at.
    Leave,
}

/// Readers and their limits.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Number of child processes.
    pub workers: usize,
    /// Tries before a fax that breaks its reader is held.
    pub attempts: u32,
    /// PP-OCR model file.
    pub model: PathBuf,
    /// Tesseract's language folder, if not the system's.
    pub tessdata: Option<PathBuf>,
    /// Font for drawing forms, if not searched.
    pub font: Option<PathBuf>,
    /// Wrong among sure fields that is allowed, 0 to 1.
    pub budget: f64,
    /// Most memory of a child in bytes.
    pub memory: u64,
    /// Processor time for one document.
    pub cpu: Duration,
    /// Clock time for one document.
    pub wall: Duration,
}

/// How the line to the next server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte.
    Tls,
    /// TLS after STARTTLS, required.
    StartTls,
    /// None; only for a relay on this machine.
    PlainLocal,
}

const MB: u64 = 1024 * 1024;

impl Settings {
    /// Reads a settings file and lays it over the defaults.
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::Syntax`] or [`Error::Value`], naming the file and the key.
    pub fn load(path: &Path) -> Result<Self> {
        let text =
            std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        let base = path.parent().unwrap_or(Path::new("."));
        Self::parse(&path.display().to_string(), &text, base)
    }

    /// Reads settings from text; relative paths start at `base`.
    ///
    /// # Errors
    /// [`Error::Syntax`] or [`Error::Value`], naming `name` and the key.
    pub fn parse(name: &str, text: &str, base: &Path) -> Result<Self> {
        let syntax = |e: toml::de::Error| Error::Syntax { file: name.to_owned(), what: e.to_string() };
        let defaults: toml::Table = DEFAULTS.parse().expect("the built-in settings are valid TOML: tested");
        let given: toml::Table = text.parse().map_err(syntax)?;
        let file = File::deserialize_from(file::overlay(defaults, given)).map_err(syntax)?;
        Checker { name, base }.settings(file)
    }
}

impl File {
    fn deserialize_from(table: toml::Table) -> std::result::Result<Self, toml::de::Error> {
        table.try_into()
    }
}

/// Turns the file's words into checked values, naming the key that is wrong.
pub(crate) struct Checker<'a> {
    name: &'a str,
    base: &'a Path,
}

impl Checker<'_> {
    fn settings(&self, file: File) -> Result<Settings> {
        let time_zone = TimeZone::get(&file.gateway.time_zone)
            .map_err(|_| self.fault("gateway.time_zone", "no such time zone; try \"Asia/Tokyo\""))?;
        let office = self.office(&file)?;
        let domain = self.domain("gateway.domain", file.gateway.domain)?;
        let delivery = self.delivery(&file.delivery, &domain)?;
        Ok(Settings {
            organisation: self.filled("gateway.organisation", file.gateway.organisation)?,
            contact: file.gateway.contact,
            from: self.mail_address("gateway.from", file.gateway.from)?,
            domain,
            time_zone,
            store_dir: self.path("store.dir", &file.store.dir)?,
            master_key: self.path("store.master_key", &file.store.master_key)?,
            disk_floor: file.store.disk_floor_mb * MB,
            control: self.path("control.socket", &file.control.socket)?,
            max_message: self.range("intake.max_message_mb", file.intake.max_message_mb, 1, 200)? * MB,
            resend_window: Duration::from_secs(
                3600 * self.range("intake.resend_hours", file.intake.resend_hours, 1, 24 * 31)?,
            ),
            senders: self.senders(file.intake.senders, &file.intake.own_server)?,
            own_server: file.intake.own_server,
            profiles_dir: self.optional_path(&file.intake.profiles_dir),
            lmtp: self.listen("intake.lmtp.listen", &file.intake.lmtp.listen)?,
            maildir: self.maildir(&file.intake.maildir)?,
            imap: self.imap(&file.intake.imap)?,
            reading: self.reading(&file.reading)?,
            forms_dir: self.optional_path(&file.forms.dir),
            office,
            registry_dir: self.path("registry.dir", &file.registry.dir)?,
            policy: self.optional_path(&file.registry.policy),
            delivery,
            outbox: self.outbox(&file.outbox)?,
            log: self.log(&file.log)?,
            metrics: self.metrics(&file.metrics)?,
        })
    }

    fn senders(&self, entries: Vec<file::Sender>, own_server: &str) -> Result<Vec<Sender>> {
        let fault = |number, (key, what): (&str, String)| {
            self.fault(&format!("intake.senders, entry {number}: {key}"), &what)
        };
        let checked =
            |(number, entry)| Sender::new(entry, own_server, is_domain).map_err(|error| fault(number, error));
        (1..).zip(entries).map(checked).collect()
    }

    fn reading(&self, file: &file::Reading) -> Result<Reading> {
        let workers = self.range("reading.workers", file.workers as u64, 1, 64)?;
        Ok(Reading {
            workers: workers as usize,
            attempts: self.range("reading.attempts", u64::from(file.attempts), 1, 10)? as u32,
            model: self.path("reading.model", &file.model)?,
            tessdata: self.optional_path(&file.tessdata),
            font: self.optional_path(&file.font),
            budget: self.budget(file.sure_wrong_percent)?,
            memory: self.range("reading.memory_mb", file.memory_mb, 256, 16_384)? * MB,
            cpu: Duration::from_secs(self.range("reading.cpu_s", file.cpu_s, 1, 3600)?),
            wall: Duration::from_secs(self.range("reading.wall_s", file.wall_s, 1, 3600)?),
        })
    }

    fn imap(&self, file: &file::Imap) -> Result<Option<Imap>> {
        if file.host.is_empty() {
            return Ok(None);
        }
        let security = self.security("intake.imap", &file.security, &file.host)?;
        let usual_port = if security == Security::Tls { 993 } else { 143 };
        let Some((user, password_file)) = self.login("intake.imap", &file.user, &file.password_file)? else {
            return Err(self.fault("intake.imap.user", "a mailbox needs a user and a password file"));
        };
        let folder = self.filled("intake.imap.folder", file.folder.clone())?;
        let done = match file.done.as_str() {
            "move" => Done::Move(self.filled("intake.imap.done_folder", file.done_folder.clone())?),
            "flag" => Done::Flag,
            other => {
                let what = format!("{other:?} is neither \"move\" nor \"flag\"");
                return Err(self.fault("intake.imap.done", &what));
            }
        };
        if matches!(&done, Done::Move(to) if *to == folder) {
            return Err(self.fault("intake.imap.done_folder", "must not be the folder that faxes arrive in"));
        }
        let old_mail = match file.old_mail.as_str() {
            "import" => OldMail::Import,
            "leave" => OldMail::Leave,
            other => {
                let what = format!("{other:?} is neither \"import\" nor \"leave\"");
                return Err(self.fault("intake.imap.old_mail", &what));
            }
        };
        Ok(Some(Imap {
            host: file.host.clone(),
            port: if file.port == 0 { usual_port } else { file.port },
            security,
            ca_file: self.optional_path(&file.ca_file),
            user,
            password_file,
            folder,
            done,
            old_mail,
            poll: Duration::from_secs(self.range("intake.imap.poll_s", file.poll_s, 1, 24 * 3600)?),
        }))
    }

    /// How the line to `host` is protected; an open one does not leave this machine.
    pub(crate) fn security(&self, section: &str, text: &str, host: &str) -> Result<Security> {
        let key = format!("{section}.security");
        match text {
            "tls" => Ok(Security::Tls),
            "starttls" => Ok(Security::StartTls),
            "plain-local" if is_loopback(host) => Ok(Security::PlainLocal),
            "plain-local" => {
                let what = "plain-local is only for a server on this machine; use \"tls\" or \"starttls\"";
                Err(self.fault(&key, what))
            }
            other => {
                let what = format!("{other:?} is none of \"tls\", \"starttls\", \"plain-local\"");
                Err(self.fault(&key, &what))
            }
        }
    }

    /// User and password file; none if both are empty.
    pub(crate) fn login(&self, section: &str, user: &str, file: &str) -> Result<Option<(String, PathBuf)>> {
        let key = format!("{section}.password_file");
        match (user, self.optional_path(file)) {
            ("", None) => Ok(None),
            ("", Some(_)) => Err(self.fault(&format!("{section}.user"), "a password file needs a user")),
            (_, None) => Err(self.fault(&key, "a user needs a password file")),
            (user, Some(path)) => Ok(Some((user.to_owned(), path))),
        }
    }

    fn maildir(&self, file: &file::Maildir) -> Result<Option<(PathBuf, Duration)>> {
        let interval =
            Duration::from_secs(self.range("intake.maildir.interval_s", file.interval_s, 1, 3600)?);
        Ok(self.optional_path(&file.dir).map(|dir| (dir, interval)))
    }

    pub(crate) fn listen(&self, key: &str, text: &str) -> Result<Option<Listen>> {
        if text == "off" {
            return Ok(None);
        }
        if let Some(path) = text.strip_prefix("unix:") {
            return Ok(Some(Listen::Unix(self.path(key, path)?)));
        }
        match text.parse::<std::net::SocketAddr>() {
            Ok(address) if address.ip().is_loopback() => Ok(Some(Listen::Loopback(address))),
            Ok(_) => {
                let what =
                    "nobody is asked for a password there: only a loopback address or a Unix socket will do";
                Err(self.fault(key, what))
            }
            Err(_) => {
                Err(self
                    .fault(key, "expected \"unix:/path\", an address such as \"127.0.0.1:2424\", or \"off\""))
            }
        }
    }

    fn mail_address(&self, key: &str, text: String) -> Result<String> {
        let sound = text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && is_domain(domain) && local.bytes().all(|b| b.is_ascii_graphic() && b != b'<')
        });
        if sound { Ok(text) } else { Err(self.fault(key, &format!("{text:?} is no mail address"))) }
    }

    pub(crate) fn domain(&self, key: &str, text: String) -> Result<String> {
        if is_domain(&text) { Ok(text) } else { Err(self.fault(key, &format!("{text:?} is no domain name"))) }
    }

    pub(crate) fn filled(&self, key: &str, text: String) -> Result<String> {
        if text.trim().is_empty() { Err(self.fault(key, "must not be empty")) } else { Ok(text) }
    }

    pub(crate) fn range(&self, key: &str, value: u64, least: u64, most: u64) -> Result<u64> {
        if (least..=most).contains(&value) {
            Ok(value)
        } else {
            Err(self.fault(key, &format!("{value} is not between {least} and {most}")))
        }
    }

    /// A budget of errors: none at all up to one in twenty.
    fn budget(&self, percent: f64) -> Result<f64> {
        if (0.0..=5.0).contains(&percent) {
            Ok(percent / 100.0)
        } else {
            Err(self.fault("reading.sure_wrong_percent", &format!("{percent} is not between 0 and 5")))
        }
    }

    pub(crate) fn path(&self, key: &str, text: &str) -> Result<PathBuf> {
        self.optional_path(text).ok_or_else(|| self.fault(key, "must name a path"))
    }

    pub(crate) fn optional_path(&self, text: &str) -> Option<PathBuf> {
        (!text.is_empty()).then(|| self.base.join(text))
    }

    pub(crate) fn fault(&self, key: &str, what: &str) -> Error {
        Error::Value { file: self.name.to_owned(), key: key.to_owned(), what: what.to_owned() }
    }
}

pub(crate) fn is_domain(text: &str) -> bool {
    let label = |l: &str| !l.is_empty() && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    text.len() <= 253 && text.split('.').all(label)
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Settings> {
        Settings::parse("test.toml", text, Path::new("/base"))
    }

    fn message(text: &str) -> String {
        parse(text).map(|_| String::new()).unwrap_or_else(|e| e.to_string())
    }

    #[test]
    fn an_empty_file_means_the_defaults() {
        let settings = parse("").unwrap();
        assert_eq!(settings.store_dir, Path::new("/var/lib/kasasagi"));
        assert_eq!(settings.lmtp, Some(Listen::Unix("/run/kasasagi/lmtp.sock".into())));
        assert!(matches!(settings.delivery, Delivery::Folder(_)));
    }

    #[test]
    fn relative_paths_start_at_the_file() {
        assert_eq!(parse("[store]\ndir = \"data\"").unwrap().store_dir, Path::new("/base/data"));
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        assert!(message("[store]\ndirr = \"x\"").contains("dirr"));
        assert!(message("[stor]\ndir = \"x\"").contains("stor"));
    }

    #[test]
    fn a_wrong_value_is_refused_by_key() {
        for (text, key) in [
            ("[gateway]\ntime_zone = \"Mars/Base\"", "gateway.time_zone"),
            ("[gateway]\nfrom = \"nobody\"", "gateway.from"),
            ("[reading]\nworkers = 0", "reading.workers"),
            ("[delivery]\nvia = \"pigeon\"", "delivery.via"),
            ("[delivery]\nvia = \"smtp\"", "delivery.host"),
            ("[intake.lmtp]\nlisten = \"0.0.0.0:24\"", "intake.lmtp.listen"),
            ("[intake.imap]\nhost = \"mail.example\"", "intake.imap.user"),
            ("[intake.imap]\nhost = \"mail.example\"\nuser = \"fax\"", "intake.imap.password_file"),
            ("[intake.imap]\nhost = \"mail.example\"\nsecurity = \"plain-local\"", "intake.imap.security"),
        ] {
            assert!(message(text).contains(key), "{text}: {}", message(text));
        }
    }

    #[test]
    fn senders_are_listed_and_asked_for_proof_unless_said_otherwise() {
        use crate::senders::Proof;
        let entry =
            "[intake]\nown_server = \"mx.example.jp\"\n[[intake.senders]]\nfrom = [\"*@efax.example\"]\n";
        let senders = parse(entry).unwrap().senders;
        assert_eq!((senders.len(), senders[0].proof, &senders[0].profile), (1, Proof::Authenticated, &None));
        assert!(parse("").unwrap().senders.is_empty());
        let unproved = message(&entry.replace("mx.example.jp", ""));
        assert!(
            unproved.contains("intake.senders, entry 1: proof") && unproved.contains("own_server"),
            "{unproved}"
        );
        assert!(message(&format!("{entry}form = 1")).contains("form"));
    }

    #[test]
    fn a_password_file_that_others_can_read_is_refused() {
        use crate::secret::Secret;
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("password");
        std::fs::write(&path, "secret\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(
            Secret::from_file("delivery.password_file", &path).unwrap_err().to_string().contains("chmod 600")
        );
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let secret = Secret::from_file("delivery.password_file", &path).unwrap();
        assert_eq!((secret.reveal(), format!("{secret:?}").as_str()), ("secret", "[redacted]"));
    }
}
