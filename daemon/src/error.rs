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
    /// Another daemon serves this socket.
    #[error("a daemon already listens on {socket}")]
    AlreadyRunning {
        /// Its socket.
        socket: PathBuf,
    },
    /// A recipient of a message is no longer registered.
    #[error("recipient {code} is not in the registry")]
    NoSuchRecipient {
        /// The registry code.
        code: String,
    },
    /// The gateway is going down; the step is repeated at the next start.
    #[error("the gateway is shutting down")]
    ShuttingDown,
}

impl Error {
    /// Exit code of a command that ends with this error (design: 2 usage or configuration,
    /// 69 unavailable, 75 try again).
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) | Self::FormTwice { .. } | Self::NoSuchForm { .. } => 2,
            Self::NoSuchFax { .. } | Self::NoSuchEvent { .. } | Self::NotHeld { .. } => 2,
            Self::Store(kasasagi_store::Error::Malformed { .. }) => 2,
            Self::Ocr(_) | Self::Reader(_) | Self::File { .. } => 69,
            Self::AlreadyRunning { .. } | Self::NoSuchRecipient { .. } | Self::Reading(_) => 69,
            Self::Store(_) | Self::ShuttingDown => 75,
        }
    }
}

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
