//! How a typed value is written for a person.

use jiff::Zoned;
use jiff::civil::{Date, Weekday, date};
use kasasagi_ocr::field::Value;
use kasasagi_ocr::form::{Field, Kind};
use kasasagi_ocr::reading::{FieldReading, State};

use super::plain::line;

/// What a person reads for a field, or `None` when there is nothing to say.
/// A doubtful field always says something, if only that it could not be read.
pub(super) fn shown(field: &Field, reading: &FieldReading) -> Option<String> {
    let doubtful = match reading.state {
        State::Blank => return None,
        State::Sure => false,
        State::Doubtful => true,
    };
    let text = match &reading.value {
        Some(Value::Check(false)) if !doubtful => return None,
        _ => said(field, reading),
    };
    let text = if tells_welfare(&field.kind, &text) { NOT_BY_MAIL.to_owned() } else { text };
    match (text.is_empty(), doubtful) {
        (false, _) => Some(text),
        (true, true) => Some(UNREADABLE.to_owned()),
        (true, false) => None,
    }
}

/// Whether the value is one that no mail may say, and no picture in a mail may show.
pub(super) fn is_withheld(field: &Field, reading: &FieldReading) -> bool {
    tells_welfare(&field.kind, &said(field, reading)) || tells_welfare(&field.kind, &line(&reading.raw))
}

fn said(field: &Field, reading: &FieldReading) -> String {
    match &reading.value {
        Some(value) => written(&field.kind, value),
        None => line(&reading.raw),
    }
}

/// `令和8年11月23日（月）14時05分 (2026-11-23)`.
pub(super) fn moment(at: &Zoned) -> String {
    let weekday = match at.weekday() {
        Weekday::Monday => '月',
        Weekday::Tuesday => '火',
        Weekday::Wednesday => '水',
        Weekday::Thursday => '木',
        Weekday::Friday => '金',
        Weekday::Saturday => '土',
        Weekday::Sunday => '日',
    };
    let day = at.date();
    let (hour, minute) = (at.hour(), at.minute());
    match in_era(day) {
        Some(japanese) => format!("{japanese}（{weekday}）{hour}時{minute:02}分 ({day})"),
        None => format!("{day}（{weekday}）{hour}時{minute:02}分"),
    }
}

fn written(kind: &Kind, value: &Value) -> String {
    match value {
        Value::Check(true) => "チェックあり".to_owned(),
        Value::Check(false) => "チェックなし".to_owned(),
        Value::Choice(option) => line(option),
        Value::Choices(options) => options.iter().map(|o| line(o)).collect::<Vec<_>>().join("、"),
        Value::Number(count) => count.to_string(),
        Value::Digits(digits) => separated(kind, &line(digits)),
        Value::Date(day) => match in_era(*day) {
            Some(japanese) => format!("{japanese} ({day})"),
            None => day.to_string(),
        },
        Value::Text(text) => line(text),
    }
}

/// `昭和13年5月3日`. None before 1873, when Japan's calendar was another one.
fn in_era(day: Date) -> Option<String> {
    let (_, era, before) = ERAS.iter().find(|(first, ..)| day >= *first)?;
    let year = match day.year() - before {
        1 => "元".to_owned(),
        year => year.to_string(),
    };
    Some(format!("{era}{year}年{}月{}日", day.month(), day.day()))
}

fn separated(kind: &Kind, digits: &str) -> String {
    let groups: &[usize] = match kind {
        Kind::Phone => phone_groups(digits),
        Kind::Postal if digits.len() == 7 => &[3, 4],
        _ => &[],
    };
    if groups.iter().sum::<usize>() != digits.len() || !digits.is_ascii() {
        return digits.to_owned();
    }
    let mut rest = digits;
    let mut parts = Vec::new();
    for length in groups {
        let (part, tail) = rest.split_at(*length);
        parts.push(part);
        rest = tail;
    }
    parts.join("-")
}

/// Lengths between the hyphens, where the number tells them: mobile, IP and toll-free numbers, and the
/// area codes of Aichi. Area codes elsewhere have two to five digits; a wrong hyphen misleads more than none.
fn phone_groups(digits: &str) -> &'static [usize] {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|p| digits.starts_with(p));
    match digits.len() {
        11 if starts(&["0800"]) => &[4, 3, 4],
        11 if starts(&["050", "060", "070", "080", "090"]) => &[3, 4, 4],
        10 if starts(&["0120", "0570", "0990"]) => &[4, 3, 3],
        10 if starts(&["03", "06"]) => &[2, 4, 4],
        10 if starts(&["052"]) => &[3, 3, 4],
        10 if starts(&["056", "0531", "0532", "0533", "0536", "0586", "0587"]) => &[4, 2, 4],
        _ => &[],
    }
}

/// An insured person's number with a leading H says that its holder lives on public assistance
/// (生活保護), which no mail may say.
fn tells_welfare(kind: &Kind, text: &str) -> bool {
    matches!(kind, Kind::Code { .. }) && text.starts_with(['H', 'h', 'Ｈ', 'ｈ'])
}

