//! Era dates. Boundaries and rules: domain.md section 2.

use jiff::civil::{Date, date};
use unicode_normalization::UnicodeNormalization;

use super::{Refusal, Value};
use crate::form::Era;

/// First and last day of an era, and the year before its first.
///
/// 1912-07-30 and 1926-12-25 belong to both eras. Days of Meiji before 1873 were counted by
/// another calendar; here they are taken as Gregorian.
struct Span {
    era: Era,
    name: &'static str,
    marks: [&'static str; 3],
    base: i16,
    first: Date,
    last: Date,
}

const SPANS: [Span; 5] = [
    Span {
        era: Era::Meiji,
        name: "明治",
        marks: ["明治", "明", "M"],
        base: 1867,
        first: date(1868, 1, 1),
        last: date(1912, 7, 30),
    },
    Span {
        era: Era::Taisho,
        name: "大正",
        marks: ["大正", "大", "T"],
        base: 1911,
        first: date(1912, 7, 30),
        last: date(1926, 12, 25),
    },
    Span {
        era: Era::Showa,
        name: "昭和",
        marks: ["昭和", "昭", "S"],
        base: 1925,
        first: date(1926, 12, 25),
        last: date(1989, 1, 7),
    },
    Span {
        era: Era::Heisei,
        name: "平成",
        marks: ["平成", "平", "H"],
        base: 1988,
        first: date(1989, 1, 8),
        last: date(2019, 4, 30),
    },
    Span {
        era: Era::Reiwa,
        name: "令和",
        marks: ["令和", "令", "R"],
        base: 2018,
        first: date(2019, 5, 1),
        last: date(2117, 12, 31),
    },
];

const UNREADABLE: &str = "年・月・日を2桁ずつ、6桁で書いてください";

fn span(era: Era) -> &'static Span {
    let [meiji, taisho, showa, heisei, reiwa] = &SPANS;
    match era {
        Era::Meiji => meiji,
        Era::Taisho => taisho,
        Era::Showa => showa,
        Era::Heisei => heisei,
        Era::Reiwa => reiwa,
    }
}

/// The era that a box or a word names: `昭`, `昭和`, `S`.
pub fn era_of(mark: &str) -> Option<Era> {
    let mark: String = mark.nfkc().flat_map(char::to_uppercase).collect();
    SPANS.iter().find(|span| span.marks.contains(&mark.trim())).map(|span| span.era)
}

/// The civil date of a year (元年 is 1), month and day of an era.
///
/// # Errors
/// A [`Refusal`] for a day that does not exist or lies outside the era; then it suggests the same day
/// in the era it belongs to, as for 昭和64年1月8日.
pub fn civil(era: Era, year: u8, month: u8, day: u8) -> Result<Date, Refusal> {
    let span = span(era);
    if year == 0 {
        return Err(Refusal::new("0年はありません（元年は1年です）"));
    }
    let date = i8::try_from(month)
        .and_then(|month| Ok((month, i8::try_from(day)?)))
        .ok()
        .and_then(|(month, day)| Date::new(span.base + i16::from(year), month, day).ok())
        .ok_or_else(|| Refusal::new("暦にない日付です"))?;
    if (span.first..=span.last).contains(&date) {
        return Ok(date);
    }
    Err(outside(span, date))
}

/// Says to which era a date outside its own belongs.
fn outside(span: &Span, date: Date) -> Refusal {
    let side = if date < span.first { "より前" } else { "より後" };
    let other = SPANS.iter().rev().find(|other| (other.first..=other.last).contains(&date));
    let meant = other.map(|other| format!("（{}の日付ではありませんか）", words(other, date)));
    Refusal {
        why: format!("{}の期間{side}の日付です{}", span.name, meant.unwrap_or_default()),
        suggestion: other.map(|_| Value::Date(date)),
    }
}

fn words(span: &Span, date: Date) -> String {
    match date.year() - span.base {
        1 => format!("{}元年", span.name),
        year => format!("{}{year}年", span.name),
    }
}

