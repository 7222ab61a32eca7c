//! The number that a form carries in its machine codes.
//!
//! Sixteen digits `FFVVPTNNNNNNNNCC`: form, version, page, total, serial and two
//! check digits (ISO 7064 MOD 97-10). They stand on the form twice, as a QR code
//! (with the prefix `ICM1-`) and as a Code128-C.

mod code128;

use qrcode::{Color, EcLevel, QrCode, Version};

pub use code128::{CODE128_MODULES, code128_bars};

use crate::{Error, Result};

/// Modules along one side of the QR code (version 2).
pub const QR_MODULES: usize = 25;

/// What the QR code says before the digits, so that other QR codes on a page are told apart.
pub const QR_PREFIX: &str = "ICM1-";

const MAX_SERIAL: u32 = 99_999_999;

/// What the machine codes of a form say.
///
/// Made by [`Payload::new`] or [`Payload::parse`] only, so that it always fits its digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Payload {
    /// Number of the form, 1 to 99.
    pub form: u8,
    /// Version of the form, 1 to 99.
    pub version: u8,
    /// This page, 1 to 9.
    pub page: u8,
    /// Pages of the form, 1 to 9.
    pub total: u8,
    /// Number of the printed sheet; `None` (written as zeros) on a blank meant to be photocopied.
    pub serial: Option<u32>,
}

impl Payload {
    /// The payload of a sheet.
    ///
    /// # Errors
    /// [`Error::Code`] when a part does not fit its digits.
    pub fn new(form: u8, version: u8, page: u8, total: u8, serial: Option<u32>) -> Result<Self> {
        let refuse = |what: String| Err(Error::Code { what });
        if !(1..=99).contains(&form) || !(1..=99).contains(&version) {
            return refuse(format!("form {form} version {version} is outside 1 to 99"));
        }
        if !(1..=9).contains(&total) || !(1..=total).contains(&page) {
            return refuse(format!("there is no page {page} of {total}"));
        }
        if let Some(serial) = serial.filter(|n| !(1..=MAX_SERIAL).contains(n)) {
            return refuse(format!("serial {serial} is outside 1 to {MAX_SERIAL}"));
        }
        Ok(Self { form, version, page, total, serial })
    }

