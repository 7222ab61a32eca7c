//! Dates: digits in cells, the era printed or ticked.

use jiff::civil::date;

use super::{BoxMark, Judge, blank, doubtful, settle_boxes};
use crate::engine::LineText;
use crate::field::{Value, era_of, parse_in_era};
use crate::form::{Era, Field, Kind};
use crate::reading::{FieldReading, State};

impl Judge<'_> {
    /// Settles a date from the marks of its era boxes (none when the era is printed), the readings of its
    /// digits and the number of inked cells, as [`Judge::settle`] takes them.
    pub fn settle_date(
        &self,
        field: &Field,
        marks: &[BoxMark],
        readings: &[(&'static str, LineText)],
        inked_cells: Option<usize>,
    ) -> FieldReading {
        if let Kind::Date { era: Some(printed) } = field.kind {
            return self.in_era(field, printed, readings, inked_cells);
        }
        let ticked = settle_boxes(&as_choice(field), marks);
        let empty = inked_cells == Some(0) || (readings.is_empty() && inked_cells.is_none());
        match (ticked.state, &ticked.value, empty) {
            (State::Blank, _, true) => blank(field),
            (State::Blank, _, false) => undated(&ticked, readings, "元号の印がありません"),
            (_, _, true) => undated(&ticked, readings, "元号の印だけで日付が空欄です"),
            (state, Some(Value::Choice(option)), false) => match era_of(option) {
                Some(era) => {
                    let digits = self.in_era(field, era, readings, inked_cells);
                    with_era(digits, option, (state == State::Doubtful).then_some(&ticked))
                }
                None => undated(&ticked, readings, "元号がわかりません"),
            },
            _ => undated(&ticked, readings, ticked.why.as_deref().unwrap_or("元号がわかりません")),
        }
    }

    fn in_era(
        &self,
        field: &Field,
        era: Era,
        readings: &[(&'static str, LineText)],
        inked_cells: Option<usize>,
    ) -> FieldReading {
        let mut read =
            self.settle_as(field, readings, inked_cells, |raw| parse_in_era(era, raw).map(Value::Date));
        // Nobody born in Meiji is alive; before 1873 the calendar was another one.
        if read.state == State::Sure
            && matches!(read.value, Some(Value::Date(day)) if day < date(1912, 7, 30))
        {
            read.doubt("明治の日付です。確かめてください");
        }
        read
    }
}

fn as_choice(field: &Field) -> Field {
    Field { kind: Kind::Choice, ..field.clone() }
}

/// The era goes before the digits; a doubtful tick makes the whole date doubtful.
fn with_era(digits: FieldReading, option: &str, doubt: Option<&FieldReading>) -> FieldReading {
    let mut read = FieldReading { raw: format!("{option}{}", digits.raw), ..digits };
    read.by.insert(0, "ink".to_owned());
    if let Some(ticked) = doubt {
        read.state = State::Doubtful;
        read.confidence = read.confidence.min(ticked.confidence);
        read.why = ticked.why.clone().or(read.why);
    }
    read
}

fn undated(ticked: &FieldReading, readings: &[(&'static str, LineText)], why: &str) -> FieldReading {
    let digits = readings.first().map(|(_, text)| text.text()).unwrap_or_default();
    doubtful(format!("{}{digits}", ticked.raw), why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consensus::tests::{boxes, field, judge, line};

    const EMPTY: BoxMark = BoxMark { marked: false, unclear: false, ratio: 0.0 };
    const MARKED: BoxMark = BoxMark { marked: true, unclear: false, ratio: 0.2 };
    const UNCLEAR: BoxMark = BoxMark { marked: false, unclear: true, ratio: 0.04 };

    /// Marks on 明 大 昭 平 令, digits by the reader of cells.
    fn birth(marks: [BoxMark; 5], digits: &str, score: f32) -> FieldReading {
        let field = boxes(field(Kind::Date { era: None }, 6), &["明", "大", "昭", "平", "令"]);
        let readings = [("digits", line(digits, score))];
        judge().settle_date(&field, &marks, &readings[..usize::from(!digits.is_empty())], Some(digits.len()))
    }

    const SHOWA: [BoxMark; 5] = [EMPTY, EMPTY, MARKED, EMPTY, EMPTY];

    #[test]
    fn an_era_and_six_digits_are_a_sure_date() {
        let read = birth(SHOWA, "180501", 0.999);
        assert_eq!((read.state, read.value), (State::Sure, Some(Value::Date(date(1943, 5, 1)))));
        assert_eq!(
            (read.raw.as_str(), read.by.as_slice()),
            ("昭180501", &["ink".into(), "digits".into()][..])
        );
    }

    #[test]
    fn without_a_clear_era_there_is_no_date() {
        let none = birth([EMPTY; 5], "180501", 0.999);
        assert_eq!((none.state, none.value), (State::Doubtful, None));
        assert_eq!(none.why.as_deref(), Some("元号の印がありません"));
        let two = birth([EMPTY, MARKED, MARKED, EMPTY, EMPTY], "180501", 0.999);
        assert_eq!((two.value, two.why.as_deref()), (None, Some("印が2つ以上あります")));
    }

    #[test]
    fn an_unclear_era_gives_a_doubtful_candidate() {
        let read = birth([EMPTY, EMPTY, UNCLEAR, EMPTY, EMPTY], "180501", 0.999);
        assert_eq!((read.state, read.value), (State::Doubtful, Some(Value::Date(date(1943, 5, 1)))));
    }

    #[test]
    fn an_impossible_date_is_doubtful_with_the_likely_reading() {
        let read = birth(SHOWA, "640108", 0.999);
        assert_eq!((read.state, read.value), (State::Doubtful, None));
        assert!(read.why.is_some_and(|why| why.contains("平成元年")));
    }

    #[test]
    fn a_birth_in_meiji_goes_to_a_person() {
        let read = birth([MARKED, EMPTY, EMPTY, EMPTY, EMPTY], "300101", 0.999);
        assert_eq!((read.state, read.value), (State::Doubtful, Some(Value::Date(date(1897, 1, 1)))));
    }

    #[test]
    fn all_empty_is_blank_and_an_era_alone_is_doubtful() {
        assert_eq!(birth([EMPTY; 5], "", 1.0).state, State::Blank);
        assert_eq!(birth(SHOWA, "", 1.0).why.as_deref(), Some("元号の印だけで日付が空欄です"));
    }

    #[test]
    fn a_printed_era_needs_no_boxes() {
        let written_on = field(Kind::Date { era: Some(Era::Reiwa) }, 6);
        let read = judge().settle_date(&written_on, &[], &[("digits", line("081123", 0.999))], Some(6));
        assert_eq!((read.state, read.value), (State::Sure, Some(Value::Date(date(2026, 11, 23)))));
    }
}
