//! Katakana names.

use unicode_normalization::UnicodeNormalization;

use super::{Refusal, Value};

/// Strokes that stand for the long vowel mark inside a kana word.
const LONG: [char; 6] = ['-', '‐', '―', '−', '一', '—'];

/// Full-width katakana, hiragana turned, single spaces between the words; 2 to `cells` characters.
pub(super) fn kana(cells: usize, raw: &str) -> Result<Value, Refusal> {
    let mut name = String::new();
    for c in composed(raw) {
        let c = if LONG.contains(&c) { 'ー' } else { katakana(c) };
        match c {
            'ァ'..='ヺ' | 'ー' | '・' => name.push(c),
            c if c.is_whitespace() => {
                if !name.is_empty() && !name.ends_with(' ') {
                    name.push(' ');
                }
            }
            _ => return Err(Refusal::new("カタカナ以外の文字があります")),
        }
    }
    let name = name.trim_end();
    let count = name.chars().count();
    if count < 2 {
        return Err(Refusal::new("フリガナが短すぎます"));
    }
    if cells > 0 && count > cells {
        return Err(Refusal::new(format!("フリガナが{cells}文字を超えています")));
    }
    Ok(Value::Text(name.to_owned()))
}

/// NFKC, where a voicing mark in a cell of its own joins the kana before it.
fn composed(raw: &str) -> impl Iterator<Item = char> {
    let combining = |c| match c {
        '゛' | 'ﾞ' => '\u{3099}',
        '゜' | 'ﾟ' => '\u{309A}',
        c => c,
    };
    raw.chars().map(combining).collect::<String>().nfkc().collect::<Vec<_>>().into_iter()
}

fn katakana(c: char) -> char {
    match c {
        'ぁ'..='ゖ' => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(raw: &str) -> Result<Value, Refusal> {
        kana(20, raw)
    }

    fn text(name: &str) -> Result<Value, Refusal> {
        Ok(Value::Text(name.into()))
    }

    #[test]
    fn half_width_hiragana_and_spaces_become_one_form() {
        for raw in ["ﾐｽﾞﾉ ﾖｳｺ", "みずの　ようこ", " ミズノ  ヨウコ ", "ミス゛ノ ヨウコ"]
        {
            assert_eq!(read(raw), text("ミズノ ヨウコ"), "{raw}");
        }
    }

    #[test]
    fn strokes_are_the_long_vowel_mark() {
        assert_eq!(read("ジョ-ジ"), text("ジョージ"));
        assert_eq!(read("ジョ一ジ"), text("ジョージ"));
    }

    #[test]
    fn kanji_and_digits_are_refused() {
        assert_eq!(read("ミズノ 洋子").unwrap_err().why, "カタカナ以外の文字があります");
        assert_eq!(read("ミズノ3").unwrap_err().why, "カタカナ以外の文字があります");
    }

    #[test]
    fn the_length_is_two_to_the_number_of_cells() {
        assert_eq!(read("ミ").unwrap_err().why, "フリガナが短すぎます");
        assert_eq!(read(" ").unwrap_err().why, "フリガナが短すぎます");
        assert_eq!(kana(3, "ミズノヨ").unwrap_err().why, "フリガナが3文字を超えています");
    }

    proptest! {
        #[test]
        fn what_is_read_is_stable(raw in "[ァ-ヶｦ-ﾝﾞﾟぁ-ん゛゜ー・　 ]{0,24}") {
            if let Ok(Value::Text(name)) = read(&raw) {
                prop_assert_eq!(read(&name), Ok(Value::Text(name)));
            }
        }
    }
}