/// A date of a field: six digits in the era given, or any text that names its era or a four-digit year.
pub(super) fn parse(era: Option<Era>, raw: &str) -> Result<Date, Refusal> {
    let written: String = raw.nfkc().flat_map(char::to_uppercase).collect();
    let (own, rest) = leading_era(written.trim());
    if own.is_some() && era.is_some() && own != era {
        return Err(Refusal::new("欄に印刷された元号と違います"));
    }
    match (own.or(era), numbers(rest).as_slice()) {
        (None, [year @ 1000..=9999, month, day]) => gregorian(*year, *month, *day),
        (Some(era), [year, month, day]) => {
            let small = |number: &u32| u8::try_from(*number).map_err(|_| Refusal::new("暦にない日付です"));
            civil(era, small(year)?, small(month)?, small(day)?)
        }
        (None, [_, _, _]) => Err(Refusal::new("元号がわかりません")),
        _ => Err(Refusal::new(UNREADABLE)),
    }
}

/// A date whose era is known: six digits, or year, month and day with separators.
///
/// # Errors
/// As [`civil`], and for text that is no such date.
pub fn parse_in_era(era: Era, raw: &str) -> Result<Date, Refusal> {
    parse(Some(era), raw)
}

fn gregorian(year: u32, month: u32, day: u32) -> Result<Date, Refusal> {
    let number = |n: u32| i8::try_from(n).ok();
    let date = number(month).zip(number(day)).zip(i16::try_from(year).ok());
    date.and_then(|((month, day), year)| Date::new(year, month, day).ok())
        .ok_or_else(|| Refusal::new("暦にない日付です"))
}

fn leading_era(written: &str) -> (Option<Era>, &str) {
    for span in &SPANS {
        for mark in span.marks {
            if let Some(rest) = written.strip_prefix(mark) {
                return (Some(span.era), rest);
            }
        }
    }
    (None, written)
}

/// Year, month and day: three groups of digits, or six or eight digits in a row. Empty when it is neither.
///
/// Empty cells part groups too, as in `_8_5_1`; spaces among six digits are an engine's.
fn numbers(written: &str) -> Vec<u32> {
    let close: String = written.chars().filter(|c| !c.is_whitespace()).collect();
    if matches!(close.len(), 6 | 8) && close.bytes().all(|b| b.is_ascii_digit()) {
        return groups(&close);
    }
    groups(&written.split_whitespace().collect::<Vec<_>>().join("."))
}

