//! Check digits of domain.md section 2: Damm for the association's own numbers,
//! weights 2 1 2 1 with digit sums for insurers and offices.

use crate::form::CheckDigit;

/// Damm's quasigroup of order 10 (H. M. Damm, 2004).
const DAMM: [[u8; 10]; 10] = [
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

/// Whether these digits break the rule of their field.
pub(super) fn breaks(check: CheckDigit, digits: &str) -> bool {
    check != CheckDigit::None && !exempt(check, digits) && !passes(check, digits)
}

/// Whether a check digit vouches for these digits: the rule has one and it is right.
pub fn guards(check: CheckDigit, digits: &str) -> bool {
    check != CheckDigit::None && !exempt(check, digits) && passes(check, digits)
}

/// A place without a number of its own is 9 and the last nine digits of its phone number;
/// no prefecture begins with 9.
fn exempt(check: CheckDigit, digits: &str) -> bool {
    check == CheckDigit::Mod10w21 && digits.len() == 10 && digits.starts_with('9')
}

fn passes(check: CheckDigit, digits: &str) -> bool {
    let values: Option<Vec<u8>> =
        digits.bytes().map(|b| b.is_ascii_digit().then(|| b.wrapping_sub(b'0'))).collect();
    let Some(values) = values.filter(|values| values.len() >= 2) else { return false };
    match check {
        CheckDigit::None => false,
        CheckDigit::Damm => values.iter().fold(0u8, |row, &v| DAMM[usize::from(row)][usize::from(v)]) == 0,
        CheckDigit::Mod10w21 => luhn(&values) == 0,
    }
}

/// Sum modulo 10 with the check digit itself at weight 1.
fn luhn(values: &[u8]) -> u32 {
    let doubled = |v: u8| u32::from(v) * 2 / 10 + u32::from(v) * 2 % 10;
    let weighted = values.iter().rev().enumerate();
    weighted.map(|(place, &v)| if place % 2 == 1 { doubled(v) } else { u32::from(v) }).sum::<u32>() % 10
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_worked_examples_of_the_domain_pass() {
        for digits in ["33120015", "435073", "232033", "232207", "2471300190", "2372200010", "0110113719"] {
            assert!(guards(CheckDigit::Mod10w21, digits), "{digits}");
        }
        for digits in ["0865", "0013", "0003878"] {
            assert!(guards(CheckDigit::Damm, digits), "{digits}");
        }
    }

    #[test]
    fn the_public_body_code_of_a_neighbour_is_no_insurer_number() {
        assert!(breaks(CheckDigit::Mod10w21, "232203"));
        assert!(breaks(CheckDigit::Mod10w21, "435074"));
    }

    #[test]
    fn a_number_made_from_a_phone_is_accepted_but_nothing_vouches_for_it() {
        assert!(!breaks(CheckDigit::Mod10w21, "9586717531"));
        assert!(!guards(CheckDigit::Mod10w21, "9586717531"));
    }

    #[test]
    fn without_a_rule_nothing_breaks_and_nothing_vouches() {
        assert!(!breaks(CheckDigit::None, "1234567890") && !guards(CheckDigit::None, "1234567890"));
    }

    /// A body of digits with the check digit that completes it.
    fn complete(check: CheckDigit, body: &str) -> String {
        let ends = ('0'..='9').map(|digit| format!("{body}{digit}"));
        ends.into_iter().find(|number| passes(check, number)).expect("one digit completes every body")
    }

    proptest! {
        #[test]
        fn every_wrong_digit_is_caught(body in "[0-8][0-9]{2,8}", place in 0usize..10, shift in 1u8..10) {
            for check in [CheckDigit::Damm, CheckDigit::Mod10w21] {
                let number = complete(check, &body);
                let mut wrong = number.clone().into_bytes();
                let place = place % wrong.len();
                wrong[place] = b'0' + (wrong[place] - b'0' + shift) % 10;
                let wrong = String::from_utf8(wrong).unwrap();
                prop_assert!(guards(check, &number));
                prop_assert!(!guards(check, &wrong), "{} for {}", wrong, number);
            }
        }

        #[test]
        fn damm_catches_every_swap_of_neighbours(body in "[0-9]{3,8}", place in 0usize..8) {
            let number = complete(CheckDigit::Damm, &body);
            let mut swapped: Vec<char> = number.chars().collect();
            let place = place % (swapped.len() - 1);
            prop_assume!(swapped[place] != swapped[place + 1]);
            swapped.swap(place, place + 1);
            prop_assert!(!guards(CheckDigit::Damm, &swapped.iter().collect::<String>()));
        }

        #[test]
        fn foreign_text_is_never_vouched_for(text in "\\PC*") {
            prop_assume!(!text.bytes().all(|b| b.is_ascii_digit()));
            prop_assert!(!guards(CheckDigit::Damm, &text) && !guards(CheckDigit::Mod10w21, &text));
        }
    }
}
