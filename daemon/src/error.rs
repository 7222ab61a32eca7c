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
        path: std::path::PathBuf,
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
    /// The store refused.
    #[error("the store")]
    Store(#[from] kasasagi_store::Error),
}

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
