//! What the sender of a reply wrote, without what was quoted from the mail before.

/// Lines that the words before a quote may be wrapped to.
const WRAPPED: usize = 3;

/// Lines below `From:` in which the other fields of a quoted header begin.
const HEADER: usize = 4;

const FROM: [&str; 4] = ["from:", "差出人:", "送信者:", "送信元:"];

const FIELDS: [&str; 10] =
    ["sent:", "date:", "to:", "subject:", "送信日時:", "送信日:", "日時:", "日付:", "宛先:", "件名:"];

/// The own words of a reply. What may be somebody's own words is kept, rather than one word too little.
pub(super) fn own_words(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let mut own = Vec::new();
    let mut rest = lines.as_slice();
    let mut in_signature = false;
    while let Some((line, after)) = rest.split_first() {
        if is_original(line) || is_header(line, after) {
            break;
        }
        if let Some(below) = below_attribution(rest) {
            let quoted = below.iter().find(|line| !line.is_empty()).is_some_and(|line| is_quoted(line));
            if !quoted {
                break;
            }
            (rest, in_signature) = (below, false);
            continue;
        }
        match (is_quoted(line), *line == "--") {
            (true, _) => in_signature = false,
            (false, true) => in_signature = true,
            (false, false) if in_signature || is_decoration(line) => {}
            (false, false) => own.push(*line),
        }
        rest = after;
    }
    own.join("\n").trim().to_owned()
}

fn is_quoted(line: &str) -> bool {
    line.starts_with(['>', '＞'])
}

/// A line across the page, or what a phone adds by itself.
fn is_decoration(line: &str) -> bool {
    let across = line.chars().count() >= 10 && line.chars().all(|c| "_-=*".contains(c));
    let phone = (line.ends_with("から送信") && line.chars().count() <= 24)
        || (line.starts_with("Sent from my ") && line.len() <= 32);
    across || phone
}

/// `-----Original Message-----` and its like; all below is the mail before.
fn is_original(line: &str) -> bool {
    let lower = line.to_lowercase();
    let said =
        ["original message", "元のメッセージ", "original appointment", "forwarded message", "転送メッセージ"];
    lower.starts_with("--") && said.iter().any(|words| lower.contains(words))
}

/// The header of the mail before, as Outlook puts it above that mail without any mark.
fn is_header(line: &str, after: &[&str]) -> bool {
    let field = |line: &str| line.trim_matches('*').replace('：', ":").replace(" :", ":").to_lowercase();
    let begins = |line: &str, names: &[&str]| names.iter().any(|name| line.starts_with(name));
    begins(&field(line), &FROM)
        && after.iter().filter(|line| !line.is_empty()).take(HEADER).any(|line| begins(&field(line), &FIELDS))
}

/// What stands below words such as `On … wrote:` or `2026年11月25日(水) 9:00 … <a@b>:`.
fn below_attribution<'l, 'a>(lines: &'l [&'a str]) -> Option<&'l [&'a str]> {
    let first = lines.first()?;
    let dated = first.starts_with("On ")
        || (first.chars().take(4).filter(char::is_ascii_digit).count() == 4
            && first.chars().nth(4).is_some_and(|c| "年/-.".contains(c)));
    if !dated {
        return None;
    }
    (1..=WRAPPED).find_map(|count| {
        let (words, below) = lines.split_at_checked(count)?;
        let words = words.concat();
        let ends = words.ends_with([':', '：']) && words.chars().count() <= 300;
        let names = words.contains('@')
            || ["wrote:", "のメール:", "書きました:"].iter().any(|end| words.ends_with(end));
        (ends && names).then_some(below)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_quoted_goes() {
        for text in [
            "確認しました",
            "確認しました\n\n> 引用\n>> 引用\n",
            "確認しました\n\n2026年11月25日(水) 9:00 医師会 <\nfax@gateway.example.jp>:\n\n> 引用\n",
            "確認しました\n\nOn Wed, Nov 25, 2026 at 9:00 AM X <\nx@y.example> wrote:\n\n引用",
            "確認しました\niPhoneから送信\n\n2026/11/25 9:00、医師会 <fax@gateway.example.jp>のメール:\n\n\u{ff1e}引用",
            "確認しました\n-----Original Message-----\nFrom: x\n引用",
            "確認しました\n________________________________\n差出人: x <x@y>\n送信日時: 2026年11月25日\n宛先: z\n引用",
            "確認しました\n*From:* x\n*Sent:* Wednesday\n引用",
            "確認しました\n-- \n山田医院\n電話 0586\n> 引用",
            "2026/11/25 9:00, X wrote:\n> 引用\n確認しました\n",
        ] {
            assert_eq!(own_words(text), "確認しました", "{text}");
        }
    }

    #[test]
    fn words_between_and_below_quotes_are_kept() {
        let text = "確認しました\n--\n山田医院\n\nOn 2026/11/25, X wrote:\n> 氏名\n別人です\n> 住所\n";
        assert_eq!(own_words(text), "確認しました\n別人です");
        assert_eq!(own_words("From: 山田\n別人です"), "From: 山田\n別人です");
        assert_eq!(own_words("2026年に転居:\n別人です"), "2026年に転居:\n別人です");
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics_and_nothing_is_added(text in "(On |wrote:|>|--|From:|2026年|\n|[a-z@]|\\PC){0,60}") {
            let own = own_words(&text);
            proptest::prop_assert!(own.len() <= text.len());
        }
    }
}
