//! Numbers of people and offices, each with its check digit.
//!
//! Every type has one constructor, [`FromStr`]: it applies NFKC (full-width digits are
//! normal in office files), trims blanks, and refuses anything else.

use std::fmt;
use std::str::FromStr;

use unicode_normalization::UnicodeNormalization;

use crate::{Error, Result};

/// Longest text looked at; no code is longer than 10 characters.
const MAX_CHARS: usize = 40;

/// Check digit of Damm's method (H. M. Damm, 2004): finds every wrong digit and every swap of neighbours.
///
/// `None` if `body` has a character that is no ASCII digit.
pub fn damm(body: &str) -> Option<u8> {
    const NEXT: [[u8; 10]; 10] = [
        [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
        [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
        [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
        [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
        [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
        [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
        [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
        [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
        [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
        [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
    ];
    digits(body)?.iter().try_fold(0u8, |row, digit| {
        NEXT.get(usize::from(row)).and_then(|line| line.get(usize::from(*digit))).copied()
    })
}

/// Check digit of insurers and offices: weights 2, 1, 2, 1 … from the right, digit sums, modulo 10.
///
/// Misses the swap 09 ↔ 90. `None` if `body` has a character that is no ASCII digit.
pub fn mod10w21(body: &str) -> Option<u8> {
    let sum: u32 = digits(body)?
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let product = u32::from(*digit) * if place % 2 == 0 { 2 } else { 1 };
            product / 10 + product % 10
        })
        .sum();
    u8::try_from((10 - sum % 10) % 10).ok()
}

fn digits(text: &str) -> Option<Vec<u8>> {
    text.bytes().map(|b| b.is_ascii_digit().then(|| b - b'0')).collect()
}

fn has_check_digit(text: &str, len: usize, rule: fn(&str) -> Option<u8>) -> bool {
    text.len() == len
        && text
            .split_at_checked(len - 1)
            .is_some_and(|(body, check)| rule(body).is_some_and(|digit| check.as_bytes() == [b'0' + digit]))
}

/// Prefectures are numbered 01 to 47 (JIS X 0401).
fn has_prefecture(text: &str) -> bool {
    text.get(..2).and_then(|two| two.parse::<u8>().ok()).is_some_and(|n| (1..=47).contains(&n))
}

macro_rules! number {
    ($(#[$meta:meta])* $name:ident, $what:literal, $rule:literal, $fits:expr, $debug:expr) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The digits.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                let text: String = text.trim().chars().take(MAX_CHARS).nfkc().collect();
                let fits: fn(&str) -> bool = $fits;
                if fits(&text) { Ok(Self(text)) } else { Err(Error::Invalid { what: $what, rule: $rule }) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let show: fn(&str) -> &str = $debug;
                write!(f, "{}({})", stringify!($name), show(&self.0))
            }
        }
    };
}

number!(
    /// 登録医コード: three digits and a Damm digit, such as `0865`.
    DrCode, "dr_code", "three digits and a Damm check digit", |t| has_check_digit(t, 4, damm), |t| t
);
number!(
    /// 連携ID, the registered number of a patient: six digits and a Damm digit, such as `0003878`.
    PatientId, "patient_id", "six digits and a Damm check digit", |t| has_check_digit(t, 7, damm), |_| "[redacted]"
);
number!(
    /// 事業所番号 or 医療機関コード: nine digits from the prefecture on and a check digit. An office without
    /// a number has `9` and the last nine digits of its phone number, which carries no check digit.
    OfficeNo, "office_no", "nine digits and a check digit, or 9 and the last nine digits of the phone number",
    |t| match t.strip_prefix('9') {
        Some(phone) => phone.len() == 9 && digits(phone).is_some(),
        None => has_check_digit(t, 10, mod10w21) && has_prefecture(t),
    },
    |t| t
);
number!(
    /// 介護保険の保険者番号: prefecture, municipality and a check digit, such as `232033`.
    InsurerNo, "insurer_no", "five digits from the prefecture on and a check digit",
    |t| has_check_digit(t, 6, mod10w21) && has_prefecture(t),
    |t| t
);
number!(
    /// 介護保険の被保険者番号: ten digits, or `H` and nine. There is no national check digit. The `H`
    /// tells of public assistance, one more reason why it is never shown.
    InsuredNo, "insured_no", "ten digits, or H and nine digits",
    |t| t.len() == 10 && digits(t.strip_prefix('H').unwrap_or(t)).is_some(),
    |_| "[redacted]"
);

impl OfficeNo {
    /// The nine digits of the phone number in a number made from it.
    pub(crate) fn phone_tail(&self) -> Option<&str> {
        self.0.strip_prefix('9')
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn worked_examples_have_their_check_digits() {
        for (body, check) in [("086", 5), ("001", 3), ("000387", 8)] {
            assert_eq!(damm(body), Some(check), "{body}");
        }
        for (body, check) in
            [("43507", 3), ("23203", 3), ("23220", 7), ("247130019", 0), ("011011371", 9), ("3312001", 5)]
        {
            assert_eq!(mod10w21(body), Some(check), "{body}");
        }
    }

    #[test]
    fn valid_codes_are_taken_and_printed_as_digits() -> Result<()> {
        assert_eq!("0865".parse::<DrCode>()?.as_str(), "0865");
        assert_eq!(" ００１３ ".parse::<DrCode>()?.to_string(), "0013");
        assert_eq!("0003878".parse::<PatientId>()?.as_str(), "0003878");
        for office in ["2471300190", "0110113719", "2372200010", "2314601234", "9586712345"] {
            assert_eq!(office.parse::<OfficeNo>()?.as_str(), office);
        }
        for insurer in ["435073", "232033", "232207"] {
            assert_eq!(insurer.parse::<InsurerNo>()?.as_str(), insurer);
        }
        for insured in ["0000123456", "H000123456"] {
            assert_eq!(insured.parse::<InsuredNo>()?.as_str(), insured);
        }
        Ok(())
    }

    #[test]
    fn wrong_codes_are_refused_without_being_repeated() {
        for text in ["", "0864", "86", "08650", "086５x", "０８６", "-865"] {
            assert!(text.parse::<DrCode>().is_err(), "{text}");
        }
        assert!("232203".parse::<InsurerNo>().is_err(), "a municipality code is no insurer number");
        assert!("7771300193".parse::<OfficeNo>().is_err());
        assert!("958671234".parse::<OfficeNo>().is_err());
        for text in ["H0001234567", "h000123456", "000012345", "HH00123456"] {
            let error = text.parse::<InsuredNo>().map(|_| ()).unwrap_err();
            assert!(!error.to_string().contains(text));
        }
    }

    #[test]
    fn numbers_of_patients_do_not_appear_in_debug_output() -> Result<()> {
        let shown = format!("{:?} {:?}", "0003878".parse::<PatientId>()?, "0000123456".parse::<InsuredNo>()?);
        assert_eq!(shown, "PatientId([redacted]) InsuredNo([redacted])");
        Ok(())
    }

    proptest! {
        #[test]
        fn damm_finds_every_wrong_digit_and_swap(n in 0u32..1_000_000, place in 0usize..7, other in 0u8..10) {
            let body = format!("{n:06}");
            let code = format!("{body}{}", damm(&body).unwrap());
            prop_assert!(code.parse::<PatientId>().is_ok());

            let mut wrong = code.clone().into_bytes();
            wrong[place] = b'0' + other;
            let wrong = String::from_utf8(wrong).unwrap();
            prop_assert_eq!(wrong.parse::<PatientId>().is_ok(), wrong == code);

            let mut swapped = code.clone().into_bytes();
            swapped.swap(place, (place + 1).min(6));
            let swapped = String::from_utf8(swapped).unwrap();
            prop_assert_eq!(swapped.parse::<PatientId>().is_ok(), swapped == code);
        }

        #[test]
        fn foreign_text_is_refused_not_panicked_on(text in "\\PC*") {
            let _ = (text.parse::<DrCode>(), text.parse::<OfficeNo>(), text.parse::<InsurerNo>());
            let _ = (text.parse::<InsuredNo>(), text.parse::<PatientId>());
        }
    }
}
