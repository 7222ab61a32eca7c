//! What people are told, in their language.
//!
//! The sentences stand in `daemon/words/en` and `daemon/words/ja`, one file per verb, in Fluent's syntax
//! (projectfluent.org); [`say!`](crate::say) names one. Codes, JSON, the log and the audit trail are the same in every
//! language. What errors say in English is what the crates say; `words/ja/errors.ftl` says it in Japanese.

mod both;
mod catalogue;
mod choice;
mod fault;
mod help;
mod phrase;
mod usage;

#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod tests;

pub use both::Both;
pub use choice::{Language, choose, chosen};
pub(crate) use fault::{system, told};
pub(crate) use help::worded;
pub use phrase::Phrase;
pub(crate) use usage::refusal;

/// A sentence whose name is made from a code; nothing if there is none.
pub(crate) fn words(name: &str, language: Language) -> Option<String> {
    catalogue::plain(language, name, None)
}
