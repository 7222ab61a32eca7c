//! What was read, as the facts that routing decides by.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use kasasagi_config::forms::Facts as FactKeys;
use kasasagi_ocr::field::Value;
use kasasagi_ocr::reading::{FieldReading, FormReading, State};
use kasasagi_routing::facts::{Fact, Facts};

use crate::mail::Hints;

/// The facts on one form; `keys` says which field carries which.
pub fn of(keys: &FactKeys, reading: &FormReading, hints: &Hints) -> Facts {
    let on = Read { reading };
    Facts {
        urgency: keys
            .urgency
            .as_ref()
            .map_or(Fact::Absent, |l| on.choice(&l.field).and_then(|option| l.levels.get(&option).copied())),
        written_on: on.date(keys.written_on.as_deref()),
        pages_stated: on.number(keys.pages.as_deref()),
        pages_received: Fact::Absent,
        dr_code: on.text(keys.physician_code.as_deref()).parsed(),
        addressee: on.text(keys.physician_text.as_deref()).parsed(),
        sender_office: on.text(keys.sender_office.as_deref()).parsed(),
        sender_fax: on.text(keys.sender_fax.as_deref()).parsed(),
        caller_id: hints.caller.clone().map_or(Fact::Absent, Fact::Sure).parsed(),
        csid: hints.station.clone().map_or(Fact::Absent, Fact::Sure),
        patient_id: on.text(keys.patient_id.as_deref()).parsed(),
        insured_no: on.text(keys.insured_no.as_deref()).parsed(),
        insurer_no: on.text(keys.insurer_no.as_deref()).parsed(),
        birth: on.date(keys.birth.as_deref()),
        kana: on.text(keys.kana.as_deref()).parsed(),
        name: on.text(keys.name.as_deref()).parsed(),
        sex: keys.sex.as_deref().map_or(Fact::Absent, |key| on.choice(key)).parsed(),
        consent: keys.consent.as_ref().map_or(Fact::Absent, |l| on.choices(&l.field, &l.levels)),
    }
}

/// Pages that arrived, where all of them belong to the only record of the fax.
pub fn pages_received(records: usize, pages: usize) -> Fact<u32> {
    match (records, u32::try_from(pages)) {
        (1, Ok(pages)) => Fact::Sure(pages),
        _ => Fact::Absent,
    }
}

/// The fields of one reading, by what they are asked for.
struct Read<'a> {
    reading: &'a FormReading,
}

impl Read<'_> {
    fn fact<T>(&self, key: Option<&str>, understand: impl FnOnce(&Value) -> Option<T>) -> Fact<T> {
        let Some(field) = key.and_then(|key| self.reading.fields.get(key)) else { return Fact::Absent };
        certainty(field).and_then(|value| understand(&value))
    }

    fn text(&self, key: Option<&str>) -> Fact<String> {
        self.fact(key, |value| match value {
            Value::Digits(text) | Value::Text(text) => Some(text.clone()),
            _ => None,
        })
    }

    fn date(&self, key: Option<&str>) -> Fact<Date> {
        self.fact(key, |value| if let Value::Date(date) = value { Some(*date) } else { None })
    }

    fn number(&self, key: Option<&str>) -> Fact<u32> {
        self.fact(key, |value| if let Value::Number(number) = value { Some(*number) } else { None })
    }

    fn choice(&self, key: &str) -> Fact<String> {
        self.fact(
            Some(key),
            |value| if let Value::Choice(option) = value { Some(option.clone()) } else { None },
        )
    }

    fn choices<L: Copy + Ord>(&self, key: &str, levels: &BTreeMap<String, L>) -> Fact<BTreeSet<L>> {
        self.fact(Some(key), |value| match value {
            Value::Choices(options) => options.iter().map(|option| levels.get(option).copied()).collect(),
            _ => None,
        })
    }
}

