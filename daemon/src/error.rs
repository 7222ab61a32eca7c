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
}

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
