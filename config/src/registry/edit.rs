//! A table with some of its cells changed, for whoever prepares a registry by program.

use std::collections::BTreeMap;

use crate::{Error, comma};

/// The CSV table `text` with each row as `edit` leaves it: cells by column, of the columns that the table has.
///
/// # Errors
/// [`Error::Syntax`] for what is no CSV or has no header; what `edit` returns.
pub fn edited<E: From<Error>>(
    file: &str,
    text: &str,
    mut edit: impl FnMut(&mut BTreeMap<String, String>) -> Result<(), E>,
) -> Result<Vec<u8>, E> {
    let mut records = comma::records(file, text)?.into_iter();
    let header = records
        .next()
        .ok_or_else(|| Error::Syntax { file: file.to_owned(), what: "has no header".to_owned() })?;
    let columns = header.cells;
    let mut rows = Vec::new();
    for record in records {
        let mut row: BTreeMap<String, String> = columns.iter().cloned().zip(record.cells).collect();
        edit(&mut row)?;
        rows.push(row);
    }
    let cells =
        rows.iter().map(|row| columns.iter().map(|c| row.get(c).map_or("", String::as_str)).collect());
    let header = columns.iter().map(String::as_str).collect();
    Ok(comma::table(std::iter::once(header).chain(cells)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Result;

    #[test]
    fn cells_change_and_columns_stay_in_their_order() {
        let text = "b,a\n1,\"x,y\"\n2,z\n";
        let edit = |row: &mut BTreeMap<String, String>| -> Result<()> {
            row.insert("b".into(), row["a"].clone());
            row.insert("c".into(), "no such column".into());
            Ok(())
        };
        let table = edited("t.csv", text, edit).unwrap();
        assert_eq!(String::from_utf8(table).unwrap(), "\u{FEFF}b,a\r\n\"x,y\",\"x,y\"\r\nz,z\r\n");
    }
}
