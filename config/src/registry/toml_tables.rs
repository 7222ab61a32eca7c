//! A table as TOML: `[[patients]]`, its keys the columns of the CSV file.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::sheet::{Entry, Sheet};
use crate::Error;

/// Reads every entry; a key or value that cannot be used adds to `faults`.
pub(super) fn read(sheet: &Sheet, file: &str, text: &str, faults: &mut Vec<Error>) -> Vec<Entry> {
    let line_of = |byte: usize| text.bytes().take(byte).filter(|b| *b == b'\n').count() + 1;
    let document = match DeTable::parse(text) {
        Ok(document) => document.into_inner(),
        // The error's own words would repeat the line, which may hold personal data.
        Err(error) => {
            let line = line_of(error.span().map_or(0, |span| span.start));
            let what = format!("line {line}: {}", error.message());
            faults.push(Error::Syntax { file: file.to_owned(), what });
            return Vec::new();
        }
    };
    let mut reader = Reader { sheet, file, faults };
    let mut entries = Vec::new();
    for (key, value) in &document {
        let line = line_of(key.span().start);
        match value.get_ref().as_array() {
            Some(array) if key.get_ref() == sheet.table.code() => {
                for element in array.iter() {
                    entries.extend(reader.entry(line_of(element.span().start), element));
                }
            }
            _ => {
                reader.fault(line, key.get_ref(), &format!("only [[{}]] may stand here", sheet.table.code()))
            }
        }
    }
    entries
}

/// Writes entries so that [`read`] finds the same cells.
pub(super) fn write(sheet: &Sheet, entries: &[Entry]) -> String {
    let mut text = String::new();
    for entry in entries {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&format!("[[{}]]\n", sheet.table.code()));
        for column in sheet.every_column().filter(|column| entry.cells.contains_key(*column)) {
            text.push_str(&format!("{column} = {}\n", toml::Value::from(entry.cell(column))));
        }
    }
    text
}

struct Reader<'a> {
    sheet: &'a Sheet,
    file: &'a str,
    faults: &'a mut Vec<Error>,
}

impl Reader<'_> {
    fn fault(&mut self, line: usize, column: &str, what: &str) {
        let key = format!("line {line}, column {column}");
        self.faults.push(Error::Value { file: self.file.to_owned(), key, what: what.to_owned() });
    }

    fn entry(&mut self, line: usize, element: &Spanned<DeValue<'_>>) -> Option<Entry> {
        let Some(table) = element.get_ref().as_table() else {
            self.fault(line, self.sheet.table.code(), "must be a table of columns");
            return None;
        };
        let before = self.faults.len();
        let mut cells = BTreeMap::new();
        for (key, value) in table {
            let column: &str = key.get_ref();
            if !self.sheet.knows(column) {
                self.fault(line, column, "is not known");
            } else if let Some(cell) = cell(value.get_ref()) {
                cells.insert(column.to_owned(), cell.trim().to_owned());
            } else {
                self.fault(
                    line,
                    column,
                    "must be a text, a number, a day, true or false, or a list of texts",
                );
            }
        }
        cells.retain(|_, cell| !cell.is_empty());
        let line = u64::try_from(line).unwrap_or(u64::MAX);
        (self.faults.len() == before).then_some(Entry { line, cells })
    }
}

/// The value as the text of a CSV cell.
fn cell(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.clone().into_owned()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Datetime(day) => Some(day.to_string()),
        DeValue::Boolean(yes) => Some(if *yes { "yes" } else { "no" }.to_owned()),
        DeValue::Array(list) => {
            let texts: Option<Vec<&str>> = list.iter().map(|entry| entry.get_ref().as_str()).collect();
            texts.map(|texts| texts.join(";"))
        }
        DeValue::Float(_) | DeValue::Table(_) => None,
    }
}
