use std::borrow::Cow;

use super::field::{self, Field};
use super::header::{self, Fields};

/// Longest header of a mail; what is longer is none.
const HEADER: usize = 1 << 20;

/// A mail whose header has been read.
pub(super) struct Post<'m> {
    pub(super) fields: Fields,
    /// Every field as it came.
    pub(super) lines: Vec<Field<'m>>,
    /// The header is longer than what was looked at for the type of the mail.
    pub(super) cut: bool,
    pub(super) body: &'m [u8],
}

impl<'m> Post<'m> {
    pub(super) fn read(raw: &'m [u8]) -> Option<Self> {
        let (head, body) = header::split(header::without_postmark(raw));
        if head.len() > HEADER {
            return None;
        }
        let cut = head.len() > header::LONGEST;
        Some(Self { fields: Fields::read(head)?, lines: field::all(head), cut, body })
    }
}

/// A mail whose lines end in CR alone, as an old Mac writes them, with lines that can be read.
pub(super) fn in_lines(raw: &[u8]) -> Cow<'_, [u8]> {
    if raw.contains(&b'\n') || !raw.contains(&b'\r') {
        return Cow::Borrowed(raw);
    }
    raw.iter().map(|byte| if *byte == b'\r' { b'\n' } else { *byte }).collect()
}
