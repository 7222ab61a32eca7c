//! A registry as bytes: the four tables and the certificates they name, so that one version of it can
//! be kept, compared and read again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use kasasagi_routing::registry::Table;

use super::certificate;
use super::sheet::{Entry, Sheet};
use super::{Loaded, MAX_BYTES, rows};
use crate::{Error, Result};

/// Largest certificate file read.
const MAX_CERTIFICATE: u64 = 64 * 1024;
/// Tables that may name certificates.
const HOLDERS: [Table; 2] = [Table::Physicians, Table::Facilities];

/// How a table is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated, as Excel has it.
    Csv,
    /// `[[patients]]` and so on, as TOML.
    Toml,
}

/// The raw files of a registry: each of the four tables once, and every certificate file they name
/// that there is. `Debug` never shows a value.
#[derive(Clone, PartialEq, Eq)]
pub struct Bundle {
    pub(super) tables: BTreeMap<Table, TableFile>,
    pub(super) certificates: BTreeMap<String, Vec<u8>>,
}

/// One table as it was found.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct TableFile {
    pub(super) format: Format,
    pub(super) bytes: Vec<u8>,
}

impl Format {
    const ALL: [Self; 2] = [Self::Csv, Self::Toml];

    fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Toml => "toml",
        }
    }

    /// The name of the file that holds a table in this format.
    pub fn file_name(self, table: Table) -> String {
        format!("{}.{}", table.code(), self.extension())
    }
}

impl TableFile {
    pub(super) fn name(&self, table: Table) -> String {
        self.format.file_name(table)
    }
}

impl Bundle {
    /// Reads the tables of a folder, each `.csv` or `.toml`, and the certificates they name.
    ///
    /// # Errors
    /// [`Error::Many`] with every table that is missing, there twice, too large or unreadable. A
    /// certificate that cannot be read is left to [`Bundle::parse`], which names its row.
    pub fn read(dir: &Path) -> Result<Self> {
        let mut faults = Vec::new();
        let mut tables = BTreeMap::new();
        for table in Table::ALL {
            match read_table(dir, *table) {
                Ok(file) => drop(tables.insert(*table, file)),
                Err(error) => faults.push(error),
            }
        }
        if !faults.is_empty() {
            return Err(Error::Many(faults));
        }
        let mut bundle = Self { tables, certificates: BTreeMap::new() };
        for reference in bundle.references() {
            if let Ok(bytes) = read_file(&dir.join(&reference), MAX_CERTIFICATE) {
                bundle.certificates.insert(reference, bytes);
            }
        }
        Ok(bundle)
    }

    /// The same from files by name, such as those uploaded together. Certificates that no row names
    /// are left out.
    ///
    /// # Errors
    /// [`Error::Many`] with every table that is missing or there twice, and every file too large.
    pub fn from_files(mut files: BTreeMap<String, Vec<u8>>) -> Result<Self> {
        let mut faults = Vec::new();
        let mut tables = BTreeMap::new();
        for table in Table::ALL {
            let found = Format::ALL.map(|format| {
                files.remove(&format.file_name(*table)).map(|bytes| TableFile { format, bytes })
            });
            match found {
                [Some(_), Some(_)] => faults.push(twice(*table)),
                [Some(file), None] | [None, Some(file)] if is_within(&file.bytes, MAX_BYTES) => {
                    tables.insert(*table, file);
                }
                [Some(file), None] | [None, Some(file)] => {
                    faults.push(file_fault(file.name(*table), "is too large"));
                }
                [None, None] => faults.push(file_fault(Format::Csv.file_name(*table), "is missing")),
            }
        }
        if !faults.is_empty() {
            return Err(Error::Many(faults));
        }
        let mut bundle = Self { tables, certificates: BTreeMap::new() };
        let references = bundle.references();
        files.retain(|name, bytes| references.contains(name) && is_within(bytes, MAX_CERTIFICATE));
        bundle.certificates = files;
        Ok(bundle)
    }

    /// Checks every row.
    ///
    /// # Errors
    /// [`Error::Many`] with every fault of every table. A row that is itself faulty may be missed by
    /// rows that refer to it; those messages vanish with the first.
    pub fn parse(&self) -> Result<Loaded> {
        rows::read(self)
    }

    /// The rows of a table as text cells; what cannot be read adds to `faults`.
    pub(super) fn entries(&self, table: Table, faults: &mut Vec<Error>) -> Vec<Entry> {
        self.tables.get(&table).map_or_else(Vec::new, |file| Sheet::of(table).entries(file, faults))
    }

    /// The certificate files that rows name, as far as their paths stay inside the folder.
    fn references(&self) -> BTreeSet<String> {
        let entries = HOLDERS.into_iter().flat_map(|table| self.entries(table, &mut Vec::new()));
        let named = entries.map(|entry| entry.cell("smime_cert").to_owned());
        named.filter(|reference| certificate::is_inside(reference)).collect()
    }
}

fn read_table(dir: &Path, table: Table) -> Result<TableFile> {
    let there = Format::ALL.map(|format| dir.join(format.file_name(table)).exists());
    let format = match there {
        [true, true] => return Err(twice(table)),
        [false, true] => Format::Toml,
        [_, false] => Format::Csv,
    };
    let path = dir.join(format.file_name(table));
    match read_file(&path, MAX_BYTES) {
        Ok(bytes) => Ok(TableFile { format, bytes }),
        Err(source) => Err(Error::Read { path, source }),
    }
}

fn read_file(path: &Path, most: u64) -> std::io::Result<Vec<u8>> {
    let bytes = std::fs::metadata(path)?.len();
    if bytes > most {
        return Err(std::io::Error::other(format!("{bytes} bytes are more than the limit of {most}")));
    }
    std::fs::read(path)
}

fn is_within(bytes: &[u8], most: u64) -> bool {
    u64::try_from(bytes.len()).is_ok_and(|len| len <= most)
}

fn twice(table: Table) -> Error {
    file_fault(
        Format::Csv.file_name(table),
        &format!("and {} are both there; keep one", Format::Toml.file_name(table)),
    )
}

fn file_fault(file: String, what: &str) -> Error {
    Error::Syntax { file, what: what.to_owned() }
}

impl fmt::Debug for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes = self.tables.iter().map(|(table, file)| (file.name(*table), file.bytes.len()));
        f.debug_map().entries(sizes).finish()
    }
}
