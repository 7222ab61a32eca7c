//! Phone and postal numbers.

use unicode_normalization::UnicodeNormalization;

use super::code::digits;
use super::{Refusal, Value};

/// What people put between the groups of a number.
const SEPARATORS: &str = "-‐‑‒–—―−ー()./";
const POSTAL_SEPARATORS: &str = "-‐‑‒–—―−ー〒";

/// Prefixes of eleven digits (mobile, IP, M2M; 0800 begins with 080).
const ELEVEN: [&str; 5] = ["050", "060", "070", "080", "090"];

/// A domestic number with its leading 0; +81 becomes 0.
pub(super) fn phone(raw: &str) -> Result<Value, Refusal> {
    let written: String = raw.nfkc().collect();
    let domestic = match written.trim().strip_prefix("+81") {
        Some(rest) => format!("0{}", digits(rest, SEPARATORS)?.trim_start_matches('0')),
        None => digits(&written, SEPARATORS)?,
    };
    let wanted = if ELEVEN.iter().any(|prefix| domestic.starts_with(prefix)) { 11 } else { 10 };
    let mut places = domestic.chars();
    if places.next() != Some('0') || places.next().is_none_or(|second| second == '0') {
        return Err(Refusal::new("市外局番は0で始まり、次は0以外です"));
    }
    if domestic.len() != wanted {
        return Err(Refusal::new(format!("この番号は{wanted}桁のはずですが{}桁です", domestic.len())));
    }
    Ok(Value::Digits(domestic))
}

/// Seven digits.
pub(super) fn postal(raw: &str) -> Result<Value, Refusal> {
    let digits = digits(raw, POSTAL_SEPARATORS)?;
    if digits.len() != 7 {
        return Err(Refusal::new(format!("郵便番号は7桁ですが{}桁です", digits.len())));
    }
    Ok(Value::Digits(digits))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(raw: &str) -> Option<String> {
        match phone(raw) {
            Ok(Value::Digits(digits)) => Some(digits),
            _ => None,
        }
    }

    #[test]
    fn separators_width_and_country_code_do_not_matter() {
        for raw in [
            "0586-71-7531",
            "（０５８６）７１ー７５３１",
            "+81 586 71 7531",
            "+81(0)586-71-7531",
            "0586717531",
        ] {
            assert_eq!(read(raw).as_deref(), Some("0586717531"), "{raw}");
        }
    }

    #[test]
    fn the_length_follows_the_prefix() {
        for good in ["0120123456", "0570012345", "0990123456", "08001234567", "05012345678", "09012345678"] {
            assert_eq!(read(good).as_deref(), Some(good));
        }
        for bad in ["058671753", "05867175311", "0901234567", "0050123456", "5867175310", ""] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(phone("0901234567").unwrap_err().why, "この番号は11桁のはずですが10桁です");
    }

    #[test]
    fn a_letter_is_a_misreading_and_not_skipped() {
        assert_eq!(phone("0586-7l-7531").unwrap_err().why, "数字以外の文字があります");
    }

    #[test]
    fn a_postal_number_has_seven_digits() {
        assert_eq!(postal("〒491-0001"), Ok(Value::Digits("4910001".into())));
        assert_eq!(postal("491-001").unwrap_err().why, "郵便番号は7桁ですが6桁です");
    }

    proptest! {
        #[test]
        fn what_is_read_is_stable(raw in "\\PC*") {
            if let Some(digits) = read(&raw) {
                prop_assert_eq!(read(&digits), Some(digits));
            }
        }
    }
}
