//! Characters that look alike in two scripts, settled by what stands beside them.
//!
//! ロ and 口, 夕 and タ, り and リ are one shape: an engine that reads shapes can only guess which is meant.

/// Kanji and the katakana of the same shape.
const KANJI_TWINS: [(char, char); 9] = [
    ('口', 'ロ'),
    ('夕', 'タ'),
    ('八', 'ハ'),
    ('二', 'ニ'),
    ('三', 'ミ'),
    ('工', 'エ'),
    ('力', 'カ'),
    ('千', 'チ'),
    ('才', 'オ'),
];

/// Hiragana and the katakana of the same shape.
const HIRAGANA_TWINS: [(char, char); 4] = [('り', 'リ'), ('へ', 'ヘ'), ('べ', 'ベ'), ('ぺ', 'ペ')];

/// Old forms of everyday characters: in names they are right, but a fax can hardly show the difference.
const OLD_FORMS: &str =
    "曾臟瀨奧殼內閱關澤邊濱廣德惠黑壓戶榮國學藝圓實寫會醫經縣齒轉變續讀覺觀觸豐彌龍瀧櫻嶋邉髙﨑冨";

/// A text with its look-alikes settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The text.
    pub text: String,
    /// Characters that could still be something else, or that stand where such a character hardly stands.
    pub doubts: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
    Kanji,
    Hiragana,
    Katakana,
    Latin,
    Other,
}

/// Settles every look-alike whose neighbours on both sides leave one choice; counts those that stay open.
pub fn settle(raw: &str) -> Settled {
    let mut chars: Vec<char> = raw.chars().map(|c| if c == '卜' { 'ト' } else { c }).collect();
    let mut doubts = 0;
    for at in 0..chars.len() {
        let next = chars.get(at + 1).copied();
        let sides =
            [at.checked_sub(1), at.checked_add(1)].map(|i| i.and_then(|i| chars.get(i)).copied().map(script));
        let (meant, doubt) = meant(chars[at], sides, next);
        chars[at] = meant;
        doubts += usize::from(doubt);
    }
    Settled { text: chars.into_iter().collect(), doubts }
}

type Sides = [Option<Script>; 2];

/// What a character is between its neighbours, and whether that stays open.
fn meant(c: char, sides: Sides, next: Option<char>) -> (char, bool) {
    let [left, right] = sides;
    if let Some((kanji, kana)) = KANJI_TWINS.into_iter().find(|(a, b)| c == *a || c == *b) {
        return between(c, kanji, kana, sides, |side| matches!(side, Script::Kanji | Script::Hiragana));
    }
    if let Some((hiragana, katakana)) = HIRAGANA_TWINS.into_iter().find(|(a, b)| c == *a || c == *b) {
        return between(c, hiragana, katakana, sides, |side| {
            matches!(side, Script::Kanji | Script::Hiragana)
        });
    }
    match c {
        // The long vowel mark follows kana only.
        'ー' if left == Some(Script::Kanji) => ('一', false),
        'ー' => (c, !matches!(left, Some(Script::Katakana | Script::Hiragana))),
        '一' => (c, left == Some(Script::Katakana)),
        '×' if left == Some(Script::Katakana) || right == Some(Script::Katakana) => ('メ', false),
        '<' if left == Some(Script::Hiragana) || right == Some(Script::Hiragana) => ('く', false),
        '-' => (c, left != Some(Script::Latin) && right != Some(Script::Latin)),
        c if OLD_FORMS.contains(c) => (c, true),
        '#' | '*' | '<' | '>' | '=' | '_' | '|' | '"' | '\'' | '`' | '^' | '~' | '{' | '}' | '[' | ']'
        | '\\' | '!' | '?' | ';' | ':' | ',' | '$' | '@' | '×' => (c, true),
        ' ' => (c, sides == [Some(Script::Latin); 2]),
        'て' => (c, next == Some('す')),
        c if c.is_ascii_alphabetic() => (c, !sides.contains(&Some(Script::Latin))),
        c => (c, false),
    }
}

/// One of two twins; `kana` where katakana stand on both sides, `other` where `is_other` holds on both.
fn between(
    c: char,
    other: char,
    kana: char,
    sides: Sides,
    is_other: impl Fn(Script) -> bool,
) -> (char, bool) {
    let beside_kana = sides.iter().flatten().filter(|side| **side == Script::Katakana).count();
    let beside_other = sides.iter().flatten().filter(|side| is_other(**side)).count();
    match (beside_kana, beside_other) {
        (2, _) => (kana, false),
        (_, 2) => (other, false),
        (1, 0) => (c, c != kana),
        (0, 1) => (c, c != other),
        (0, 0) => (c, false),
        _ => (c, true),
    }
}

fn script(c: char) -> Script {
    match c {
        'ァ'..='ヺ' | 'ー' | 'ｦ'..='ﾟ' => Script::Katakana,
        'ぁ'..='ゖ' => Script::Hiragana,
        '々' | '〆' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' => Script::Kanji,
        '0'..='9' | 'A'..='Z' | 'a'..='z' | '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => Script::Latin,
        _ => Script::Other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn settled(raw: &str) -> (String, usize) {
        let Settled { text, doubts } = settle(raw);
        (text, doubts)
    }

    #[test]
    fn both_neighbours_settle_a_look_alike() {
        for (raw, meant) in [
            ("江ロ信子", "江口信子"),
            ("イン夕ーネット", "インターネット"),
            ("クリニツク", "クリニツク"),
            ("木三リ", "木三リ"),
            ("服部ハ重子", "服部八重子"),
            ("あります", "あります"),
            ("あリます", "あります"),
            ("卜マト", "トマト"),
            ("ア×リカ", "アメリカ"),
            ("よ<なる", "よくなる"),
            ("光ー", "光一"),
        ] {
            assert_eq!(settled(raw).0, meant, "{raw}");
        }
    }

    #[test]
    fn a_look_alike_between_two_scripts_stays_and_is_doubted() {
        for raw in ["七タクリニック", "七夕クリニック", "江ロウメ", "レビ一小体", "--宮市", "井#"]
        {
            let (text, doubts) = settled(raw);
            assert_eq!((text.as_str(), doubts > 0), (raw, true));
        }
    }

    #[test]
    fn ordinary_text_is_not_doubted() {
        for raw in [
            "一宮市本町通3-12",
            "デイサービスセンター",
            "昨日から食欲がありません。",
            "NSAIDs",
            "メトホルミン250mg 朝夕",
            "佐藤一郎",
            "慢性腎臓病、痛風",
        ] {
            assert_eq!(settled(raw), (raw.to_owned(), 0));
        }
    }

    proptest! {
        #[test]
        fn settling_keeps_the_length_and_comes_to_an_end(raw in "[ァ-ヶ一-三口夕八りへー×< A-C0-9-]{0,20}") {
            let once = settle(&raw);
            prop_assert_eq!(once.text.chars().count(), raw.chars().count());
        }
    }
}
