use std::path::PathBuf;

/// What the gateway could not do, and to what.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder could not be used.
    #[error("cannot {action} {path}")]
    File {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// A mail could not be composed.
    #[error(
        "cannot compose the mail {item}: {what} cannot be used; correct it in the registry or the settings"
    )]
    Letter {
        /// Which mail.
        item: String,
        /// What is wrong with it.
        what: &'static str,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A mail template cannot be used.
    #[error(
        "the template {file}{}: {what}; correct the file, or take it away to use the built-in one",
        .line.map(|line| format!(", line {line}")).unwrap_or_default()
    )]
    Template {
        /// The file, or the name of a built-in one.
        file: String,
        /// Where in it, when known.
        line: Option<usize>,
        /// What is wrong.
        what: String,
    },
    /// A mail is larger than mail servers take.
    #[error("the mail {mail} has {bytes} bytes and no more than {limit} are sent; send fewer records in one")]
    MailTooLarge {
        /// Which mail.
        mail: String,
        /// Its size before encryption.
        bytes: usize,
        /// The largest that is sent.
        limit: usize,
    },
    /// The certificate or key that mails are signed with cannot be used.
    #[error("the signing identity, {file}: {what}")]
    Identity {
        /// The file.
        file: PathBuf,
        /// What is wrong and what to do.
        what: String,
    },
    /// A mail could not be signed or encrypted.
    #[error("cannot {what}")]
    Seal {
        /// What was tried, and the cure where there is one.
        what: &'static str,
        /// Why it failed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The way out for mail is not set up in a way that can be used.
    #[error("mail delivery: {what}; correct it in the settings")]
    Route {
        /// What is wrong.
        what: String,
    },
    /// The mailbox could not be looked into.
    #[error("the mailbox")]
    Mailbox(#[source] crate::intake::imap::ImapFault),
    /// The test page did not come round.
    #[error("the test page: {0}")]
    TestPage(String),
    /// An address that other machines could reach.
    #[error("{0} is not a loopback address: give 127.0.0.1, [::1] or a Unix socket")]
    NotLoopback(std::net::SocketAddr),
    /// A TCP port could not be had.
    #[error("cannot listen on {address}; does another process use it?")]
    Listen {
        /// The address asked for.
        address: std::net::SocketAddr,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The store refused.
    #[error(transparent)]
    Store(#[from] kasasagi_store::Error),
    /// A settings, form or registry file is wrong.
    #[error(transparent)]
    Config(#[from] kasasagi_config::Error),
    /// A page, form or font cannot be used.
    #[error(transparent)]
    Ocr(#[from] kasasagi_ocr::Error),
    /// JSON of ours does not parse. What the parser says is left out: it quotes what it stumbled over.
    #[error("a sealed reading cannot be understood (line {line}, column {column})")]
    Reading {
        /// Where it stumbled.
        line: usize,
        /// Where on the line.
        column: usize,
    },
    /// A step left a fax as it was.
    #[error("a step changed nothing on fax {fax}")]
    NoProgress {
        /// The fax.
        fax: kasasagi_store::id::FaxId,
    },
    /// A part of the gateway ended although nobody asked it to.
    #[error("a part of the gateway ended by itself; look at the log above")]
    PartEnded,
    /// No reader child could be started.
    #[error("cannot start a reader")]
    Reader(#[from] std::io::Error),
    /// Two files define the same form and version.
    #[error("{file}: form number {number} version {version} is defined twice")]
    FormTwice {
        /// The second file.
        file: String,
        /// Form number.
        number: u8,
        /// Version.
        version: u8,
    },
    /// Nothing was ever received here.
    #[error("there is no store in {dir} yet; name the settings with --config, or start the gateway once")]
    NoStore {
        /// Where it would be.
        dir: PathBuf,
    },
    /// No form of this name.
    #[error("no form is called {id}; there are {known}")]
    NoSuchForm {
        /// What was asked for.
        id: String,
        /// The names there are.
        known: String,
    },
    /// No fax of this name.
    #[error("no fax is called {id}; `kasasagi list` shows them")]
    NoSuchFax {
        /// What was asked for.
        id: String,
    },
    /// No event of this number.
    #[error("there is no event {seq}")]
    NoSuchEvent {
        /// What was asked for.
        seq: u64,
    },
    /// The named thing waits for nobody.
    #[error("{id} is not held; `kasasagi held` shows what is")]
    NotHeld {
        /// What was asked for.
        id: String,
    },
    /// A person typed what is no value of the field. What was typed is not repeated.
    #[error("field {field}: {why}")]
    Typed {
        /// Key of the field.
        field: String,
        /// What is wrong.
        why: String,
    },
    /// Nobody of this number is registered.
    #[error("{code:?} is no registered patient; `kasasagi registry find` shows who is")]
    NotRegistered {
        /// What was asked for.
        code: String,
    },
    /// No registry was ever approved.
    #[error("no registry is in force; start the gateway once, or `kasasagi registry import DIR`")]
    NoRegistry,
    /// Whoever handed in a registry wants to approve it.
    #[error(
        "registry {version} was handed in by {actor}: another person must approve it (registry.approvals)"
    )]
    OwnApproval {
        /// Its number.
        version: u32,
        /// Who handed it in.
        actor: String,
    },
    /// A registry can no longer be approved or turned down.
    #[error("registry {version} is settled, or a later one was approved; hand it in again")]
    RegistrySettled {
        /// Its number.
        version: u32,
    },
    /// No message of this name.
    #[error("no message is called {item}; `kasasagi outbox list --all` shows them")]
    NoSuchItem {
        /// What was asked for.
        item: kasasagi_store::id::ItemId,
    },
    /// A message is beyond what was asked for.
    #[error("{item} cannot be changed any more: it is sent, or part of a digest on its way")]
    ItemSettled {
        /// The message.
        item: kasasagi_store::id::ItemId,
    },
    /// A fax is to be erased that a person has to look at.
    #[error("{fax} waits for a person: settle it first (`kasasagi held`)")]
    StillHeld {
        /// The fax.
        fax: kasasagi_store::id::FaxId,
    },
    /// A fax is to be admitted that does not wait for that.
    #[error(
        "{fax} is neither held for an unknown sender nor brought back from a backup; `kasasagi held` shows what is"
    )]
    NotForAWord {
        /// The fax.
        fax: kasasagi_store::id::FaxId,
    },
    /// A patient or physician is asked for by something else than the registered number or code.
    #[error("{text:?} is no registered number or code; `kasasagi registry find` finds it by name")]
    NotACode {
        /// What was asked for.
        text: String,
    },
    /// The store belongs to another user, who could not use what this one would write.
    #[error("the store {dir} belongs to {owner}; run this as {owner}, or start the gateway")]
    OtherUser {
        /// The store.
        dir: PathBuf,
        /// Whose it is.
        owner: String,
    },
    /// The key of a store is handed to the service alone, which does not run.
    #[error("the gateway does not run, and its key is root's alone: start it, or give the command with sudo")]
    KeyOfService,
    /// The sample registry has too few people for the sample faxes.
    #[error("the registry has too few patients whose sheet would be delivered")]
    DemoRegistry,
    /// The sample faxes did not all come to an end.
    #[error("the sample faxes did not end within {seconds} s; look at the log above")]
    DemoUnfinished {
        /// How long they were given.
        seconds: u64,
    },
    /// Another daemon serves this socket.
    #[error("a daemon already listens on {socket}")]
    AlreadyRunning {
        /// Its socket.
        socket: PathBuf,
    },
    /// A mail to the office was not taken.
    #[error("a mail to the office was not taken: {code}")]
    OfficeMail {
        /// What the next server answered.
        code: String,
    },
    /// Items that are no digest cannot share a mail.
    #[error("a mail about no item, or about several that are no digest")]
    Dispatch,
    /// The gateway is going down; the step is repeated at the next start.
    #[error("the gateway is shutting down")]
    ShuttingDown,
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Reading { line: error.line(), column: error.column() }
    }
}

impl Error {
    /// Whether the same step may succeed later, because the fault is of the machine and not of the fax.
    pub(crate) fn may_pass(&self) -> bool {
        use kasasagi_store::Error as E;
        match self {
            Self::Store(error) => {
                matches!(error, E::NotWritten { .. } | E::DiskLow { .. } | E::Io { .. } | E::Chance(_))
            }
            Self::Ocr(error) => matches!(error, kasasagi_ocr::Error::Resource { .. }),
            Self::Reader(_) | Self::File { .. } | Self::ShuttingDown => true,
            _ => false,
        }
    }

    /// Whether the store can only be used again by a new process.
    pub(crate) fn is_broken_store(&self) -> bool {
        use kasasagi_store::Error as E;
        matches!(self, Self::Store(E::Poisoned { .. } | E::View(_)))
    }

    /// Exit code of a command that ends with this error (design: 2 usage or configuration,
    /// 69 unavailable, 75 try again).
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NotLoopback(_) | Self::Route { .. } => 2,
            Self::Template { .. } | Self::Identity { .. } => 2,
            Self::MailTooLarge { .. } | Self::Seal { .. } => 69,
            Self::Mailbox(_) | Self::TestPage(_) => 69,
            Self::Config(_) | Self::FormTwice { .. } | Self::NoSuchForm { .. } => 2,
            Self::NoSuchFax { .. } | Self::NoSuchEvent { .. } => 2,
            Self::NotForAWord { .. } | Self::Typed { .. } | Self::NotRegistered { .. } => 2,
            Self::StillHeld { .. } | Self::NoSuchItem { .. } | Self::ItemSettled { .. } => 2,
            Self::NoRegistry | Self::OwnApproval { .. } | Self::RegistrySettled { .. } => 2,
            Self::NotHeld { .. } | Self::NotACode { .. } | Self::OtherUser { .. } => 2,
            Self::Store(error) => store_exit_code(error),
            Self::Ocr(_) | Self::Reader(_) | Self::File { .. } => 69,
            Self::NoStore { .. }
            | Self::KeyOfService
            | Self::Listen { .. }
            | Self::DemoRegistry
            | Self::DemoUnfinished { .. }
            | Self::Letter { .. } => 69,
            Self::AlreadyRunning { .. } | Self::Dispatch | Self::OfficeMail { .. } | Self::Reading { .. } => {
                69
            }
            Self::NoProgress { .. } | Self::PartEnded | Self::ShuttingDown => 75,
        }
    }
}

