//! Fields that must fit each other: what no single field can tell is told by two.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::field::{Value, parse_in_era};
use crate::form::{Check, Era};
use crate::reading::{FieldReading, State};

type Fields = BTreeMap<String, FieldReading>;

/// Applies the checks of a form. What contradicts itself becomes doubtful; what is merely unusual stays sure and
/// says so. A missing value is never made up: a likely one is offered as a doubtful candidate.
pub fn apply(checks: &[Check], fields: &mut Fields) {
    for check in checks {
        match check {
            Check::Age { birth, age, on } => fit_age(fields, birth, age, on),
            Check::Period { from, to } => fit_period(fields, from, to),
            Check::Town { address, begins, postal, prefixes } => {
                fit_town(fields, address, begins, postal, prefixes);
            }
        }
    }
}

/// Nobody on the form is older.
const OLDEST: i16 = 120;

/// Months that a care certificate lasts at most.
const LONGEST: i32 = 48;

/// Eras in which living people were born, the likeliest first.
const BORN: [Era; 4] = [Era::Showa, Era::Taisho, Era::Heisei, Era::Reiwa];

fn fit_age(fields: &mut Fields, birth: &str, age: &str, on: &str) {
    let Some(day) = sure_date(fields, on) else { return };
    let stated = match sure(fields, age) {
        Some(Value::Number(years)) => i16::try_from(*years).ok(),
        _ => None,
    };
    offer_era(fields, birth, stated, day);
    let Some(born) = sure_date(fields, birth) else { return };
    let years = age_on(born, day);
    if !(0..=OLDEST).contains(&years) {
        doubt(fields, birth, "記入日と合わない生年月日です");
    } else if let Some(stated) = stated {
        match (stated - years).abs() {
            0 => {}
            1 => note(fields, age, format!("生年月日からは{years}歳です")),
            _ => {
                doubt(fields, birth, "年齢と合いません");
                doubt(fields, age, "生年月日と合いません");
            }
        }
    }
}

/// A birth whose era was not ticked gets the one that gives the age as a candidate.
fn offer_era(fields: &mut Fields, birth: &str, stated: Option<i16>, day: Date) {
    let Some(reading) = fields.get_mut(birth) else { return };
    let (State::Doubtful, None, Some(stated)) = (reading.state, &reading.value, stated) else { return };
    let fits = BORN.iter().filter_map(|era| Some((parse_in_era(*era, &reading.raw).ok()?, era.name())));
    let mut fits = fits.filter(|(born, _)| age_on(*born, day) == stated);
    if let (Some((born, name)), None) = (fits.next(), fits.next()) {
        let why = reading.why.take().unwrap_or_default();
        reading.why = Some(format!("{why}（年齢からは{name}）"));
        reading.value = Some(Value::Date(born));
    }
}

fn fit_period(fields: &mut Fields, from: &str, to: &str) {
    let (Some(first), Some(last)) = (sure_date(fields, from), sure_date(fields, to)) else { return };
    let months = i32::from(last.year() - first.year()) * 12 + i32::from(last.month() - first.month()) + 1;
    if last < first {
        doubt(fields, from, "終わりの日より後です");
        doubt(fields, to, "始まりの日より前です");
    } else if months > LONGEST {
        note(fields, to, format!("期間が{months}か月あります"));
    }
}

fn fit_town(fields: &mut Fields, address: &str, begins: &str, postal: &str, prefixes: &[String]) {
    let Some(Value::Text(written)) = sure(fields, address) else { return };
    let Some(Value::Digits(code)) = sure(fields, postal) else { return };
    if written.starts_with(begins) && !prefixes.iter().any(|prefix| code.starts_with(prefix)) {
        doubt(fields, postal, "住所と合わない郵便番号です");
    }
}

fn sure<'a>(fields: &'a Fields, key: &str) -> Option<&'a Value> {
    fields.get(key).filter(|reading| reading.state == State::Sure)?.value.as_ref()
}

fn sure_date(fields: &Fields, key: &str) -> Option<Date> {
    match sure(fields, key) {
        Some(Value::Date(date)) => Some(*date),
        _ => None,
    }
}

fn doubt(fields: &mut Fields, key: &str, why: &str) {
    if let Some(reading) = fields.get_mut(key) {
        reading.doubt(why);
    }
}

