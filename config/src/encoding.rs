//! Bytes of a table to text: UTF-8, or the CP932 that Excel writes as plain "CSV". The only file
//! naming `encoding_rs`.

use encoding_rs::SHIFT_JIS;

use crate::{Error, Result};

const BYTE_ORDER_MARK: &[u8] = "\u{FEFF}".as_bytes();

/// Reads UTF-8, with or without a byte order mark.
///
/// # Errors
/// [`Error::Syntax`] with the line of the first byte that is none.
pub(crate) fn utf8(file: &str, bytes: &[u8]) -> Result<String> {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    str::from_utf8(bytes).map(str::to_owned).map_err(|error| {
        let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
        fault(file, line, "is not UTF-8")
    })
}

/// Reads UTF-8, or else CP932 (the Shift_JIS of the WHATWG encoding standard).
///
/// A file that begins with the mark of UTF-8, or is UTF-8 but for a few damaged bytes, is not taken
/// for CP932: it would turn names into other names.
///
/// # Errors
/// [`Error::Syntax`] with the line that is neither.
pub(crate) fn utf8_or_cp932(file: &str, bytes: &[u8]) -> Result<String> {
    let read = utf8(file, bytes);
    if read.is_ok() || bytes.starts_with(BYTE_ORDER_MARK) || is_damaged_utf8(bytes) {
        return read;
    }
    // No second byte of CP932 is a line feed, so lines can be read one by one.
    let mut text = String::new();
    for (line, raw) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let (decoded, had_errors) = SHIFT_JIS.decode_without_bom_handling(raw);
        if had_errors {
            let what = "is neither UTF-8 nor Shift_JIS (CP932); in Excel save as \"CSV UTF-8\"";
            return Err(fault(file, line + 1, what));
        }
        text.push_str(&decoded);
    }
    Ok(text)
}

/// Whether more characters of several bytes are right UTF-8 than wrong; in CP932 that is hardly ever so.
fn is_damaged_utf8(bytes: &[u8]) -> bool {
    let (mut right, mut wrong) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        right += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        wrong += chunk.invalid().len().min(1);
    }
    right > wrong
}

fn fault(file: &str, line: usize, what: &str) -> Error {
    Error::Syntax { file: file.to_owned(), what: format!("line {line}: {what}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_excel_writes_is_read_and_what_is_damaged_is_named_by_line() {
        let text = "氏名,住所\n水野 遥斗,一宮市①～\n";
        let (cp932, _, unmappable) = SHIFT_JIS.encode(text);
        assert!(!unmappable);
        assert_eq!(utf8_or_cp932("t.csv", &cp932).unwrap(), text);
        assert_eq!(utf8_or_cp932("t.csv", text.as_bytes()).unwrap(), text);
        assert_eq!(utf8_or_cp932("t.csv", format!("\u{FEFF}{text}").as_bytes()).unwrap(), text);

        let mut damaged = text.as_bytes().to_vec();
        damaged[20] = 0xFF;
        let message = utf8_or_cp932("t.csv", &damaged).unwrap_err().to_string();
        assert_eq!(message, "t.csv: line 2: is not UTF-8", "never taken for CP932");
        let message = utf8_or_cp932("t.csv", b"name\n\x8e\x52\n\xff\n").unwrap_err().to_string();
        assert!(message.starts_with("t.csv: line 3: is neither"), "{message}");
    }
}
