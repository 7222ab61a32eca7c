//! Whether somebody says that they have seen a mail, and nothing else.

/// Longest such text, characters without space.
const LONGEST: usize = 30;

const SAYS_SO: [&str; 9] =
    ["確認", "了解", "承知", "受領", "拝受", "拝見", "ありがと", "有難う", "有り難う"];

/// English words that say so or go with them; a text with any other is for a person to read.
const ENGLISH_SAYS_SO: [&str; 8] = ["ok", "okay", "ack", "acknowledged", "received", "confirmed", "noted", "thanks"];
const ENGLISH_BESIDE: [&str; 6] = ["thank", "you", "got", "it", "and", "with"];

/// What else may be meant. A word too many here costs somebody a glance, a word too few an answer unread.
const OTHERWISE: [&str; 63] = [
    "?", "違", "誤", "間違", "まちが", "ちが", "不明", "不在", "至急", "緊急", "急", "ではな", "でな", "ない", "なく", "ませ",
    "ず", "未", "再", "別", "他", "ください", "下さい", "ご確認", "御確認", "確認お願", "確認をお願", "確認願", "確認の", "電話",
    "連絡", "返事", "返信", "回答", "以下", "下記", "添付", "転送", "送って", "ですが", "ますが", "ましたが", "たが", "けど",
    "けれど", "ただし", "但", "しかし", "なお", "教え", "変更", "訂正", "中止", "停止", "死", "亡", "入院", "退院", "転院", "何", "誰", "ですか", "ますか",
];

/// Whether these words say nothing but that a mail was taken note of; also if there are none.
pub(super) fn is_all(words: &str) -> bool {
    let words = words.replace('？', "?").to_lowercase();
    let is_ascii_word = |c: char| c.is_ascii_alphanumeric() || c == '\'';
    let mut english = words.split(|c| !is_ascii_word(c)).filter(|word| !word.is_empty()).peekable();
    let has_english = english.peek().is_some();
    let says_so = english.clone().any(|word| ENGLISH_SAYS_SO.contains(&word))
        || SAYS_SO.iter().any(|said| words.contains(said));
    let known = |word: &str| ENGLISH_SAYS_SO.contains(&word) || ENGLISH_BESIDE.contains(&word);
    let length = words.chars().filter(|c| !c.is_whitespace()).count();
    let is_empty = length == 0;
    let is_clear = (!has_english || english.all(known))
        && !words.chars().any(char::is_numeric)
        && !OTHERWISE.iter().any(|other| words.contains(other));
    is_empty || (says_so && is_clear && length <= LONGEST)
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
            "お世話になっております。\n拝受いたしました。",
        ] {
            assert!(is_all(words), "{words}");
        }
    }

    #[test]
    fn anything_that_may_mean_more_is_not() {
        for words in [
            "はい",
            "確認しましたが、別人です",
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