fn note(fields: &mut Fields, key: &str, what: String) {
    if let Some(reading) = fields.get_mut(key) {
        reading.why = Some(what);
    }
}

/// Completed years.
fn age_on(born: Date, day: Date) -> i16 {
    let had_birthday = (day.month(), day.day()) >= (born.month(), born.day());
    day.year() - born.year() - i16::from(!had_birthday)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn read(state: State, value: Option<Value>, raw: &str) -> FieldReading {
        FieldReading {
            state,
            value,
            raw: raw.into(),
            confidence: 0.99,
            by: vec![],
            why: None,
            evidence: None,
        }
    }

    fn on(day: Date) -> FieldReading {
        read(State::Sure, Some(Value::Date(day)), "")
    }

    fn sheet(born: FieldReading, age: u32) -> Fields {
        let mut fields = Fields::from([
            ("birth".to_owned(), born),
            ("age".to_owned(), read(State::Sure, Some(Value::Number(age)), "")),
            ("on".to_owned(), on(date(2026, 11, 25))),
        ]);
        let check = Check::Age { birth: "birth".into(), age: "age".into(), on: "on".into() };
        apply(&[check], &mut fields);
        fields
    }

    #[test]
    fn age_and_birth_that_fit_stay_sure() {
        let fields = sheet(on(date(1943, 11, 26)), 82);
        assert!(fields.values().all(|f| f.state == State::Sure && f.why.is_none()));
    }

    #[test]
    fn a_year_more_is_noted_and_more_than_that_makes_both_doubtful() {
        let counted = sheet(on(date(1943, 5, 1)), 84);
        assert_eq!(counted["age"].state, State::Sure);
        assert_eq!(counted["age"].why.as_deref(), Some("生年月日からは83歳です"));
        let wrong = sheet(on(date(1943, 5, 1)), 88);
        assert_eq!([wrong["birth"].state, wrong["age"].state], [State::Doubtful; 2]);
        assert_eq!(wrong["birth"].value, Some(Value::Date(date(1943, 5, 1))), "the candidate is kept");
    }

    #[test]
    fn a_birth_after_the_form_was_written_is_doubtful() {
        assert_eq!(sheet(on(date(2027, 1, 1)), 0)["birth"].state, State::Doubtful);
    }

    #[test]
    fn a_missing_era_is_offered_from_the_age_and_stays_doubtful() {
        let fields = sheet(read(State::Doubtful, None, "180501"), 83);
        assert_eq!(fields["birth"].state, State::Doubtful);
        assert_eq!(fields["birth"].value, Some(Value::Date(date(1943, 5, 1))));
        assert_eq!(sheet(read(State::Doubtful, None, "180501"), 70)["birth"].value, None);
    }

    #[test]
    fn a_period_runs_forward() {
        let check = Check::Period { from: "from".into(), to: "to".into() };
        let mut fields = Fields::from([
            ("from".to_owned(), on(date(2026, 4, 1))),
            ("to".to_owned(), on(date(2026, 3, 31))),
        ]);
        apply(std::slice::from_ref(&check), &mut fields);
        assert!(fields.values().all(|f| f.state == State::Doubtful));
        fields.insert("from".into(), on(date(2020, 4, 1)));
        fields.insert("to".into(), on(date(2026, 3, 31)));
        apply(&[check], &mut fields);
        assert_eq!(
            (fields["to"].state, fields["to"].why.as_deref()),
            (State::Sure, Some("期間が72か月あります"))
        );
    }

    #[test]
    fn a_postal_code_of_another_town_is_doubtful() {
        let check = Check::Town {
            address: "address".into(),
            begins: "一宮市".into(),
            postal: "postal".into(),
            prefixes: vec!["491".into(), "494".into()],
        };
        for (address, postal, state) in [
            ("一宮市本町通1-1", "4910001", State::Sure),
            ("一宮市本町通1-1", "4970001", State::Doubtful),
            ("稲沢市1-1", "4970001", State::Sure),
        ] {
            let mut fields = Fields::from([
                ("address".to_owned(), read(State::Sure, Some(Value::Text(address.into())), "")),
                ("postal".to_owned(), read(State::Sure, Some(Value::Digits(postal.into())), "")),
            ]);
            apply(std::slice::from_ref(&check), &mut fields);
            assert_eq!(fields["postal"].state, state, "{address} {postal}");
        }
    }
}
