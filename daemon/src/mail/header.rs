//! The header of one entity. The only file naming `mail_parser`.

use std::sync::LazyLock;

use kasasagi_store::id::{DigestId, ItemId};
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::{ContentType, HeaderName, HeaderValue, Message, MessageParser};

use super::transfer::Transfer;
use super::words;
use crate::message::{DIGEST_FIELD, ITEM_FIELD};

/// Longest header that is read; what comes after is not looked at.
pub(super) const LONGEST: usize = 32 << 10;

/// Only these are parsed; less code runs on foreign bytes.
static PARSER: LazyLock<MessageParser> = LazyLock::new(|| {
    MessageParser::new()
        .header_content_type(HeaderName::ContentType)
        .header_content_type(HeaderName::ContentDisposition)
        .header_raw(HeaderName::ContentTransferEncoding)
        .header_raw(HeaderName::AutoSubmitted)
        .header_raw(HeaderName::MessageId)
        .header_raw(HeaderName::Other(ITEM_FIELD.into()))
        .header_raw(HeaderName::Other(DIGEST_FIELD.into()))
        .header_raw(HeaderName::Subject)
        .header_address(HeaderName::From)
        .default_header_ignore()
});

/// The fields of an entity that matter here.
pub(super) struct Fields {
    pub(super) media: Media,
    pub(super) transfer: Transfer,
    /// It has a file name or calls itself an attachment.
    pub(super) attached: bool,
    pub(super) message_id: Option<String>,
    /// Address of the sender.
    pub(super) from: Option<String>,
    /// Decoded.
    pub(super) subject: Option<String>,
    auto_submitted: Option<String>,
    item: Option<String>,
    digest: Option<String>,
}

/// The declared type, in lower case; `text/plain` when there is none.
pub(super) struct Media {
    kind: String,
    sub: String,
    pub(super) boundary: Option<String>,
    pub(super) charset: Option<String>,
    /// What S/MIME calls its wrapping (RFC 8551, 3.2.2), in lower case.
    pub(super) smime_type: Option<String>,
    /// What a multipart/report reports (RFC 6522, 3), in lower case.
    pub(super) report_type: Option<String>,
}

/// Whether a mail was sent by a machine on its own (RFC 3834).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Automatic {
    No,
    /// Of its own accord, as fax services and machines do.
    Generated,
    /// In answer to a mail.
    Reply,
}

impl Media {
    pub(super) fn is(&self, kind: &str, sub: &str) -> bool {
        self.kind == kind && self.sub == sub
    }

    pub(super) fn kind(&self) -> &str {
        &self.kind
    }

    /// Parts beside a mail that are never what it brings: signatures, reports, what a Mac keeps of a file,
    /// business cards and dates.
    pub(super) fn is_apparatus(&self) -> bool {
        let known = [
            ("application", "applefile"),
            ("application", "ics"),
            ("text", "calendar"),
            ("text", "directory"),
            ("text", "vcard"),
            ("text", "x-vcard"),
            ("application", "pgp-signature"),
            ("application", "pkcs7-signature"),
            ("application", "x-pkcs7-signature"),
            ("message", "delivery-status"),
            ("message", "disposition-notification"),
        ];
        known.iter().any(|(kind, sub)| self.is(kind, sub))
    }

    fn from_field(field: Option<&ContentType<'_>>) -> Self {
        let Some(field) = field else {
            let (kind, sub) = ("text".into(), "plain".into());
            return Self { kind, sub, boundary: None, charset: None, smime_type: None, report_type: None };
        };
        let attribute = |name| field.attribute(name).filter(|text| !text.is_empty()).map(str::to_owned);
        let word = |name| attribute(name).map(|text| text.to_ascii_lowercase());
        Self {
            kind: field.ctype().to_ascii_lowercase(),
            sub: field.subtype().unwrap_or_default().to_ascii_lowercase(),
            boundary: attribute("boundary"),
            charset: attribute("charset"),
            smime_type: word("smime-type"),
            report_type: word("report-type"),
        }
    }
}

