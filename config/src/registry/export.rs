//! A registry written out again, for Excel or as TOML.

use std::collections::BTreeMap;
use std::path::Path;

use kasasagi_routing::registry::Table;

use super::bundle::{Bundle, Format};
use super::sheet::{Entry, Sheet};
use super::toml_tables;
use crate::{Error, Result, comma};

/// Every file of the registry by name, its tables in this format with every known column. Cells stand
/// there as they were read: what is read again is equal.
///
/// # Errors
/// [`Error::Many`] if a table cannot be read; an unknown column would be lost.
pub fn exported(bundle: &Bundle, format: Format) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut faults = Vec::new();
    let mut files = bundle.certificates.clone();
    for table in Table::ALL {
        let (sheet, entries) = (Sheet::of(*table), bundle.entries(*table, &mut faults));
        let bytes = match format {
            Format::Csv => csv(sheet, &entries),
            Format::Toml => toml_tables::write(sheet, &entries).into_bytes(),
        };
        files.insert(format.file_name(*table), bytes);
    }
    if faults.is_empty() { Ok(files) } else { Err(Error::Many(faults)) }
}

/// Writes the registry into a folder, which is made if need be.
///
/// # Errors
/// What [`exported`] finds; [`Error::Syntax`] if the folder has a table in the other format, which
/// would make it ambiguous; [`Error::Write`].
pub fn export(bundle: &Bundle, dir: &Path, format: Format) -> Result<()> {
    let files = exported(bundle, format)?;
    let other = if format == Format::Csv { Format::Toml } else { Format::Csv };
    if let Some(name) = Table::ALL.iter().map(|t| other.file_name(*t)).find(|n| dir.join(n).exists()) {
        let what = "stands in this folder already; export to an empty one".to_owned();
        return Err(Error::Syntax { file: name, what });
    }
    for (name, bytes) in files {
        let path = dir.join(name);
        let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        made.and_then(|()| std::fs::write(&path, bytes)).map_err(|source| Error::Write { path, source })?;
    }
    Ok(())
}

fn csv(sheet: &Sheet, entries: &[Entry]) -> Vec<u8> {
    let header = std::iter::once(sheet.every_column().collect());
    let rows = entries.iter().map(|entry| sheet.every_column().map(|column| entry.cell(column)).collect());
    comma::table(header.chain(rows))
}
