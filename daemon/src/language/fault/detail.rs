//! What is wrong with one value, in the middle of an error.
//!
//! `words/ja/details.json` has the Japanese of what the crates say of settings, tables and files, by the English; `{}`
//! stands for whatever is in that place, and comes again in the same order.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The file.
pub(in crate::language) const DETAILS: &str = include_str!("../../../words/ja/details.json");

static BY_ENGLISH: LazyLock<BTreeMap<String, String>> =
    LazyLock::new(|| serde_json::from_str(DETAILS).unwrap_or_default());

/// In Japanese, or as it is.
pub(in crate::language) fn detail(english: &str) -> String {
    if let Some(japanese) = BY_ENGLISH.get(english) {
        return japanese.clone();
    }
    let several = BY_ENGLISH.iter().filter(|(template, _)| template.contains("{}"));
    let fitting =
        several.filter_map(|(template, japanese)| Some((template, japanese, varying(english, template)?)));
    match fitting.max_by_key(|(template, ..)| template.len()) {
        Some((_, japanese, with)) => filled(japanese, &with.into_iter().map(within).collect::<Vec<_>>()),
        None => english.to_owned(),
    }
}

/// What stands in a place may be a detail itself, or a list; a single word is a name or a value.
fn within(text: &str) -> String {
    if !text.contains(' ') {
        return text.to_owned();
    }
    let is_list = text.split(", ").all(|one| !one.contains(' '));
    if is_list { text.replace(", ", "、") } else { detail(text) }
}

/// What stands in the places of a template; nothing if the text is none of it.
fn varying<'a>(text: &'a str, template: &str) -> Option<Vec<&'a str>> {
    let mut pieces = template.split("{}");
    let mut rest = text.strip_prefix(pieces.next()?)?;
    let mut found = Vec::new();
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        let at = if pieces.peek().is_none() {
            rest.ends_with(piece).then(|| rest.len() - piece.len())?
        } else {
            rest.find(piece)?
        };
        found.push(&rest[..at]);
        rest = &rest[at + piece.len()..];
    }
    Some(found)
}

fn filled(template: &str, with: &[String]) -> String {
    let mut with = with.iter();
    let pieces: Vec<&str> = template.split("{}").collect();
    let mut text = String::new();
    for (n, piece) in pieces.iter().enumerate() {
        if n > 0 {
            text.push_str(with.next().map_or("", String::as_str));
        }
        text.push_str(piece);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_varies_is_found_and_put_into_the_japanese() {
        assert_eq!(varying("must be 1 to 9", "must be {} to {}"), Some(vec!["1", "9"]));
        assert_eq!(varying("line 3: bad", "line {}: {}"), Some(vec!["3", "bad"]));
        assert_eq!(varying("must be 1", "must be {} to {}"), None);
        assert_eq!(varying("must be so!", "must be {}"), Some(vec!["so!"]));
        assert_eq!(filled("{}から{}まで", &["1".to_owned(), "9".to_owned()]), "1から9まで");
        assert_eq!(detail("whatever nobody wrote"), "whatever nobody wrote");
        assert_eq!(
            detail("role: is read, but the office is empty"),
            "role：read とありますが、事業所は empty です"
        );
        assert_eq!(
            detail("no valid mail address: at most 400 characters"),
            "メールアドレス として正しくありません。400文字までです"
        );
        assert_eq!(
            detail("cancelled: the item is settled already"),
            "cancelled：このメールはすでに処理されています"
        );
    }
}
