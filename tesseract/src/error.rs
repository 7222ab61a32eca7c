/// Why Tesseract could not be opened or could not read a line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The library handed out no engine.
    #[error("libtesseract cannot allocate an engine")]
    Create,
    /// The language data is missing or unusable.
    #[error("libtesseract cannot load the language {language}")]
    Language {
        /// As asked for, such as `jpn`.
        language: String,
    },
    /// A setting that this build of the library does not know.
    #[error("libtesseract does not know the variable {0}")]
    Variable(&'static str),
    /// A path, language or whitelist with a NUL inside.
    #[error("{0} contains a NUL character")]
    Nul(&'static str),
    /// Width, height and the number of bytes do not fit together, or exceed what the library takes.
    #[error("{bytes} bytes are no image of {width}x{height} pixels that libtesseract takes")]
    Size {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
        /// Bytes given, one per pixel expected.
        bytes: usize,
    },
    /// The library gave up on the image.
    #[error("libtesseract failed to recognise a line of {width}x{height} pixels")]
    Recognize {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
}

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
