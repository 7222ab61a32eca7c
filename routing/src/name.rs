//! Names as written, and the folded keys they are compared by.

use std::fmt;
use std::str::FromStr;

use unicode_normalization::UnicodeNormalization;

use crate::{Error, Result};

/// Longest name or reading kept, in characters.
const MAX_CHARS: usize = 60;

/// A name of a person, clinic or office, kept as written and compared by [`Name::key`].
#[derive(Clone, PartialEq, Eq)]
pub struct Name {
    text: String,
    key: String,
}

/// The reading of a name in katakana, kept in NFKC form and compared by [`Kana::key`].
#[derive(Clone, PartialEq, Eq)]
pub struct Kana {
    text: String,
    key: String,
}

impl Name {
    /// As written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// NFKC, without blanks and variation selectors, 異体字 as their common form.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The key of the part before the first blank; `None` if the name is written in one piece.
    pub fn family_key(&self) -> Option<String> {
        family(&self.text).map(fold_name)
    }

    /// Whether characters are hidden, as in ●京●郎.
    pub fn is_masked(&self) -> bool {
        self.key.chars().any(is_mask)
    }

    /// Whether this masked name can stand for `full`: same length and every visible character in place.
    pub fn fits(&self, full: &Name) -> bool {
        self.key.chars().count() == full.key.chars().count()
            && self.key.chars().zip(full.key.chars()).all(|(mask, c)| is_mask(mask) || mask == c)
    }
}

impl Kana {
    /// As written, in full-width katakana.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Without blanks and middle dots; small kana, ヲ, ヅ and ヂ as オ, ズ and ジ sound.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The key of the family name; `None` if written in one piece.
    pub fn family_key(&self) -> Option<String> {
        family(&self.text).map(fold_kana)
    }
}

fn family(text: &str) -> Option<&str> {
    text.split_once(char::is_whitespace).map(|(family, _)| family)
}

impl FromStr for Name {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        let key = fold_name(text);
        let plain = !text.chars().any(|c| c.is_control() || is_private(c));
        if !key.is_empty() && plain && text.chars().count() <= MAX_CHARS {
            Ok(Self { text: text.to_owned(), key })
        } else {
            Err(Error::Invalid {
                what: "name",
                rule: "1 to 60 characters without control or private-use characters",
            })
        }
    }
}

impl FromStr for Kana {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let text: String = text.trim().chars().take(MAX_CHARS + 1).nfkc().map(to_katakana).collect();
        let fits = text.chars().all(|c| matches!(c, 'ァ'..='ヺ' | 'ー' | '・' | ' '));
        let key = fold_kana(&text);
        if fits && key.chars().count() >= 2 && text.chars().count() <= MAX_CHARS {
            Ok(Self { text, key })
        } else {
            Err(Error::Invalid { what: "kana", rule: "2 to 60 katakana, blanks between names" })
        }
    }
}

/// The key of any text that may hold names, such as the addressee line.
///
/// Normalised twice: a lone accent is a blank and a combining mark to NFKC, and the mark joins what
/// stands before it once the blank is gone.
pub(crate) fn fold_name(text: &str) -> String {
    let visible = text.nfkc().filter(|c| !c.is_whitespace() && !is_variation_selector(*c));
    visible.map(common_form).nfkc().collect()
}

fn fold_kana(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && *c != '・')
        .map(|c| match c {
            'ァ' => 'ア',
            'ィ' => 'イ',
            'ゥ' => 'ウ',
            'ェ' => 'エ',
            'ォ' | 'ヲ' => 'オ',
            'ッ' => 'ツ',
            'ャ' => 'ヤ',
            'ュ' => 'ユ',
            'ョ' => 'ヨ',
            'ヮ' => 'ワ',
            'ヵ' => 'カ',
            'ヶ' => 'ケ',
            'ヅ' => 'ズ',
            'ヂ' => 'ジ',
            other => other,
        })
        .collect()
}

fn to_katakana(c: char) -> char {
    match c {
        'ぁ'..='ゖ' => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
        other => other,
    }
}

fn is_mask(c: char) -> bool {
    matches!(c, '●' | '○' | '◯' | '〇' | '■' | '□' | '*' | '×' | '※')
}

fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

fn is_private(c: char) -> bool {
    matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFD}')
}

