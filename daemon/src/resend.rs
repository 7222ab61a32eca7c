//! Whether two records are one sheet of paper, faxed twice, and what differs.
//!
//! A fax machine redials, an office is unsure and sends again, or somebody corrects a line and sends the
//! sheet once more. The bytes differ each time; the paper tells.

use kasasagi_config::forms::FormFile;
use kasasagi_ocr::field::Value;
use kasasagi_ocr::reading::{FieldReading, FormReading, State};

/// How the later of two records of one sheet differs from the earlier, by field keys in form order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Fields that say something else for certain.
    pub differing: Vec<String>,
    /// Fields that were not read well enough to tell.
    pub unclear: Vec<String>,
}

/// Compares two records about one patient on one version of a form; nothing if they are two sheets.
///
/// They are one sheet if the serial printed on it says so. Without a serial on both, the same office on the
/// same day must have written both, or no field may differ for certain.
pub fn compare(file: &FormFile, earlier: &FormReading, later: &FormReading) -> Option<Difference> {
    let serials = (earlier.serial, later.serial);
    if matches!(serials, (Some(one), Some(other)) if one != other) {
        return None;
    }
    let mut difference = Difference::default();
    for field in &file.form.fields {
        let key = &field.key;
        let (Some(was), Some(is)) = (earlier.fields.get(key), later.fields.get(key)) else { continue };
        if says_the_same(was, is) {
            continue;
        }
        let certain = was.state != State::Doubtful && is.state != State::Doubtful;
        let told = if certain { &mut difference.differing } else { &mut difference.unclear };
        told.push(key.clone());
    }
    let one_sheet = matches!(serials, (Some(_), Some(_)))
        || difference.differing.is_empty()
        || same_day_and_office(file, earlier, later);
    one_sheet.then_some(difference)
}

fn same_day_and_office(file: &FormFile, one: &FormReading, other: &FormReading) -> bool {
    [&file.facts.written_on, &file.facts.sender_office].into_iter().all(|key| {
        let value = |reading: &FormReading| reading.fields.get(key.as_ref()?)?.value.clone();
        value(one).is_some_and(|one| value(other) == Some(one))
    })
}

/// Gaps are read differently each time and mean nothing.
fn says_the_same(was: &FieldReading, is: &FieldReading) -> bool {
    let condensed = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    match (&was.value, &is.value) {
        (Some(Value::Text(one)), Some(Value::Text(other))) => condensed(one) == condensed(other),
        (None, None) if was.state == is.state => condensed(&was.raw) == condensed(&is.raw),
        (one, other) => one.is_some() && one == other,
    }
}

#[cfg(test)]
mod tests {
    use kasasagi_ocr::page::Dpi;
    use kasasagi_ocr::reading::Quality;

    use super::*;

    fn field(state: State, value: &str) -> FieldReading {
        FieldReading {
            state,
            value: (state != Blank).then(|| Value::Text(value.to_owned())),
            raw: value.to_owned(),
            confidence: 0.9,
            by: Vec::new(),
            why: None,
            evidence: None,
        }
    }

    fn reading(serial: Option<u32>, fields: &[(&str, State, &str)]) -> FormReading {
        let quality = Quality { dpi: Dpi { x: 204.0, y: 196.0 }, skew_deg: 0.0, scale: 1.0 };
        let fields = fields.iter().map(|(key, state, value)| ((*key).to_owned(), field(*state, value)));
        FormReading { form: "ICM-01".into(), version: 1, serial, quality, fields: fields.collect() }
    }

    fn compared(one: &FormReading, other: &FormReading) -> Option<Difference> {
        let (name, text) = kasasagi_config::forms::embedded()[0];
        compare(&kasasagi_config::forms::parse(name, text).unwrap(), one, other)
    }

    fn difference(differing: &[&str], unclear: &[&str]) -> Option<Difference> {
        let owned = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
        Some(Difference { differing: owned(differing), unclear: owned(unclear) })
    }

    use State::{Blank, Doubtful, Sure};

    #[test]
    fn another_serial_is_another_sheet_whatever_stands_on_it() {
        let sheet = |serial| reading(Some(serial), &[("notes", Sure, "a")]);
        assert_eq!(compared(&sheet(1), &sheet(2)), None);
    }

    #[test]
    fn one_serial_is_one_sheet_and_the_fields_tell_a_repeat_from_a_correction() {
        let one =
            reading(Some(7), &[("disease", Sure, "a"), ("history", Blank, ""), ("notes", Sure, "熱 38度")]);
        assert_eq!(compared(&one, &one), difference(&[], &[]));
        let corrected =
            reading(Some(7), &[("disease", Sure, "b"), ("history", Sure, "x"), ("notes", Sure, "熱38度")]);
        assert_eq!(compared(&one, &corrected), difference(&["disease", "history"], &[]));
        let badly_read = reading(
            Some(7),
            &[("disease", Doubtful, "c"), ("history", Blank, ""), ("notes", Doubtful, "熱38度")],
        );
        assert_eq!(compared(&one, &badly_read), difference(&[], &["disease"]));
    }

    #[test]
    fn without_serials_the_same_office_on_the_same_day_is_one_sheet() {
        let sheet = |office, day, note| {
            reading(None, &[("sender_no", Sure, office), ("written_on", Sure, day), ("notes", Sure, note)])
        };
        let first = sheet("2372200011", "11-23", "a");
        assert_eq!(compared(&first, &first), difference(&[], &[]));
        assert_eq!(compared(&first, &sheet("2372200011", "11-23", "b")), difference(&["notes"], &[]));
        assert_eq!(compared(&first, &sheet("2372200011", "11-24", "b")), None, "the next day's report");
        assert_eq!(compared(&first, &sheet("2372200029", "11-23", "b")), None, "another office");
    }
}
