//! Free text, printed or handwritten.

use unicode_normalization::UnicodeNormalization;

use super::{Refusal, Value};

/// One line of at most `max_chars` characters, spaces not counted.
pub(super) fn text(max_chars: usize, raw: &str) -> Result<Value, Refusal> {
    let text = normal(raw);
    if text.is_empty() {
        return Err(Refusal::new("文字がありません"));
    }
    if text.chars().any(private_use) {
        return Err(Refusal::new("外字があります"));
    }
    if text.chars().filter(|c| !c.is_whitespace()).count() > max_chars {
        return Err(Refusal::new(format!("{max_chars}文字を超えています")));
    }
    Ok(Value::Text(text))
}

/// The form in which two readings of the same writing are compared: NFKC, no white space, no controls.
pub fn fold(raw: &str) -> String {
    raw.nfkc().filter(|c| !c.is_whitespace() && !c.is_control()).collect()
}

/// NFKC that leaves alone what it would change in meaning or in a name;
/// controls dropped, white space single.
fn normal(raw: &str) -> String {
    let mut text = String::new();
    let mut run = String::new();
    for c in raw.chars() {
        if kept(c) {
            text.extend(run.nfkc());
            run.clear();
            text.push(c);
        } else {
            run.push(c);
        }
    }
    text.extend(run.nfkc());
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Roman numerals (grades `Ⅱa`), circled numbers, and the compatibility ideographs of names (`神`, `﨑`).
fn kept(c: char) -> bool {
    matches!(c, '\u{2160}'..='\u{217F}' | '①'..='⓿' | '\u{F900}'..='\u{FAFF}' | '\u{2F800}'..='\u{2FA1F}')
}

fn private_use(c: char) -> bool {
    matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(raw: &str) -> Result<Value, Refusal> {
        text(40, raw)
    }

    #[test]
    fn widths_and_spaces_are_made_one() {
        assert_eq!(read(" ﾒﾄﾎﾙﾐﾝ２５０ｍｇ　朝\n夕 "), Ok(Value::Text("メトホルミン250mg 朝 夕".into())));
    }

    #[test]
    fn roman_numerals_and_the_characters_of_names_stay() {
        for name in ["認知症Ⅱa", "髙﨑 𠮷男", "神谷", "①朝"] {
            assert_eq!(read(name), Ok(Value::Text(name.into())));
        }
    }

    #[test]
    fn private_characters_and_overlong_text_are_refused() {
        assert_eq!(read("渡\u{E000}").unwrap_err().why, "外字があります");
        assert_eq!(text(3, "脳 梗 塞").map(|_| ()), Ok(()));
        assert_eq!(text(3, "脳梗塞後").unwrap_err().why, "3文字を超えています");
        assert_eq!(read("　\u{7}").unwrap_err().why, "文字がありません");
    }

    #[test]
    fn readings_fold_to_what_can_be_compared() {
        assert_eq!(fold("佐藤　ﾋｻ子 "), fold("佐藤ヒサ子"));
        assert_ne!(fold("髙木"), fold("高木"));
    }

    proptest! {
        #[test]
        fn normal_text_is_stable(raw in "\\PC*") {
            let once = normal(&raw);
            prop_assert_eq!(normal(&once), once);
        }
    }
}
