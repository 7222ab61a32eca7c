use std::borrow::Cow;
use std::collections::BTreeSet;

use super::content::Content;
use super::header::{self, Fields};
use super::{Document, MailFault, uu};

/// Entities in one mail, at all levels.
const PARTS: usize = 500;
/// Levels of multipart and message around a leaf.
const DEPTH: usize = 10;
/// Levels of forwarded mails.
const MESSAGES: usize = 5;
/// Bytes of all decoded parts.
const DECODED: usize = 100 << 20;

/// The way through the tree of a mail: what was found, and how much of each bound is used up.
#[derive(Default)]
pub(super) struct Walk {
    pub(super) documents: Vec<Document>,
    pub(super) faults: BTreeSet<MailFault>,
    parts: usize,
    decoded: usize,
    depth: usize,
    messages: usize,
}

/// A bound that was met; the mail is not looked at any further.
type Bounded = Result<(), MailFault>;

impl Walk {
    /// Looks into an entity whose header has been read.
    pub(super) fn inside(&mut self, fields: &Fields, body: &[u8]) -> Bounded {
        self.parts += 1;
        if self.parts > PARTS {
            return Err(MailFault::TooManyParts);
        }
        if self.depth > DEPTH {
            return Err(MailFault::TooDeep);
        }
        let media = &fields.media;
        if media.is("multipart", "encrypted") {
            self.faults.insert(MailFault::Encrypted);
            Ok(())
        } else if media.kind() == "multipart" {
            self.multipart(fields, body)
        } else if media.is("message", "rfc822") || media.is("message", "global") {
            self.forwarded(fields, body)
        } else if media.is("message", "partial") {
            self.faults.insert(MailFault::Partial);
            Ok(())
        } else if media.is("message", "external-body") {
            self.faults.insert(MailFault::Elsewhere);
            Ok(())
        } else {
            self.leaf(fields, body)
        }
    }

    fn entity(&mut self, entity: &[u8]) -> Bounded {
        let (head, body) = header::split(entity);
        match Fields::read(head) {
            Some(fields) => self.inside(&fields, body),
            // A part may begin with its empty line (RFC 2046, 5.1); if it has none, all of it is content.
            None if head.trim_ascii().is_empty() => self.inside(&Fields::none(), body),
            None => self.inside(&Fields::none(), entity),
        }
    }

    fn multipart(&mut self, fields: &Fields, body: &[u8]) -> Bounded {
        let boundary = fields.media.boundary.as_deref().unwrap_or_default().as_bytes();
        let (parts, closed) = divide(body, boundary)?;
        if !closed {
            self.faults.insert(MailFault::Broken);
        }
        if parts.is_empty() {
            return self.leaf(fields, body);
        }
        self.depth += 1;
        for part in parts {
            self.entity(part)?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn forwarded(&mut self, fields: &Fields, body: &[u8]) -> Bounded {
        if self.messages >= MESSAGES {
            return Err(MailFault::TooDeep);
        }
        let body = self.decode(fields, body)?;
        let mail = header::without_postmark(&body);
        if Fields::read(header::split(mail).0).is_some_and(|inner| inner.is_ours()) {
            self.faults.insert(MailFault::Loop);
            return Ok(());
        }
        self.depth += 1;
        self.messages += 1;
        self.entity(mail)?;
        self.messages -= 1;
        self.depth -= 1;
        Ok(())
    }

    fn leaf(&mut self, fields: &Fields, body: &[u8]) -> Bounded {
        let decoded = fields.transfer.decode(body);
        self.count(decoded.bytes.len())?;
        let media = &fields.media;
        let is_text = media.kind() == "text" && !fields.attached;
        let is_smime = media.is("application", "pkcs7-mime") || media.is("application", "x-pkcs7-mime");
        let fault = match Content::of(&decoded.bytes) {
            Content::Document(format) => {
                self.document(Document::new(format, decoded.bytes.into_owned()));
                decoded.damaged.then_some(MailFault::Broken)
            }
            Content::EncryptedArchive => Some(MailFault::EncryptedArchive),
            Content::Archive => Some(MailFault::Archive),
            Content::WinmailDat => Some(MailFault::WinmailDat),
            Content::Other if media.is_apparatus() => None,
            Content::Picture => Some(MailFault::Picture),
            Content::Other if is_smime => Some(match media.smime_type.as_deref() {
                Some("signed-data") => MailFault::OpaqueSigned,
                _ => MailFault::Encrypted,
            }),
            Content::Other if is_text => return self.within(&decoded.bytes),
            Content::Other if decoded.bytes.trim_ascii().is_empty() => Some(MailFault::EmptyAttachment),
            Content::Other if decoded.damaged => Some(MailFault::Broken),
            Content::Other => Some(MailFault::UnknownAttachment),
        };
        self.faults.extend(fault);
        Ok(())
    }

    /// Files that stand uuencoded in a text, as before there was MIME.
    fn within(&mut self, text: &[u8]) -> Bounded {
        let (files, damaged) = uu::files(text);
        if damaged {
            self.faults.insert(MailFault::Broken);
        }
        for file in files {
            self.parts += 1;
            if self.parts > PARTS {
                return Err(MailFault::TooManyParts);
            }
            self.count(file.len())?;
            match Content::of(&file) {
                Content::Document(format) => self.document(Document::new(format, file)),
                _ => drop(self.faults.insert(MailFault::UnknownAttachment)),
            }
        }
        Ok(())
    }

    /// The same file twice is kept twice, as the mail has it, and noted.
    fn document(&mut self, document: Document) {
        if self.documents.iter().any(|other| other.sha256 == document.sha256) {
            self.faults.insert(MailFault::Repeated);
        }
        self.documents.push(document);
    }

    fn decode<'b>(&mut self, fields: &Fields, body: &'b [u8]) -> Result<Cow<'b, [u8]>, MailFault> {
        let decoded = fields.transfer.decode(body);
        self.count(decoded.bytes.len())?;
        if decoded.damaged {
            self.faults.insert(MailFault::Broken);
        }
        Ok(decoded.bytes)
    }

