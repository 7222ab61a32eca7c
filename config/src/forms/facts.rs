//! Which fields of a form carry the facts that routing decides by.

use std::collections::BTreeMap;

use kasasagi_ocr::form::Form;
use kasasagi_routing::facts::{ConsentMark, Urgency};

use super::file::{FactsToml, LevelsToml};
use super::layout::Fault;

/// Field keys of the routing facts; `None` where the form does not ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Registered patient number (連携ID).
    pub patient_id: Option<String>,
    /// Care insurance number of the patient (被保険者番号).
    pub insured_no: Option<String>,
    /// Number of the insurer (保険者番号).
    pub insurer_no: Option<String>,
    /// Birth date.
    pub birth: Option<String>,
    /// Name in katakana.
    pub kana: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Sex.
    pub sex: Option<String>,
    /// Code of the physician addressed.
    pub physician_code: Option<String>,
    /// Clinic and physician as written.
    pub physician_text: Option<String>,
    /// Number of the sending office (事業所番号).
    pub sender_office: Option<String>,
    /// Fax number as written.
    pub sender_fax: Option<String>,
    /// Date of the sheet.
    pub written_on: Option<String>,
    /// Pages the sender counted.
    pub pages: Option<String>,
    /// How urgent it is.
    pub urgency: Option<Levels<Urgency>>,
    /// Who agreed, and how.
    pub consent: Option<Levels<ConsentMark>>,
}

/// A field whose answers stand for levels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Levels<L> {
    /// Key of the field.
    pub field: String,
    /// The level of every answer of the field.
    pub levels: BTreeMap<String, L>,
}

impl Facts {
    pub(super) fn new(file: FactsToml, form: &Form) -> Result<Self, Fault> {
        let field = |name: &str, key: Option<String>| match key {
            Some(key) if form.field(&key).is_none() => {
                Err((format!("facts.{name}"), format!("there is no field {key}")))
            }
            key => Ok(key),
        };
        Ok(Self {
            patient_id: field("patient_id", file.patient_id)?,
            insured_no: field("insured_no", file.insured_no)?,
            insurer_no: field("insurer_no", file.insurer_no)?,
            birth: field("birth", file.birth)?,
            kana: field("kana", file.kana)?,
            name: field("name", file.name)?,
            sex: field("sex", file.sex)?,
            physician_code: field("physician_code", file.physician_code)?,
            physician_text: field("physician_text", file.physician_text)?,
            sender_office: field("sender_office", file.sender_office)?,
            sender_fax: field("sender_fax", file.sender_fax)?,
            written_on: field("written_on", file.written_on)?,
            pages: field("pages", file.pages)?,
            urgency: levels("urgency", file.urgency, form)?,
            consent: levels("consent", file.consent, form)?,
        })
    }
}

/// Every answer of the field has a level, and every level is of an answer.
fn levels<L>(name: &str, file: Option<LevelsToml<L>>, form: &Form) -> Result<Option<Levels<L>>, Fault> {
    let Some(LevelsToml { field: key, levels }) = file else { return Ok(None) };
    let fault = |what: String| Err((format!("facts.{name}"), what));
    let Some(field) = form.field(&key) else { return fault(format!("there is no field {key}")) };
    if let Some(without) = field.boxes.iter().find(|b| !levels.contains_key(&b.option)) {
        return fault(format!("the answer {} of {key} has no level", without.option));
    }
    if let Some(stranger) = levels.keys().find(|option| field.check_box(option).is_none()) {
        return fault(format!("{key} has no answer {stranger}"));
    }
    Ok(Some(Levels { field: key, levels }))
}
