//! Invented sheets, on which templates are tried.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use kasasagi_routing::facts::Urgency;
use kasasagi_store::id::{FaxId, RecordId};

use super::content::{Change, Corrects, Row, Section};
use super::sheet::FormName;
use super::{PatientLabel, Sheet, value};

/// A sheet of invented values that has everything a sheet can have: a doubtful field with its picture, a
/// correction, required fields left empty, remarks, a page.
pub fn sample() -> Sheet {
    let change = Change { label: said("電話"), before: said("0586-00-0001"), now: said("0586-00-0002") };
    Sheet {
        urgency: Urgency::Emergency,
        patient: PatientLabel { id: "0003878".into(), name: Some(said("見本 花子")) },
        corrects: Some(Corrects { record: record(2).to_string(), changes: vec![change] }),
        sections: vec![section("患者", false), section("医療", true)],
        missing: vec![said("同意")],
        notes: vec![said("枚数が合いません")],
        crops: BTreeMap::from([("医療".to_owned(), DOT.to_vec())]),
        page_pdf: b"%PDF-1.7\n%%EOF\n".to_vec(),
        ..bare()
    }
}

/// The sheet of [`sample`] about this record, with this page.
pub fn sample_of(record: RecordId, page_pdf: Vec<u8>) -> Sheet {
    Sheet { record, page_pdf, ..sample() }
}

/// A sheet that has nothing a sheet can do without.
pub(super) fn bare() -> Sheet {
    let received = Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
    Sheet {
        record: record(1),
        urgency: Urgency::Routine,
        received_at: received.timestamp(),
        received: value::moment(&received),
        form: FormName { id: "ICM-01".into(), version: 1, title: said("見本の様式") },
        patient: PatientLabel { id: "0003878".into(), name: None },
        patient_shown: false,
        corrects: None,
        sections: vec![],
        missing: vec![],
        notes: vec![],
        crops: BTreeMap::new(),
        page_pdf: vec![],
        page_masked: false,
    }
}

/// Corrects an earlier sheet in what the recipient may not see, and has a masked page.
pub(super) fn hidden_correction() -> Sheet {
    let corrects = Some(Corrects { record: record(2).to_string(), changes: vec![] });
    Sheet { corrects, page_masked: true, urgency: Urgency::Today, ..sample() }
}

/// Stands in every invented value; a rendering that has it as it is does not escape.
pub(super) const MARKUP: &str = "<b&\"'>";

fn said(text: &str) -> String {
    format!("{text} {MARKUP}")
}

fn section(heading: &str, doubtful: bool) -> Section {
    let row = |key: &str, doubt: Option<String>| Row {
        key: key.to_owned(),
        label: said("項目"),
        value: said("値"),
        doubt,
    };
    let rows = if doubtful {
        vec![row(heading, Some(said("理由"))), row("other", Some(String::new()))]
    } else {
        vec![row(heading, None)]
    };
    Section { heading: said(heading), rows }
}

fn record(number: u16) -> RecordId {
    RecordId::new(FaxId::new(jiff::civil::date(2026, 11, 23), [0; 5]), number)
}

/// One white pixel as PNG.
const DOT: &[u8] = &[
    0x89, b'P', b'N', b'G', 13, 10, 26, 10, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8,
    0, 0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 10, b'I', b'D', b'A', b'T', 0x78, 0x9c, 0x63, 0xf8, 0x0f, 0,
    1, 1, 1, 0, 0x1b, 0xb6, 0xee, 0x56, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];