/// Old and variant forms found in Japanese names, as pairs of variant and common form.
const VARIANTS: &str = "髙高﨑崎嵜崎𠮷吉邊辺邉辺齋斉斎斉齊斉澤沢濱浜濵浜廣広櫻桜國国德徳惠恵壽寿眞真榮栄龍竜瀨瀬渕淵渊淵嶋島嶌島桒桑栁柳舘館薮藪\
鴎鷗彌弥實実圓円關関黑黒禮礼與与來来萬万條条傳伝學学寬寛峯峰曾曽槇槙檜桧淸清增増聰聡靜静豐豊嶽岳莊荘藏蔵濟済鄕郷𣘺橋冨富凉涼穗穂稻稲縣県佛仏戶戸\
步歩每毎龜亀橫横惣総衞衛應応樂楽觀観巖巌嚴厳劍剣顯顕廏厩晉晋祕秘將将條条淨浄尙尚疊畳瀧滝澁渋鹽塩辯弁寶宝豫予爲為勳勲薰薫緖緒諸諸都都祿禄ヶケヵカ\
㟢崎巗巌穐秋龝秋舩船枩松枀松杦杉埜野墅野邨村廼乃迺乃曻昇桝枡隝島鈆鉛鐵鉄鉃鉄塲場淺浅假仮會会曉暁圖図圡土堯尭畧略柗松桺柳栢柏槗橋𫝆今𡈽土𡌛塙𤭖瓶艸草萊莱蘓蘇讚讃遙遥雜雑隨随隱隠鷄鶏鷏鷆亙亘俱倶剱剣\
劔剣劒剣單単團団壯壮壹壱奧奥姙妊孃嬢寢寝屬属崗岡帶帯收収數数昻昂晝昼槪概樓楼歸帰殘残涉渉溫温灣湾狹狭獨独瑤瑶甁瓶畫画硏研稱称竝並簔蓑繩縄續続聲声肅粛膽胆臺台舊旧蘆芦處処號号蠶蚕裝装覺覚觸触證証讓譲賴頼贊賛輕軽迯逃逹達\
遲遅邇迩醫医釋釈錢銭鎭鎮鑛鉱鍊錬閒間陷陥險険靑青靈霊頴穎顏顔飜翻餘余驛駅驗験髮髪鬪闘鰺鯵鳬鳧麥麦麴麹黃黄默黙點点齒歯齡齢轉転靏鶴靍鶴鸖鶴噓嘘葊庵菴庵籔藪";

fn common_form(c: char) -> char {
    let mut pairs = VARIANTS.chars();
    while let (Some(variant), Some(common)) = (pairs.next(), pairs.next()) {
        if variant == c {
            return common;
        }
    }
    c
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Name([redacted])")
    }
}

impl fmt::Debug for Kana {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kana([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    fn kana(text: &str) -> Kana {
        text.parse().unwrap()
    }

    #[test]
    fn variant_characters_are_kept_but_compared_as_common_ones() {
        let written = name("髙﨑　𠮷郎");
        assert_eq!(written.as_str(), "髙﨑　𠮷郎");
        assert_eq!(written.key(), "高崎吉郎");
        assert_eq!(name("渡邉 葛\u{E0101}子").key(), name("渡辺葛子").key());
        assert_eq!(name("関ヶ原 花").key(), name("関ケ原花").key());
        for (variant, common) in [
            ("髙﨑𠮷", "高崎吉"),
            ("渡邉渡邊", "渡辺渡辺"),
            ("齋藤斎藤齊藤", "斉藤斉藤斉藤"),
            ("濵田濱田", "浜田浜田"),
            ("中嶋中嶌", "中島中島"),
            ("宮㟢宮嵜", "宮崎宮崎"),
            ("髙𫝆", "高今"),
            ("舩𣘺穐山", "船橋秋山"),
            ("桒原栁澤", "桑原柳沢"),
            ("奧埜眞靏", "奥野真鶴"),
        ] {
            assert_eq!(name(variant).key(), common);
        }
        assert_eq!(written.family_key().as_deref(), Some("高崎"));
        assert_eq!(name("高崎吉郎").family_key(), None);
        assert_eq!(
            name("G´").key(),
            name(name("G´").key()).key(),
            "a lone accent joins the letter once, not later"
        );
    }

    #[test]
    fn every_variant_leads_to_a_form_that_stays() {
        for common in VARIANTS.chars().skip(1).step_by(2) {
            assert_eq!(common_form(common), common, "{common}");
        }
        assert_eq!(VARIANTS.chars().count() % 2, 0);
    }

    #[test]
    fn readings_are_equal_however_the_kana_are_written() {
        for other in ["かっとう きょうへい", "ｶｯﾄｳ ｷｮｳﾍｲ", "カツトウキヨウヘイ", "カットウ・キョウヘイ"]
        {
            assert_eq!(kana(other).key(), kana("カットウ キョウヘイ").key(), "{other}");
        }
        assert_eq!(kana("カヅヲ").key(), kana("カズオ").key());
        assert_eq!(kana("チヂワ").key(), kana("チジワ").key());
        assert_eq!(kana("ｺﾞﾄｳ ﾊﾞﾝ").as_str(), "ゴトウ バン");
        assert_ne!(kana("ハルコ").key(), kana("ハナコ").key());
        assert_eq!(kana("ゴトウ バン").family_key().as_deref(), Some("ゴトウ"));
    }

    #[test]
    fn masked_names_fit_only_what_they_can_stand_for() {
        let mask = name("●京●郎");
        assert!(mask.is_masked());
        assert!(mask.fits(&name("東京 太郎")));
        assert!(!mask.fits(&name("東京 花子")));
        assert!(!mask.fits(&name("東京 小太郎")));
        assert!(!name("東京 太郎").is_masked());
    }

    #[test]
    fn private_use_and_control_characters_are_no_names() {
        for bad in ["", "  ", "\u{E000}田", "山\n田", "山\u{0}"] {
            assert!(bad.parse::<Name>().is_err(), "{bad:?}");
        }
        for bad in ["", "カ", "山田", "カナ1", "カナ\u{0}"] {
            assert!(bad.parse::<Kana>().is_err(), "{bad:?}");
        }
        assert_eq!(format!("{:?}{:?}", name("山田"), kana("ヤマダ")), "Name([redacted])Kana([redacted])");
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,80}") {
            if let Ok(name) = text.parse::<Name>() {
                prop_assert_eq!(&fold_name(name.key()), name.key());
            }
            if let Ok(kana) = text.parse::<Kana>() {
                let again: Kana = kana.key().parse().unwrap();
                prop_assert_eq!(again.key(), kana.key());
            }
        }
    }
}
