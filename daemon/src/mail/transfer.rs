use std::borrow::Cow;

use super::uu;

/// The Content-Transfer-Encoding of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transfer {
    /// 7bit, 8bit, binary, or a name that nobody knows.
    Plain,
    Base64,
    QuotedPrintable,
    /// uuencode, under one of the names it goes by.
    Uu,
}

/// A decoded part.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decoded<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    /// Something stood there that the encoding does not have; it was skipped.
    pub(super) damaged: bool,
}

impl Transfer {
    pub(super) fn named(name: &str) -> Self {
        match name.trim().to_ascii_lowercase().as_str() {
            "base64" => Self::Base64,
            "quoted-printable" => Self::QuotedPrintable,
            "x-uuencode" | "x-uue" | "uuencode" => Self::Uu,
            _ => Self::Plain,
        }
    }

    pub(super) fn decode(self, body: &[u8]) -> Decoded<'_> {
        let (bytes, damaged) = match self {
            Self::Plain => return Decoded { bytes: Cow::Borrowed(body), damaged: false },
            Self::Base64 => base64(body),
            Self::QuotedPrintable => quoted_printable(body),
            Self::Uu => match uu::files(body) {
                (files, damaged) if !files.is_empty() => (files.concat(), damaged),
                _ => return Decoded { bytes: Cow::Borrowed(body), damaged: true },
            },
        };
        Decoded { bytes: Cow::Owned(bytes), damaged }
    }
}

/// Base64 (RFC 2045, 6.8). Foreign characters are skipped and padding may stand in the middle, as where two
/// encoded pieces were joined; a last group cut short gives the bytes that it still has.
pub(super) fn base64(text: &[u8]) -> (Vec<u8>, bool) {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut group, mut digits, mut damaged) = (0u32, 0u32, false);
    for character in text {
        match digit(*character) {
            Some(value) => {
                group = group << 6 | value;
                digits += 1;
                if digits == 4 {
                    flush(&mut bytes, group, 4);
                    (group, digits) = (0, 0);
                }
            }
            None if *character == b'=' => {
                damaged |= digits == 1;
                flush(&mut bytes, group, digits);
                (group, digits) = (0, 0);
            }
            None => damaged |= !character.is_ascii_whitespace(),
        }
    }
    damaged |= digits != 0;
    flush(&mut bytes, group, digits);
    (bytes, damaged)
}

fn digit(character: u8) -> Option<u32> {
    let value = match character {
        b'A'..=b'Z' => character - b'A',
        b'a'..=b'z' => character - b'a' + 26,
        b'0'..=b'9' => character - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

/// Adds the whole bytes of a group of `digits` base64 digits.
fn flush(bytes: &mut Vec<u8>, group: u32, digits: u32) {
    let [_, three @ ..] = (group << (6 * 4u32.saturating_sub(digits))).to_be_bytes();
    let whole = match digits {
        4 => 3,
        3 => 2,
        2 => 1,
        _ => 0,
    };
    bytes.extend(three.iter().take(whole));
}

/// Quoted-printable (RFC 2045, 6.7). Spaces at the end of a line are dropped; a `=` that begins nothing stays.
fn quoted_printable(text: &[u8]) -> (Vec<u8>, bool) {
    let mut bytes = Vec::with_capacity(text.len());
    let mut damaged = false;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let end = match line {
            [.., b'\r', b'\n'] => &b"\r\n"[..],
            [.., b'\n'] => b"\n",
            _ => b"",
        };
        let content = line.get(..line.len() - end.len()).unwrap_or_default().trim_ascii_end();
        let (content, soft) = match content {
            [content @ .., b'='] => (content, true),
            _ => (content, false),
        };
        damaged |= unquote(content, &mut bytes);
        if !soft {
            bytes.extend_from_slice(end);
        }
    }
    (bytes, damaged)
}

/// Undoes `=XX`; true if a `=` stood alone.
pub(super) fn unquote(content: &[u8], bytes: &mut Vec<u8>) -> bool {
    let mut rest = content;
    let mut damaged = false;
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'=', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                bytes.push(hex(*high) << 4 | hex(*low));
                rest = after;
            }
            _ => {
                damaged |= *first == b'=';
                bytes.push(*first);
            }
        }
    }
    damaged
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encode(bytes: &[u8]) -> String {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut text = String::new();
        for group in bytes.chunks(3) {
            let bits =
                group.iter().enumerate().fold(0u32, |bits, (at, b)| bits | u32::from(*b) << (16 - 8 * at));
            for at in 0..4 {
                let shown = at <= group.len();
                text.push(if shown {
                    char::from(ALPHABET[(bits >> (18 - 6 * at) & 63) as usize])
                } else {
                    '='
                });
            }
        }
        text
    }

    #[test]
    fn base64_survives_what_mail_does_to_it() {
        assert_eq!(base64(b"JVBE\r\nRi0=\r\n"), (b"%PDF-".to_vec(), false));
        assert_eq!(base64(b"JV!BE-Ri0="), (b"%PDF-".to_vec(), true));
        assert_eq!(base64(b"JVBERg==LTE="), (b"%PDF-1".to_vec(), false));
        assert_eq!(base64(b"JVBERi0"), (b"%PDF-".to_vec(), true));
        assert_eq!(base64(b"J"), (vec![], true));
        assert_eq!(base64(b""), (vec![], false));
    }

    #[test]
    fn quoted_printable_joins_and_unquotes() {
        assert_eq!(quoted_printable(b"a=3Db=\r\nc  \r\nd=0d=0A"), (b"a=bc\r\nd\r\n".to_vec(), false));
        assert_eq!(quoted_printable(b"1=2 =G0"), (b"1=2 =G0".to_vec(), true));
    }

    proptest! {
        #[test]
        fn base64_gives_back_what_was_encoded(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(base64(encode(&bytes).as_bytes()), (bytes, false));
        }

        #[test]
        fn no_bytes_panic_and_none_grow(text in prop::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(base64(&text).0.len() <= text.len());
            prop_assert!(quoted_printable(&text).0.len() <= text.len());
        }
    }
}
