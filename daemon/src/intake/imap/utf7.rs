//! Folder names on the wire: modified UTF-7 (RFC 3501, 5.1.3).

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/// A folder name as servers write it.
pub(super) fn encode(name: &str) -> String {
    let mut wire = String::new();
    let mut shifted: Vec<u16> = Vec::new();
    for c in name.chars() {
        if !matches!(c, ' '..='~') {
            shifted.extend(c.encode_utf16(&mut [0; 2]).iter());
            continue;
        }
        flush(&mut wire, &mut shifted);
        wire.push(c);
        if c == '&' {
            wire.push('-');
        }
    }
    flush(&mut wire, &mut shifted);
    wire
}

fn flush(wire: &mut String, shifted: &mut Vec<u16>) {
    if shifted.is_empty() {
        return;
    }
    wire.push('&');
    let bytes: Vec<u8> = shifted.drain(..).flat_map(u16::to_be_bytes).collect();
    for group in bytes.chunks(3) {
        let bits =
            group.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for digit in 0..=group.len() {
            let index = bits >> (18 - 6 * digit) & 63;
            wire.push(char::from(DIGITS[index as usize]));
        }
    }
    wire.push('-');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_the_standard_shows() {
        assert_eq!(encode("~peter/mail/台北/日本語"), "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
        assert_eq!(encode("INBOX"), "INBOX");
        assert_eq!(encode("A & B"), "A &- B");
        assert_eq!(encode("取込済😀"), "&U9aPvG4I2D3eAA-");
    }
}