impl Fields {
    /// Reads a header with its empty line; `None` if it has no field at all.
    pub(super) fn read(head: &[u8]) -> Option<Self> {
        // The parser wants the empty line that ends a header; a cut one, or a mail that is all header, has none.
        let ended = [head.get(..LONGEST).unwrap_or(head), b"\r\n\r\n"].concat();
        let message = PARSER.parse_headers(&ended[..])?;
        if message.parts.is_empty() || message.headers().is_empty() {
            return None;
        }
        let disposition = content_type(&message, &HeaderName::ContentDisposition);
        let media = content_type(&message, &HeaderName::ContentType);
        let named =
            |field: &ContentType<'_>, name| field.attribute(name).is_some_and(|text| !text.is_empty());
        Some(Self {
            attached: disposition.is_some_and(|field| field.is_attachment() || named(field, "filename"))
                || media.is_some_and(|field| named(field, "name")),
            media: Media::from_field(media),
            transfer: text(&message, &HeaderName::ContentTransferEncoding)
                .map_or(Transfer::Plain, |name| Transfer::named(&name)),
            message_id: text(&message, &HeaderName::MessageId),
            from: address(&message),
            subject: raw(&message, &ended, &HeaderName::Subject).map(words::decode),
            auto_submitted: text(&message, &HeaderName::AutoSubmitted),
            item: text(&message, &HeaderName::Other(ITEM_FIELD.into())),
            digest: text(&message, &HeaderName::Other(DIGEST_FIELD.into())),
        })
    }

    /// Those of a part without a header.
    pub(super) fn none() -> Self {
        Self {
            media: Media::from_field(None),
            transfer: Transfer::Plain,
            attached: false,
            message_id: None,
            from: None,
            subject: None,
            auto_submitted: None,
            item: None,
            digest: None,
        }
    }

    /// Whether this gateway sent it.
    pub(super) fn is_ours(&self) -> bool {
        self.item().is_some() || self.digest().is_some()
    }

    /// The outbox item that it names.
    pub(super) fn item(&self) -> Option<ItemId> {
        super::our_item(self.item.as_deref()?)
    }

    /// The digest that it names.
    pub(super) fn digest(&self) -> Option<DigestId> {
        self.digest.as_deref()?.trim().parse().ok()
    }

    /// Who sent it: a person or a machine.
    pub(super) fn automatic(&self) -> Automatic {
        let word = self.auto_submitted.as_deref().unwrap_or("no").split(';').next().unwrap_or_default();
        match word.trim().to_ascii_lowercase().as_str() {
            "no" | "" => Automatic::No,
            "auto-generated" => Automatic::Generated,
            _ => Automatic::Reply,
        }
    }
}

/// Skips what may stand before the header: empty lines, and the `From ` line of an mbox.
pub(super) fn without_postmark(raw: &[u8]) -> &[u8] {
    let trimmed = raw.trim_ascii_start();
    if !trimmed.starts_with(b"From ") {
        return trimmed;
    }
    let end = trimmed.iter().position(|byte| *byte == b'\n').map_or(trimmed.len(), |at| at + 1);
    trimmed.get(end..).unwrap_or_default()
}

/// Splits an entity into header and body at the first empty line. One that begins with an empty line has no
/// header; one without any is all header.
pub(super) fn split(entity: &[u8]) -> (&[u8], &[u8]) {
    let mut end = 0;
    for line in entity.split_inclusive(|byte| *byte == b'\n') {
        end += line.len();
        if matches!(line, b"\n" | b"\r\n") {
            break;
        }
    }
    entity.split_at(end)
}

/// Decodes text in a charset by its MIME name; `None` for a name that nobody knows.
pub(super) fn decode_charset(name: &str, bytes: &[u8]) -> Option<String> {
    match name.to_ascii_lowercase().as_str() {
        "utf-8" | "utf8" => Some(String::from_utf8_lossy(bytes).into_owned()),
        "shift_jis" | "cp932" | "ms932" | "windows-31j" | "x-sjis" | "sjis" => decode("shift_jis", bytes),
        "iso-2022-jp" | "cp50220" | "cp50221" | "iso-2022-jp-1" | "iso-2022-jp-ms" => {
            decode("iso-2022-jp", &without_idle_escapes(bytes))
        }
        name => decode(name, bytes),
    }
}

