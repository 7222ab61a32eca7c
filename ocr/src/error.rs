/// What could not be done while turning fax bytes into fields.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes start like no format that faxes come in.
    #[error("neither PDF, TIFF nor PNG")]
    UnknownFormat,
    /// The PDF opens only with a password that nobody gave us.
    #[error("the PDF needs a password")]
    PasswordProtected,
    /// The document is of a known kind but cannot be decoded.
    #[error("the {kind} cannot be read: {what}")]
    Unreadable {
        /// What kind of document.
        kind: &'static str,
        /// What is wrong.
        what: String,
    },
    /// The document asks for more than a fax needs (decompression bombs).
    #[error("the document exceeds the limit of {limit} {of}")]
    OverLimit {
        /// The limit.
        limit: u64,
        /// Of what.
        of: &'static str,
    },
    /// A coding that no decoder here knows.
    #[error("{what} is not supported")]
    Unsupported {
        /// What is wrong.
        what: String,
    },
    /// A form definition contradicts itself.
    #[error("form {form}: {what}")]
    Form {
        /// Form name.
        form: String,
        /// What is wrong.
        what: String,
    },
    /// A machine code, or what is to be put into one, is not valid.
    #[error("not a valid machine code: {what}")]
    Code {
        /// What is wrong.
        what: String,
    },
    /// A blank or a fax page could not be drawn.
    #[error("cannot draw {what}")]
    Draw {
        /// What is wrong.
        what: String,
    },
    /// A model, language or font file is missing or unusable.
    #[error("{what} at {path} cannot be used: {why}")]
    Resource {
        /// What is wrong.
        what: &'static str,
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        why: String,
    },
    /// An engine failed on a zone.
    #[error("the {engine} engine failed: {what}")]
    Engine {
        /// Its name.
        engine: &'static str,
        /// What is wrong.
        what: String,
    },
}

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
