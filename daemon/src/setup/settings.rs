//! The settings file that answers make.

use std::path::{Path, PathBuf};

use kasasagi_config::Settings;
use kasasagi_config::settings::Security;

use crate::Result;
use crate::credentials::handed_over;

/// What a person has said about their gateway.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// Sender of every mail.
    pub from: String,
    /// Who runs it, as recipients read it.
    pub organisation: Option<String>,
    /// Who gets the daily report.
    pub admins: Vec<String>,
    /// Where faxes arrive; without one they come over LMTP.
    pub mailbox: Option<Mailbox>,
    /// Addresses, or `*@domain`, of who may send faxes.
    pub senders: Vec<String>,
    /// The name our mail server writes into Authentication-Results; without it a sender's address alone is believed.
    pub own_server: Option<String>,
    /// Where mail goes; without one into a folder.
    pub relay: Option<Relay>,
    /// Folder of the registry's tables.
    pub registry: PathBuf,
    /// Folder of the store.
    pub data: PathBuf,
    /// Where the command line speaks to the gateway, if not where the package puts it.
    pub run: Option<PathBuf>,
    /// The model of the reader, if not where the package puts it.
    pub model: Option<PathBuf>,
}

/// An IMAP server, and who logs in there.
#[derive(Clone, Debug)]
pub struct Mailbox {
    /// Host name.
    pub host: String,
    /// Port; 0 is the usual one.
    pub port: u16,
    /// How the line is protected.
    pub security: Security,
    /// Certificates trusted beside those of the system.
    pub ca: Option<PathBuf>,
    /// Who logs in.
    pub user: String,
}

/// A mail server that takes our mail.
#[derive(Clone, Debug)]
pub struct Relay {
    /// Host name.
    pub host: String,
    /// Port; 0 is the usual one.
    pub port: u16,
    /// How the line is protected.
    pub security: Security,
    /// Certificates trusted beside those of the system.
    pub ca: Option<PathBuf>,
    /// Who logs in, if anybody must.
    pub user: Option<String>,
}

/// Where keys and passwords lie, and how the settings name them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Files in this folder, named as they are.
    Files(PathBuf),
    /// Files in this folder that systemd hands to the service as credentials.
    Credentials(PathBuf),
}

impl Place {
    /// The file itself.
    pub fn file(&self, name: &str) -> PathBuf {
        match self {
            Self::Files(dir) | Self::Credentials(dir) => dir.join(name),
        }
    }

    /// The path that the settings name.
    fn named(&self, name: &str) -> PathBuf {
        match self {
            Self::Files(dir) => dir.join(name),
            Self::Credentials(_) => handed_over(name),
        }
    }

    /// The same files, named as they are.
    pub fn as_files(&self) -> Self {
        match self {
            Self::Files(dir) | Self::Credentials(dir) => Self::Files(dir.clone()),
        }
    }
}

impl Answers {
    /// The text of the settings file; what is not said is as built in.
    pub fn to_toml(&self, place: &Place, certificate: &Path) -> String {
        let domain = self.from.rsplit('@').next().unwrap_or_default();
        let mut text = String::from(
            "# Settings of Kasasagi, written by `kasasagi init`. What is not said here is as built in; every key is\n\
             # explained in config/kasasagi.toml (/usr/share/kasasagi/kasasagi.toml where the package is installed).\n",
        );
        let mut table = |name: &str, keys: Vec<(&str, Option<String>)>| {
            text.push_str(&format!("\n[{name}]\n"));
            keys.into_iter()
                .filter_map(|(key, value)| Some((key, value?)))
                .for_each(|(key, value)| text.push_str(&format!("{key} = {value}\n")));
        };
        table(
            "gateway",
            vec![
                ("organisation", self.organisation.as_deref().map(quoted)),
                ("from", Some(quoted(&self.from))),
                ("domain", Some(quoted(domain))),
            ],
        );
        table(
            "store",
            vec![("dir", Some(path(&self.data))), ("master_key", Some(path(&place.named("master.key"))))],
        );
        if let Some(own) = &self.own_server {
            table("intake", vec![("own_server", Some(quoted(own)))]);
        }
        if let Some(run) = &self.run {
            table("control", vec![("socket", Some(path(&run.join("control.sock"))))]);
            let socket = format!("unix:{}", run.join("lmtp.sock").display());
            table("intake.lmtp", vec![("listen", Some(quoted(&socket)))]);
        }
        if let Some(mailbox) = &self.mailbox {
            let Mailbox { host, port, security, ca, user } = mailbox;
            let mut keys = server(host, *port, *security, ca.as_deref());
            keys.push(("user", Some(quoted(user))));
            keys.push(("password_file", Some(path(&place.named("imap-password")))));
            table("intake.imap", keys);
        }
        if !self.senders.is_empty() {
            let proof = if self.own_server.is_some() { "authenticated" } else { "address" };
            table(
                "[intake.senders]",
                vec![("from", Some(list(&self.senders))), ("proof", Some(quoted(proof)))],
            );
        }
        table(
            "smime",
            vec![("certificate", Some(path(certificate))), ("key", Some(path(&place.named("smime.key"))))],
        );
        table("registry", vec![("dir", Some(path(&self.registry)))]);
        if let Some(model) = &self.model {
            table("reading", vec![("model", Some(path(model)))]);
        }
        table("admin", vec![("addresses", Some(list(&self.admins)))]);
        if matches!(place, Place::Credentials(_)) {
            table("log", vec![("format", Some(quoted("journald")))]);
        }
        match &self.relay {
            None => table(
                "delivery",
                vec![("via", Some(quoted("folder"))), ("dir", Some(path(&self.data.join("outgoing"))))],
            ),
            Some(Relay { host, port, security, ca, user }) => {
                let mut keys = vec![("via", Some(quoted("smtp")))];
                keys.extend(server(host, *port, *security, ca.as_deref()));
                keys.push(("user", user.as_deref().map(quoted)));
                let password = user.as_ref().map(|_| path(&place.named("relay-password")));
                keys.push(("password_file", password));
                table("delivery", keys);
            }
        }
        text
    }

