//! Errors for a person. English is what the crates themselves say; here they get their Japanese.

mod config;
mod daemon;
mod detail;
mod imap;
mod ocr;
mod store;
mod system;
mod toml;

use std::error::Error;

use super::{Language, Phrase};
use crate::intake::imap::ImapFault;
#[cfg(test)]
pub(super) use detail::DETAILS;
pub(super) use detail::detail;
pub(crate) use system::system;

/// An error and its causes on one line.
pub(crate) fn told(error: &(dyn Error + 'static), language: Language) -> String {
    if language == Language::En {
        return crate::journey::chain(error);
    }
    let mut text = japanese(error);
    let mut source = error.source();
    while let Some(cause) = source {
        text.push('：');
        text.push_str(&japanese(cause));
        source = cause.source();
    }
    text
}

/// Without its causes. What is no error of ours says it in its own words.
fn japanese(error: &(dyn Error + 'static)) -> String {
    let ours = if let Some(error) = error.downcast_ref() {
        daemon::phrase(error)
    } else if let Some(error) = error.downcast_ref() {
        Some(store::phrase(error))
    } else if let Some(error) = error.downcast_ref::<kasasagi_config::Error>() {
        return config::told(error);
    } else if let Some(error) = error.downcast_ref::<kasasagi_ocr::Error>() {
        Some(ocr::phrase(error))
    } else if let Some(error) = error.downcast_ref::<ImapFault>() {
        imap::phrase(error)
    } else if let Some(error) = error.downcast_ref::<std::io::Error>() {
        return system(error, Language::Ja);
    } else {
        None
    };
    ours.map_or_else(|| detail(&error.to_string()), |phrase: Phrase| phrase.to(Language::Ja))
}
