//! Phone and fax numbers and mail addresses of the registry.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use unicode_normalization::UnicodeNormalization;

use crate::{Error, Result};

/// A Japanese phone or fax number, compared by its E.164 form.
#[derive(Clone)]
pub struct Phone {
    e164: String,
    original: String,
}

/// A mail address that every mail server takes: ASCII, no quoting, no comment, no routing tricks.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MailAddress(String);

impl Phone {
    /// Such as `+81586717531`.
    pub fn e164(&self) -> &str {
        &self.e164
    }

    /// As it was written.
    pub fn original(&self) -> &str {
        &self.original
    }
}

impl MailAddress {
    /// The address, its domain in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Phone {
    type Err = Error;

    /// Reads a number with or without hyphens, brackets and `+81`.
    fn from_str(text: &str) -> Result<Self> {
        let invalid =
            Error::Invalid { what: "phone", rule: "a Japanese number with its area code, 10 or 11 digits" };
        if text.chars().count() > 30 {
            return Err(invalid);
        }
        let mut national = String::new();
        for c in text.nfkc() {
            match c {
                '0'..='9' | '+' => national.push(c),
                ' ' | '(' | ')' | '-' | '‐' | '‑' | '–' | '—' | '―' | '−' | 'ー' => {}
                _ => return Err(invalid),
            }
        }
        if let Some(rest) = national.strip_prefix("+81") {
            national = format!("0{}", rest.strip_prefix('0').unwrap_or(rest));
        }
        if !is_national(&national) {
            return Err(invalid);
        }
        Ok(Self { e164: format!("+81{}", &national[1..]), original: text.trim().to_owned() })
    }
}

/// Lengths by prefix: 050 to 090 and 0800 have 11 digits, all others 10.
fn is_national(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    let eleven = matches!(bytes, [b'0', b'5'..=b'9', b'0', ..]);
    bytes.iter().all(u8::is_ascii_digit)
        && matches!(bytes, [b'0', b'1'..=b'9', ..])
        && bytes.len() == if eleven { 11 } else { 10 }
}

impl FromStr for MailAddress {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        text.split_once('@')
            .filter(|(local, domain)| text.len() <= 254 && is_local(local) && is_domain(domain))
            .map(|(local, domain)| Self(format!("{local}@{}", domain.to_ascii_lowercase())))
            .ok_or(Error::Invalid { what: "mail address", rule: "name@domain in ASCII" })
    }
}

/// A dot-atom of RFC 5321, without the characters that shells and old gateways give a meaning.
fn is_local(local: &str) -> bool {
    local.len() <= 64
        && local.split('.').all(|atom| {
            !atom.is_empty() && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+-=".contains(&b))
        })
        && !local.starts_with('-')
}

fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top_is_a_word =
        domain.rsplit('.').next().is_some_and(|top| top.bytes().any(|b| b.is_ascii_alphabetic()));
    domain.contains('.') && domain.split('.').all(label) && top_is_a_word
}

impl PartialEq for Phone {
    fn eq(&self, other: &Self) -> bool {
        self.e164 == other.e164
    }
}

impl Eq for Phone {}

impl Hash for Phone {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.e164.hash(state);
    }
}

impl fmt::Display for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailAddress([redacted])")
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_ways_a_number_is_written_are_one_number() -> Result<()> {
        for text in [
            "0586-71-7531",
            "0586717531",
            "（0586）71−7531",
            "０５８６ー７１ー７５３１",
            "+81 586 71 7531",
            "+81(0)586-71-7531",
        ] {
            assert_eq!(text.parse::<Phone>()?.e164(), "+81586717531", "{text}");
        }
        assert_eq!("0586-71-7531".parse::<Phone>()?.original(), "0586-71-7531");
        Ok(())
    }

    #[test]
    fn lengths_follow_the_prefix() {
        for good in [
            "09012345678",
            "05012345678",
            "06012345678",
            "08001234567",
            "0120123456",
            "0570123456",
            "0661234567",
        ] {
            assert!(good.parse::<Phone>().is_ok(), "{good}");
        }
        for bad in [
            "0901234567",
            "0501234567",
            "01201234567",
            "05867175312",
            "5867175310",
            "0086717531",
            "",
            "110",
            "0586-71-753x",
        ] {
            assert!(bad.parse::<Phone>().is_err(), "{bad}");
        }
    }

    #[test]
    fn only_plain_addresses_are_taken() -> Result<()> {
        assert_eq!(
            "Hibari.Naika@Clinic.Example.JP".parse::<MailAddress>()?.as_str(),
            "Hibari.Naika@clinic.example.jp"
        );
        for bad in [
            "",
            "@",
            "a@b",
            "a b@example.jp",
            "a@example.jp, b@example.jp",
            "a@example.jp\r\nBcc: b@example.jp",
            "a..b@example.jp",
            ".a@example.jp",
            "a@-example.jp",
            "a@example..jp",
            "\"a\"@example.jp",
            "医院@example.jp",
            "a@b@example.jp",
            "a@192.0.2.1",
            "-f@example.jp",
            "a%b@example.jp",
        ] {
            assert!(bad.parse::<MailAddress>().is_err(), "{bad}");
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn foreign_text_is_refused_not_panicked_on(text in "\\PC*") {
            let _ = text.parse::<Phone>();
            if let Ok(address) = text.parse::<MailAddress>() {
                prop_assert!(address.as_str().is_ascii());
            }
        }
    }
}