    /// Reads the sixteen digits, with or without the prefix of the QR code.
    ///
    /// # Errors
    /// [`Error::Code`] when they are not sixteen digits, the check digits are wrong, or a part is impossible.
    pub fn parse(text: &str) -> Result<Self> {
        let digits = text.strip_prefix(QR_PREFIX).unwrap_or(text);
        if digits.len() != 16 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Error::Code { what: "it is not sixteen digits".into() });
        }
        let number = |from: usize, to: usize| {
            digits[from..to].bytes().fold(0u64, |n, digit| n * 10 + u64::from(digit - b'0'))
        };
        if number(0, 16) % 97 != 1 {
            return Err(Error::Code { what: "its check digits are wrong".into() });
        }
        let small = |from, to| u8::try_from(number(from, to)).expect("two digits fit a byte");
        let serial = u32::try_from(number(6, 14)).expect("eight digits fit 32 bits");
        Self::new(small(0, 2), small(2, 4), small(4, 5), small(5, 6), Some(serial).filter(|n| *n > 0))
    }

    /// The sixteen digits, check digits included.
    pub fn digits(&self) -> String {
        let Self { form, version, page, total, serial } = self;
        let body = format!("{form:02}{version:02}{page}{total}{:08}", serial.unwrap_or(0));
        let remainder = body.bytes().fold(0u64, |n, digit| (n * 10 + u64::from(digit - b'0')) % 97);
        format!("{body}{:02}", 98 - remainder * 100 % 97)
    }

    /// The text of the QR code.
    pub fn qr_text(&self) -> String {
        format!("{QR_PREFIX}{}", self.digits())
    }

    /// The QR code, row by row: [`QR_MODULES`] squared, true where black.
    pub fn qr_modules(&self) -> Vec<bool> {
        QrCode::with_version(self.qr_text(), Version::Normal(2), EcLevel::M)
            .expect("version 2-M holds 38 characters, these are 21")
            .into_colors()
            .into_iter()
            .map(|color| color == Color::Dark)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_payload() -> impl Strategy<Value = Payload> {
        let pages = (1u8..=9).prop_flat_map(|total| (1..=total, Just(total)));
        (1u8..=99, 1u8..=99, pages, proptest::option::of(1..=MAX_SERIAL)).prop_map(
            |(form, version, (page, total), serial)| {
                Payload::new(form, version, page, total, serial).unwrap()
            },
        )
    }

    #[test]
    fn the_documented_example_holds() {
        let payload = Payload::new(1, 1, 1, 1, Some(387)).unwrap();
        assert_eq!(payload.digits(), "0101110000038741");
        assert_eq!(payload.qr_text(), "ICM1-0101110000038741");
    }

    #[test]
    fn a_photocopied_blank_has_no_serial() {
        let blank = Payload::new(1, 1, 1, 1, None).unwrap();
        assert_eq!(&blank.digits()[6..14], "00000000");
        assert_eq!(Payload::parse(&blank.digits()).unwrap().serial, None);
    }

    #[test]
    fn what_is_no_payload_is_refused() {
        for text in [
            "",
            "ICM1-",
            "010111000003874",
            "01011100000387411",
            "010111000003874x",
            "０１０１１１０００００３８７４１",
        ] {
            assert!(matches!(Payload::parse(text), Err(Error::Code { .. })), "{text}");
        }
    }

    #[test]
    fn impossible_parts_are_refused() {
        assert!(Payload::new(0, 1, 1, 1, None).is_err());
        assert!(Payload::new(1, 100, 1, 1, None).is_err());
        assert!(Payload::new(1, 1, 2, 1, None).is_err());
        assert!(Payload::new(1, 1, 0, 0, None).is_err());
        assert!(Payload::new(1, 1, 1, 1, Some(0)).is_err());
        assert!(Payload::new(1, 1, 1, 1, Some(100_000_000)).is_err());
    }

    proptest! {
        #[test]
        fn digits_come_back_as_the_payload(payload in any_payload()) {
            prop_assert_eq!(Payload::parse(&payload.digits()).unwrap(), payload);
            prop_assert_eq!(Payload::parse(&payload.qr_text()).unwrap(), payload);
        }

        #[test]
        fn one_wrong_digit_is_noticed(payload in any_payload(), at in 0usize..16, add in 1u8..10) {
            let mut digits = payload.digits().into_bytes();
            digits[at] = b'0' + (digits[at] - b'0' + add) % 10;
            prop_assert!(Payload::parse(std::str::from_utf8(&digits).unwrap()).is_err());
        }

        #[test]
        fn two_neighbours_exchanged_are_noticed(payload in any_payload(), at in 0usize..15) {
            let mut digits = payload.digits().into_bytes();
            prop_assume!(digits[at] != digits[at + 1]);
            digits.swap(at, at + 1);
            prop_assert!(Payload::parse(std::str::from_utf8(&digits).unwrap()).is_err());
        }

        #[test]
        fn any_text_is_answered_without_panic(text in "\\PC{0,24}") {
            let _ = Payload::parse(&text);
        }
    }

    fn read(width: u32, height: u32, black: impl Fn(u32, u32) -> bool) -> String {
        let luma = (0..height)
            .flat_map(|y| (0..width).map(move |x| (x, y)))
            .map(|(x, y)| if black(x, y) { 0 } else { 255 })
            .collect();
        rxing::helpers::detect_in_luma(luma, width, height, None).unwrap().getText().to_owned()
    }

    #[test]
    fn the_qr_code_is_read_by_another_program() {
        let payload = Payload::new(1, 1, 1, 1, Some(387)).unwrap();
        let modules = payload.qr_modules();
        let (quiet, scale) = (4, 4);
        let side = (QR_MODULES as u32 + 2 * quiet) * scale;
        let text = read(side, side, |x, y| {
            let (column, row) = ((x / scale).wrapping_sub(quiet), (y / scale).wrapping_sub(quiet));
            column < 25 && row < 25 && modules[(row * 25 + column) as usize]
        });
        assert_eq!(text, payload.qr_text());
    }

    #[test]
    fn the_bar_code_is_read_by_another_program() {
        let payload = Payload::new(2, 31, 1, 2, Some(98_765_432)).unwrap();
        let bars = code128_bars(&payload);
        let (quiet, scale) = (10, 3);
        let text = read((CODE128_MODULES + 2 * quiet) * scale, 60, |x, _| {
            let module = (x / scale).wrapping_sub(quiet);
            bars.iter().any(|&(start, width)| (start..start + width).contains(&module))
        });
        assert_eq!(text, payload.digits());
    }
}
