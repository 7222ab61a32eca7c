//! Plain tables for a terminal; Japanese characters take two columns.

/// Rows of text in columns that fit their widest cell; the head parts its columns with `|`.
pub(super) fn table(head: &str, rows: &[Vec<String>]) -> String {
    let head: Vec<String> = head.split('|').map(|cell| cell.trim().to_owned()).collect();
    let mut widths: Vec<usize> = head.iter().map(|cell| width(cell)).collect();
    for row in rows {
        for (most, cell) in widths.iter_mut().zip(row) {
            *most = (*most).max(width(cell));
        }
    }
    let lines = std::iter::once(&head).chain(rows).map(|row| line(row, &widths));
    lines.collect::<Vec<_>>().join("\n")
}

fn line(row: &[String], widths: &[usize]) -> String {
    let mut text = String::new();
    for (cell, most) in row.iter().zip(widths) {
        text.push_str(&padded(cell, most + 2));
    }
    text.trim_end().to_owned()
}

/// Text and blanks up to so many columns.
pub(super) fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Columns that a terminal gives to this text: wide for the scripts that faxes here are written in.
fn width(text: &str) -> usize {
    text.chars().map(|c| if matches!(c, '\u{1100}'..='\u{115F}' | '\u{2E80}'..='\u{A4CF}' | '\u{AC00}'..='\u{D7A3}' | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE6F}' | '\u{FF00}'..='\u{FF60}' | '\u{FFE0}'..='\u{FFE6}' | '\u{20000}'..='\u{3FFFD}') { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_with_japanese_in_them() {
        let text = table("a | b", &[vec!["漢字".into(), "x".into()], vec!["abc".into(), "y".into()]]);
        assert_eq!(text, "a     b\n漢字  x\nabc   y");
    }
}
