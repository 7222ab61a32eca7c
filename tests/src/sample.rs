//! The sample registry, and how a test wants it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// One row by column.
pub type Row = BTreeMap<String, String>;

/// The tables of a registry.
pub const TABLES: [&str; 4] = ["physicians", "facilities", "patients", "care_team"];

/// The folder of the sample registry.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/sample")
}

/// The rows of a table in `folder`.
///
/// # Panics
/// When it is no table.
pub fn rows(folder: &Path, table: &str) -> Vec<Row> {
    let path = folder.join(format!("{table}.csv"));
    let mut reader = csv::Reader::from_path(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    reader.deserialize().map(|row| row.unwrap_or_else(|e| panic!("{}: {e}", path.display()))).collect()
}

/// Writes the sample registry to `folder`, each row as `edit` leaves it.
///
/// # Panics
/// When it cannot be written.
pub fn write(to: &Path, mut edit: impl FnMut(&str, &mut Row)) {
    fs::create_dir_all(to).expect("the folder");
    for table in TABLES {
        let mut rows = rows(&folder(), table);
        rows.iter_mut().for_each(|row| edit(table, row));
        let mut writer = csv::Writer::from_path(to.join(format!("{table}.csv"))).expect("the table");
        let columns: Vec<String> = rows.first().expect("a row").keys().cloned().collect();
        writer.write_record(&columns).expect("the header");
        for row in rows {
            writer.write_record(row.values()).expect("a row");
        }
        writer.flush().expect("the table");
    }
}

/// Writes the sample registry as a town whose mails a test can read, and which all come at once at any hour:
/// everybody wants readable mail, no digests, and is never to be left in peace.
///
/// # Panics
/// When it cannot be written.
pub fn write_readable(to: &Path) {
    write(to, make_readable);
}

/// Makes a row one of such a town.
pub fn make_readable(table: &str, row: &mut Row) {
    if matches!(table, "physicians" | "facilities") {
        row.insert("delivery".into(), "tls".into());
        row.insert("digest".into(), String::new());
        row.insert("quiet_hours".into(), String::new());
    }
}
