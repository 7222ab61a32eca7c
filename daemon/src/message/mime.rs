//! The mail as bytes.

use std::time::SystemTime;

use lettre::Address;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Body, Mailbox, Message, MultiPart, SinglePart};

use super::content::Content;
use super::plain::line;
use super::{ITEM_FIELD, Letter, Urgency, html, item_digest, message_id, text};
use crate::{Error, Result};

/// Puts `content` and the page into one mail.
pub(super) fn assemble(letter: &Letter<'_>, content: &Content) -> Result<Vec<u8>> {
    let sender = letter.sender;
    let from = mailbox(letter, "the sender's address", &sender.name, &sender.address)?;
    let to = mailbox(letter, "the recipient's address", letter.recipient_name, letter.recipient_address)?;
    if !is_domain(&sender.domain) {
        return Err(unusable(letter, "the Message-ID domain", "not a domain name"));
    }
    let mut mail = Message::builder()
        .date(SystemTime::from(letter.now))
        .from(from)
        .to(to)
        .subject(content.subject.as_str())
        .message_id(Some(format!("<{}>", message_id(letter.item, &sender.domain))))
        .raw_header(header("Auto-Submitted", "auto-generated"))
        .raw_header(header("X-Auto-Response-Suppress", "All"))
        .raw_header(header(ITEM_FIELD, &letter.item.to_string()));
    if letter.urgency != Urgency::Routine {
        mail = mail.raw_header(header("Importance", "high"));
    }
    if let Ok(contact) = sender.contact.trim().parse::<Address>() {
        mail = mail.reply_to(Mailbox::new(None, contact));
    }
    mail.multipart(body(letter, content))
        .map(|mail| mail.formatted())
        .map_err(|e| unusable(letter, "the envelope", e))
}

fn body(letter: &Letter<'_>, content: &Content) -> MultiPart {
    // Boundaries follow from the item, so that composing twice gives the same bytes. They cannot occur
    // in a part: all parts are base64, which has no hyphen.
    let boundary = |part: &str| format!("{}.{part}", item_digest(letter.item));
    let words = MultiPart::alternative()
        .boundary(boundary("words"))
        .singlepart(part(ContentType::TEXT_PLAIN, text::render(content)))
        .singlepart(part(ContentType::TEXT_HTML, html::render(content)));
    let mixed = MultiPart::mixed().boundary(boundary("mixed")).multipart(words);
    if !content.page_attached {
        return mixed;
    }
    let pdf = ContentType::parse("application/pdf").expect("a constant media type");
    let name = format!("{}.pdf", letter.item.record());
    mixed.singlepart(Attachment::new(name).body(letter.page_pdf.to_vec(), pdf))
}

fn part(kind: ContentType, words: String) -> SinglePart {
    let body = Body::new_with_encoding(words, ContentTransferEncoding::Base64)
        .expect("any text can be written in base64");
    SinglePart::builder().content_type(kind).body(body)
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn mailbox(letter: &Letter<'_>, what: &'static str, name: &str, address: &str) -> Result<Mailbox> {
    let address = address.parse::<Address>().map_err(|e| unusable(letter, what, e))?;
    if !AsRef::<str>::as_ref(&address).is_ascii() {
        return Err(unusable(letter, what, "not ASCII"));
    }
    let name = line(name);
    Ok(Mailbox::new((!name.is_empty()).then_some(name), address))
}

fn is_domain(text: &str) -> bool {
    text.len() <= 253
        && text
            .split('.')
            .all(|label| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
}

fn unusable(
    letter: &Letter<'_>,
    what: &'static str,
    why: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Error {
    Error::Letter { item: letter.item.clone(), what, source: why.into() }
}
