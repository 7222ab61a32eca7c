//! Which language somebody reads.

use std::ffi::{OsStr, OsString};
use std::sync::OnceLock;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// A language that messages are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Japanese.
    Ja,
}

static CHOSEN: OnceLock<Language> = OnceLock::new();

/// The language of whoever runs this process; English until it is chosen.
pub fn chosen() -> Language {
    CHOSEN.get().copied().unwrap_or_default()
}

/// Chooses for this process, once.
pub fn choose(language: Language) {
    let _ = CHOSEN.set(language);
}

impl Language {
    /// What `--lang` says, else what the locale says: the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is not
    /// empty (POSIX, Base Definitions, 8.2). The arguments are looked through before they are parsed, because help
    /// and usage errors are messages too.
    pub fn asked(
        arguments: impl IntoIterator<Item = OsString>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Self {
        flag(arguments).or_else(|| locale(variable)).unwrap_or_default()
    }
}

fn flag(arguments: impl IntoIterator<Item = OsString>) -> Option<Language> {
    let mut arguments = arguments.into_iter().take_while(|argument| argument != "--");
    let value = arguments.find_map(|argument| Some(argument.to_str()?.strip_prefix("--lang")?.to_owned()))?;
    let value = match value.strip_prefix('=') {
        Some(value) => value.to_owned(),
        None => arguments.next()?.into_string().ok()?,
    };
    Language::from_str(&value, false).ok()
}

fn locale(variable: impl Fn(&str) -> Option<OsString>) -> Option<Language> {
    let set = |name: &&str| variable(name).filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(set)?;
    let japanese = |locale: &OsStr| locale.as_encoded_bytes().starts_with(b"ja");
    Some(if japanese(&locale) { Language::Ja } else { Language::En })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(arguments: &[&str], locale: &[(&str, &str)]) -> Language {
        let value = |name: &str| locale.iter().find(|(n, _)| *n == name).map(|(_, v)| OsString::from(v));
        Language::asked(arguments.iter().map(OsString::from), value)
    }

    #[test]
    fn a_japanese_locale_is_answered_in_japanese_and_every_other_in_english() {
        assert_eq!(asked(&["list"], &[("LANG", "ja_JP.UTF-8")]), Language::Ja);
        assert_eq!(asked(&["list"], &[("LC_ALL", ""), ("LC_MESSAGES", "ja_JP.UTF-8")]), Language::Ja);
        assert_eq!(asked(&["list"], &[("LC_ALL", "C.UTF-8"), ("LANG", "ja_JP.UTF-8")]), Language::En);
        assert_eq!(asked(&["list"], &[("LANG", "de_DE.UTF-8")]), Language::En);
        assert_eq!(asked(&["list"], &[]), Language::En);
    }

    #[test]
    fn the_flag_goes_before_the_locale_wherever_it_stands() {
        let japanese: &[(&str, &str)] = &[("LANG", "ja_JP.UTF-8")];
        assert_eq!(asked(&["--lang", "en", "list"], japanese), Language::En);
        assert_eq!(asked(&["list", "--lang=ja"], &[]), Language::Ja);
        assert_eq!(asked(&["list", "--lang", "xx"], japanese), Language::Ja, "the parser refuses it");
        assert_eq!(asked(&["registry", "find", "--", "--lang=ja"], &[]), Language::En);
    }
}
