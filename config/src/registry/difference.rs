//! What changed from one version of a registry to the next, cell by cell.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use kasasagi_routing::registry::Table;

use super::bundle::Bundle;
use super::certificate;
use super::sheet::{Entry, Sheet};
use crate::{Error, Result};

/// One row that is not the same in both versions. Cells hold personal data: `Display` is for the
/// screen of a person, `Debug` shows none.
#[derive(Clone, PartialEq, Eq)]
pub struct Change {
    /// The table.
    pub table: Table,
    /// The code of the row; for the care team `patient/office/first day`.
    pub key: String,
    /// What became of the row.
    pub what: What,
}

/// What became of a row.
#[derive(Clone, PartialEq, Eq)]
pub enum What {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Cells changed, in the order of the columns.
    Changed(Vec<Cell>),
}

/// One cell before and after.
#[derive(Clone, PartialEq, Eq)]
pub struct Cell {
    /// The column.
    pub column: String,
    /// What stood there; empty for nothing.
    pub old: String,
    /// What stands there now.
    pub new: String,
}

/// Every row added, removed or changed, by table and key. Without an old version every row is added.
///
/// # Errors
/// [`Error::Many`] if a table of either cannot be read at all; rows are not checked here.
pub fn difference(old: Option<&Bundle>, new: &Bundle) -> Result<Vec<Change>> {
    let mut faults = Vec::new();
    let mut changes = Vec::new();
    for table in Table::ALL {
        let before = old.map_or_else(BTreeMap::new, |old| by_key(old, *table, &mut faults));
        let after = by_key(new, *table, &mut faults);
        let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for key in keys {
            let what = match (before.get(key), after.get(key)) {
                (None, _) => What::Added,
                (_, None) => What::Removed,
                (Some(one), Some(other)) if one == other => continue,
                (Some(one), Some(other)) => What::Changed(cells(Sheet::of(*table), one, other)),
            };
            changes.push(Change { table: *table, key: key.clone(), what });
        }
    }
    if faults.is_empty() { Ok(changes) } else { Err(Error::Many(faults)) }
}

type Cells = BTreeMap<String, String>;

/// The cells of each row; a certificate counts by its content, not by the name of its file alone.
fn by_key(bundle: &Bundle, table: Table, faults: &mut Vec<Error>) -> BTreeMap<String, Cells> {
    let mut rows = BTreeMap::new();
    for mut entry in bundle.entries(table, faults) {
        let key = key(table, &entry);
        if let Some(path) = entry.cells.get_mut("smime_cert")
            && let Some(bytes) = bundle.certificates.get(path)
        {
            path.push_str(&format!(" ({})", certificate::fingerprint(bytes)));
        }
        rows.insert(key, entry.cells);
    }
    rows
}

fn key(table: Table, entry: &Entry) -> String {
    let columns: &[&str] = match table {
        Table::Physicians => &["dr_code"],
        Table::Facilities => &["office_no"],
        Table::Patients => &["patient_id"],
        Table::CareTeam => &["patient_id", "office_no", "valid_from"],
    };
    columns.iter().map(|column| entry.cell(column)).collect::<Vec<_>>().join("/")
}

fn cells(sheet: &Sheet, one: &Cells, other: &Cells) -> Vec<Cell> {
    let cell = |row: &Cells, column: &str| row.get(column).cloned().unwrap_or_default();
    sheet
        .every_column()
        .map(|column| Cell { column: column.to_owned(), old: cell(one, column), new: cell(other, column) })
        .filter(|cell| cell.old != cell.new)
        .collect()
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.table.code(), self.key)?;
        match &self.what {
            What::Added => f.write_str("added"),
            What::Removed => f.write_str("removed"),
            What::Changed(cells) => {
                f.write_str(&cells.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
            }
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} 「{}」→「{}」", self.column, self.old, self.new)
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change").field("table", &self.table).field("what", &self.what).finish_non_exhaustive()
    }
}

impl fmt::Debug for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added => f.write_str("Added"),
            Self::Removed => f.write_str("Removed"),
            Self::Changed(cells) => f.debug_tuple("Changed").field(cells).finish(),
        }
    }
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cell").field("column", &self.column).finish_non_exhaustive()
    }
}
