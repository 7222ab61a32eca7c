//! `physicians.csv`.

use kasasagi_routing::registry::{AckMinutes, Clinic, Duty, Physician, Row};

use super::cells::Cells;
use super::sheet::Sheet;
use crate::Error;

const SHEET: Sheet = Sheet {
    file: "physicians.csv",
    required: &["dr_code", "name", "name_kana", "clinic_name", "email", "delivery", "status"],
    optional: &[
        "clinic_no",
        "license_no",
        "specialties",
        "role",
        "groups",
        "smime_cert",
        "smime_not_after",
        "fax",
        "fax_verified_on",
        "hours",
        "backup_dr_codes",
        "ack_minutes_emergency",
        "ack_minutes_today",
        "ack_minutes_routine",
        "notify_phone",
    ],
};

pub(super) fn read(text: &str, faults: &mut Vec<Error>) -> Vec<Row<Physician>> {
    SHEET.read(text, faults, physician)
}

fn physician(cells: &mut Cells<'_>) -> Option<Physician> {
    let (code, name, kana) = (cells.required("dr_code"), cells.required("name"), cells.required("name_kana"));
    let clinic = (cells.optional("clinic_no"), cells.required("clinic_name"));
    let channel = cells.required("delivery");
    let status = cells.required("status");
    let license_no = Some(cells.text("license_no")).filter(|number| !number.is_empty());
    if license_no.as_ref().is_some_and(|n| n.len() > 6 || !n.bytes().all(|b| b.is_ascii_digit())) {
        cells.fault("license_no", "must be one to six digits");
    }
    let ack_minutes = AckMinutes {
        emergency: cells.minutes("ack_minutes_emergency"),
        today: cells.minutes("ack_minutes_today"),
        routine: cells.minutes("ack_minutes_routine"),
    };
    Some(Physician {
        license_no,
        specialties: cells.list("specialties"),
        duty: cells.optional("role").unwrap_or(Duty::HomeCare),
        groups: cells.list("groups"),
        email: cells.optional("email"),
        certificate: cells.certificate(),
        fax: cells.optional("fax"),
        fax_verified_on: cells.date("fax_verified_on"),
        hours: cells.text("hours"),
        backups: cells.list("backup_dr_codes"),
        ack_minutes,
        notify: cells.optional("notify_phone"),
        provenance: cells.provenance(),
        code: code?,
        name: name?,
        kana: kana?,
        clinic: Clinic { number: clinic.0, name: clinic.1? },
        channel: channel?,
        status: status?,
    })
}
