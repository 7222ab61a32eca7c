//! What the classes of the model stand for, and which of them a field may hold. The only file naming `encoding_rs`.

use crate::engine::Alphabet;

/// The CTC blank: no character here.
pub(super) const BLANK: usize = 0;

/// Characters that look alike; in a field that can hold only the first, all of them mean it.
/// Katakana have twins among kanji and hiragana that no reader can tell by shape.
const TWINS: [(char, &str); 14] = [
    ('ー', "一－―—─"),
    ('ニ', "二"),
    ('ロ', "口"),
    ('カ', "力"),
    ('ハ', "八"),
    ('タ', "夕"),
    ('エ', "工"),
    ('ト', "卜"),
    ('ヘ', "へ"),
    ('ベ', "べ"),
    ('ペ', "ぺ"),
    ('リ', "り"),
    ('ミ', "三"),
    ('チ', "千"),
];

/// Chinese forms that no Japanese text holds, and that the model writes for the Japanese ones.
const CHINESE: [(char, char); 4] = [('宫', '宮'), ('黑', '黒'), ('压', '圧'), ('户', '戸')];

/// The characters of the model by class.
pub(super) struct Dictionary {
    characters: Vec<char>,
    /// Which of them Japanese text may hold.
    japanese: Vec<bool>,
}

/// A character that a field may hold, with every class that stands for it.
pub(super) type Candidate = (char, Vec<usize>);

impl Dictionary {
    /// Takes the metadata: one character per line.
    pub(super) fn parse(metadata: &str) -> Result<Self, String> {
        let mut characters = vec!['\0'];
        for (number, line) in metadata.split('\n').enumerate() {
            let mut rest = line.chars();
            match (rest.next(), rest.next()) {
                (Some(character), None) => characters.push(japanese(character)),
                _ => return Err(format!("line {} of its dictionary is not one character", number + 1)),
            }
        }
        characters.push(' ');
        let japanese =
            characters.iter().enumerate().map(|(class, c)| class != BLANK && in_japan(*c)).collect();
        Ok(Self { characters, japanese })
    }

    /// Number of classes, with the blank and the space.
    pub(super) fn classes(&self) -> usize {
        self.characters.len()
    }

    /// The character of a class; the blank has none.
    pub(super) fn character(&self, class: usize) -> Option<char> {
        self.characters.get(class).copied().filter(|_| class != BLANK)
    }

    /// Whether Japanese text may hold the character of a class; the blank is none.
    pub(super) fn is_japanese(&self, class: usize) -> bool {
        self.japanese.get(class).copied().unwrap_or(false)
    }

    /// The candidates of an alphabet; `None` when anything goes.
    pub(super) fn restrict(&self, alphabet: Alphabet) -> Option<Vec<Candidate>> {
        let allowed: Vec<char> = match alphabet {
            Alphabet::Any => return None,
            Alphabet::Digits => ('0'..='9').collect(),
            Alphabet::Katakana => ('ァ'..='ヴ').chain(['ー', '・', ' ']).collect(),
        };
        let candidate = |c: char| {
            let stands_for = |class: &usize| self.character(*class).is_some_and(|seen| means(seen, c));
            (c, (1..self.classes()).filter(stands_for).collect())
        };
        Some(
            allowed
                .into_iter()
                .map(candidate)
                .filter(|(_, classes): &Candidate| !classes.is_empty())
                .collect(),
        )
    }
}

/// Whether a character has a place in the Japanese code page 932: the dictionary holds thousands of
/// simplified and rare Chinese forms that look like the Japanese ones.
fn in_japan(character: char) -> bool {
    let mut buffer = [0; 4];
    let (_, _, unmappable) = encoding_rs::SHIFT_JIS.encode(character.encode_utf8(&mut buffer));
    !unmappable || character == '𠮷'
}

fn japanese(character: char) -> char {
    CHINESE.iter().find(|(chinese, _)| *chinese == character).map_or(character, |(_, japanese)| *japanese)
}

/// Whether a character seen stands for an allowed one.
fn means(seen: char, allowed: char) -> bool {
    let wide = allowed.is_ascii_digit() && char::from_u32(u32::from(allowed) + 0xFEE0) == Some(seen);
    let twin = TWINS.iter().any(|(c, twins)| *c == allowed && twins.contains(seen));
    seen == allowed || twin || wide || (allowed == ' ' && seen == '\u{3000}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_the_blank_the_lines_and_the_space() {
        let dictionary = Dictionary::parse("あ\n0\n力").unwrap();
        let characters: Vec<_> = (0..6).map(|class| dictionary.character(class)).collect();
        assert_eq!(characters, [None, Some('あ'), Some('0'), Some('力'), Some(' '), None]);
    }

    #[test]
    fn a_chinese_form_reads_as_the_japanese_one() {
        assert_eq!(Dictionary::parse("宫\n宮").unwrap().character(1), Some('宮'));
    }

    #[test]
    fn a_line_that_is_not_one_character_is_refused() {
        assert_eq!(
            Dictionary::parse("あ\n\n0").err().unwrap(),
            "line 2 of its dictionary is not one character"
        );
        assert!(Dictionary::parse("あい").is_err());
    }

    #[test]
    fn twins_stand_for_the_character_that_the_field_can_hold() {
        let dictionary = Dictionary::parse("カ\n力\n3\n３\n三").unwrap();
        let katakana = dictionary.restrict(Alphabet::Katakana).unwrap();
        assert!(katakana.contains(&('カ', vec![1, 2])) && katakana.contains(&('ミ', vec![5])));
        assert_eq!(dictionary.restrict(Alphabet::Digits).unwrap(), [('3', vec![3, 4])]);
        assert_eq!(dictionary.restrict(Alphabet::Any), None);
    }
}
