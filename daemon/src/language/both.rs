//! What is told later, to readers of either language.

use std::error::Error;

use serde::{Serialize, Serializer};

use super::fault::detail;
use super::{Language, Phrase, told};

/// A sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Both {
    /// In English.
    pub en: String,
    /// In Japanese.
    pub ja: String,
}

impl Both {
    /// As a part of another sentence.
    pub fn within(self, sentence: impl Fn(String) -> Phrase) -> Self {
        Self { en: sentence(self.en).to(Language::En), ja: sentence(self.ja).to(Language::Ja) }
    }

    /// This and another one.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        Self { en: format!("{}; {}", self.en, other.en), ja: format!("{}。{}", self.ja, other.ja) }
    }

    /// What a crate says of a value or a file, in its own English.
    pub fn detail(english: &str) -> Self {
        Self { en: english.to_owned(), ja: detail(english) }
    }

    /// In this language.
    pub fn to(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Ja => &self.ja,
        }
    }

    /// An error and its causes.
    pub fn of(error: &(dyn Error + 'static)) -> Self {
        Self { en: told(error, Language::En), ja: told(error, Language::Ja) }
    }
}

impl From<Phrase> for Both {
    fn from(phrase: Phrase) -> Self {
        Self { en: phrase.to(Language::En), ja: phrase.to(Language::Ja) }
    }
}

/// In JSON, its English.
impl Serialize for Both {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.en)
    }
}

/// The same in both.
impl From<&str> for Both {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// The same in both.
impl From<String> for Both {
    fn from(text: String) -> Self {
        Self { en: text.clone(), ja: text }
    }
}
