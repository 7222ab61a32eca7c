use kasasagi_store::id::ItemId;

use super::header::{self, Fields};
use super::walk::divide;
use super::{Post, field};

/// What a report about the delivery of a mail says (RFC 3464).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The item that the returned header names.
    pub item: Option<ItemId>,
    /// Message-ID of the returned header; where none is returned, those that the report refers to. Without
    /// angle brackets.
    pub message_ids: Vec<String>,
    /// Status of a recipient whom the mail will never reach, such as `5.1.1`, or `unknown` if it is no status;
    /// none if nothing has failed for good.
    pub failed: Option<String>,
}

/// Most Message-IDs that a report is taken to refer to.
const REFERENCES: usize = 20;

/// Reads a delivery report; none if it is none. Never panics.
pub fn report(raw: &[u8]) -> Option<Report> {
    std::panic::catch_unwind(|| read(raw)).ok().flatten()
}

fn read(raw: &[u8]) -> Option<Report> {
    let post = Post::read(raw)?;
    if !post.fields.media.is("multipart", "report") {
        return None;
    }
    let boundary = post.fields.media.boundary.as_deref()?.as_bytes();
    let (mut status, mut returned) = (None, None);
    for part in divide(post.body, boundary).ok()?.0 {
        let (head, body) = header::split(part);
        let Some(fields) = Fields::read(head) else { continue };
        let content = fields.transfer.decode(body).bytes;
        let media = &fields.media;
        let is = |kind: &str, subs: [&str; 2]| subs.iter().any(|sub| media.is(kind, sub));
        if is("message", ["delivery-status", "global-delivery-status"]) {
            status = Some(failure(&content));
        } else if is("message", ["rfc822", "global"])
            || media.is("text", "rfc822-headers")
            || media.is("message", "global-headers")
        {
            returned = Fields::read(header::split(header::without_postmark(&content)).0);
        }
    }
    let message_ids = match &returned {
        Some(fields) => ids(fields.message_id.as_deref().unwrap_or_default()),
        None => {
            let refers = |field: &&field::Field<'_>| field.is("References") || field.is("In-Reply-To");
            let named = post.lines.iter().filter(refers).map(|field| String::from_utf8_lossy(field.value));
            named.flat_map(|value| ids(&value)).take(REFERENCES).collect()
        }
    };
    Some(Report { item: returned.and_then(|fields| fields.item()), message_ids, failed: status? })
}

/// What stands between angle brackets.
fn ids(text: &str) -> Vec<String> {
    text.split('<').skip(1).filter_map(|rest| Some(rest.split_once('>')?.0.trim().to_owned())).collect()
}

/// The status of the first recipient whose delivery has failed. The first group is about the mail, each other
/// one about a recipient; groups are divided by empty lines (RFC 3464, 2.1).
fn failure(content: &[u8]) -> Option<String> {
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
