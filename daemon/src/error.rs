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
        item: kasasagi_store::id::ItemId,
        /// What is wrong with it.
        what: &'static str,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The way out for mail is not set up in a way that can be used.
    #[error("mail delivery: {what}; correct it in the settings")]
    Route {
        /// What is wrong.
        what: String,
    },
    /// An address that other machines could reach.
    #[error("{0} is not a loopback address: give LMTP 127.0.0.1, [::1] or a Unix socket")]
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
    #[error("the store")]
    Store(#[from] kasasagi_store::Error),
    /// A settings, form or registry file is wrong.
    #[error(transparent)]
    Config(#[from] kasasagi_config::Error),
    /// A page, form or font cannot be used.
    #[error(transparent)]
    Ocr(#[from] kasasagi_ocr::Error),
    /// Sealed JSON of ours does not parse.
    #[error("a sealed reading cannot be understood")]
    Reading(#[from] serde_json::Error),
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
    /// A sheet in a version that is configured no more.
    #[error("form {0} version {1} is not configured; put its file back into the forms folder")]
    NoFormVersion(String, u8),
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
    /// A sealed message is none of ours.
    #[error("the sealed message {item} cannot be understood")]
    Parcel {
        /// The item.
        item: kasasagi_store::id::ItemId,
    },
    /// The gateway is going down; the step is repeated at the next start.
    #[error("the gateway is shutting down")]
    ShuttingDown,
}

impl Error {
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
            Self::Config(_) | Self::FormTwice { .. } | Self::NoSuchForm { .. } => 2,
            Self::NoFormVersion(..)
            | Self::NoSuchFax { .. }
            | Self::NoSuchEvent { .. }
            | Self::NotHeld { .. } => 2,
            Self::Store(error) => store_exit_code(error),
            Self::Ocr(_) | Self::Reader(_) | Self::File { .. } => 69,
            Self::NoStore { .. }
            | Self::Listen { .. }
            | Self::DemoRegistry
            | Self::DemoUnfinished { .. }
            | Self::Letter { .. } => 69,
            Self::AlreadyRunning { .. } | Self::Parcel { .. } | Self::Reading(_) => 69,
            Self::ShuttingDown => 75,
        }
    }
}

/// A wrong key is a matter of configuration and a damaged store needs a person; all else may pass by itself.
fn store_exit_code(error: &kasasagi_store::Error) -> u8 {
    use kasasagi_store::Error as E;
    match error {
        E::Malformed { .. } | E::KeyFileOpen { .. } | E::KeyFileMalformed(_) | E::WrongMasterKey(_) => 2,
        E::Damaged { .. } | E::NewerFormat { .. } | E::Tampered(_) | E::KeyMissing(_) => 69,
        _ => 75,
    }
}

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
