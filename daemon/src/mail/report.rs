use kasasagi_store::id::ItemId;

use super::header::{self, Fields};
use super::walk::divide;
use super::{Post, field};

/// What a report about the delivery of one of our mails says (RFC 3464).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The item that the returned header names.
    pub item: ItemId,
    /// Message-ID of the returned header, with its angle brackets.
    pub message_id: String,
    /// Status of a recipient whom the mail will never reach, such as `5.1.1`; none if nothing has failed for
    /// good. `unknown` if it is no status.
    pub failed: Option<String>,
}

/// Reads a delivery report; none if it is none about one of our mails. Never panics.
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
    let returned = returned?;
    Some(Report { item: returned.item()?, message_id: returned.message_id.clone()?, failed: status? })
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
