//! What `init` is told by flags, and asks for otherwise.

use std::fs;
use std::path::{Path, PathBuf};

use kasasagi_config::settings::Security;

use super::ask::Asker;
use crate::command::{Ending, Failure};
use crate::setup::{Answers, Mailbox, Relay};
use crate::{Error, say};

#[derive(clap::Args)]
pub(in crate::command) struct Args {
    /// Sender address of every mail.
    #[arg(long, value_name = "ADDRESS")]
    from: Option<String>,
    /// Who runs the gateway, as recipients read it.
    #[arg(long, value_name = "NAME")]
    organisation: Option<String>,
    /// Who gets the daily report; several times for several people.
    #[arg(long = "admin", value_name = "ADDRESS")]
    admins: Vec<String>,
    /// IMAP server of the mailbox that faxes arrive in; without one they come over LMTP.
    #[arg(long, value_name = "HOST")]
    imap_host: Option<String>,
    /// Its port, if not the usual one.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    imap_port: u16,
    /// How the line to it is protected.
    #[arg(long, value_enum, default_value = "tls")]
    imap_security: Line,
    /// Certificates trusted beside those of the system, PEM.
    #[arg(long, value_name = "FILE")]
    imap_ca: Option<PathBuf>,
    /// Who logs in there.
    #[arg(long, value_name = "USER")]
    imap_user: Option<String>,
    /// File with the password; it is copied.
    #[arg(long, value_name = "FILE")]
    imap_password_file: Option<PathBuf>,
    /// Address of that mailbox, for the test page.
    #[arg(long, value_name = "ADDRESS")]
    fax_address: Option<String>,
    /// Who may send faxes: an address or *@domain; several times for several.
    #[arg(long = "sender", value_name = "ADDRESS")]
    senders: Vec<String>,
    /// Name that your mail server writes first into Authentication-Results, so that senders are proven and not believed.
    #[arg(long, value_name = "NAME")]
    own_server: Option<String>,
    /// Mail server that takes our mail; without one mails are written into a folder.
    #[arg(long, value_name = "HOST")]
    relay_host: Option<String>,
    /// Its port, if not the usual one.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    relay_port: u16,
    /// How the line to it is protected.
    #[arg(long, value_enum, default_value = "starttls")]
    relay_security: Line,
    /// Certificates trusted beside those of the system, PEM.
    #[arg(long, value_name = "FILE")]
    relay_ca: Option<PathBuf>,
    /// Who logs in there, if anybody must.
    #[arg(long, value_name = "USER")]
    relay_user: Option<String>,
    /// File with the password; it is copied.
    #[arg(long, value_name = "FILE")]
    relay_password_file: Option<PathBuf>,
    /// Folder of the registry's four tables; made with their headings if it is not there.
    #[arg(long, value_name = "DIR")]
    registry: Option<PathBuf>,
    /// Put an invented town into it, for trying.
    #[arg(long)]
    pub(super) sample_registry: bool,
    /// Folder of the store, if not /var/lib/kasasagi.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Folder of the sockets, if not /run/kasasagi.
    #[arg(long, value_name = "DIR")]
    sockets: Option<PathBuf>,
    /// PP-OCR model, if not the installed one.
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Do not send a test page round.
    #[arg(long = "no-test-page", action = clap::ArgAction::SetFalse)]
    pub(super) test_page: bool,
    /// Replace settings that are there; they are kept under another name.
    #[arg(long)]
    pub(super) replace: bool,
    /// Ask nothing: what no flag says is left out.
    #[arg(long)]
    pub(super) yes: bool,
}

/// How a line is protected.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Line {
    Tls,
    Starttls,
    /// Not at all; only on this machine.
    PlainLocal,
}

/// All that was said.
pub(super) struct Given {
    pub answers: Answers,
    /// Passwords by the names of their files.
    pub passwords: Vec<(&'static str, String)>,
    pub fax_address: Option<String>,
}

impl Args {
    /// Asks for what is missing, if it may.
    pub(super) fn answered(self, asks: bool, folder: &Path, installed: bool) -> Ending<Given> {
        let asker = Asker { asks };
        let from = asker.must("--from", self.from, &say!("init-ask-from"))?;
        let organisation = asker.may(self.organisation, &say!("init-ask-organisation"))?;
        let admins = asker.list(self.admins, &say!("init-ask-admins"))?;
        let mut passwords = Vec::new();
        let imap_host = asker.may(self.imap_host, &say!("init-ask-imap"))?;
        let mailbox = match imap_host {
            None => None,
            Some(host) => {
                let user = asker.must("--imap-user", self.imap_user, &say!("init-ask-user"))?;
                let file = self.imap_password_file.as_deref();
                passwords.push(("imap-password", asker.password("--imap-password-file", file)?));
                let security = self.imap_security.into();
                Some(Mailbox { host, port: self.imap_port, security, ca: self.imap_ca, user })
            }
        };
        let fax_address = match &mailbox {
            None => self.fax_address,
            Some(_) if self.test_page => {
                Some(asker.must("--fax-address", self.fax_address, &say!("init-ask-fax-address"))?)
            }
            Some(_) => self.fax_address,
        };
        let senders = asker.list(self.senders, &say!("init-ask-senders"))?;
        let relay_host = asker.may(self.relay_host, &say!("init-ask-relay"))?;
        let relay = match relay_host {
            None => None,
            Some(host) => {
                let user = asker.may(self.relay_user, &say!("init-ask-user"))?;
                if user.is_some() {
                    let file = self.relay_password_file.as_deref();
                    passwords.push(("relay-password", asker.password("--relay-password-file", file)?));
                }
                let security = self.relay_security.into();
                Some(Relay { host, port: self.relay_port, security, ca: self.relay_ca, user })
            }
        };
        // Beside settings elsewhere, everything lies beside them.
        let beside =
            |name: &str, usual: &str| if installed { PathBuf::from(usual) } else { folder.join(name) };
        let answers = Answers {
            from,
            organisation,
            admins,
            mailbox,
            senders,
            own_server: self.own_server,
            relay,
            registry: absolute(
                &self.registry.unwrap_or_else(|| beside("registry", "/etc/kasasagi/registry")),
            )?,
            data: absolute(&self.data.unwrap_or_else(|| beside("store", "/var/lib/kasasagi")))?,
            run: if installed {
                self.sockets
            } else {
                Some(self.sockets.unwrap_or_else(|| folder.to_owned()))
            },
            model: self.model.as_deref().map(absolute).transpose()?,
        };
        Ok(Given { answers, passwords, fax_address })
    }
}

fn absolute(path: &Path) -> Ending<PathBuf> {
    let fault = |source| Error::File { action: "use", path: path.to_owned(), source };
    Ok(std::path::absolute(path).map_err(fault)?)
}

/// The first line of a file.
pub(super) fn first_line(file: &Path) -> Ending<String> {
    let fault = |source| Error::File { action: "read", path: file.to_owned(), source };
    let text = fs::read_to_string(file).map_err(fault)?;
    match text.lines().next().filter(|line| !line.is_empty()) {
        Some(line) => Ok(line.to_owned()),
        None => Err(Failure { exit: 2, message: say!("init-no-password", file = %file.display()) }),
    }
}

impl From<Line> for Security {
    fn from(line: Line) -> Self {
        match line {
            Line::Tls => Self::Tls,
            Line::Starttls => Self::StartTls,
            Line::PlainLocal => Self::PlainLocal,
        }
    }
}
