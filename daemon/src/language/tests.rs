//! The catalogues against each other and against the code that names their sentences.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fluent_bundle::FluentResource;
use regex::Regex;

use super::Language;
use super::catalogue::{ENGLISH, JAPANESE, JAPANESE_ALONE};
use crate::phrase;

/// The variables of each sentence.
type Sentences = BTreeMap<String, BTreeSet<String>>;

fn sentences(files: &[(&str, &str)]) -> Sentences {
    let (named, variable) =
        (Regex::new(r"^([a-z][a-z0-9-]*) =").unwrap(), Regex::new(r"\$([a-z_]+)").unwrap());
    let mut found = Sentences::new();
    for (file, text) in files {
        let faults = FluentResource::try_new((*text).to_owned()).err().map(|(_, faults)| faults);
        assert_eq!(faults, None, "{file}.ftl");
        let mut now = None;
        for line in text.lines() {
            if let Some(name) = named.captures(line) {
                let name = name[1].to_owned();
                assert!(found.insert(name.clone(), BTreeSet::new()).is_none(), "{name} stands twice");
                now = Some(name);
            }
            if let Some(name) = &now {
                let inside = variable.captures_iter(line).map(|found| found[1].to_owned());
                found.entry(name.clone()).or_default().extend(inside);
            }
        }
    }
    found
}

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

fn code(dirs: &[&str]) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    dirs.iter().for_each(|dir| sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(dir), &mut files));
    files.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

/// Every `say!` and `phrase!` with the names of what it puts in.
fn uses() -> Vec<(PathBuf, String, BTreeSet<String>)> {
    let call = Regex::new(r#"(?s)\b(?:say|phrase)!\(\s*"([a-z0-9-]+)"(.*)"#).unwrap();
    let starts = Regex::new(r#"\b(?:say|phrase)!\(\s*""#).unwrap();
    let name = Regex::new(r"^\s*([a-z_]+) = ").unwrap();
    let mut found = Vec::new();
    for (path, text) in code(&["src"]) {
        for start in starts.find_iter(&text) {
            let captured = call.captures(&text[start.start()..]).unwrap();
            let names = arguments(&captured[2])
                .iter()
                .filter_map(|argument| Some(name.captures(argument)?[1].to_owned()))
                .collect();
            found.push((path.clone(), captured[1].to_owned(), names));
        }
    }
    found
}

/// What stands between commas up to the bracket that ends a call.
fn arguments(rest: &str) -> Vec<String> {
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    let mut all = vec![String::new()];
    for c in rest.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' | '{' => depth += 1,
            ')' if depth == 0 => break,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                all.push(String::new());
                continue;
            }
            _ => {}
        }
        all.last_mut().unwrap().push(c);
    }
    all
}

#[test]
fn both_languages_have_the_same_sentences_with_the_same_in_them() {
    let (english, japanese) = (sentences(ENGLISH), sentences(JAPANESE));
    for (name, variables) in &english {
        assert_eq!(japanese.get(name), Some(variables), "{name} in Japanese");
    }
    let more: Vec<_> = japanese.keys().filter(|name| !english.contains_key(*name)).collect();
    assert!(more.is_empty(), "in Japanese alone: {more:?}");
}

#[test]
fn every_sentence_the_code_names_is_there_and_gets_what_stands_in_it() {
    let mut all = sentences(JAPANESE);
    all.extend(sentences(JAPANESE_ALONE));
    let uses = uses();
    assert!(uses.len() > 50, "the search itself found {}", uses.len());
    for (path, name, given) in &uses {
        let wanted = all.get(name).unwrap_or_else(|| panic!("{}: no sentence {name}", path.display()));
        assert_eq!(given, wanted, "{}: {name}", path.display());
    }
}

#[test]
fn every_sentence_is_named_by_the_code() {
    let code: String = code(&["src"]).into_iter().map(|(_, text)| text).collect();
    let made = ["help", "example", "reason-"];
    for name in sentences(JAPANESE).into_keys().chain(sentences(JAPANESE_ALONE).into_keys()) {
        let named = made.iter().any(|start| name.starts_with(start)) || code.contains(&format!("\"{name}\""));
        assert!(named, "nothing says {name}");
    }
}

#[test]
fn every_detail_with_a_japanese_wording_is_one_that_some_crate_gives() {
    let details: BTreeMap<String, String> = serde_json::from_str(super::fault::DETAILS).unwrap();
    let place = Regex::new(r"\{[^{}\s]*\}").unwrap();
    let joined = Regex::new(r"\\\n\s*").unwrap();
    let code: String = code(&["src", "../config/src", "../store/src", "../ocr/src", "../routing/src"])
        .into_iter()
        .map(|(_, text)| place.replace_all(&joined.replace_all(&text, ""), "{}").into_owned())
        .collect();
    for (english, japanese) in &details {
        let written = english.replace('\\', "\\\\").replace('"', "\\\"");
        assert!(code.contains(&written), "no crate says {english:?}");
        let places = |text: &str| text.matches("{}").count();
        assert_eq!(places(english), places(japanese), "{english:?}");
    }
}

#[test]
fn none_one_and_several_are_told_apart() {
    let due = |count: usize, language| phrase!("digest-due", count = count).to(language);
    assert_eq!(due(0, Language::En), "no digest waits");
    assert!(due(1, Language::En).starts_with("1 digest is"), "{}", due(1, Language::En));
    assert!(due(2, Language::En).starts_with("2 digests are"), "{}", due(2, Language::En));
    assert_eq!(due(0, Language::Ja), "いま送るまとめ便はありません");
    assert!(due(2, Language::Ja).starts_with("まとめ便 2 通"), "{}", due(2, Language::Ja));
}