    fn count(&mut self, bytes: usize) -> Bounded {
        self.decoded = self.decoded.saturating_add(bytes);
        if self.decoded > DECODED { Err(MailFault::TooLarge) } else { Ok(()) }
    }
}

/// The parts between the delimiter lines (RFC 2046, 5.1.1), and whether the closing one was there. A delimiter
/// is a whole line: a boundary that begins like another one does not divide it.
pub(super) fn divide<'b>(body: &'b [u8], boundary: &[u8]) -> Result<(Vec<&'b [u8]>, bool), MailFault> {
    let (mut parts, mut start, mut at) = (Vec::new(), None, 0);
    if boundary.is_empty() {
        return Ok((parts, false));
    }
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let line_start = at;
        at += line.len();
        let Some(tail) = line.strip_prefix(b"--").and_then(|line| line.strip_prefix(boundary)) else {
            continue;
        };
        let tail = tail.trim_ascii_end();
        if !matches!(tail, b"" | b"--") {
            continue;
        }
        if let Some(start) = start.replace(at) {
            parts.push(without_line_end(body.get(start..line_start).unwrap_or_default()));
        }
        if parts.len() > PARTS {
            return Err(MailFault::TooManyParts);
        }
        if tail == b"--" {
            return Ok((parts, true));
        }
    }
    parts.extend(start.and_then(|start| body.get(start..)));
    Ok((parts, false))
}

/// The line end before a delimiter belongs to the delimiter.
fn without_line_end(part: &[u8]) -> &[u8] {
    let part = part.strip_suffix(b"\n").unwrap_or(part);
    part.strip_suffix(b"\r").unwrap_or(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(body: &str) -> (Vec<String>, bool) {
        let (parts, closed) = divide(body.as_bytes(), b"b").unwrap();
        (parts.iter().map(|part| String::from_utf8(part.to_vec()).unwrap()).collect(), closed)
    }

    #[test]
    fn a_body_divides_at_delimiter_lines_only() {
        let body =
            "preamble\r\n--b\r\none\r\n--b1\r\n --b\r\n--b \t\r\ntwo\r\n\r\n--b--\r\nepilogue\r\n--b\r\nno";
        assert_eq!(parts(body), (vec!["one\r\n--b1\r\n --b".into(), "two\r\n".into()], true));
        assert_eq!(parts("--b\none\n--b--"), (vec!["one".into()], true));
        assert_eq!(parts("--b\none\n"), (vec!["one\n".into()], false));
        assert_eq!(parts("--b\n--b--\n"), (vec![String::new()], true));
        assert_eq!(parts("nothing"), (vec![], false));
    }

    fn open(entity: &[u8]) -> (Bounded, Walk) {
        let mut walk = Walk::default();
        (walk.entity(entity), walk)
    }

    #[test]
    fn parts_are_bounded_before_they_are_opened() {
        let many = |n: usize| {
            let part = "--b\n\n%PDF-1.4\n".repeat(n);
            format!("Content-Type: multipart/mixed; boundary=b\n\n{part}--b--\n")
        };
        let (outcome, walk) = open(many(PARTS - 1).as_bytes());
        assert_eq!((outcome, walk.documents.len()), (Ok(()), PARTS - 1));
        let (outcome, walk) = open(many(100_000).as_bytes());
        assert_eq!((outcome, walk.documents.len()), (Err(MailFault::TooManyParts), 0));
    }

    #[test]
    fn the_same_bytes_cannot_be_walked_too_often() {
        let nested =
            |n: usize| {
                (0..n).fold("\n%PDF-1.4\n".to_owned(), |inner, level| {
            format!("Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n{inner}\n--b{level}--\n")
        })
            };
        assert_eq!(open(nested(DEPTH).as_bytes()).1.documents.len(), 1);
        assert_eq!(open(nested(DEPTH + 1).as_bytes()).0, Err(MailFault::TooDeep));
        let forwarded =
            |n: usize| ["Content-Type: message/rfc822\n\n".repeat(n), "A: b\n\n%PDF-1.4\n".into()].concat();
        assert_eq!(open(forwarded(MESSAGES).as_bytes()).1.documents.len(), 1);
        assert_eq!(open(forwarded(MESSAGES + 1).as_bytes()).0, Err(MailFault::TooDeep));
    }

    #[test]
    fn what_is_decoded_is_bounded_in_all() {
        let mut walk = Walk { decoded: DECODED, ..Walk::default() };
        assert_eq!(walk.entity(b"A: b\n\nx"), Err(MailFault::TooLarge));
    }
}
