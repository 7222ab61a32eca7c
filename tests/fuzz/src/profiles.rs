//! Which profile a mail fits, what is read from it, and whether its sender is believed.

use kasasagi::mail::{self, Hints, Opened, Trust, Verdict};

use super::sources::{SENDER, SERVER, SOURCES};

/// Reads any bytes as a mail of unknown trust, then as the results of our own server about a sender.
///
/// # Panics
/// When a mail is taken from a sender who is not known, or a result vouches that does not say so.
pub fn body(raw: &[u8]) {
    judge(raw);
    judge_results(raw);
}

fn judge(raw: &[u8]) -> Option<Verdict> {
    let hints = mail::hints(raw, &SOURCES);
    let known = hints == Hints::default() || SOURCES.profile_names().any(|name| name == hints.profile);
    assert!(known, "no profile is called {}", hints.profile);
    let verdict = mail::verdict(raw, &SOURCES);
    if matches!(verdict, None | Some(Verdict::Unknown(_))) {
        let opened = mail::open(raw, &SOURCES, Trust::Ask);
        assert!(!matches!(opened, Opened::Fax(_)), "a fax was taken from an unknown sender");
    }
    verdict
}

/// A result is one field: the bytes cannot bring in fields of their own.
fn judge_results(value: &[u8]) {
    let value: Vec<u8> = value.iter().filter(|byte| !matches!(byte, b'\r' | b'\n')).copied().collect();
    let mail = [
        format!("Authentication-Results: {SERVER}").as_bytes(),
        value.as_slice(),
        format!("\r\nReceived: from a by b\r\nFrom: <{SENDER}>\r\nSubject: FAX\r\n\r\n").as_bytes(),
    ]
    .concat();
    let verdict = judge(&mail);
    let says_pass = value.to_ascii_lowercase().windows(4).any(|word| word == b"pass");
    let vouched = !matches!(verdict, None | Some(Verdict::Unknown(_)));
    // A word may be quoted, with every character escaped.
    assert!(says_pass || !vouched || value.contains(&b'\\'), "believed without a pass");
}