fn groups(written: &str) -> Vec<u32> {
    let written = written.replace('元', "1");
    let foreign = |c: char| !c.is_ascii_digit() && !"年月日./-・,'".contains(c);
    if written.contains(foreign) {
        return Vec::new();
    }
    let groups: Vec<&str> =
        written.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
    let cut = |digits: &str, year: usize| -> Option<Vec<u32>> {
        let parts = [digits.get(..year)?, digits.get(year..year + 2)?, digits.get(year + 2..)?];
        parts.iter().map(|part| part.parse().ok()).collect()
    };
    let numbers = match groups.as_slice() {
        [digits] if digits.len() == 6 => cut(digits, 2),
        [digits] if digits.len() == 8 => cut(digits, 4),
        [_, _, _] => groups.iter().map(|group| group.parse().ok()).collect(),
        _ => None,
    };
    numbers.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use proptest::prelude::*;

    use super::*;

    fn why(era: Era, raw: &str) -> String {
        parse_in_era(era, raw).unwrap_err().why
    }

    #[test]
    fn the_first_year_may_be_written_gannen() {
        for raw in ["元年5月1日", "010501", "1.5.1", "１年５月１日", "令和1/5/1"] {
            assert_eq!(parse_in_era(Era::Reiwa, raw), Ok(date(2019, 5, 1)), "{raw}");
        }
    }

    #[test]
    fn the_day_an_era_changes_belongs_to_both_when_it_did() {
        assert_eq!(civil(Era::Meiji, 45, 7, 30), civil(Era::Taisho, 1, 7, 30));
        assert_eq!(civil(Era::Taisho, 15, 12, 25), civil(Era::Showa, 1, 12, 25));
    }

    #[test]
    fn a_day_past_the_end_of_an_era_suggests_the_next() {
        for (era, raw, year, meant) in [
            (Era::Showa, "640108", date(1989, 1, 8), "平成元年"),
            (Era::Heisei, "310501", date(2019, 5, 1), "令和元年"),
            (Era::Taisho, "151226", date(1926, 12, 26), "昭和元年"),
        ] {
            let refused = parse_in_era(era, raw).unwrap_err();
            assert_eq!(refused.suggestion, Some(Value::Date(year)), "{raw}");
            assert!(refused.why.contains("より後") && refused.why.contains(meant), "{}", refused.why);
        }
    }

    #[test]
    fn a_day_before_an_era_suggests_the_one_before() {
        let refused = parse_in_era(Era::Heisei, "010107").unwrap_err();
        assert_eq!(refused.suggestion, Some(Value::Date(date(1989, 1, 7))));
        assert!(refused.why.contains("昭和64年"), "{}", refused.why);
    }

    #[test]
    fn impossible_days_are_refused() {
        for raw in ["180230", "180431", "181301", "180100", "180001"] {
            assert_eq!(why(Era::Showa, raw), "暦にない日付です", "{raw}");
        }
        assert_eq!(why(Era::Showa, "000101"), "0年はありません（元年は1年です）");
        assert!(parse_in_era(Era::Showa, "030229").is_ok_and(|d| d == date(1928, 2, 29)));
    }

    #[test]
    fn a_date_without_era_needs_four_digits_of_year() {
        assert_eq!(parse(None, "1943-05-01"), Ok(date(1943, 5, 1)));
        assert_eq!(parse(None, "19430501"), Ok(date(1943, 5, 1)));
        assert_eq!(parse(None, "S18.5.1"), Ok(date(1943, 5, 1)));
        assert_eq!(parse(None, "㍼18年5月1日"), Ok(date(1943, 5, 1)));
        assert_eq!(parse(None, "180501").unwrap_err().why, "元号がわかりません");
    }

    #[test]
    fn empty_cells_part_the_numbers_unless_six_are_filled() {
        assert_eq!(parse_in_era(Era::Reiwa, " 8 5 1"), Ok(date(2026, 5, 1)));
        assert_eq!(parse_in_era(Era::Reiwa, "0812 3"), Err(Refusal::new(UNREADABLE)));
        assert_eq!(parse_in_era(Era::Reiwa, "0 8 1 1 2 3"), Ok(date(2026, 11, 23)));
        assert_eq!(parse_in_era(Era::Reiwa, "令和 8 年 5 月 1 日"), Ok(date(2026, 5, 1)));
    }

    #[test]
    fn too_few_digits_or_foreign_marks_are_refused() {
        for raw in ["18051", "1805011", "", "18年5月", "18o501", "18年5月1日頃"] {
            assert_eq!(why(Era::Showa, raw), UNREADABLE, "{raw}");
        }
        assert_eq!(why(Era::Reiwa, "昭和18年5月1日"), "欄に印刷された元号と違います");
    }

    #[test]
    fn eras_go_by_short_and_long_names() {
        assert_eq!(era_of("昭"), Some(Era::Showa));
        assert_eq!(era_of("令和"), Some(Era::Reiwa));
        assert_eq!(era_of("ｔ"), Some(Era::Taisho));
        assert_eq!(era_of("慶応"), None);
    }

    proptest! {
        #[test]
        fn every_day_of_an_era_comes_back_from_its_six_digits(era in 0usize..5, offset in 0i32..40_000) {
            let span = &SPANS[era];
            let length = (span.last - span.first).get_days();
            let day = span.first.checked_add((offset % (length + 1)).days()).unwrap();
            let digits = format!("{:02}{:02}{:02}", day.year() - span.base, day.month(), day.day());
            prop_assert_eq!(parse_in_era(span.era, &digits), Ok(day));
            prop_assert_eq!(parse(None, &format!("{}{digits}", span.name)), Ok(day));
            prop_assert_eq!(parse(None, &day.to_string()), Ok(day));
        }

        #[test]
        fn an_accepted_date_lies_in_its_era(era in 0usize..5, digits in "[0-9]{6}") {
            let span = &SPANS[era];
            if let Ok(day) = parse_in_era(span.era, &digits) {
                prop_assert!((span.first..=span.last).contains(&day));
            }
        }

        #[test]
        fn any_text_gives_a_date_or_a_refusal(raw in "\\PC*") {
            let _ = parse(None, &raw);
            let _ = parse_in_era(Era::Showa, &raw);
        }
    }
}