/// First day, name, and the year before its first.
const ERAS: [(Date, &str, i16); 5] = [
    (date(2019, 5, 1), "令和", 2018),
    (date(1989, 1, 8), "平成", 1988),
    (date(1926, 12, 25), "昭和", 1925),
    (date(1912, 7, 30), "大正", 1911),
    (date(1873, 1, 1), "明治", 1867),
];

const UNREADABLE: &str = "（読み取れません。原本をご確認ください）";
const NOT_BY_MAIL: &str = "（この番号はメールに記載しません）";

#[cfg(test)]
mod tests {
    use kasasagi_ocr::form::{CheckDigit, Rect, Required};

    use super::*;

    const CODE: Kind = Kind::Code { check: CheckDigit::None };

    fn digits(kind: &Kind, text: &str) -> String {
        written(kind, &Value::Digits(text.to_owned()))
    }

    fn shown_as(kind: Kind, state: State, value: Option<Value>, raw: &str) -> Option<String> {
        let field = Field {
            key: "k".into(),
            number: 1,
            label: "項目".into(),
            kind,
            zone: Rect { x: 0.0, y: 0.0, w: 1.0, h: 1.0 },
            required: Required::Optional,
            boxes: vec![],
            cells: vec![],
        };
        let reading = FieldReading {
            state,
            value,
            raw: raw.into(),
            confidence: 0.5,
            by: vec![],
            why: None,
            evidence: None,
        };
        shown(&field, &reading)
    }

    #[test]
    fn dates_are_written_in_both_calendars() {
        let written = |y, m, d| written(&Kind::Date { era: None }, &Value::Date(date(y, m, d)));
        assert_eq!(written(1938, 5, 3), "昭和13年5月3日 (1938-05-03)");
        assert_eq!(written(1989, 1, 7), "昭和64年1月7日 (1989-01-07)");
        assert_eq!(written(1989, 1, 8), "平成元年1月8日 (1989-01-08)");
        assert_eq!(written(2019, 4, 30), "平成31年4月30日 (2019-04-30)");
        assert_eq!(written(2019, 5, 1), "令和元年5月1日 (2019-05-01)");
        assert_eq!(written(1926, 12, 24), "大正15年12月24日 (1926-12-24)");
        assert_eq!(written(1912, 7, 29), "明治45年7月29日 (1912-07-29)");
        assert_eq!(written(1872, 12, 31), "1872-12-31");
    }

    #[test]
    fn the_moment_of_arrival_names_the_weekday() {
        let at = date(2026, 11, 23).at(14, 5, 9, 0).in_tz("Asia/Tokyo").unwrap();
        assert_eq!(moment(&at), "令和8年11月23日（月）14時05分 (2026-11-23)");
    }

    #[test]
    fn phone_numbers_get_hyphens_where_they_are_known() {
        for (plain, hyphenated) in [
            ("0586012345", "0586-01-2345"),
            ("0521234567", "052-123-4567"),
            ("0312345678", "03-1234-5678"),
            ("09012345678", "090-1234-5678"),
            ("08001234567", "0800-123-4567"),
            ("0120123456", "0120-123-456"),
            ("0155123456", "0155123456"),
            ("058601234", "058601234"),
            ("あ12345678", "あ12345678"),
        ] {
            assert_eq!(digits(&Kind::Phone, plain), hyphenated);
        }
        assert_eq!(digits(&Kind::Postal, "4910001"), "491-0001");
        assert_eq!(digits(&CODE, "0586012345"), "0586012345");
    }

    #[test]
    fn a_number_that_tells_of_public_assistance_is_withheld() {
        for (value, raw) in [(Some(Value::Digits("H123456789".into())), ""), (None, "Ｈ12345678?")] {
            let text = shown_as(CODE, State::Doubtful, value, raw).unwrap();
            assert_eq!(text, NOT_BY_MAIL);
        }
    }

    #[test]
    fn a_doubtful_field_never_vanishes_and_a_blank_one_always_does() {
        let text = Kind::Text { max_chars: 24, lines: 1 };
        assert_eq!(shown_as(text.clone(), State::Doubtful, None, "花？").as_deref(), Some("花？"));
        assert_eq!(shown_as(text.clone(), State::Doubtful, None, "\0").as_deref(), Some(UNREADABLE));
        assert_eq!(shown_as(text, State::Blank, Some(Value::Text("残".into())), "残"), None);
        assert_eq!(shown_as(Kind::Check, State::Sure, Some(Value::Check(false)), ""), None);
        assert_eq!(
            shown_as(Kind::Check, State::Doubtful, Some(Value::Check(false)), "").as_deref(),
            Some("チェックなし")
        );
    }

    #[test]
    fn several_choices_are_joined() {
        let chosen = Value::Choices(vec!["新規".into(), "照会".into()]);
        assert_eq!(written(&Kind::Choices, &chosen), "新規、照会");
    }
}
