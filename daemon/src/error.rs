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
    /// The store refused.
    #[error("the store")]
    Store(#[from] kasasagi_store::Error),
}

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
