//! What is wrong with the writing of a TOML file, in Japanese: the parser's own words are English.

use crate::language::{Language, Phrase};
use crate::phrase;

/// Line by line; lines that quote the file stay as they are. Nothing if the words are not the parser's.
pub(super) fn told(english: &str) -> Option<String> {
    let known = english.lines().any(|line| phrase(line).is_some());
    let lines = english.lines().filter(|line| !line.trim().is_empty()).map(|line| match phrase(line) {
        Some(phrase) => phrase.to(Language::Ja),
        None if quotes(line) => line.to_owned(),
        None => phrase!("error-toml-other").to(Language::Ja),
    });
    known.then(|| lines.collect::<Vec<_>>().join("\n"))
}

/// `2 | key = "value` and the marks below it.
fn quotes(line: &str) -> bool {
    line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').starts_with('|')
}

fn phrase(line: &str) -> Option<Phrase> {
    if let Some(place) = line.strip_prefix("TOML parse error at line ") {
        let (row, column) = place.split_once(", column ")?;
        return Some(phrase!("error-toml-place", line = %row, column = %column));
    }
    if let Some(key) = line.strip_prefix("in `") {
        return Some(phrase!("error-toml-inside", key = %key.strip_suffix('`')?));
    }
    if let Some(rest) = line.strip_prefix("unknown field `") {
        let (key, known) = rest.split_once("`, expected ")?;
        let known = known.trim_start_matches("one of ").replace(" or ", "、").replace(", ", "、");
        return Some(phrase!("error-toml-unknown", key = %key, known = known));
    }
    if let Some(key) = line.strip_prefix("missing field `") {
        return Some(phrase!("error-toml-missing", key = %key.strip_suffix('`')?));
    }
    if let Some(rest) = line.strip_prefix("invalid type: ") {
        return Some(wanted(rest.rsplit_once(", expected ")?.1));
    }
    (line == "duplicate key").then(|| phrase!("error-toml-twice"))
}

fn wanted(kind: &str) -> Phrase {
    match kind {
        "a string" => phrase!("error-toml-text"),
        "a boolean" => phrase!("error-toml-boolean"),
        "a sequence" => phrase!("error-toml-list"),
        "u8" | "u16" | "u32" | "u64" | "usize" => phrase!("error-toml-whole-number"),
        "f64" => phrase!("error-toml-number"),
        _ => phrase!("error-toml-type"),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use kasasagi_config::Settings;

    use super::told;

    fn japanese(text: &str) -> String {
        let fault = Settings::parse("kasasagi.toml", text, Path::new("/")).unwrap_err().to_string();
        told(fault.strip_prefix("kasasagi.toml: ").unwrap()).unwrap()
    }

    #[test]
    fn the_parsers_words_become_japanese_and_the_quoted_line_stays() {
        let open = japanese("[gateway]\nfrom = \"a\n");
        assert!(open.starts_with("2行目、") && open.contains("from = \"a"), "{open}");
        assert!(!open.contains("string") && !open.contains("parse"), "{open}");
        assert!(japanese("[log]\nlevel = \"info\"\nlevel = \"warn\"\n").contains("二度"));
        assert!(japanese("[log]\nlevels = 1\n").contains("format`、`level"));
        assert!(japanese("[log]\nlevel = 1\n").contains("文字で"));
        assert_eq!(told("whatever is wrong"), None);
    }
}
