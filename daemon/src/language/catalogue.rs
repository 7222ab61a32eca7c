//! The catalogues, compiled in.
//!
//! The only file that names `unic_langid`, and the one that knows Fluent's bundles.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

use super::Language;

type Bundle = FluentBundle<FluentResource>;

macro_rules! files {
    ($language:literal: $($file:literal)+) => {
        &[$(($file, include_str!(concat!("../../words/", $language, "/", $file, ".ftl")))),+]
    };
    ($language:literal) => {
        files!($language: "general" "trouble" "story" "reason" "examples"
            "audit" "backup" "check" "demo" "digest" "erase" "form" "held" "init" "key" "list" "outbox" "read"
            "reconcile" "registry" "report" "submit")
    };
}

/// Files of a catalogue, as name and text.
type Files = &'static [(&'static str, &'static str)];

/// In both languages, with the same sentences.
pub(super) const ENGLISH: Files = files!("en");
pub(super) const JAPANESE: Files = files!("ja");

/// What the code itself says in English.
pub(super) const JAPANESE_ALONE: Files = files!("ja": "errors" "help");

static EN: LazyLock<Bundle> = LazyLock::new(|| bundle("en", &[ENGLISH]));
static JA: LazyLock<Bundle> = LazyLock::new(|| bundle("ja", &[JAPANESE, JAPANESE_ALONE]));

fn bundle(language: &str, catalogue: &[Files]) -> Bundle {
    // The language decides which plural a number takes.
    let language: LanguageIdentifier = language.parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![language]);
    // The signs that keep scripts of two directions apart would stand in file names and commands.
    bundle.set_use_isolating(false);
    for (_, text) in catalogue.iter().copied().flatten() {
        let resource = FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(sound, _)| sound);
        bundle.add_resource_overriding(resource);
    }
    bundle
}

fn of(language: Language) -> &'static Bundle {
    match language {
        Language::En => &EN,
        Language::Ja => &JA,
    }
}

/// A sentence, in English if the language lacks it; its name if nothing has it.
pub(super) fn message(language: Language, id: &str, with: &FluentArgs<'_>) -> String {
    let found = || told(language, id, None, with).or_else(|| told(Language::En, id, None, with));
    found().unwrap_or_else(|| id.to_owned())
}

/// A sentence without anything in it, or one that belongs to it; nothing if this language lacks it.
pub(super) fn plain(language: Language, id: &str, attribute: Option<&str>) -> Option<String> {
    told(language, id, attribute, &FluentArgs::new())
}

fn told(language: Language, id: &str, attribute: Option<&str>, with: &FluentArgs<'_>) -> Option<String> {
    let bundle = of(language);
    let message = bundle.get_message(id)?;
    let pattern = match attribute {
        None => message.value()?,
        Some(name) => message.get_attribute(name)?.value(),
    };
    Some(bundle.format_pattern(pattern, Some(with), &mut Vec::new()).into_owned())
}
