//! What is wrong with a command line, and what to type instead.

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{Language, Phrase, told};
use crate::phrase;

/// Why a command line is refused. Help and English are the parser's own to print.
pub(crate) fn refusal(error: &clap::Error, language: Language) -> Option<String> {
    let asks_for_help = matches!(
        error.kind(),
        ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    if asks_for_help || language == Language::En {
        return None;
    }
    let mut lines = vec![fault(error, language).to(language)];
    let meant =
        said(error, ContextKind::SuggestedArg).or_else(|| said(error, ContextKind::SuggestedSubcommand));
    lines.extend(meant.map(|meant| phrase!("usage-meant", meant = meant).to(language)));
    lines.push(phrase!("usage-help").to(language));
    Some(lines.join("\n"))
}

fn fault(error: &clap::Error, language: Language) -> Phrase {
    let part = |kind| said(error, kind).unwrap_or_default();
    let (argument, value) = (part(ContextKind::InvalidArg), part(ContextKind::InvalidValue));
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            phrase!("usage-no-verb", verb = part(ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingSubcommand => phrase!("usage-verb-missing"),
        ErrorKind::UnknownArgument => phrase!("usage-no-argument", argument = argument),
        ErrorKind::MissingRequiredArgument => phrase!("usage-missing", argument = argument),
        ErrorKind::ArgumentConflict => {
            phrase!("usage-conflict", argument = argument, other = part(ContextKind::PriorArg))
        }
        ErrorKind::InvalidValue if value.is_empty() => phrase!("usage-no-value", argument = argument),
        ErrorKind::InvalidValue => {
            let valid = part(ContextKind::ValidValue);
            phrase!("usage-other-value", argument = argument, value = value, valid = valid)
        }
        ErrorKind::ValueValidation => {
            let why = error.source().map(|why| told(why, language)).unwrap_or_default();
            phrase!("usage-bad-value", argument = argument, value = value, why = why)
        }
        _ => phrase!("usage-other", what = error.kind().to_string()),
    }
}

fn said(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => Some(texts.join("、")),
        _ => None,
    }
}
