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
        urgency: keys.urgency.as_ref().map_or(Fact::Absent, |l| {
            on.choice(&l.field).and_then(|option| l.levels.get(&option).copied())
        }),
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
        self.fact(Some(key), |value| if let Value::Choice(option) = value { Some(option.clone()) } else { None })
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
