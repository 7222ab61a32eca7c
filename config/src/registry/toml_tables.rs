//! A table as TOML: `[[patients]]`, its keys the columns of the CSV file.

use std::borrow::Cow;
use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::sheet::{Entry, Sheet};
use crate::Error;

/// Reads every entry; a key or value that cannot be used adds to `faults`.
pub(super) fn read(sheet: &Sheet, file: &str, text: &str, faults: &mut Vec<Error>) -> Vec<Entry> {
    let starts = text.match_indices('\n').map(|(at, _)| at + 1).collect();
    let mut reader = Reader { sheet, file, starts, faults };
    let document = match DeTable::parse(text) {
        Ok(document) => document.into_inner(),
        // The error's own words would repeat the line, which may hold personal data.
        Err(error) => {
            let line = reader.line_of(error.span().map_or(0, |span| span.start));
            let what = format!("line {line}: {}", error.message());
            reader.faults.push(Error::Syntax { file: file.to_owned(), what });
            return Vec::new();
        }
    };
    let mut entries = Vec::new();
    for (key, value) in &document {
        match value.get_ref().as_array() {
            Some(array) if key.get_ref() == sheet.table.code() => {
                entries.extend(array.iter().filter_map(|element| reader.entry(element)));
            }
            _ => reader.fault(key, &format!("only [[{}]] may stand here", sheet.table.code())),
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
    /// The bytes at which lines after the first begin.
    starts: Vec<usize>,
    faults: &'a mut Vec<Error>,
}

impl Reader<'_> {
    fn line_of(&self, byte: usize) -> u64 {
        u64::try_from(self.starts.partition_point(|start| *start <= byte))
            .unwrap_or(u64::MAX)
            .saturating_add(1)
    }

    fn fault(&mut self, key: &Spanned<Cow<'_, str>>, what: &str) {
        let key = format!("line {}, column {}", self.line_of(key.span().start), key.get_ref());
        self.faults.push(Error::Value { file: self.file.to_owned(), key, what: what.to_owned() });
    }

    fn entry(&mut self, element: &Spanned<DeValue<'_>>) -> Option<Entry> {
        let line = self.line_of(element.span().start);
        let Some(table) = element.get_ref().as_table() else {
            let what = format!("must be written as [[{}]]", self.sheet.table.code());
            self.faults.push(Error::Value { file: self.file.to_owned(), key: format!("line {line}"), what });
            return None;
        };
        let before = self.faults.len();
        let mut cells = BTreeMap::new();
        for (key, value) in table {
            if !self.sheet.knows(key.get_ref()) {
                self.fault(key, "is not known");
            } else if let Some(cell) = cell(value.get_ref()) {
                cells.insert(key.get_ref().clone().into_owned(), cell.trim().to_owned());
            } else {
                self.fault(key, "must be a text, a number, a day, true or false, or a list of texts");
            }
        }
        cells.retain(|_, cell| !cell.is_empty());
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
