use super::header::decode_charset;
use super::transfer::{base64, unquote};

/// Longest header text kept, characters.
const LONGEST: usize = 500;
/// Longest encoded word looked for, bytes; RFC 2047 allows 75.
const WORD: usize = 2000;

/// A run of encoded words of one charset: decoded together, because senders cut inside a character.
struct Run {
    charset: String,
    bytes: Vec<u8>,
}

/// Decodes the text of a header field as it stood in the mail: RFC 2047 words, raw UTF-8, raw ISO-2022-JP,
/// raw Shift_JIS or EUC-JP. Control characters go; more than 500 characters are cut.
pub(super) fn decode(raw: &[u8]) -> String {
    let unfolded: Vec<u8> = raw.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let text = encoded_words(&plain(unfolded.trim_ascii()));
    text.chars().map(|c| if c == '\t' { ' ' } else { c }).filter(|c| !c.is_control()).take(LONGEST).collect()
}

/// Text without encoded words in whichever charset it is.
pub(super) fn plain(raw: &[u8]) -> String {
    let escaped = |pair: &[u8]| matches!(pair, [0x1b, b'$' | b'(']);
    if raw.windows(2).any(escaped) {
        return decode_charset("iso-2022-jp", raw).unwrap_or_default();
    }
    if let Ok(text) = std::str::from_utf8(raw) {
        return text.to_owned();
    }
    let guesses = ["shift_jis", "euc-jp"].iter().filter_map(|name| decode_charset(name, raw));
    guesses.min_by_key(|text| text.matches(misread).count()).unwrap_or_default()
}

/// What text turns into when its charset was guessed wrong: replacement and private use characters.
fn misread(c: char) -> bool {
    matches!(c, '\u{fffd}' | '\u{e000}'..='\u{f8ff}')
}

fn encoded_words(text: &str) -> String {
    let mut out = String::new();
    let mut run: Option<Run> = None;
    let mut rest = text;
    while let Some(at) = rest.find("=?") {
        let (before, word) = rest.split_at(at);
        let Some((charset, bytes, after)) = encoded_word(word) else {
            finish(&mut run, &mut out);
            out.push_str(before);
            out.push_str("=?");
            rest = word.get(2..).unwrap_or_default();
            continue;
        };
        // Space between encoded words is no text (RFC 2047, 6.2).
        let joined = run.is_some() && before.trim().is_empty();
        if !joined {
            finish(&mut run, &mut out);
            out.push_str(before);
        }
        match &mut run {
            Some(run) if run.charset.eq_ignore_ascii_case(charset) => run.bytes.extend(bytes),
            _ => {
                finish(&mut run, &mut out);
                run = Some(Run { charset: charset.to_owned(), bytes });
            }
        }
        rest = after;
    }
    finish(&mut run, &mut out);
    out.push_str(rest);
    out
}

fn finish(run: &mut Option<Run>, out: &mut String) {
    if let Some(Run { charset, bytes }) = run.take() {
        // RFC 2231, 5 lets a language follow the charset.
        let name = charset.split('*').next().unwrap_or_default();
        match decode_charset(name, &bytes) {
            Some(text) => out.push_str(&text),
            None => out.push_str(&String::from_utf8_lossy(&bytes)),
        }
    }
}

/// `=?charset?B|Q?text?=` at the start of `word`: its charset, its bytes, and what follows it.
fn encoded_word(word: &str) -> Option<(&str, Vec<u8>, &str)> {
    let (charset, rest) = word.strip_prefix("=?")?.split_once('?')?;
    let (coding, rest) = rest.split_once('?')?;
    let limit = rest.floor_char_boundary(WORD);
    let end = rest.get(..limit)?.find("?=")?;
    let (text, after) = (rest.get(..end)?, rest.get(end + 2..)?);
    if charset.is_empty() || charset.len() > 40 {
        return None;
    }
    let bytes = match coding {
        "B" | "b" => base64(text.as_bytes()).0,
        "Q" | "q" => {
            let mut bytes = Vec::new();
            unquote(text.replace('_', " ").as_bytes(), &mut bytes);
            bytes
        }
        _ => return None,
    };
    Some((charset, bytes, after))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn encoded_words_join_across_folds_and_inside_characters() {
        let cases: [(&str, &str); 8] = [
            ("plain text", "plain text"),
            ("=?UTF-8?B?RkFY5Y+X5L+h?=", "FAX受信"),
            ("=?utf-8?q?=E5=8F=97?= =?utf-8?Q?=E4=BF=A1_1?= page", "受信 1 page"),
            ("=?UTF-8?B?5Y8=?=\r\n =?UTF-8?B?lw==?=", "受"),
            ("=?ISO-2022-JP?B?GyRCPHU=?= =?ISO-2022-JP?B?Py4bKEI=?=", "受信"),
            ("=?ISO-2022-JP?B?GyRCPHUbKEI=?= =?ISO-2022-JP?B?GyRCPy4bKEI=?=", "受信"),
            ("=?x-unknown?Q?abc?= =?broken", "abc =?broken"),
            ("a =?us-ascii?Q?b?= c", "a b c"),
        ];
        for (raw, text) in cases {
            assert_eq!(decode(raw.as_bytes()), text, "{raw}");
        }
    }

    #[test]
    fn raw_japanese_is_read_in_its_own_charset() {
        let cases: [(&[u8], &str); 5] = [
            (b"FAX \x1b$B<u?.\x1b(B 1", "FAX 受信 1"),
            (b"\x1b$B-j\x1b(B\x1b(I6Z\x1b(B", "㈱ｶﾚ"),
            (b"FAX\x8e\xf3\x90M", "FAX受信"),
            (b"FAX\xbc\xf5\xbf\xae", "FAX受信"),
            ("FAX受信".as_bytes(), "FAX受信"),
        ];
        for (raw, text) in cases {
            assert_eq!(decode(raw), text, "{raw:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_become_short_text_without_control_characters(
            raw in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..1500),
                "((=\\?(utf-8|ISO-2022-JP|x)\\?[BQbq]\\?[ -~]{0,9}\\?=)|[ -~\u{3042}]{0,9}){0,9}".prop_map(String::into_bytes),
            ]
        ) {
            let text = decode(&raw);
            prop_assert!(text.chars().count() <= LONGEST);
            prop_assert!(!text.chars().any(char::is_control));
        }
    }
}
