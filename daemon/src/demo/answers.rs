//! What an invented office writes about an invented patient of the sample registry.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kasasagi_ocr::field::Value;
use kasasagi_routing::registry::{CareLevel, Facility, Patient, Physician, Registry};
use kasasagi_routing::role::Role;

/// Values by field key of ICM-01.
pub(super) type Answers = BTreeMap<&'static str, Value>;

/// A patient with everybody that a sheet about them names.
pub(super) struct Story<'a> {
    /// Whom it is about.
    pub patient: &'a Patient,
    /// Their registered physician.
    pub physician: &'a Physician,
    /// The care management office that writes.
    pub sender: &'a Facility,
}

/// Patients whose sheet would go out at once: in force, insured, with a care manager that faxes.
pub(super) fn stories(registry: &Registry, today: Date) -> Vec<Story<'_>> {
    registry.patients().filter_map(|patient| story(registry, patient, today)).collect()
}

fn story<'a>(registry: &'a Registry, patient: &'a Patient, today: Date) -> Option<Story<'a>> {
    use kasasagi_routing::registry::{Consent, Standing};
    let usual = patient.standing == Standing::Active
        && !matches!(patient.consent, Consent::Withdrawn { .. })
        && patient.provenance.in_force(today)
        && patient.insurance.is_some()
        && registry.confusable(patient).is_empty();
    let physician = registry.physician(&patient.physician).filter(|p| p.is_available(today))?;
    let sender = registry
        .team(&patient.id)
        .iter()
        .filter_map(|member| registry.facility(&member.office))
        .find(|f| f.role == Role::CareManager && !f.faxes.is_empty() && f.is_available(today))?;
    usual.then_some(Story { patient, physician, sender })
}

/// The sheet as that office fills it in today.
pub(super) fn answers(story: &Story<'_>, urgency: &str, today: Date) -> Answers {
    let Story { patient, physician, sender } = story;
    let digits = |text: &str| Value::Digits(text.chars().filter(char::is_ascii_digit).collect());
    let text = |text: &str| Value::Text(text.to_owned());
    let one = |option: &str| Value::Choice(option.to_owned());
    let many = |options: &[&str]| Value::Choices(options.iter().map(|o| (*o).to_owned()).collect());
    let mut answers = Answers::from([
        ("urgency", one(urgency)),
        ("purpose", many(&[if urgency == "通常" { "更新" } else { "急変時" }])),
        ("written_on", Value::Date(today)),
        ("pages", Value::Number(1)),
        ("dr_code", digits(physician.code.as_str())),
        ("addressee", text(&format!("{} {}", physician.clinic.name.as_str(), physician.name.as_str()))),
        ("sender_no", digits(sender.number.as_str())),
        ("sender_name", text(sender.name.as_str())),
        ("sender_role", one("ケアマネ")),
        ("sender_tel", digits(sender.tel.original())),
        ("kana", text(patient.kana.as_str())),
        ("sex", one(patient.sex.ja())),
        ("name", text(patient.name.as_str())),
        ("patient_id", digits(patient.id.as_str())),
        ("birth", Value::Date(patient.birth)),
        ("postal", digits(&patient.postal)),
        ("address", text(&patient.address)),
        ("household", many(&["日中独居"])),
        ("care_level", one(patient.care_level.unwrap_or(CareLevel::Care2).ja())),
        ("copay", one("1割")),
        ("adl_disabled", one("A2")),
        ("adl_dementia", one("Ⅱa")),
        ("disease", text("慢性心不全、高血圧症")),
        ("history", text("令和5年 右大腿骨頸部骨折")),
        ("procedures", many(&["なし"])),
        ("allergy", one("なし")),
        ("medication", one("一部介助")),
        ("adl_move", one("見守")),
        ("adl_transfer", one("見守")),
        ("adl_meal", one("自立")),
        ("adl_toilet", one("一部")),
        ("adl_bath", one("一部")),
        ("adl_dress", one("自立")),
        ("services", many(&["訪診", "訪看", "通介"])),
        ("notes", text("昨夜より微熱と食欲低下あり。水分は摂れています。ご指示をお願いします。")),
        ("consent", many(&["本人", "文書"])),
    ]);
    if let Some(insurance) = &patient.insurance {
        answers.insert("insured_no", digits(insurance.number.as_str()));
        answers.insert("insurer_no", digits(insurance.insurer.as_str()));
    }
    if let Some(manager) = &sender.manager {
        answers.insert("sender_person", text(manager.as_str()));
    }
    if let Some(fax) = sender.faxes.first() {
        answers.insert("sender_fax", digits(fax.original()));
    }
    answers
}
