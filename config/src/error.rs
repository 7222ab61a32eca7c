use std::path::PathBuf;

/// What is wrong with a configuration file. Every message names the file and the key or line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no valid TOML or CSV, or has an unknown key.
    #[error("{file}: {what}")]
    Syntax {
        /// File name.
        file: String,
        /// Line, column and what was expected.
        what: String,
    },
    /// A value is understood but cannot be used.
    #[error("{file}: {key}: {what}")]
    Value {
        /// File name.
        file: String,
        /// The key, or `line N, column C` of a table.
        key: String,
        /// What is wrong and what would be right.
        what: String,
    },
    /// Several faults at once, so that all can be mended in one go.
    #[error("{} faults:\n{}", .0.len(), .0.iter().map(|e| format!("  {e}")).collect::<Vec<_>>().join("\n"))]
    Many(Vec<Error>),
}

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
