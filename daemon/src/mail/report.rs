use std::borrow::Cow;

use kasasagi_store::id::{DigestId, ItemId};

use super::header::{self, Fields};
use super::walk::divide;
use super::{Post, field, words};

/// How a report names the mail that it is about. Nobody signs it: what counts is the Message-ID, which nobody
/// but the recipient and the servers on the way has seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// The item in the returned header.
    pub item: Option<ItemId>,
    /// The digest in the returned header.
    pub digest: Option<DigestId>,
    /// Message-ID of the returned header; where none is returned, those that the report refers to. Without
    /// angle brackets.
    pub message_ids: Vec<String>,
}

/// What a report about the delivery of a mail says (RFC 3464).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The mail it is about.
    pub of: Named,
    /// Status of a recipient whom the mail will never reach, such as `5.1.1`, or `unknown` if it is no status;
    /// none if nothing has failed for good.
    pub failed: Option<String>,
}

/// Most Message-IDs that a mail is taken to refer to.
const REFERENCES: usize = 20;

/// The parts of a multipart/report that matter (RFC 6522, 3).
#[derive(Default)]
pub(super) struct Parts {
    /// What a mail server says.
    pub(super) delivery: Option<Vec<u8>>,
    /// What a mail program says.
    pub(super) disposition: Option<Vec<u8>>,
    returned: Option<Fields>,
}

impl Parts {
    /// None of a mail that is no report.
    pub(super) fn of(post: &Post<'_>) -> Option<Self> {
        if !post.fields.media.is("multipart", "report") {
            return None;
        }
        let boundary = post.fields.media.boundary.as_deref()?.as_bytes();
        let mut parts = Self::default();
        for part in divide(post.body, boundary).ok()?.0 {
            let (head, body) = header::split(part);
            let Some(fields) = Fields::read(head) else { continue };
            parts.take(&fields, body);
        }
        Some(parts)
    }

    fn take(&mut self, fields: &Fields, body: &[u8]) {
        let media = &fields.media;
        let is = |kind: &str, subs: &[&str]| subs.iter().any(|sub| media.is(kind, sub));
        let content = || fields.transfer.decode(body).bytes;
        if is("message", &["delivery-status", "global-delivery-status"]) {
            self.delivery = Some(content().into_owned());
        } else if is("message", &["disposition-notification", "global-disposition-notification"]) {
            self.disposition = Some(content().into_owned());
        } else if is("message", &["rfc822", "global", "global-headers"]) || is("text", &["rfc822-headers"]) {
            self.returned = Fields::read(header::split(header::without_postmark(&content())).0);
        }
    }

    /// The mail it is about, by the returned header or by what the report itself refers to.
    pub(super) fn named(&self, post: &Post<'_>) -> Named {
        match &self.returned {
            Some(fields) => Named {
                item: fields.item(),
                digest: fields.digest(),
                message_ids: ids(fields.message_id.as_deref().unwrap_or_default()),
            },
            None => {
                let message_ids = [referred(post, "In-Reply-To"), referred(post, "References")].concat();
                Named { message_ids, ..Named::default() }
            }
        }
    }
}

/// The Message-IDs in all fields of this name, the last ones if they are very many.
pub(super) fn referred(post: &Post<'_>, name: &str) -> Vec<String> {
    let fields = post.lines.iter().filter(|field| field.is(name));
    let mut found: Vec<String> = fields.flat_map(|field| ids(&unwrapped(field.value))).collect();
    found.split_off(found.len().saturating_sub(REFERENCES))
}

/// Some mail programs write a long Message-ID as an encoded word.
fn unwrapped(value: &[u8]) -> Cow<'_, str> {
    match value.windows(2).any(|pair| pair == b"=?") {
        true => Cow::Owned(words::decode(value)),
        false => String::from_utf8_lossy(value),
    }
}

/// What stands between angle brackets.
pub(super) fn ids(text: &str) -> Vec<String> {
    text.split('<').skip(1).filter_map(|rest| Some(rest.split_once('>')?.0.trim().to_owned())).collect()
}

/// The status of the first recipient whose delivery has failed. The first group is about the mail, each other
/// one about a recipient; groups are divided by empty lines (RFC 3464, 2.1).
pub(super) fn failure(content: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(content).replace("\r\n", "\n");
    text.trim_start().split("\n\n").find_map(|group| {
        let fields = field::all(group.as_bytes());
        let value = |name: &str| {
            let field = fields.iter().find(|field| field.is(name))?;
            let text = String::from_utf8_lossy(field.value);
            text.split_whitespace().next().map(str::to_owned)
        };
        let failed = value("Action")?.eq_ignore_ascii_case("failed");
        failed.then(|| {
            value("Status").filter(|status| is_status(status)).unwrap_or_else(|| "unknown".to_owned())
        })
    })
}

/// RFC 3463, 2: a class and two numbers.
fn is_status(text: &str) -> bool {
    let numbers: Vec<&str> = text.split('.').collect();
    let number = |text: &&str| (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    numbers.len() == 3 && numbers.iter().all(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_recipient_that_failed_tells_the_status() {
        let groups = |action: &str, status: &str| {
            format!(
                "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; a@b\nAction: {action}\nStatus: {status}\n"
            )
        };
        for (action, status, told) in [
            ("failed", "5.1.1", Some("5.1.1")),
            ("Failed (for good)", "5.7.1 (policy)", Some("5.7.1")),
            ("failed", "山田", Some("unknown")),
            ("delayed", "4.4.1", None),
            ("relayed", "2.0.0", None),
            ("delivered", "2.0.0", None),
        ] {
            assert_eq!(failure(groups(action, status).as_bytes()).as_deref(), told, "{action} {status}");
        }
        assert_eq!(failure(b"\xff\0 nothing"), None);
    }
}
