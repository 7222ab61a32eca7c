//! One CSV table: the only file naming the csv crate.

use std::collections::HashMap;

use kasasagi_routing::registry::Row;

use super::cells::Cells;
use crate::Error;

/// Columns that every table may have: since when a row holds and who answers for it.
const PROVENANCE: [&str; 5] = ["valid_from", "valid_to", "updated_by", "approved_by", "note"];

/// A table as it must be: its columns, those first that must not be left out.
pub(super) struct Sheet {
    pub(super) file: &'static str,
    pub(super) required: &'static [&'static str],
    pub(super) optional: &'static [&'static str],
}

impl Sheet {
    /// Reads every row; a row or cell with a fault adds to `faults` and the row is left out.
    pub(super) fn read<T>(
        &self,
        text: &str,
        faults: &mut Vec<Error>,
        understand: fn(&mut Cells<'_>) -> Option<T>,
    ) -> Vec<Row<T>> {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let mut reader =
            csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
        let header = match reader.headers() {
            Ok(header) => header.clone(),
            Err(error) => {
                faults.push(Error::Syntax { file: self.file.to_owned(), what: error.to_string() });
                return Vec::new();
            }
        };
        let Some(columns) = self.columns(&header, faults) else { return Vec::new() };
        let mut rows = Vec::new();
        let mut lines = Lines { text: text.as_bytes(), byte: 0, line: 1 };
        for record in reader.records() {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    faults.push(Error::Syntax { file: self.file.to_owned(), what: error.to_string() });
                    break;
                }
            };
            if record.iter().all(str::is_empty) {
                continue;
            }
            let line = lines.of(record.position().map_or(0, csv::Position::byte));
            let before = faults.len();
            if record.len() != header.len() {
                faults.push(Error::Value {
                    file: self.file.to_owned(),
                    key: format!("line {line}"),
                    what: format!("has {} cells, but the header has {}", record.len(), header.len()),
                });
                continue;
            }
            let cell = |column: &str| columns.get(column).and_then(|index| record.get(*index)).unwrap_or("");
            let item = understand(&mut Cells::new(self.file, line, &cell, faults));
            if let Some(item) = item.filter(|_| faults.len() == before) {
                rows.push(Row { line, item });
            }
        }
        rows
    }

    /// Where each column stands; `None` after faults in the header.
    fn columns(&self, header: &csv::StringRecord, faults: &mut Vec<Error>) -> Option<HashMap<String, usize>> {
        let before = faults.len();
        let mut fault = |column: &str, what: &str| {
            let key = format!("line 1, column {column}");
            faults.push(Error::Value { file: self.file.to_owned(), key, what: what.to_owned() });
        };
        let mut columns = HashMap::new();
        for (index, column) in header.iter().enumerate() {
            if !self.required.contains(&column)
                && !self.optional.contains(&column)
                && !PROVENANCE.contains(&column)
            {
                fault(column, "is not known");
            } else if columns.insert(column.to_owned(), index).is_some() {
                fault(column, "stands there twice");
            }
        }
        for column in self.required.iter().filter(|column| !columns.contains_key(**column)) {
            fault(column, "is missing");
        }
        (faults.len() == before).then_some(columns)
    }
}

/// Counts lines up to a record. The csv crate's own count is one short after CRLF and blank lines.
struct Lines<'t> {
    text: &'t [u8],
    byte: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the record that starts at or after this byte; records are asked for in order.
    fn of(&mut self, byte: u64) -> u64 {
        while let Some(b) = self.text.get(self.byte) {
            let before = u64::try_from(self.byte).is_ok_and(|at| at < byte);
            if !before && !matches!(b, b'\r' | b'\n') {
                break;
            }
            self.line += u64::from(*b == b'\n');
            self.byte += 1;
        }
        self.line
    }
}