fn certainty(field: &FieldReading) -> Fact<Value> {
    match (field.state, field.value.clone()) {
        (State::Blank, _) => Fact::Absent,
        (State::Sure, Some(value)) => Fact::Sure(value),
        (State::Doubtful, Some(value)) => Fact::Doubtful(value),
        (State::Sure | State::Doubtful, None) => Fact::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use kasasagi_ocr::page::Dpi;
    use kasasagi_ocr::reading::Quality;
    use kasasagi_routing::facts::{ConsentMark, Urgency};

    use super::*;

    fn keys() -> FactKeys {
        let (name, text) = kasasagi_config::forms::embedded()[0];
        kasasagi_config::forms::parse(name, text).unwrap().facts
    }

    fn facts(fields: &[(&str, State, Option<Value>)]) -> Facts {
        let fields = fields.iter().map(|(key, state, value)| {
            let read = FieldReading {
                state: *state,
                value: value.clone(),
                raw: String::new(),
                confidence: 0.9,
                by: Vec::new(),
                why: None,
                evidence: None,
            };
            ((*key).to_owned(), read)
        });
        let reading = FormReading {
            form: "ICM-01".into(),
            version: 1,
            serial: None,
            quality: Quality { dpi: Dpi { x: 204.0, y: 196.0 }, skew_deg: 0.0, scale: 1.0 },
            fields: fields.collect(),
        };
        of(&keys(), &reading, &Hints::default())
    }

    fn code(text: &str) -> Option<Value> {
        Some(Value::Digits(text.into()))
    }

    #[test]
    fn how_far_a_field_can_be_relied_on_is_kept() {
        let date = jiff::civil::date(1938, 4, 2);
        let birth = |state, value| facts(&[("birth", state, value)]).birth;
        assert_eq!(birth(State::Sure, Some(Value::Date(date))), Fact::Sure(date));
        assert_eq!(birth(State::Doubtful, Some(Value::Date(date))), Fact::Doubtful(date));
        assert_eq!(birth(State::Doubtful, None), Fact::Unreadable, "ink that is no date");
        assert_eq!(birth(State::Sure, None), Fact::Unreadable);
        assert_eq!(birth(State::Blank, None), Fact::Absent);
        assert_eq!(facts(&[]).birth, Fact::Absent, "a form without the field");
        assert_eq!(birth(State::Sure, code("380402")), Fact::Unreadable, "a value of another kind");
    }

    #[test]
    fn a_code_with_a_wrong_check_digit_is_no_evidence() {
        let physician = |text| facts(&[("dr_code", State::Sure, code(text))]).dr_code;
        assert!(physician("0865").sure().is_some());
        assert_eq!(physician("0866"), Fact::Unreadable);
    }

    #[test]
    fn an_answer_becomes_its_level() {
        let urgency =
            |option: &str| facts(&[("urgency", State::Sure, Some(Value::Choice(option.into())))]).urgency;
        assert_eq!(urgency("通常"), Fact::Sure(Urgency::Routine));
        assert_eq!(urgency("緊急(電話済)"), Fact::Sure(Urgency::Emergency));
        assert_eq!(urgency("あとで"), Fact::Unreadable, "no answer of this form");
        assert_eq!(facts(&[("urgency", State::Blank, None)]).urgency, Fact::Absent);
    }

    #[test]
    fn consent_is_the_set_of_its_boxes() {
        let consent = |state, options: &[&str]| {
            let options = options.iter().map(|o| (*o).to_owned()).collect();
            facts(&[("consent", state, Some(Value::Choices(options)))]).consent
        };
        let both = BTreeSet::from([ConsentMark::Family, ConsentMark::Written]);
        assert_eq!(consent(State::Sure, &["家族等", "文書"]), Fact::Sure(both.clone()));
        assert_eq!(consent(State::Doubtful, &["家族等", "文書"]), Fact::Doubtful(both));
        assert_eq!(consent(State::Sure, &["家族等", "別の枠"]), Fact::Unreadable);
    }

    #[test]
    fn pages_count_only_for_a_fax_of_one_record() {
        assert_eq!(pages_received(1, 2), Fact::Sure(2));
        for records in [0, 2, 3] {
            assert_eq!(pages_received(records, 3), Fact::Absent);
        }
    }

    #[test]
    fn what_the_mail_says_of_the_line_is_a_fact_of_its_own() {
        let hints = Hints { caller: Some("0586-12-3456".into()), ..Hints::default() };
        let reading = FormReading {
            form: "ICM-01".into(),
            version: 1,
            serial: None,
            quality: Quality { dpi: Dpi { x: 204.0, y: 196.0 }, skew_deg: 0.0, scale: 1.0 },
            fields: BTreeMap::new(),
        };
        let told = of(&keys(), &reading, &hints);
        assert!(told.caller_id.sure().is_some());
        assert_eq!((told.sender_fax, told.csid), (Fact::Absent, Fact::Absent));
    }
}
