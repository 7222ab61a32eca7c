use super::body;
use super::header::{self, Fields};
use super::walk::divide;

/// Longest text looked at, bytes.
const LONGEST: usize = 256 << 10;
/// Most parts.
const PARTS: usize = 20;
/// Most levels of multipart around a text.
const DEPTH: usize = 5;

/// All that a mail says, lines ending in LF, if it is text and nothing else: nothing attached, nothing cut off,
/// nothing that cannot be read. Quotes in HTML become lines that begin with `>`.
pub(super) fn text_alone(fields: &Fields, body: &[u8]) -> Option<String> {
    Looked::default().look(fields, body, 0)
}

#[derive(Default)]
struct Looked {
    parts: usize,
}

impl Looked {
    fn look(&mut self, fields: &Fields, body: &[u8], depth: usize) -> Option<String> {
        self.parts += 1;
        if self.parts > PARTS || depth > DEPTH {
            return None;
        }
        let media = &fields.media;
        if media.is("multipart", "encrypted") {
            None
        } else if media.kind() == "multipart" {
            self.multipart(fields, body, depth)
        } else if media.is_apparatus() {
            Some(String::new())
        } else if fields.attached {
            None
        } else if media.is("text", "plain") {
            whole(fields, body)
        } else if media.is("text", "html") {
            Some(body::without_marks(&without_quotes(&whole(fields, body)?)))
        } else {
            None
        }
    }

    /// Of alternatives the first one that says something; otherwise all, one after the other.
    fn multipart(&mut self, fields: &Fields, body: &[u8], depth: usize) -> Option<String> {
        let boundary = fields.media.boundary.as_deref().unwrap_or_default().as_bytes();
        let parts = divide(body, boundary).ok()?.0;
        let texts = parts.into_iter().map(|part| {
            let (head, inner) = header::split(part);
            let fields = Fields::read(head).unwrap_or_else(Fields::none);
            self.look(&fields, inner, depth + 1)
        });
        let texts: Vec<String> = texts.collect::<Option<_>>()?;
        match (texts.is_empty(), fields.media.is("multipart", "alternative")) {
            (true, _) => None,
            (false, true) => Some(texts.into_iter().find(|text| !text.trim().is_empty()).unwrap_or_default()),
            (false, false) => Some(texts.join("\n")),
        }
    }
}

/// The text of a part that is neither damaged nor longer than what is looked at.
fn whole(fields: &Fields, body: &[u8]) -> Option<String> {
    let text = body::decoded(fields, body, LONGEST + 1);
    (text.len() <= LONGEST && !text.contains('\u{fffd}')).then_some(text)
}

/// HTML with each outermost quote in it replaced by an empty one as mail programs write it in text.
fn without_quotes(html: &str) -> String {
    let lower = html.to_ascii_lowercase();
    let (mut kept, mut depth, mut at) = (String::new(), 0usize, 0);
    let next = |at: usize| {
        let rest = lower.get(at..)?;
        let found = [rest.find("<blockquote"), rest.find("</blockquote")];
        found.into_iter().flatten().min().map(|found| at + found)
    };
    while let Some(tag) = next(at) {
        let begins = lower.get(tag..).is_some_and(|rest| rest.starts_with("<b"));
        if depth == 0 {
            kept.push_str(html.get(at..tag).unwrap_or_default());
        }
        match begins {
            true => {
                kept.push_str(if depth == 0 { "<br>&gt;<br>" } else { "" });
                depth += 1;
            }
            false => depth = depth.saturating_sub(1),
        }
        at = lower.get(tag..).and_then(|rest| rest.find('>')).map_or(html.len(), |end| tag + end + 1);
    }
    if depth == 0 {
        kept.push_str(html.get(at..).unwrap_or_default());
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(mail: &str) -> Option<String> {
        let (head, body) = header::split(mail.as_bytes());
        text_alone(&Fields::read(head).unwrap(), body)
    }

    fn multipart(kind: &str, parts: &[&str]) -> String {
        let parts: String = parts.iter().map(|part| format!("--b\n{part}\n")).collect();
        format!("Content-Type: multipart/{kind}; boundary=b\n\n{parts}--b--\n")
    }

    const PLAIN: &str = "Content-Type: text/plain\n\nplain";
    const HTML: &str = "Content-Type: text/html\n\n<p>html";
    const PDF: &str = "Content-Type: application/pdf\n\n%PDF-1.4";

    #[test]
    fn a_text_alone_is_read_to_its_end() {
        assert_eq!(said(PLAIN).as_deref(), Some("plain"));
        assert_eq!(said(&multipart("alternative", &[PLAIN, HTML])).as_deref(), Some("plain"));
        assert_eq!(said(&multipart("mixed", &[PLAIN, PLAIN])).as_deref(), Some("plain\nplain"));
        let blank = "Content-Type: text/plain\n\n \n";
        assert_eq!(
            said(&multipart("alternative", &[blank, HTML])).map(|t| t.trim().to_owned()).as_deref(),
            Some("html")
        );
    }

    #[test]
    fn whatever_else_there_is_makes_it_more_than_text() {
        for mail in [
            multipart("mixed", &[PLAIN, PDF]),
            multipart("alternative", &[PLAIN, PDF]),
            multipart("mixed", &[PLAIN, "Content-Type: text/plain; name=a.txt\n\nx"]),
            multipart("mixed", &[PLAIN, "Content-Type: message/rfc822\n\nA: b\n\nx"]),
            multipart("mixed", &[]),
            format!("Content-Type: text/plain\n\n{}", "x".repeat(LONGEST + 1)),
        ] {
            assert_eq!(said(&mail), None, "{}", mail.get(..80).unwrap_or(&mail));
        }
    }

    #[test]
    fn a_quote_in_html_goes_and_what_stands_around_it_stays() {
        let html = "<p>a</p><BLOCKQUOTE type=cite>q<blockquote>q</blockquote>q</BLOCKQUOTE>b<blockquote>q</blockquote>c";
        let text = body::without_marks(&without_quotes(html));
        assert!(!text.contains('q'), "{text}");
        assert_eq!(text.split_whitespace().collect::<Vec<_>>(), ["a", ">", "b", ">", "c"]);
        assert_eq!(without_quotes("a<blockquote>q"), "a<br>&gt;<br>");
        assert_eq!(without_quotes("</blockquote>a"), "a");
    }
}
