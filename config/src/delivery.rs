//! Where finished mail goes, and how fast.

use std::path::PathBuf;
use std::time::Duration;

use crate::file;
use crate::secret::Password;
use crate::settings::{Checker, Security, is_domain};
use crate::{Error, Result};

/// Where finished mail goes.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// Into a folder, one `.eml` file each; for tests and for a first look.
    Folder(PathBuf),
    /// To one mail server, the relay.
    Smtp(Smtp),
}

/// The next mail server.
#[derive(Clone, Debug)]
pub struct Smtp {
    /// Host name or address, checked against its certificate.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the line is protected.
    pub security: Security,
    /// Certificates trusted beside those of the system, PEM.
    pub ca_file: Option<PathBuf>,
    /// Whether the admin states that a relay on this machine sends on over verified TLS only.
    pub relay_is_private: bool,
    /// User and password, which is read anew at every login.
    pub login: Option<(String, Password)>,
    /// Our name in EHLO.
    pub helo: String,
    /// Patience with the connection or one answer. The answer to the mail itself may take ten times as long,
    /// for a server that examines it before answering (RFC 5321 section 4.5.3.2.6).
    pub timeout: Duration,
}

/// How mail leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outbox {
    /// Most domains served at the same time.
    pub lanes: usize,
    /// Connections for each domain; each carries one mail at a time.
    pub connections_per_domain: usize,
    /// Most mails a minute to one domain; `None` for as many as it takes.
    pub mails_per_minute_per_domain: Option<u32>,
    /// How long a mail is tried before it is given up.
    pub give_up: Duration,
}

