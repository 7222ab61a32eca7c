//! `care_team` table.

use kasasagi_routing::registry::{Membership, Table};

use super::cells::Cells;
use super::sheet::Sheet;

pub(super) const SHEET: Sheet = Sheet {
    table: Table::CareTeam,
    columns: &["patient_id", "office_no", "role", "may_receive"],
    required: &["patient_id", "office_no", "role", "may_receive"],
};

pub(super) fn membership(cells: &mut Cells<'_>) -> Option<Membership> {
    let (patient, office) = (cells.required("patient_id"), cells.required("office_no"));
    let role = cells.required("role");
    Some(Membership {
        may_receive: cells.yes("may_receive"),
        provenance: cells.provenance(),
        patient: patient?,
        office: office?,
        role: role?,
    })
}
