//! What is wrong with a settings, registry, form or policy file.

use kasasagi_config::Error as E;

use super::{detail, toml};
use crate::language::Language;
use crate::phrase;

/// One that gathers others names each on a line of its own.
pub(super) fn told(error: &E) -> String {
    let phrase = match error {
        E::Read { path, .. } => phrase!("error-config-read", path = %path.display()),
        E::Write { path, .. } => phrase!("error-config-write", path = %path.display()),
        E::Syntax { file, what } => {
            let what = toml::told(what).unwrap_or_else(|| detail(what));
            phrase!("error-config-syntax", file = %file, what = what)
        }
        E::Value { file, key, what } => {
            phrase!("error-config-value", file = %file, key = detail(key), what = detail(what))
        }
        E::Many(faults) => {
            let mut text = phrase!("error-config-many", count = faults.len()).to(Language::Ja);
            faults.iter().for_each(|fault| text.push_str(&format!("\n  {}", told(fault))));
            return text;
        }
        other => return other.to_string(),
    };
    phrase.to(Language::Ja)
}
