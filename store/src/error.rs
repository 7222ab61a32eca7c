/// What the store could not do, and to what.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An identifier typed by a person or found in a file is malformed.
    #[error("{text:?} is no {what}")]
    Malformed {
        /// What was expected.
        what: &'static str,
        /// What was given.
        text: String,
    },
}

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
