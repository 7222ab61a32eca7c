//! Comma-separated tables in and out: the only file naming the csv crate.

use crate::{Error, Result};

/// One record with the line it begins on, its cells trimmed.
pub(crate) struct Record {
    pub(crate) line: u64,
    pub(crate) cells: Vec<String>,
}

/// Every record that is not blank, the header first; the numbers of their cells may differ.
///
/// # Errors
/// [`Error::Syntax`] for what is no CSV.
pub(crate) fn records(file: &str, text: &str) -> Result<Vec<Record>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut lines = Lines { text: text.as_bytes(), byte: 0, line: 1 };
    let mut records = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| Error::Syntax { file: file.to_owned(), what: e.to_string() })?;
        let line = lines.of(record.position().map_or(0, csv::Position::byte));
        if record.iter().any(|cell| !cell.is_empty()) {
            records.push(Record { line, cells: record.iter().map(str::to_owned).collect() });
        }
    }
    Ok(records)
}

/// A table as Excel opens it by a double click: UTF-8 with a byte order mark, lines ending in CRLF.
pub(crate) fn table<'t>(records: impl Iterator<Item = Vec<&'t str>>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer("\u{FEFF}".as_bytes().to_vec());
    for record in records {
        writer.write_record(record).expect("records of one table are of one length, and memory takes all");
    }
    writer.into_inner().expect("memory takes all that is written")
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