    /// The settings as the gateway takes them, keys and passwords read from their files.
    ///
    /// # Errors
    /// What is wrong with an answer, by the key of the settings that it became.
    pub fn settings(&self, place: &Place, certificate: &Path, file: &Path) -> Result<Settings> {
        let text = self.to_toml(&place.as_files(), certificate);
        let dir = file.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Ok(Settings::parse(&file.display().to_string(), &text, dir)?)
    }
}

fn server(
    host: &str,
    port: u16,
    security: Security,
    ca: Option<&Path>,
) -> Vec<(&'static str, Option<String>)> {
    let security = match security {
        Security::Tls => "tls",
        Security::StartTls => "starttls",
        Security::PlainLocal => "plain-local",
    };
    vec![
        ("host", Some(quoted(host))),
        ("port", (port > 0).then(|| port.to_string())),
        ("security", Some(quoted(security))),
        ("ca_file", ca.map(path)),
    ]
}

fn list(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "))
}

fn path(path: &Path) -> String {
    quoted(&path.display().to_string())
}

/// A TOML basic string: JSON escapes nothing that TOML would not read the same way.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers() -> Answers {
        let ca = Some(PathBuf::from("/etc/ca.pem"));
        Answers {
            from: "fax@ishikai.example.jp".into(),
            organisation: Some("一宮市\"医師会\"".into()),
            admins: vec!["clerk@ishikai.example.jp".into()],
            mailbox: Some(Mailbox {
                host: "imap.example.jp".into(),
                port: 0,
                security: Security::Tls,
                ca: ca.clone(),
                user: "fax".into(),
            }),
            senders: vec!["*@efax.example".into()],
            own_server: Some("mx.example.jp".into()),
            relay: Some(Relay {
                host: "smtp.example.jp".into(),
                port: 587,
                security: Security::StartTls,
                ca,
                user: Some("fax".into()),
            }),
            registry: "/etc/kasasagi/registry".into(),
            data: "/var/lib/kasasagi".into(),
            run: Some("/run/here".into()),
            model: None,
        }
    }

    #[test]
    fn every_answer_is_a_setting() {
        let place = Place::Files("/etc/keys".into());
        let file = Path::new("/etc/kasasagi/kasasagi.toml");
        let settings = answers().settings(&place, Path::new("/etc/smime.crt"), file).unwrap();
        let imap = settings.imap.unwrap();
        assert_eq!((imap.host.as_str(), imap.port, imap.user.as_str()), ("imap.example.jp", 993, "fax"));
        assert_eq!(imap.password_file, Path::new("/etc/keys/imap-password"));
        assert_eq!(settings.master_key, Path::new("/etc/keys/master.key"));
        assert_eq!(settings.domain, "ishikai.example.jp");
        assert_eq!(settings.office.admins.len(), 1);
        let kasasagi_config::settings::Delivery::Smtp(smtp) = settings.delivery else { panic!("no relay") };
        assert_eq!(smtp.port, 587);
    }

    #[test]
    fn credentials_are_named_as_systemd_hands_them_over() {
        let place = Place::Credentials("/etc/kasasagi/credentials".into());
        let text = answers().to_toml(&place, Path::new("/etc/kasasagi/smime.crt"));
        for name in ["master.key", "imap-password", "relay-password", "smime.key"] {
            assert!(text.contains(&format!("\"/run/credentials/kasasagi.service/secret_{name}\"")), "{text}");
        }
    }

    #[test]
    fn an_answer_that_is_no_address_is_named() {
        let wrong = Answers { admins: vec!["clerk".into()], ..answers() };
        let place = Place::Files("/etc/keys".into());
        let error = wrong.settings(&place, Path::new("/c"), Path::new("/k.toml")).unwrap_err();
        assert!(crate::journey::chain(&error).contains("admin"), "{error:?}");
    }
}
