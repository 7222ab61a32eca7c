//! What the registry knows, as a lexicon that confirms readings and never makes them.
//!
//! A doubtful reading that is exactly a registered value gains belief; one that misses a registered value by one
//! character is for a person, with that value shown. No value is ever replaced.

use std::collections::{BTreeMap, BTreeSet};

use crate::field::{Value, fold};
use crate::reading::{FieldReading, FormReading, State};

/// Registered values by field key.
#[derive(Clone, Default)]
pub struct Lexicon {
    known: BTreeMap<String, BTreeSet<String>>,
}

/// How much likelier right than before a reading is that turns out to be registered: with no other entry one
/// character away, a misreading would have to hit another person's value by two errors at once.
const ODDS: f32 = 30.0;

/// Belief below which the registry confirms nothing: a reading that is probably wrong stays for a person.
const LIKELY: f32 = 0.5;

/// Shorter values are one character away from too many others.
const SHORTEST: usize = 3;

impl Lexicon {
    /// Adds a registered value of a field.
    pub fn add(&mut self, key: &str, value: &str) {
        let folded = fold(value);
        if folded.chars().count() >= SHORTEST {
            self.known.entry(key.to_owned()).or_default().insert(folded);
        }
    }

    /// Looks up every written field of a form; `budget` is the share of sure fields that may be wrong.
    pub fn consult(&self, form: &mut FormReading, budget: f64) {
        for (key, reading) in &mut form.fields {
            if let (Some(known), Some(written)) = (self.known.get(key), written(reading)) {
                consult(known, &written, reading, budget);
            }
        }
    }
}

fn written(reading: &FieldReading) -> Option<String> {
    match reading.value.as_ref()? {
        Value::Text(text) | Value::Digits(text) => Some(fold(text)),
        Value::Date(day) => Some(day.to_string()),
        Value::Check(_) | Value::Choice(_) | Value::Choices(_) | Value::Number(_) => None,
    }
}

fn consult(known: &BTreeSet<String>, written: &str, reading: &mut FieldReading, budget: f64) {
    let near: Vec<&String> = known.iter().filter(|entry| is_one_off(entry, written)).collect();
    match (known.contains(written), near.as_slice()) {
        (true, []) if reading.state == State::Doubtful && reading.confidence >= LIKELY => {
            let odds = ODDS * reading.confidence / (1.0 - reading.confidence).max(f32::EPSILON);
            reading.confidence = odds / (1.0 + odds);
            reading.by.push("registry".to_owned());
            if f64::from(reading.confidence) >= 1.0 - budget {
                reading.state = State::Sure;
                reading.why = None;
            }
        }
        (false, [only]) => {
            reading.doubt(format!("登録では「{only}」です"));
        }
        _ => {}
    }
}

/// Whether one substitution, insertion or deletion makes one of the other.
fn is_one_off(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a == b || a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (rest_a, rest_b) = (&a[start..], &b[start..]);
    let end = rest_a.iter().rev().zip(rest_b.iter().rev()).take_while(|(x, y)| x == y).count();
    rest_a.len().max(rest_b.len()) - end <= 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Dpi;
    use crate::reading::Quality;

    fn consulted(written: &str, state: State, confidence: f32, known: &[&str]) -> FieldReading {
        let mut lexicon = Lexicon::default();
        known.iter().for_each(|value| lexicon.add("name", value));
        let value = Some(Value::Text(written.into()));
        let why = (state == State::Doubtful).then(|| "文字がはっきりしません".to_owned());
        let reading =
            FieldReading { state, value, raw: written.into(), confidence, by: vec![], why, evidence: None };
        let quality = Quality { dpi: Dpi { x: 204.0, y: 196.0 }, skew_deg: 0.0, scale: 1.0 };
        let fields = BTreeMap::from([("name".to_owned(), reading)]);
        let mut form = FormReading { form: "ICM-01".into(), version: 1, serial: None, quality, fields };
        lexicon.consult(&mut form, 0.002);
        form.fields.remove("name").unwrap()
    }

    #[test]
    fn a_likely_reading_that_is_registered_becomes_sure() {
        let read = consulted("佐藤ヒサ子", State::Doubtful, 0.96, &["佐藤 ヒサ子", "鈴木一郎"]);
        assert_eq!((read.state, read.why), (State::Sure, None));
        assert_eq!(read.by, ["registry"]);
    }

    #[test]
    fn an_unlikely_reading_stays_for_a_person() {
        assert_eq!(consulted("佐藤ヒサ子", State::Doubtful, 0.4, &["佐藤ヒサ子"]).state, State::Doubtful);
        assert_eq!(consulted("佐藤ヒサ子", State::Doubtful, 0.7, &["佐藤ヒサ子"]).state, State::Doubtful);
    }

    #[test]
    fn what_was_doubted_for_another_reason_is_not_made_sure_by_the_registry() {
        let known = BTreeSet::from(["佐藤ヒサ子".to_owned()]);
        let mut read = consulted("佐藤ヒサ子", State::Sure, 0.9999, &[]);
        read.doubt("受信中に失われた行にかかっています");
        consult(&known, "佐藤ヒサ子", &mut read, 0.05);
        assert_eq!(read.state, State::Doubtful);
    }

    #[test]
    fn two_registered_namesakes_confirm_nothing() {
        let read = consulted("佐藤冨美子", State::Doubtful, 0.96, &["佐藤冨美子", "佐藤富美子"]);
        assert_eq!(read.state, State::Doubtful);
    }

    #[test]
    fn a_near_miss_is_doubtful_with_the_registered_value_shown_and_its_own_kept() {
        let read = consulted("神谷秀大", State::Sure, 0.999, &["神谷秀夫"]);
        assert_eq!((read.state, read.value), (State::Doubtful, Some(Value::Text("神谷秀大".into()))));
        assert_eq!(read.why.as_deref(), Some("登録では「神谷秀夫」です"));
    }

    #[test]
    fn strangers_are_left_alone() {
        let read = consulted("青山弥生", State::Sure, 0.999, &["神谷秀夫"]);
        assert_eq!((read.state, read.confidence), (State::Sure, 0.999));
        assert_eq!(consulted("青山弥生", State::Doubtful, 0.9, &["神谷秀夫"]).confidence, 0.9);
    }

    #[test]
    fn one_error_of_any_kind_is_near() {
        for (a, b, near) in [
            ("abc", "abd", true),
            ("abc", "ab", true),
            ("abc", "abcd", true),
            ("abc", "bac", false),
            ("abc", "abc", false),
        ] {
            assert_eq!((is_one_off(a, b), is_one_off(b, a)), (near, near), "{a} {b}");
        }
    }
}