/// A wrong key must not be tried again; what was erased or lost is not there later either.
fn store_exit_code(error: &kasasagi_store::Error) -> u8 {
    use kasasagi_store::Error as E;
    match error {
        E::Malformed { .. }
        | E::CannotFollow(_)
        | E::NoRegistry(_)
        | E::Kept(_)
        | E::NotEmpty(_)
        | E::NoStore(_)
        | E::NoFax(_)
        | E::StillOpen(_) => 2,
        E::KeyFileMissing(_)
        | E::KeyFileOpen { .. }
        | E::Rotating(_)
        | E::KeyFileMalformed(_)
        | E::WrongMasterKey(_) => 2,
        E::Erased(_) | E::KeyMissing(_) | E::NoBlob { .. } | E::Tampered(_) => 69,
        E::Damaged { .. } | E::BadBackup { .. } | E::NewerFormat { .. } | E::NewerEvent(_) => 69,
        _ => 75,
    }
}

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

#[cfg(test)]
mod tests {
    use kasasagi_store::Error as E;

    use super::*;

    #[test]
    fn a_fault_is_told_without_what_was_read() {
        let quoted = serde_json::from_str::<u32>("\"山田 太郎\"").unwrap_err();
        assert!(quoted.to_string().contains("山田"), "the parser itself quotes");
        let told = Error::from(quoted);
        assert!(!crate::journey::chain(&told).contains("山田") && !format!("{told:?}").contains("山田"));
    }

