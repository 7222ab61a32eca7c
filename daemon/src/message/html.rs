//! The mail as HTML: one narrow column for a phone, headings and row headers for a screen reader,
//! nothing fetched from anywhere, and no meaning carried by colour alone.

use std::fmt;

use super::content::{Content, DOUBT_MARK, Row};

/// Writes `content` as a whole HTML document.
pub(super) fn render(content: &Content) -> String {
    let mut page = String::new();
    let title = Escaped(&content.subject);
    page.push_str(&format!(
        "<!DOCTYPE html>\n<html lang=\"ja\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
    ));
    for sentence in &content.opening {
        page.push_str(&format!("<p>{}</p>\n", Escaped(sentence)));
    }
    table(&mut page, &content.summary);
    if content.doubtful > 0 {
        page.push_str(&format!("<p><strong>{DOUBT_MARK}の項目: {}件</strong></p>\n", content.doubtful));
    }
    for section in content.changes.iter().chain(&content.sections) {
        page.push_str(&format!("<h2>{}</h2>\n", Escaped(&section.heading)));
        table(&mut page, &section.rows);
    }
    list(&mut page, "記入のない必須項目", &content.missing);
    list(&mut page, "注意", &content.notes);
    list(&mut page, "お願い", &content.requests);
    page.push_str("</main>\n<footer>\n");
    for sentence in &content.footer {
        page.push_str(&format!("<p>{}</p>\n", Escaped(sentence)));
    }
    page.push_str("</footer>\n</body>\n</html>\n");
    page
}

fn table(page: &mut String, rows: &[Row]) {
    page.push_str("<table>\n");
    for row in rows {
        let (label, value) = (Escaped(&row.label), Escaped(&row.value));
        page.push_str(&format!("<tr><th scope=\"row\">{label}</th><td>"));
        match &row.doubt {
            None => page.push_str(&format!("{value}")),
            Some(why) => {
                page.push_str(&format!("<strong>{DOUBT_MARK}</strong>{value}"));
                if !why.is_empty() {
                    page.push_str(&format!("<br><small>理由: {}</small>", Escaped(why)));
                }
            }
        }
        page.push_str("</td></tr>\n");
    }
    page.push_str("</table>\n");
}

/// A heading and its items; nothing when there are none.
fn list(page: &mut String, heading: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    page.push_str(&format!("<h2>{}</h2>\n<ul>\n", Escaped(heading)));
    for item in items {
        page.push_str(&format!("<li>{}</li>\n", Escaped(item)));
    }
    page.push_str("</ul>\n");
}

/// Text as HTML element content or quoted attribute.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => write!(f, "{c}")?,
            }
        }
        Ok(())
    }
}

const STYLE: &str = "\
:root { color-scheme: light dark; }
body { font-family: sans-serif; font-size: 1rem; line-height: 1.6; max-width: 40em; margin: 0 auto; padding: 0 1em; }
h1 { font-size: 1.2rem; }
h2 { font-size: 1.05rem; margin: 1.5em 0 .3em; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid #888; padding: .3em .5em; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { width: 35%; font-weight: normal; }
footer { font-size: .85rem; overflow-wrap: anywhere; }
";