impl Checker<'_> {
    pub(crate) fn delivery(&self, file: &file::Delivery, domain: &str) -> Result<Delivery> {
        match file.via.as_str() {
            "folder" => Ok(Delivery::Folder(self.path("delivery.dir", &file.dir)?)),
            "smtp" => Ok(Delivery::Smtp(self.smtp(file, domain)?)),
            other => {
                Err(self.fault("delivery.via", &format!("{other:?} is neither \"folder\" nor \"smtp\"")))
            }
        }
    }

    fn smtp(&self, file: &file::Delivery, domain: &str) -> Result<Smtp> {
        let host = self.host("delivery.host", file.host.clone())?;
        let security = self.security("delivery", &file.security, &host)?;
        let usual_port = match security {
            Security::Tls => 465,
            Security::StartTls => 587,
            Security::PlainLocal => 25,
        };
        if file.relay_is_private && security != Security::PlainLocal {
            let what = "is a statement about a plain-local relay; with TLS the line itself is private";
            return Err(self.fault("delivery.relay_is_private", what));
        }
        let key = "delivery.password_file";
        let login = self.login("delivery", &file.user, &file.password_file)?;
        let helo = if file.helo.is_empty() { domain.to_owned() } else { file.helo.clone() };
        Ok(Smtp {
            host,
            port: if file.port == 0 { usual_port } else { file.port },
            security,
            ca_file: self.optional_path(&file.ca_file),
            relay_is_private: file.relay_is_private,
            login: login.map(|(user, path)| (user, Password::File { key: key.to_owned(), path })),
            helo: self.domain("delivery.helo", helo)?,
            timeout: Duration::from_secs(self.range("delivery.timeout_s", file.timeout_s, 1, 600)?),
        })
    }

    fn host(&self, key: &str, text: String) -> Result<String> {
        let text = self.filled(key, text)?;
        if is_domain(&text) || text.parse::<std::net::IpAddr>().is_ok() {
            Ok(text)
        } else {
            Err(self.fault(key, &format!("{text:?} is no host name and no address")))
        }
    }

    pub(crate) fn outbox(&self, file: &file::Outbox) -> Result<Outbox> {
        let number = |key: &str, value, most| -> Result<usize> {
            let value = self.range(&format!("outbox.{key}"), value, 1, most)?;
            usize::try_from(value).map_err(|_| self.too_large(key))
        };
        let pace =
            self.range("outbox.mails_per_minute_per_domain", file.mails_per_minute_per_domain, 0, 60_000)?;
        let hours = self.range("outbox.give_up_hours", file.give_up_hours, 1, 24 * 14)?;
        Ok(Outbox {
            lanes: number("lanes", file.lanes, 500)?,
            connections_per_domain: number("connections_per_domain", file.connections_per_domain, 20)?,
            mails_per_minute_per_domain: u32::try_from(pace).ok().filter(|pace| *pace > 0),
            give_up: Duration::from_secs(3600 * hours),
        })
    }

    fn too_large(&self, key: &str) -> Error {
        self.fault(&format!("outbox.{key}"), "is more than this machine can count")
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::Settings;

    const RELAY: &str =
        "[gateway]\ndomain = \"gw.example.jp\"\n[delivery]\nvia = \"smtp\"\nhost = \"mx.example.jp\"\n";

    fn parse(text: &str) -> Result<Settings> {
        Settings::parse("test.toml", text, Path::new("/base"))
    }

    fn smtp(text: &str) -> Smtp {
        match parse(text).unwrap().delivery {
            Delivery::Smtp(smtp) => smtp,
            Delivery::Folder(_) => panic!("a server is no folder"),
        }
    }

    fn message(text: &str) -> String {
        parse(text).map(|_| String::new()).unwrap_or_else(|e| e.to_string())
    }

    #[test]
    fn a_relay_gets_its_usual_port_and_our_own_name() {
        let relay = smtp(&format!("{RELAY}security = \"tls\"\ntimeout_s = 7\nca_file = \"ca.pem\""));
        assert_eq!(
            (relay.host.as_str(), relay.port, relay.helo.as_str()),
            ("mx.example.jp", 465, "gw.example.jp")
        );
        assert_eq!((relay.security, relay.timeout), (Security::Tls, Duration::from_secs(7)));
        assert_eq!((relay.ca_file.as_deref(), relay.login), (Some(Path::new("/base/ca.pem")), None));
        assert_eq!(smtp(RELAY).port, 587);
    }

    #[test]
    fn a_relay_must_have_a_name_that_can_be_looked_up() {
        for host in ["", "mx example", "mx.example.jp:25", "user@mx.example.jp", "https://mx"] {
            let told = message(&RELAY.replace("mx.example.jp", host));
            assert!(told.contains("delivery.host"), "{host}: {told}");
        }
        for host in ["192.0.2.1", "::1", "localhost"] {
            assert_eq!(smtp(&RELAY.replace("mx.example.jp", host)).host, host);
        }
    }

    #[test]
    fn plain_smtp_leaves_this_machine_never() {
        let plain = format!("{RELAY}security = \"plain-local\"\n");
        for host in ["mx.example.jp", "192.0.2.1", "::", "localhost.example.jp"] {
            let told = message(&plain.replace("mx.example.jp", host));
            assert!(told.contains("delivery.security"), "{host}: {told}");
        }
        for host in ["localhost", "127.0.0.1", "127.9.9.9", "::1"] {
            assert_eq!(smtp(&plain.replace("mx.example.jp", host)).port, 25);
        }
    }

    #[test]
    fn only_of_a_plain_relay_can_it_be_said_that_it_is_private() {
        let local = RELAY.replace("mx.example.jp", "127.0.0.1");
        let stated = format!("{local}security = \"plain-local\"\nrelay_is_private = true");
        assert!(smtp(&stated).relay_is_private);
        let told = message(&format!("{RELAY}relay_is_private = true"));
        assert!(told.contains("delivery.relay_is_private"), "{told}");
    }

    #[test]
    fn the_outbox_has_bounds() {
        let usual = Outbox {
            lanes: 50,
            connections_per_domain: 1,
            mails_per_minute_per_domain: None,
            give_up: Duration::from_secs(72 * 3600),
        };
        assert_eq!(parse("").unwrap().outbox, usual);
        let slow = parse("[outbox]\nmails_per_minute_per_domain = 30").unwrap().outbox;
        assert_eq!(slow.mails_per_minute_per_domain, Some(30));
        for key in ["lanes", "connections_per_domain", "give_up_hours"] {
            let told = message(&format!("[outbox]\n{key} = 0"));
            assert!(told.contains(&format!("outbox.{key}")), "{told}");
        }
    }
}
