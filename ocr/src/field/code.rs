//! Codes and counts: digits in cells.

use unicode_normalization::UnicodeNormalization;

use super::check_digit::breaks;
use super::{Refusal, Value};
use crate::form::CheckDigit;

/// The ASCII digits of a text; white space and the given separators are skipped.
pub(super) fn digits(raw: &str, separators: &str) -> Result<String, Refusal> {
    let mut digits = String::new();
    for c in raw.nfkc() {
        match c {
            '0'..='9' => digits.push(c),
            c if c.is_whitespace() || separators.contains(c) => {}
            _ => return Err(Refusal::new("数字以外の文字があります")),
        }
    }
    Ok(digits)
}

/// A number of exactly `cells` digits under its check digit rule.
///
/// Ten cells without a rule are an insured person's number: its first place may be the letter H.
pub(super) fn code(check: CheckDigit, cells: usize, raw: &str) -> Result<Value, Refusal> {
    let written: String = raw.nfkc().filter(|c| !c.is_whitespace()).collect();
    let letter = check == CheckDigit::None && cells == 10 && written.starts_with(['H', 'h']);
    let digits = match written.get(1..) {
        Some(rest) if letter => format!("H{}", digits(rest, "-")?),
        _ => digits(&written, "-")?,
    };
    let count = digits.len();
    if count != cells {
        return Err(Refusal::new(format!("{cells}桁のところ{count}桁です")));
    }
    if breaks(check, &digits) {
        return Err(Refusal::new("検査数字が合いません"));
    }
    Ok(Value::Digits(digits))
}

/// A count up to `max`.
pub(super) fn number(max: u32, raw: &str) -> Result<Value, Refusal> {
    let digits = digits(raw, "")?;
    if digits.is_empty() {
        return Err(Refusal::new("数字がありません"));
    }
    let number: Option<u32> = digits.parse().ok();
    match number.filter(|n| *n <= max) {
        Some(number) => Ok(Value::Number(number)),
        None => Err(Refusal::new(format!("{max}を超えています"))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn why(result: Result<Value, Refusal>) -> String {
        result.unwrap_err().to_string()
    }

    fn value(digits: &str) -> Result<Value, Refusal> {
        Ok(Value::Digits(digits.to_owned()))
    }

    #[test]
    fn a_code_is_its_digits_whatever_their_width() {
        assert_eq!(code(CheckDigit::Mod10w21, 10, "２３７２２ ０００１０"), value("2372200010"));
    }

    #[test]
    fn a_wrong_check_digit_is_refused() {
        assert_eq!(why(code(CheckDigit::Damm, 7, "0003879")), "検査数字が合いません");
    }

    #[test]
    fn a_missing_digit_is_refused_before_the_check_digit() {
        assert_eq!(why(code(CheckDigit::Damm, 7, "000387")), "7桁のところ6桁です");
    }

    #[test]
    fn letters_are_refused_except_the_h_of_an_insured_number() {
        assert_eq!(why(code(CheckDigit::None, 6, "12O456")), "数字以外の文字があります");
        assert_eq!(code(CheckDigit::None, 10, "Ｈ123456789"), value("H123456789"));
        assert_eq!(why(code(CheckDigit::None, 10, "H1234567890")), "10桁のところ11桁です");
        assert_eq!(why(code(CheckDigit::Mod10w21, 10, "H123456789")), "数字以外の文字があります");
    }

    #[test]
    fn a_count_keeps_to_its_limit() {
        assert_eq!(number(120, "０83"), Ok(Value::Number(83)));
        assert_eq!(why(number(120, "121")), "120を超えています");
        assert_eq!(why(number(120, "99999999999999999999")), "120を超えています");
        assert_eq!(why(number(120, " ")), "数字がありません");
    }

    proptest! {
        #[test]
        fn any_text_gives_a_value_or_a_refusal(raw in "\\PC*", cells in 0usize..12) {
            if let Ok(Value::Digits(digits)) = code(CheckDigit::None, cells, &raw) {
                prop_assert_eq!(digits.len(), cells);
            }
            let _ = number(99, &raw);
        }
    }
}
