//! A mail as a head and an entity, so that another entity (signed, encrypted) can take its place.

use std::fmt;
use std::time::SystemTime;

use jiff::Timestamp;
use lettre::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MessageBuilder, MultiPart, SinglePart};

use super::plain::line;
use super::{About, Addressee, DIGEST_FIELD, ITEM_FIELD, Sender};
use crate::Result;

/// A composed mail: 7-bit, lines ended by CRLF. The same input always gives the same bytes.
/// `Debug` shows its Message-ID only.
#[derive(Clone)]
pub struct Mail {
    head: String,
    entity: Vec<u8>,
    to: String,
    message_id: String,
}

/// What the head is made of.
pub(super) struct Head<'a> {
    pub about: About<'a>,
    pub to: &'a Addressee<'a>,
    pub by: &'a Sender,
    pub now: Timestamp,
    pub subject: &'a str,
    pub urgent: bool,
    /// Whether records are inside, of which we want to know that they were read.
    pub of_records: bool,
}

/// The body, which lettre takes in two kinds.
pub(super) enum Entity {
    Tree(MultiPart),
    Text(SinglePart),
}

impl Mail {
    pub(super) fn new(head: &Head<'_>, entity: impl Into<Entity>) -> Result<Self> {
        let builder = head.builder()?;
        let message = match entity.into() {
            Entity::Tree(tree) => builder.multipart(tree),
            Entity::Text(text) => builder.singlepart(text),
        };
        let message = message.map_err(|e| head.about.unusable("the envelope", e))?;
        let fields = message.headers().to_string();
        let entity = message.formatted().split_off(fields.len());
        let (to, message_id) = (head.to.address.to_owned(), head.about.message_id(&head.by.domain));
        Ok(Self { head: fields, entity, to, message_id })
    }

    /// The whole mail (RFC 5322), readable by everybody on the way.
    pub fn clear(&self) -> Vec<u8> {
        self.protected(&self.entity)
    }

    /// The mail with another entity: MIME headers, an empty line, a body.
    pub fn protected(&self, entity: &[u8]) -> Vec<u8> {
        [self.head.as_bytes(), entity].concat()
    }

    /// MIME headers, an empty line and the body; what is signed and encrypted.
    pub fn entity(&self) -> &[u8] {
        &self.entity
    }

    /// Its address.
    pub fn to(&self) -> &str {
        &self.to
    }

    /// Its Message-ID, without angle brackets.
    pub fn message_id(&self) -> &str {
        &self.message_id
    }
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mail({}, [redacted])", self.message_id)
    }
}

impl From<MultiPart> for Entity {
    fn from(tree: MultiPart) -> Self {
        Self::Tree(tree)
    }
}

impl From<SinglePart> for Entity {
    fn from(text: SinglePart) -> Self {
        Self::Text(text)
    }
}

impl Head<'_> {
    fn builder(&self) -> Result<MessageBuilder> {
        let Self { about, by, .. } = self;
        about.checked()?;
        if !is_domain(&by.domain) {
            return Err(about.unusable("the Message-ID domain", "not a domain name"));
        }
        let from = self.mailbox("the sender's address", &by.name, &by.address)?;
        let to = self.mailbox("the recipient's address", self.to.name, self.to.address)?;
        let mut mail = Message::builder()
            .date(SystemTime::from(self.now))
            .from(from)
            .to(to)
            .subject(self.subject)
            .message_id(Some(format!("<{}>", about.message_id(&by.domain))))
            .raw_header(header("Auto-Submitted", "auto-generated"))
            // Not `All`: it would suppress the receipt that is asked for below.
            .raw_header(header("X-Auto-Response-Suppress", "OOF, AutoReply"))
            .raw_header(header("List-Id", &list_id(by, self.of_records)));
        if !by.reply_to.is_empty() {
            mail = mail.reply_to(self.mailbox("the reply address", "", &by.reply_to)?);
        }
        if self.of_records {
            mail = mail.raw_header(header("Disposition-Notification-To", &format!("<{}>", by.address)));
        }
        if self.urgent {
            mail = mail.raw_header(header("Importance", "high"));
        }
        match about {
            About::Item(item) => Ok(mail.raw_header(header(ITEM_FIELD, &item.to_string()))),
            About::Digest(id) => Ok(mail.raw_header(header(DIGEST_FIELD, id))),
            About::Admin(_) => Ok(mail),
        }
    }

    fn mailbox(&self, what: &'static str, name: &str, address: &str) -> Result<Mailbox> {
        let address = address.parse::<Address>().map_err(|e| self.about.unusable(what, e))?;
        if !AsRef::<str>::as_ref(&address).is_ascii() {
            return Err(self.about.unusable(what, "not ASCII"));
        }
        let name = line(name);
        Ok(Mailbox::new((!name.is_empty()).then_some(name), address))
    }
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// By which a mail program sorts our mails (RFC 2919). The phrase keeps what needs no quoting.
fn list_id(by: &Sender, of_records: bool) -> String {
    let list = if of_records { "records" } else { "office" };
    let phrase: String = line(&by.organisation)
        .chars()
        .filter(|c| !c.is_ascii() || c.is_ascii_alphanumeric() || *c == ' ')
        .take(60)
        .collect();
    format!("{} <{list}.{}>", phrase.trim(), by.domain).trim_start().to_owned()
}

fn is_domain(text: &str) -> bool {
    text.len() <= 253
        && text
            .split('.')
            .all(|label| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
}
