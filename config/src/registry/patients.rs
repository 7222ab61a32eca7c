//! `patients` table.

use kasasagi_routing::registry::{Consent, Insurance, Patient, Standing, Table};

use super::cells::Cells;
use super::sheet::Sheet;

pub(super) const SHEET: Sheet = Sheet {
    table: Table::Patients,
    columns: &[
        "patient_id",
        "name",
        "kana",
        "sex",
        "birth",
        "insurer_no",
        "insured_no",
        "postal",
        "address",
        "tel",
        "care_level",
        "care_from",
        "care_to",
        "dr_code",
        "backup_hospital",
        "consent_form",
        "consent_by",
        "consent_scope",
        "consent_on",
        "consent_withdrawn_on",
        "stop_flag",
        "deceased_on",
        "merged_into",
    ],
    required: &["patient_id", "name", "kana", "sex", "birth", "insurer_no", "insured_no", "dr_code"],
};

pub(super) fn patient(cells: &mut Cells<'_>) -> Option<Patient> {
    let (id, name, kana) = (cells.required("patient_id"), cells.required("name"), cells.required("kana"));
    let (sex, birth) = (cells.required("sex"), cells.required_date("birth"));
    let physician = cells.required("dr_code");
    Some(Patient {
        insurance: insurance(cells),
        postal: cells.text("postal"),
        address: cells.text("address"),
        tel: cells.optional("tel"),
        care_level: cells.optional("care_level"),
        care_period: (cells.date("care_from"), cells.date("care_to")),
        backup_hospital: cells.optional("backup_hospital"),
        consent: consent(cells),
        standing: standing(cells),
        provenance: cells.provenance(),
        id: id?,
        name: name?,
        kana: kana?,
        sex: sex?,
        birth: birth?,
        physician: physician?,
    })
}

/// The insured number is unique only with its insurer, so both are given or neither.
fn insurance(cells: &mut Cells<'_>) -> Option<Insurance> {
    let insurer = cells.text("insurer_no");
    let number = cells.text("insured_no");
    if insurer.is_empty() != number.is_empty() {
        cells.fault("insured_no", "needs insurer_no, and insurer_no needs insured_no");
    }
    Some(Insurance { insurer: cells.optional("insurer_no")?, number: cells.optional("insured_no")? })
}

fn consent(cells: &mut Cells<'_>) -> Consent {
    if let Some(on) = cells.date("consent_withdrawn_on") {
        return Consent::Withdrawn { on };
    }
    match cells.optional("consent_form") {
        Some(form) => Consent::Given {
            form,
            by: cells.text("consent_by"),
            scope: cells.text("consent_scope"),
            on: cells.date("consent_on"),
        },
        None => Consent::NotOnFile,
    }
}

/// A merged row says nothing of its own any more; death outlasts a stop.
fn standing(cells: &mut Cells<'_>) -> Standing {
    let stopped = cells.yes("stop_flag");
    let deceased = cells.date("deceased_on").map(|on| Standing::Deceased { on });
    let merged = cells.optional("merged_into").map(|into| Standing::Merged { into });
    merged.or(deceased).unwrap_or(if stopped { Standing::Stopped } else { Standing::Active })
}
