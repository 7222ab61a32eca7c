//! From text cells to a checked registry.

use kasasagi_routing::registry::{Fault, Registry, Row, Table, Tables};

use super::bundle::Bundle;
use super::cells::{Cells, Place};
use super::sheet::Sheet;
use super::{Loaded, care_team, facilities, patients, physicians};
use crate::{Error, Result};

/// Understands every row of every table, then checks them against each other.
pub(super) fn read(bundle: &Bundle) -> Result<Loaded> {
    let mut faults = Vec::new();
    let tables = Tables {
        physicians: table(bundle, Table::Physicians, &mut faults, physicians::physician),
        facilities: table(bundle, Table::Facilities, &mut faults, facilities::facility),
        patients: table(bundle, Table::Patients, &mut faults, patients::patient),
        care_team: table(bundle, Table::CareTeam, &mut faults, care_team::membership),
    };
    let described = |fault: &Fault| Error::Value {
        file: name(bundle, fault.table),
        key: format!("line {}", fault.line),
        what: fault.what.clone(),
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

fn table<T>(
    bundle: &Bundle,
    table: Table,
    faults: &mut Vec<Error>,
    understand: fn(&mut Cells<'_>) -> Option<T>,
) -> Vec<Row<T>> {
    let file = name(bundle, table);
    let entries = bundle.entries(table, faults);
    let place = Place { file: &file, certificates: &bundle.certificates };
    Sheet::rows(&place, &entries, faults, understand)
}

fn name(bundle: &Bundle, table: Table) -> String {
    bundle.tables.get(&table).map_or_else(|| table.code().to_owned(), |file| file.name(table))
}
