use super::header::{self, Fields};
use super::post::{Post, in_lines};
use super::walk::divide;
use super::words;

/// Longest text kept, bytes.
const LONGEST: usize = 64 << 10;
/// Parts looked at in search of a text.
const PARTS: usize = 20;
/// Levels of multipart around it.
const DEPTH: usize = 5;

/// The first text of a mail, lines ending in LF: a plain one, else HTML without its marks; empty if there is
/// none. Forwarded mails are not looked into: their words are not the sender's.
pub(super) fn text(fields: &Fields, body: &[u8]) -> String {
    let mut found = Texts { plain: None, html: None, parts: 0 };
    found.look(fields, body, 0);
    found.plain.or(found.html).unwrap_or_default()
}

/// Subject and first text of a mail as it came, for a person to read; none if it is no mail. Never panics.
pub fn words_of(raw: &[u8]) -> Option<(String, String)> {
    let read = || {
        let raw = in_lines(raw);
        let post = Post::read(&raw)?;
        Some((post.fields.subject.clone().unwrap_or_default(), text(&post.fields, post.body)))
    };
    std::panic::catch_unwind(read).ok().flatten()
}

struct Texts {
    plain: Option<String>,
    html: Option<String>,
    parts: usize,
}

impl Texts {
    fn look(&mut self, fields: &Fields, body: &[u8], depth: usize) {
        self.parts += 1;
        if self.parts > PARTS || depth > DEPTH || self.plain.is_some() {
            return;
        }
        let media = &fields.media;
        if media.kind() == "multipart" {
            let boundary = media.boundary.as_deref().unwrap_or_default().as_bytes();
            for part in divide(body, boundary).map(|(parts, _)| parts).unwrap_or_default() {
                let (head, inner) = header::split(part);
                let fields = Fields::read(head).unwrap_or_else(Fields::none);
                self.look(&fields, inner, depth + 1);
            }
        } else if media.is("text", "plain") && !fields.attached {
            self.plain = Some(decoded(fields, body, LONGEST));
        } else if media.is("text", "html") && !fields.attached && self.html.is_none() {
            self.html = Some(without_marks(&decoded(fields, body, LONGEST)));
        }
    }
}

/// The text of a part, at most so many bytes of it.
pub(super) fn decoded(fields: &Fields, body: &[u8], longest: usize) -> String {
    // Twice the length as coded is more than enough for the length kept.
    let coded = body.get(..longest.saturating_mul(4)).unwrap_or(body);
    let bytes = fields.transfer.decode(coded).bytes;
    let bytes = bytes.get(..longest).unwrap_or(&bytes);
    let text = fields.media.charset.as_deref().filter(|name| !name.eq_ignore_ascii_case("us-ascii"));
    let text =
        text.and_then(|name| header::decode_charset(name, bytes)).unwrap_or_else(|| words::plain(bytes));
    text.replace("\r\n", "\n").replace('\0', "")
}

/// Crude: tags become spaces, the usual entities their characters; scripts and styles go. Each byte is looked
/// at a fixed number of times, whatever the tags are.
pub(super) fn without_marks(html: &str) -> String {
    // Lower case of ASCII letters keeps every byte where it is.
    let lower = html.to_ascii_lowercase();
    let mut text = String::with_capacity(html.len());
    let mut at = 0;
    while let Some(tag) = html.get(at..).and_then(|rest| rest.find('<')).map(|found| at + found) {
        text.push_str(html.get(at..tag).unwrap_or_default());
        let named = lower.get(tag..).unwrap_or_default();
        let hidden = ["<script", "<style"].into_iter().find(|name| named.starts_with(name));
        let end = hidden.map_or(Some(tag), |name| {
            let closing = name.replace('<', "</");
            named.find(&closing).map(|found| tag + found)
        });
        let close = end.and_then(|end| Some(end + html.get(end..)?.find('>')? + 1));
        at = close.unwrap_or(html.len());
        let breaks = ["<br", "<p", "</p", "</tr", "</div"].iter().any(|name| named.starts_with(name));
        text.push(if breaks { '\n' } else { ' ' });
        if named.starts_with("<a ") {
            // Where a link leads is part of what a notice says.
            text.push_str(link(html.get(tag..at).unwrap_or_default()));
            text.push(' ');
        }
    }
    text.push_str(html.get(at..).unwrap_or_default());
    [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")]
        .iter()
        .fold(text, |text, (entity, character)| text.replace(entity, character))
}

/// The address in the tag of a link.
fn link(tag: &str) -> &str {
    let address = tag.find("http").and_then(|at| tag.get(at..)).unwrap_or_default();
    address.split(['"', '\'', '>', ' ']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_read_without_its_marks_and_with_its_links() {
        let html = "<html><style>p{a:b}</style><p>FAX &amp; <a href=\"https://x.example/1\">1</a><br>A&nbsp;B<script>if(a<b)</script> C";
        let text = without_marks(html);
        assert!(
            text.contains("FAX & ") && text.contains("https://x.example/1") && text.contains("\nA B"),
            "{text}"
        );
        assert!(!text.contains("a:b") && !text.contains("if("), "{text}");
    }

    #[test]
    fn a_text_stays_within_its_bounds_whatever_the_marks_are() {
        for piece in
            ["<", "<a ", "<a href=http", "<script", "<style></style", "a<b", "<p>", "&amp;", "</script"]
        {
            let text = without_marks(&piece.repeat(10_000));
            assert!(text.len() <= 3 * 10_000 * piece.len(), "{piece}");
        }
        let long = format!("Content-Type: text/plain\n\n{}", "x".repeat(LONGEST * 3));
        let (head, body) = header::split(long.as_bytes());
        assert_eq!(text(&Fields::read(head).unwrap(), body).len(), LONGEST);
    }
}
