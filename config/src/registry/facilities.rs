//! `facilities` table.

use kasasagi_routing::registry::{Agreement, Channel, Facility, Table};

use super::cells::Cells;
use super::sheet::Sheet;

pub(super) const SHEET: Sheet = Sheet {
    table: Table::Facilities,
    columns: &[
        "office_no",
        "name",
        "kana",
        "aliases",
        "type",
        "postal",
        "address",
        "tel",
        "fax",
        "fax_verified_on",
        "csid_patterns",
        "caller_ids",
        "email",
        "smime_cert",
        "smime_not_after",
        "delivery",
        "digest",
        "quiet_hours",
        "field_policy",
        "agreement",
        "agreement_on",
        "manager",
        "status",
    ],
    required: &["office_no", "name", "kana", "type", "tel", "fax", "email", "status"],
};

pub(super) fn facility(cells: &mut Cells<'_>) -> Option<Facility> {
    let (number, name, kana) = (cells.required("office_no"), cells.required("name"), cells.required("kana"));
    let (role, tel, status) = (cells.required("type"), cells.required("tel"), cells.required("status"));
    let (kind, on) = (cells.optional("agreement"), cells.date("agreement_on"));
    let email = cells.optional("email");
    Some(Facility {
        aliases: cells.list("aliases"),
        postal: cells.text("postal"),
        address: cells.text("address"),
        faxes: cells.list("fax"),
        fax_verified_on: cells.date("fax_verified_on"),
        csid_patterns: cells.list("csid_patterns"),
        caller_ids: cells.list("caller_ids"),
        certificate: cells.certificate(email.as_ref()),
        email,
        channel: cells.optional("delivery").unwrap_or(Channel::Smime),
        digest: cells.optional("digest"),
        quiet_hours: cells.optional("quiet_hours"),
        field_policy: cells.optional("field_policy"),
        agreement: kind.map(|kind| Agreement { kind, on }),
        manager: cells.optional("manager"),
        provenance: cells.provenance(),
        number: number?,
        name: name?,
        kana: kana?,
        role: role?,
        tel: tel?,
        status: status?,
    })
}
