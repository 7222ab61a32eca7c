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
    Unreadable { kind: &'static str, what: String },
    /// The document asks for more than a fax needs (decompression bombs).
    #[error("the document exceeds the limit of {limit} {of}")]
    OverLimit { limit: u64, of: &'static str },
    /// A coding that no decoder here knows.
    #[error("{what} is not supported")]
    Unsupported { what: String },
    /// A form definition contradicts itself.
    #[error("form {form}: {what}")]
    Form { form: String, what: String },
    /// A machine code, or what is to be put into one, is not valid.
    #[error("not a valid machine code: {what}")]
    Code { what: String },
    /// A blank or a fax page could not be drawn.
    #[error("cannot draw {what}")]
    Draw { what: String },
    /// A model, language or font file is missing or unusable.
    #[error("{what} at {path} cannot be used: {why}")]
    Resource { what: &'static str, path: std::path::PathBuf, why: String },
    /// An engine failed on a zone.
    #[error("the {engine} engine failed: {what}")]
    Engine { engine: &'static str, what: String },
}

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
