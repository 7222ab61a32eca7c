//! What the operating system answers.

use std::io::{Error, ErrorKind};

use crate::language::Language;
use crate::phrase;

/// A fault of a file, a disk or a connection; in English as the system says it.
pub(crate) fn system(error: &Error, language: Language) -> String {
    let phrase = match error.kind() {
        _ if language == Language::En => return error.to_string(),
        ErrorKind::NotFound => phrase!("error-system-not-found"),
        ErrorKind::PermissionDenied => phrase!("error-system-permission"),
        ErrorKind::AlreadyExists => phrase!("error-system-exists"),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => phrase!("error-system-full"),
        ErrorKind::ReadOnlyFilesystem => phrase!("error-system-read-only"),
        ErrorKind::NotADirectory => phrase!("error-system-no-folder"),
        ErrorKind::IsADirectory => phrase!("error-system-folder"),
        ErrorKind::ConnectionRefused => phrase!("error-system-refused"),
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
            phrase!("error-system-broken")
        }
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => phrase!("error-system-unreachable"),
        ErrorKind::TimedOut | ErrorKind::WouldBlock => phrase!("error-system-slow"),
        ErrorKind::AddrInUse => phrase!("error-system-address"),
        ErrorKind::UnexpectedEof => phrase!("error-system-cut"),
        _ => return error.to_string(),
    };
    phrase.to(language)
}
