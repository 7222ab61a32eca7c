//! `physicians` table.

use kasasagi_routing::registry::{AckMinutes, Clinic, Duty, Physician, Table};

use super::cells::Cells;
use super::sheet::Sheet;

pub(super) const SHEET: Sheet = Sheet {
    table: Table::Physicians,
    columns: &[
        "dr_code",
        "name",
        "name_kana",
        "clinic_no",
        "clinic_name",
        "license_no",
        "specialties",
        "role",
        "groups",
        "email",
        "smime_cert",
        "smime_not_after",
        "fax",
        "fax_verified_on",
        "delivery",
        "hours",
        "office_hours",
        "quiet_hours",
        "digest",
        "backup_dr_codes",
        "ack_minutes_emergency",
        "ack_minutes_today",
        "ack_minutes_routine",
        "notify_phone",
        "status",
    ],
    required: &["dr_code", "name", "name_kana", "clinic_name", "email", "delivery", "status"],
};

pub(super) fn physician(cells: &mut Cells<'_>) -> Option<Physician> {
    let (code, name, kana) = (cells.required("dr_code"), cells.required("name"), cells.required("name_kana"));
    let clinic = (cells.optional("clinic_no"), cells.required("clinic_name"));
    let channel = cells.required("delivery");
    let status = cells.required("status");
    let email = cells.optional("email");
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
        certificate: cells.certificate(email.as_ref()),
        email,
        fax: cells.optional("fax"),
        fax_verified_on: cells.date("fax_verified_on"),
        hours: cells.text("hours"),
        office_hours: cells.optional("office_hours"),
        quiet_hours: cells.optional("quiet_hours"),
        digest: cells.optional("digest"),
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