fn decode(name: &str, bytes: &[u8]) -> Option<String> {
    charset_decoder(name.as_bytes()).map(|decoder| decoder(bytes))
}

/// Drops an escape that another one follows at once, as where two encoded words were joined: the decoder
/// takes it for an attack and puts a replacement character there.
fn without_idle_escapes(bytes: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        if let [0x1b, b'(' | b'$', _, after @ ..] = rest
            && matches!(after, [0x1b, b'(' | b'$', ..])
        {
            rest = after;
        } else {
            kept.push(*first);
            rest = tail;
        }
    }
    kept
}

fn field<'m, 'x>(
    message: &'m Message<'x>,
    name: &HeaderName<'static>,
) -> Option<&'m mail_parser::Header<'x>> {
    message.headers().iter().find(|header| header.name == *name)
}

fn text(message: &Message<'_>, name: &HeaderName<'static>) -> Option<String> {
    let value = field(message, name)?.value.as_text()?.trim().to_owned();
    (!value.is_empty()).then_some(value)
}

fn content_type<'m, 'x>(message: &'m Message<'x>, name: &HeaderName<'static>) -> Option<&'m ContentType<'x>> {
    field(message, name)?.value.as_content_type()
}

/// The bytes of a field as they came, for text that is not UTF-8.
fn raw<'h>(message: &Message<'_>, head: &'h [u8], name: &HeaderName<'static>) -> Option<&'h [u8]> {
    let header = field(message, name)?;
    let start = usize::try_from(header.offset_start).ok()?;
    let end = usize::try_from(header.offset_end).ok()?;
    head.get(start..end)
}

fn address(message: &Message<'_>) -> Option<String> {
    match &field(message, &HeaderName::From)?.value {
        HeaderValue::Address(addresses) => addresses.first()?.address.as_deref().map(str::to_owned),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_ends_at_the_first_empty_line() {
        assert_eq!(split(b"A: b\r\n\r\nbody\n\nmore"), (&b"A: b\r\n\r\n"[..], &b"body\n\nmore"[..]));
        assert_eq!(split(b"A: b\n\nbody"), (&b"A: b\n\n"[..], &b"body"[..]));
        assert_eq!(split(b"\nbody"), (&b"\n"[..], &b"body"[..]));
        assert_eq!(split(b"A: b\r\n"), (&b"A: b\r\n"[..], &b""[..]));
    }

    #[test]
    fn fields_are_read_with_their_odd_cases() {
        let head = b"content-TYPE: Multipart/MIXED;\r\n\tBOUNDARY*0=\"a\r\n b\"; boundary*1=c\r\n\
            Content-Transfer-Encoding: BASE64 \r\nFrom: \"Fax, 1\" <fax@example.jp>\r\nMessage-Id: <1@x> \r\n";
        let fields = Fields::read(head).unwrap();
        assert!(fields.media.is("multipart", "mixed"));
        assert_eq!(fields.transfer, Transfer::Base64);
        assert_eq!(fields.from.as_deref(), Some("fax@example.jp"));
        assert_eq!(fields.message_id.as_deref(), Some("<1@x>"));
        assert_eq!(fields.automatic(), Automatic::No);
    }

    #[test]
    fn no_type_is_plain_text_and_a_part_may_have_no_header() {
        let fields = Fields::read(b"Subject: x\r\n\r\n").unwrap();
        assert!(fields.media.is("text", "plain") && !fields.attached);
        assert!(Fields::read(b"\r\n").is_none());
        assert!(Fields::read(b"%PDF-1.4\n").is_none());
    }

    #[test]
    fn a_very_long_header_is_cut() {
        let head = format!("Subject: {}\r\nMessage-ID: <late@x>\r\n\r\n", "x".repeat(LONGEST));
        assert_eq!(Fields::read(head.as_bytes()).unwrap().message_id, None);
    }
}
