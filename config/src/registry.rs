//! The registry tables: physicians, facilities, patients and care team, each as `.csv` or `.toml`.
//!
//! A CSV table has its header in line 1, columns in any order; lists within a cell are separated by
//! `;`. It may be UTF-8 with or without a byte order mark, or the CP932 that Excel writes as plain
//! CSV. A TOML table has one `[[patients]]` a row, its keys the same columns. Days are written
//! `1938-05-03` (or `1938/5/3`, as Excel does). `smime_cert` names a certificate file in the folder.
//! Messages name file, line and column and never repeat a value, which may be personal data.

mod bundle;
mod framing;

mod sheet;
mod toml_tables;

mod cells;
mod certificate;

mod care_team;
mod facilities;
mod patients;
mod physicians;

mod rows;

mod difference;
mod edit;
mod export;

use std::path::Path;

use kasasagi_routing::registry::{Certificate, Registry};

pub use bundle::{Bundle, Format};
pub use difference::{Cell, Change, What, difference};
pub use edit::edited;
pub use export::{export, exported};

use crate::Result;

/// Largest table read; 5,000 patients take about 2 MB.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// A sound registry, and what a person should look at though it is sound.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The registry.
    pub registry: Registry,
    /// Similar names, shared numbers and recipients that cannot be sent to, each with file and line.
    pub warnings: Vec<String>,
}

impl Loaded {
    /// Every certificate with the code of its holder and a label without a name, so that one who has
    /// a clock can warn of those that expire.
    pub fn certificates(&self) -> impl Iterator<Item = (&str, String, &Certificate)> {
        self.registry.certificates()
    }
}

/// Reads the four tables of a folder.
///
/// # Errors
/// What [`Bundle::read`] and [`Bundle::parse`] find.
pub fn load(dir: &Path) -> Result<Loaded> {
    Bundle::read(dir)?.parse()
}

/// The tables of a small invented town by file name, to be written to a folder for a first look.
pub const SAMPLE: [(&str, &str); 4] = [
    ("physicians.csv", include_str!("../sample/physicians.csv")),
    ("facilities.csv", include_str!("../sample/facilities.csv")),
    ("patients.csv", include_str!("../sample/patients.csv")),
    ("care_team.csv", include_str!("../sample/care_team.csv")),
];

/// The town of [`SAMPLE`]: for the demo and for tests.
pub fn sample() -> Loaded {
    let files = SAMPLE.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
    let bundle = Bundle::from_files(files.into()).and_then(|bundle| bundle.parse());
    bundle.expect("the sample registry is sound: tested")
}

#[cfg(test)]
mod tests;
