//! Foreign text as one printable line.

/// Longest value shown; no field of a form holds as much.
const MAX_CHARS: usize = 500;

/// Makes `text` one line that can neither steer a terminal or mail program nor pass for another line of
/// the mail: line ends, tabs and runs of white space become one space; control characters, direction
/// overrides, private-use characters and noncharacters go. Variation selectors stay, names need them.
pub(crate) fn line(text: &str) -> String {
    let kept = text.chars().filter(|c| c.is_whitespace() || !unprintable(*c));
    let mut line = String::new();
    let mut chars = 0;
    let mut gap = false;
    for c in kept {
        if c.is_whitespace() {
            gap = chars > 0;
            continue;
        }
        if chars >= MAX_CHARS {
            line.push('…');
            break;
        }
        if std::mem::take(&mut gap) {
            line.push(' ');
        }
        line.push(c);
        chars += 1;
    }
    line
}

fn unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}' | '\u{f0000}'..)
        || u32::from(c) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn line_ends_become_one_space() {
        assert_eq!(line("  連絡\r\n\r\n事項\t です\u{2028}ね "), "連絡 事項 です ね");
    }

    #[test]
    fn nothing_steers_the_reader() {
        assert_eq!(line("a\0b\u{1b}[31m\u{202e}c\u{feff}\u{e000}d"), "ab[31mcd");
    }

    #[test]
    fn rare_name_characters_stay() {
        assert_eq!(line("葛\u{e0100}城 𠮷田 髙橋 👩\u{fe0f}"), "葛\u{e0100}城 𠮷田 髙橋 👩\u{fe0f}");
    }

    #[test]
    fn an_endless_value_is_cut_visibly() {
        let cut = line(&"あ".repeat(100_000));
        assert_eq!(cut.chars().count(), MAX_CHARS + 1);
        assert!(cut.ends_with('…'));
    }

    proptest! {
        #[test]
        fn any_text_is_one_line_and_cleaning_twice_changes_nothing(text in ".*|[\\x00-\\x20a\u{2028}]*") {
            let once = line(&text);
            prop_assert!(!once.chars().any(|c| c.is_control() || (c.is_whitespace() && c != ' ')));
            prop_assert_eq!(line(&once), once);
        }
    }
}
