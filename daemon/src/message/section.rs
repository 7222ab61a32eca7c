//! Which heading a field stands under.

use kasasagi_ocr::form::{Field, Form};

/// The heading for `field`; one for everything on a form without a table here.
pub(super) fn heading(form: &Form, field: &Field) -> &'static str {
    let table: &[(u16, &str)] = match form.id.as_str() {
        "ICM-01" => &ICM_01,
        _ => &[],
    };
    table.iter().rev().find(|(first, _)| field.number >= *first).map_or("記載内容", |(_, title)| title)
}

/// First field number under each heading of the common patient-information form.
const ICM_01: [(u16, &str); 10] = [
    (1, "送付について"),
    (5, "宛先"),
    (7, "発信元"),
    (13, "患者"),
    (25, "緊急連絡先"),
    (28, "介護認定・自立度"),
    (34, "医療"),
    (40, "日常生活動作（ADL）"),
    (46, "サービス・連絡事項"),
    (48, "同意"),
];
