use super::header::{self, Fields};
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
            self.plain = Some(decoded(fields, body));
        } else if media.is("text", "html") && !fields.attached && self.html.is_none() {
            self.html = Some(without_marks(&decoded(fields, body)));
        }
    }
}

fn decoded(fields: &Fields, body: &[u8]) -> String {
    // Twice the length as coded is more than enough for the length kept.
    let coded = body.get(..LONGEST * 4).unwrap_or(body);
    let bytes = fields.transfer.decode(coded).bytes;
    let bytes = bytes.get(..LONGEST).unwrap_or(&bytes);
    let text = fields.media.charset.as_deref().filter(|name| !name.eq_ignore_ascii_case("us-ascii"));
    let text =
        text.and_then(|name| header::decode_charset(name, bytes)).unwrap_or_else(|| words::plain(bytes));
    text.replace("\r\n", "\n").replace('\0', "")
}

/// Crude: tags become spaces, the usual entities their characters; scripts and styles go.
fn without_marks(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        text.push_str(before);
        let lower = |n: usize| tag.get(..n).unwrap_or_default().to_ascii_lowercase();
        let end = match (lower(7).as_str(), lower(6).as_str()) {
            ("<script", _) => "</script",
            (_, "<style") => "</style",
            _ => "",
        };
        let hidden =
            tag.get(1..).and_then(|inner| inner.to_ascii_lowercase().find(end)).map_or(0, |at| at + 1);
        // Where a link leads is part of what a notice says.
        let close = tag.get(hidden..).and_then(|tag| tag.find('>')).map_or(tag.len(), |at| hidden + at + 1);
        let name = tag.get(..close).unwrap_or_default();
        text.push(if lower(3) == "<br" || lower(2) == "<p" || lower(4) == "</tr" { '\n' } else { ' ' });
        if let Some(link) = name.to_ascii_lowercase().find("http").filter(|_| lower(2) == "<a") {
            text.push_str(
                name.get(link..).unwrap_or_default().split(['"', '\'', '>', ' ']).next().unwrap_or_default(),
            );
            text.push(' ');
        }
        rest = tag.get(close..).unwrap_or_default();
    }
    text.push_str(rest);
    [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")]
        .iter()
        .fold(text, |text, (entity, character)| text.replace(entity, character))
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
        for odd in ["<", "<a href=http", "<script", "a<b", "<style></style"] {
            without_marks(odd);
        }
    }
}
