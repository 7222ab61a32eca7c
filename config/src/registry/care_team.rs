//! `care_team.csv`.

use kasasagi_routing::registry::{Membership, Row};

use super::sheet::Sheet;
use crate::Error;

const SHEET: Sheet = Sheet {
    file: "care_team.csv",
    required: &["patient_id", "office_no", "role", "may_receive"],
    optional: &[],
};

pub(super) fn read(text: &str, faults: &mut Vec<Error>) -> Vec<Row<Membership>> {
    SHEET.read(text, faults, |cells| {
        let (patient, office) = (cells.required("patient_id"), cells.required("office_no"));
        let role = cells.required("role");
        Some(Membership {
            may_receive: cells.yes("may_receive"),
            provenance: cells.provenance(),
            patient: patient?,
            office: office?,
            role: role?,
        })
    })
}
