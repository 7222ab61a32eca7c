//! A table as it must be: its columns, and how its file becomes rows.

use std::collections::BTreeMap;

use kasasagi_routing::registry::{Row, Table};

use super::bundle::{Format, TableFile};
use super::cells::{Cells, Place};
use super::{care_team, facilities, patients, physicians, toml_tables};
use crate::{Error, comma, encoding};

/// Columns that every table may have: since when a row holds and who answers for it.
const PROVENANCE: [&str; 5] = ["valid_from", "valid_to", "updated_by", "approved_by", "note"];

/// One table: its columns in the order in which they are written, and those that must not be left out.
pub(super) struct Sheet {
    pub(super) table: Table,
    pub(super) columns: &'static [&'static str],
    pub(super) required: &'static [&'static str],
}

/// One row of a file: the cells that are not empty, by column.
pub(super) struct Entry {
    pub(super) line: u64,
    pub(super) cells: BTreeMap<String, String>,
}

impl Entry {
    /// The cell, trimmed; empty if there is none.
    pub(super) fn cell(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }
}

impl Sheet {
    pub(super) fn of(table: Table) -> &'static Self {
        match table {
            Table::Physicians => &physicians::SHEET,
            Table::Facilities => &facilities::SHEET,
            Table::Patients => &patients::SHEET,
            Table::CareTeam => &care_team::SHEET,
        }
    }

    /// Every column, in the order in which they are written.
    pub(super) fn every_column(&self) -> impl Iterator<Item = &'static str> {
        self.columns.iter().copied().chain(PROVENANCE)
    }

    pub(super) fn knows(&self, column: &str) -> bool {
        self.every_column().any(|known| known == column)
    }

    /// Reads the file as text cells; what cannot be adds to `faults`.
    pub(super) fn entries(&self, file: &TableFile, faults: &mut Vec<Error>) -> Vec<Entry> {
        let name = file.name(self.table);
        let read =
            match file.format {
                Format::Csv => encoding::utf8_or_cp932(&name, &file.bytes)
                    .map(|text| self.csv_entries(&name, &text, faults)),
                Format::Toml => encoding::utf8(&name, &file.bytes)
                    .map(|text| toml_tables::read(self, &name, &text, faults)),
            };
        read.unwrap_or_else(|error| {
            faults.push(error);
            Vec::new()
        })
    }

    /// Every row checked; a cell with a fault adds to `faults` and its row is left out.
    pub(super) fn rows<T>(
        place: &Place<'_>,
        entries: &[Entry],
        faults: &mut Vec<Error>,
        understand: fn(&mut Cells<'_>) -> Option<T>,
    ) -> Vec<Row<T>> {
        let mut rows = Vec::new();
        for entry in entries {
            let before = faults.len();
            let item = understand(&mut Cells::new(place, entry, faults));
            if let Some(item) = item.filter(|_| faults.len() == before) {
                rows.push(Row { line: entry.line, item });
            }
        }
        rows
    }

    fn csv_entries(&self, file: &str, text: &str, faults: &mut Vec<Error>) -> Vec<Entry> {
        let records = match comma::records(file, text) {
            Ok(records) => records,
            Err(error) => {
                faults.push(error);
                return Vec::new();
            }
        };
        let mut records = records.into_iter();
        let header = records.next().map_or_else(Vec::new, |record| record.cells);
        if !self.is_sound(file, &header, faults) {
            return Vec::new();
        }
        let mut entries = Vec::new();
        for record in records {
            if record.cells.len() != header.len() {
                faults.push(Error::Value {
                    file: file.to_owned(),
                    key: format!("line {}", record.line),
                    what: format!("has {} cells, but the header has {}", record.cells.len(), header.len()),
                });
                continue;
            }
            let cells = header.iter().cloned().zip(record.cells).filter(|(_, cell)| !cell.is_empty());
            entries.push(Entry { line: record.line, cells: cells.collect() });
        }
        entries
    }

    /// Whether the header names every required column, and only known ones, once.
    fn is_sound(&self, file: &str, header: &[String], faults: &mut Vec<Error>) -> bool {
        let before = faults.len();
        let mut fault = |column: &str, what: &str| {
            let key = format!("line 1, column {column}");
            faults.push(Error::Value { file: file.to_owned(), key, what: what.to_owned() });
        };
        for (index, column) in header.iter().enumerate() {
            if !self.knows(column) {
                fault(column, "is not known");
            } else if header.iter().take(index).any(|earlier| earlier == column) {
                fault(column, "stands there twice");
            }
        }
        for column in self.required.iter().filter(|column| !header.iter().any(|have| have == *column)) {
            fault(column, "is missing");
        }
        faults.len() == before
    }
}