    #[test]
    fn a_fault_of_the_machine_may_pass_and_one_of_the_fax_never() {
        let fax = || kasasagi_store::id::FaxId::new(jiff::civil::date(2026, 11, 23), [1; 5]);
        let io = || std::io::Error::other("x");
        for passing in [
            Error::from(E::NotWritten { cause: String::new() }),
            E::DiskLow { free: 0, floor: 1 }.into(),
            E::Io { doing: "write", path: PathBuf::new(), source: io() }.into(),
            Error::Reader(io()),
            Error::ShuttingDown,
        ] {
            assert!(passing.may_pass() && !passing.is_broken_store(), "{passing:?}");
        }
        for lasting in [
            Error::from(E::NoBlob { fax: fax(), name: "raw".into() }),
            E::Tampered(PathBuf::new()).into(),
            E::KeyMissing(fax()).into(),
            E::EventTooLarge { bytes: 2, limit: 1 }.into(),
            Error::Reading { line: 1, column: 1 },
            Error::NoProgress { fax: fax() },
        ] {
            assert!(!lasting.may_pass() && !lasting.is_broken_store(), "{lasting:?}");
        }
        for broken in [E::Poisoned { cause: String::new() }, E::View(String::new())] {
            let broken = Error::from(broken);
            assert!(broken.is_broken_store() && !broken.may_pass(), "{broken:?}");
        }
    }

    #[test]
    fn exit_codes_tell_a_script_what_to_do() {
        for (code, error) in [
            (2, E::WrongMasterKey(PathBuf::new())),
            (2, E::KeyFileMalformed(PathBuf::new())),
            (69, E::Tampered(PathBuf::new())),
            (69, E::Damaged { seq: 1, what: String::new() }),
            (75, E::InUse(PathBuf::new())),
            (75, E::DiskLow { free: 0, floor: 1 }),
            (75, E::Poisoned { cause: String::new() }),
        ] {
            assert_eq!(Error::from(error).exit_code(), code);
        }
        assert_eq!(Error::PartEnded.exit_code(), 75, "the service manager starts it again");
    }
}
