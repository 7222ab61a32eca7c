//! `facilities.csv`.

use kasasagi_routing::registry::{Agreement, Facility, Row};

use super::cells::Cells;
use super::sheet::Sheet;
use crate::Error;

const SHEET: Sheet = Sheet {
    file: "facilities.csv",
    required: &["office_no", "name", "kana", "type", "tel", "fax", "email", "status"],
    optional: &[
        "aliases",
        "postal",
        "address",
        "fax_verified_on",
        "csid_patterns",
        "caller_ids",
        "smime_cert",
        "smime_not_after",
        "field_policy",
        "agreement",
        "agreement_on",
        "manager",
    ],
};

pub(super) fn read(text: &str, faults: &mut Vec<Error>) -> Vec<Row<Facility>> {
    SHEET.read(text, faults, facility)
}

fn facility(cells: &mut Cells<'_>) -> Option<Facility> {
    let (number, name, kana) = (cells.required("office_no"), cells.required("name"), cells.required("kana"));
    let (role, tel, status) = (cells.required("type"), cells.required("tel"), cells.required("status"));
    let (kind, on) = (cells.optional("agreement"), cells.date("agreement_on"));
    Some(Facility {
        aliases: cells.list("aliases"),
        postal: cells.text("postal"),
        address: cells.text("address"),
        faxes: cells.list("fax"),
        fax_verified_on: cells.date("fax_verified_on"),
        csid_patterns: cells.list("csid_patterns"),
        caller_ids: cells.list("caller_ids"),
        email: cells.optional("email"),
        certificate: cells.certificate(),
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
