//! The payload of the machine codes, as far as finding a form needs it.

/// What a machine code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payload {
    /// Form number.
    pub form: u8,
    /// Form version.
    pub version: u8,
    /// Page.
    pub page: u8,
    /// Pages in all.
    pub total: u8,
    /// Serial; `None` on a photocopied blank.
    pub serial: Option<u32>,
}

impl Payload {
    /// Reads sixteen digits FFVVPTNNNNNNNNCC whose value modulo 97 is 1.
    pub fn parse(digits: &str) -> Option<Self> {
        if digits.len() != 16 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let number = |range: std::ops::Range<usize>| digits[range].parse::<u64>().ok();
        if number(0..16)? % 97 != 1 {
            return None;
        }
        let byte = |range| u8::try_from(number(range)?).ok();
        let serial = u32::try_from(number(6..14)?).ok()?;
        Some(Self {
            form: byte(0..2)?,
            version: byte(2..4)?,
            page: byte(4..5)?,
            total: byte(5..6)?,
            serial: (serial != 0).then_some(serial),
        })
    }
}
