//! A mail into documents.

use kasasagi::mail::{self, Opened, Trust};

use super::sources::SOURCES;

/// All decoded parts of one mail together have no more bytes than this.
const DECODED: usize = 100 << 20;

/// Opens any bytes as a mail, and once more with the line ends of a mail server.
///
/// # Panics
/// When what was found is not what it says.
pub fn body(raw: &[u8]) {
    check(raw);
    check(&with_line_ends(raw));
}

fn check(raw: &[u8]) {
    let _ = (mail::is_unique(raw), mail::response(raw));
    let Opened::Fax(envelope) = mail::open(raw, &SOURCES, Trust::Vouched) else { return };
    assert!(!envelope.documents.is_empty(), "a fax has documents");
    let decoded: usize = envelope.documents.iter().map(|document| document.bytes.len()).sum();
    assert!(decoded <= DECODED, "{decoded} bytes were kept");
    assert!(envelope.documents.iter().all(|document| document.sha256.len() == 64));
}

fn with_line_ends(raw: &[u8]) -> Vec<u8> {
    let mut mail = Vec::with_capacity(raw.len() + raw.len() / 20);
    for (at, byte) in raw.iter().enumerate() {
        if *byte == b'\n' && at.checked_sub(1).and_then(|before| raw.get(before)) != Some(&b'\r') {
            mail.push(b'\r');
        }
        mail.push(*byte);
    }
    mail
}
