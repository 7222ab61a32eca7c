//! The registry as readings are looked up in it: which field of a form may hold which registered values.

use std::collections::BTreeMap;

use kasasagi_config::forms::Facts as FactKeys;
use kasasagi_ocr::lexicon::Lexicon;
use kasasagi_ocr::reading::{Found, PageReading};
use kasasagi_routing::registry::Registry;

use crate::library::Library;

/// A lexicon for every known form.
pub struct Lexicons {
    by_form: BTreeMap<(String, u8), Lexicon>,
    budget: f64,
}

impl Lexicons {
    /// Sorts the registered values by the fields that carry them; `budget` is the share of sure fields that may be
    /// wrong.
    pub fn new(library: &Library, registry: &Registry, budget: f64) -> Self {
        let lexicon = |file: &kasasagi_config::forms::FormFile| {
            ((file.form.id.clone(), file.form.version), of(&file.facts, registry))
        };
        Self { by_form: library.forms().map(lexicon).collect(), budget }
    }

    /// Looks up every form of a page.
    pub fn consult(&self, page: &mut PageReading) {
        let Found::Forms(forms) = &mut page.found else { return };
        for form in forms {
            if let Some(lexicon) = self.by_form.get(&(form.form.clone(), form.version)) {
                lexicon.consult(form, self.budget);
            }
        }
    }
}

fn of(keys: &FactKeys, registry: &Registry) -> Lexicon {
    let mut lexicon = Lexicon::default();
    let mut add = |key: &Option<String>, value: &str| {
        if let Some(key) = key {
            lexicon.add(key, value);
        }
    };
    for patient in registry.patients() {
        add(&keys.patient_id, patient.id.as_str());
        add(&keys.name, patient.name.as_str());
        add(&keys.kana, patient.kana.as_str());
        if let Some(insurance) = &patient.insurance {
            add(&keys.insured_no, insurance.number.as_str());
        }
    }
    for physician in registry.physicians() {
        add(&keys.physician_code, physician.code.as_str());
    }
    for facility in registry.facilities() {
        add(&keys.sender_office, facility.number.as_str());
        for fax in &facility.faxes {
            if let Some(rest) = fax.e164().strip_prefix("+81") {
                add(&keys.sender_fax, &format!("0{rest}"));
            }
        }
    }
    lexicon
}
