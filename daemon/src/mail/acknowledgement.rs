//! Whether somebody says that they have seen a mail, and nothing else.

/// Longest such text, characters without space.
const LONGEST: usize = 60;

/// Longest name under it, characters.
const NAME: usize = 6;

const SAYS_SO: [&str; 9] = ["確認", "了解", "承知", "受領", "拝受", "拝見", "ありがと", "有難う", "有り難う"];

/// What goes with it, longer ones first; a text in which anything else is left is for a person to read.
const BESIDE: [&str; 45] = [
    "お世話になっております",
    "お世話になります",
    "お疲れさまです",
    "お疲れ様です",
    "よろしく",
    "宜しく",
    "お願い",
    "ございます",
    "ございました",
    "いたしました",
    "致しました",
    "いたします",
    "致します",
    "おります",
    "しました",
    "いただき",
    "頂き",
    "ました",
    "ます",
    "します",
    "です",
    "でした",
    "たしかに",
    "確かに",
    "大変",
    "どうも",
    "早速",
    "無事",
    "内容",
    "書類",
    "シート",
    "メール",
    "ファックス",
    "はい",
    "済み",
    "済",
    "とう",
    "う",
    "を",
    "に",
    "の",
    "は",
    "お",
    "い",
    "し",
];

/// English words that say so or go with them; a text with any other is for a person to read.
const ENGLISH_SAYS_SO: [&str; 8] =
    ["ok", "okay", "ack", "acknowledged", "received", "confirmed", "noted", "thanks"];
const ENGLISH_BESIDE: [&str; 6] = ["thank", "you", "got", "it", "and", "with"];

/// What else may be meant. A word too many here costs somebody a glance, a word too few an answer unread.
const OTHERWISE: [&str; 63] = [
    "?",
    "違",
    "誤",
    "間違",
    "まちが",
    "ちが",
    "不明",
    "不在",
    "至急",
    "緊急",
    "急",
    "ではな",
    "でな",
    "ない",
    "なく",
    "ませ",
    "ず",
    "未",
    "再",
    "別",
    "他",
    "ください",
    "下さい",
    "ご確認",
    "御確認",
    "確認お願",
    "確認をお願",
    "確認願",
    "確認の",
    "電話",
    "連絡",
    "返事",
    "返信",
    "回答",
    "以下",
    "下記",
    "添付",
    "転送",
    "送って",
    "ですが",
    "ますが",
    "ましたが",
    "たが",
    "けど",
    "けれど",
    "ただし",
    "但",
    "しかし",
    "なお",
    "教え",
    "変更",
    "訂正",
    "中止",
    "停止",
    "死",
    "亡",
    "入院",
    "退院",
    "転院",
    "何",
    "誰",
    "ですか",
    "ますか",
];

/// What no name says.
const NO_NAME: [&str; 6] = ["です", "ます", "ました", "転", "逝", "済"];

/// Whether these words say nothing but that a mail was taken note of; also if there are none.
pub(super) fn is_all(words: &str) -> bool {
    let words = words.replace('？', "?").to_lowercase();
    let length = words.chars().filter(|c| !c.is_whitespace()).count();
    if length == 0 {
        return true;
    }
    let is_clear = length <= LONGEST
        && !words.chars().any(char::is_numeric)
        && !OTHERWISE.iter().any(|other| words.contains(other));
    is_clear && says_so(&words) && nothing_else(&words)
}

fn says_so(words: &str) -> bool {
    english(words).any(|word| ENGLISH_SAYS_SO.contains(&word))
        || SAYS_SO.iter().any(|said| words.contains(said))
}

/// Every line is made of these words alone; under them a name may stand.
fn nothing_else(words: &str) -> bool {
    let mut lines: Vec<&str> = words.lines().filter(|line| !line.trim().is_empty()).collect();
    let is_name = |line: &&str| {
        let plain =
            line.chars().all(|c| c.is_alphanumeric() || c.is_whitespace()) && line.chars().count() <= NAME;
        plain && english(line).next().is_none() && !NO_NAME.iter().any(|word| line.contains(word))
    };
    if lines.len() > 1 && lines.last().is_some_and(is_name) {
        lines.pop();
    }
    lines.iter().all(|line| {
        let known = |word: &str| ENGLISH_SAYS_SO.contains(&word) || ENGLISH_BESIDE.contains(&word);
        let rest =
            SAYS_SO.iter().chain(&BESIDE).fold((*line).to_owned(), |rest, word| rest.replace(word, ""));
        english(line).all(known) && !rest.chars().any(|c| c.is_alphanumeric() && !c.is_ascii())
    })
}

fn english(words: &str) -> impl Iterator<Item = &str> {
    words.split(|c: char| !c.is_ascii_alphanumeric() && c != '\'').filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_words_of_thanks_are_one() {
        for words in [
            "",
            " \n",
            "確認しました。",
            "了解です",
            "承知いたしました。よろしくお願いいたします。",
            "受領しました。\nありがとうございます。",
            "OK",
            "ok です",
            "Received, thank you.",
            "お世話になっております。\n内容を確認いたしました。\nありがとうございました。\n水野 遥斗",
            "確認済みです。よろしくお願いします。",
        ] {
            assert!(is_all(words), "{words}");
        }
    }

    #[test]
    fn anything_that_may_mean_more_is_not() {
        for words in [
            "はい",
            "確認しましたが、別人です",
            "了解です。\nこの方は先月に転居されました。",
            "確認しました。処方よろしくお願いします",
            "了解。お薬の調整お願いします",
            "確認しました\n転居済",
            "確認しました\n明日伺います",
            "確認できません",
            "当院の患者ではない",
            "これは誰ですか？",
            "確認してください",
            "ご確認お願いします",
            "了解。血圧180",
            "ok call back",
            "ok, but who is it",
            "not received",
            "確認しました。至急往診します",
            "確認しました。昨日からこの方の状態がとても悪くなっているようで心配しています",
            "ＯＫ？",
            "未確認",
            "受領しておらず",
        ] {
            assert!(!is_all(words), "{words}");
        }
    }
}
