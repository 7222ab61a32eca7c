//! The registry tables: `physicians.csv`, `facilities.csv`, `patients.csv`, `care_team.csv`.
//!
//! UTF-8 with or without a byte order mark, the header in line 1, columns in any order; lists
//! within a cell are separated by `;`. Days are written `1938-05-03` (or `1938/5/3`, as Excel does).
//! Messages name file, line and column and never repeat a value, which may be personal data.

mod care_team;
mod cells;
mod facilities;
mod patients;
mod physicians;
mod sheet;

use std::path::Path;

use kasasagi_routing::registry::{Fault, Registry, Tables};

use crate::{Error, Result};

/// Largest table read; 5,000 patients take about 2 MB.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// A sound registry, and what a person should look at though it is sound.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The registry.
    pub registry: Registry,
    /// Similar names and shared numbers, each with file and line.
    pub warnings: Vec<String>,
}

struct Texts {
    physicians: String,
    facilities: String,
    patients: String,
    care_team: String,
}

/// Reads the four tables of a folder.
///
/// # Errors
/// [`Error::Many`] with every fault of every table. A row that is itself faulty may be missed by
/// rows that refer to it; those messages vanish with the first.
pub fn load(dir: &Path) -> Result<Loaded> {
    let mut faults = Vec::new();
    let mut read = |name: &str| {
        text(&dir.join(name)).unwrap_or_else(|error| {
            faults.push(error);
            String::new()
        })
    };
    let texts = Texts {
        physicians: read("physicians.csv"),
        facilities: read("facilities.csv"),
        patients: read("patients.csv"),
        care_team: read("care_team.csv"),
    };
    if faults.is_empty() { parse(&texts) } else { Err(Error::Many(faults)) }
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
    let [physicians, facilities, patients, care_team] = SAMPLE.map(|(_, table)| table.to_owned());
    parse(&Texts { physicians, facilities, patients, care_team })
        .expect("the sample registry is sound: tested")
}

fn parse(texts: &Texts) -> Result<Loaded> {
    let mut faults = Vec::new();
    let tables = Tables {
        physicians: physicians::read(&texts.physicians, &mut faults),
        facilities: facilities::read(&texts.facilities, &mut faults),
        patients: patients::read(&texts.patients, &mut faults),
        care_team: care_team::read(&texts.care_team, &mut faults),
    };
    match Registry::build(tables) {
        Ok(registry) if faults.is_empty() => {
            let warnings = registry.warnings().iter().map(|fault| described(fault).to_string()).collect();
            return Ok(Loaded { registry, warnings });
        }
        Ok(_) => {}
        Err(contradictions) => faults.extend(contradictions.iter().map(described)),
    }
    Err(Error::Many(faults))
}

fn described(fault: &Fault) -> Error {
    Error::Value {
        file: format!("{}.csv", fault.table.code()),
        key: format!("line {}", fault.line),
        what: fault.what.clone(),
    }
}

fn text(path: &Path) -> Result<String> {
    let read = || {
        let bytes = std::fs::metadata(path)?.len();
        if bytes > MAX_BYTES {
            return Err(std::io::Error::other(format!(
                "{bytes} bytes are more than the limit of {MAX_BYTES}"
            )));
        }
        std::fs::read(path)
    };
    let bytes = read().map_err(|source| Error::Read { path: path.to_owned(), source })?;
    String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
        let what = format!("line {line}: is not UTF-8; in Excel save as \"CSV UTF-8\"");
        Error::Syntax { file: path.display().to_string(), what }
    })
}

#[cfg(test)]
mod tests;
