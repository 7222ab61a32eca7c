//! The mail as plain text.

use super::content::{Content, DOUBT_MARK, Row};

/// Writes `content` as text, lines ended by LF.
pub(super) fn render(content: &Content) -> String {
    let mut lines = vec![content.subject.clone(), String::new()];
    lines.extend(content.opening.iter().cloned());
    lines.push(String::new());
    lines.extend(content.summary.iter().map(row));
    if content.doubtful > 0 {
        lines.push(format!("{DOUBT_MARK}の項目: {}件", content.doubtful));
    }
    for section in content.changes.iter().chain(&content.sections) {
        block(&mut lines, &section.heading, section.rows.iter().map(row));
    }
    let bulleted = |items: &[String]| items.iter().map(|i| format!("・{i}")).collect::<Vec<_>>();
    block(&mut lines, "記入のない必須項目", bulleted(&content.missing));
    block(&mut lines, "注意", bulleted(&content.notes));
    block(&mut lines, "お願い", bulleted(&content.requests));
    lines.extend([String::new(), "-- ".to_owned()]);
    lines.extend(content.footer.iter().cloned());
    lines.push(String::new());
    lines.join("\n")
}

/// A heading and its lines; nothing when there are none.
fn block(lines: &mut Vec<String>, heading: &str, body: impl IntoIterator<Item = String>) {
    let mut body = body.into_iter().peekable();
    if body.peek().is_some() {
        lines.extend([String::new(), format!("■ {heading}")]);
        lines.extend(body);
    }
}

fn row(row: &Row) -> String {
    match &row.doubt {
        None => format!("{}: {}", row.label, row.value),
        Some(why) if why.is_empty() => format!("{}: {DOUBT_MARK}{}", row.label, row.value),
        Some(why) => format!("{}: {DOUBT_MARK}{}（理由: {why}）", row.label, row.value),
    }
}
