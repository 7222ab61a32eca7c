//! Public holidays: those that come with the program, or the file the Cabinet Office publishes
//! (`syukujitsu.csv`, <https://www8.cao.go.jp/chosei/shukujitsu/gaiyou.html>) as it is.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;
use kasasagi_routing::schedule::Holidays;

use crate::{Error, Result, comma, encoding};

/// The holidays of 2026 to 2028 with their substitutes.
const EMBEDDED: &str = include_str!("../holidays.csv");

/// The holidays that come with the program.
pub fn embedded() -> Holidays {
    parse("holidays.csv", EMBEDDED.as_bytes()).expect("the built-in holidays are sound: tested")
}

/// Reads a file of lines `date,name` under a header, UTF-8 or CP932; further columns are remarks.
///
/// # Errors
/// [`Error::Read`]; [`Error::Syntax`]; [`Error::Many`] with every line that names no day or no holiday,
/// or a day a second time.
pub fn load(path: &Path) -> Result<Holidays> {
    let bytes = std::fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    parse(&path.display().to_string(), &bytes)
}

fn parse(file: &str, bytes: &[u8]) -> Result<Holidays> {
    let text = encoding::utf8_or_cp932(file, bytes)?;
    let mut faults = Vec::new();
    let mut days: BTreeMap<Date, String> = BTreeMap::new();
    for record in comma::records(file, &text)?.into_iter().skip(1) {
        let mut cells = record.cells.into_iter();
        let day = cells.next().and_then(|text| day(&text));
        let what = match (day, cells.next().filter(|name| !name.is_empty())) {
            (None, _) => "must begin with a day such as 2026-01-01 or 2026/1/1",
            (_, None) => "names no holiday",
            (Some(day), Some(name)) if days.insert(day, name.clone()).is_some() => {
                "names a day a second time"
            }
            _ => continue,
        };
        let key = format!("line {}", record.line);
        faults.push(Error::Value { file: file.to_owned(), key, what: what.to_owned() });
    }
    if days.is_empty() && faults.is_empty() {
        faults.push(Error::Syntax { file: file.to_owned(), what: "names no holiday".to_owned() });
    }
    if faults.is_empty() { Ok(days.into_iter().collect()) } else { Err(Error::Many(faults)) }
}

fn day(text: &str) -> Option<Date> {
    let parts: Vec<&str> = text.split(['-', '/']).collect();
    let [year, month, day] = parts[..] else { return None };
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::SHIFT_JIS;
    use jiff::ToSpan;
    use jiff::civil::{Weekday, date};

    #[test]
    fn happy_mondays_are_mondays_and_three_years_are_known() {
        let holidays = embedded();
        for (name, month, nth) in
            [("成人の日", 1, 2), ("海の日", 7, 3), ("敬老の日", 9, 3), ("スポーツの日", 10, 2)]
        {
            for year in 2026..=2028 {
                let day = date(year, month, 1).nth_weekday_of_month(nth, Weekday::Monday).unwrap();
                assert_eq!(holidays.name(day), Some(name), "{day}");
            }
        }
        assert_eq!(holidays.last_year(), Some(2028));
    }

    #[test]
    fn fixed_days_and_equinoxes_are_where_the_law_and_the_almanac_put_them() {
        let holidays = embedded();
        for year in 2026..=2028 {
            for (month, day, name) in [
                (1, 1, "元日"),
                (2, 11, "建国記念の日"),
                (2, 23, "天皇誕生日"),
                (4, 29, "昭和の日"),
                (5, 3, "憲法記念日"),
                (5, 4, "みどりの日"),
                (5, 5, "こどもの日"),
                (8, 11, "山の日"),
                (11, 3, "文化の日"),
                (11, 23, "勤労感謝の日"),
            ] {
                assert_eq!(holidays.name(date(year, month, day)), Some(name), "{year}");
            }
        }
        for (spring, autumn) in [
            (date(2026, 3, 20), date(2026, 9, 23)),
            (date(2027, 3, 21), date(2027, 9, 23)),
            (date(2028, 3, 20), date(2028, 9, 22)),
        ] {
            assert_eq!((holidays.name(spring), holidays.name(autumn)), (Some("春分の日"), Some("秋分の日")));
        }
    }

    /// 国民の祝日に関する法律 3条2項 and 3項: after a holiday on a Sunday the next day that is none, and
    /// a day between two holidays.
    #[test]
    fn substitutes_and_bridged_days_follow_from_the_others_and_from_nothing_else() {
        let extra = ["振替休日", "国民の休日"];
        let holidays = embedded();
        let proper: Holidays = holidays
            .iter()
            .filter(|(_, name)| !extra.contains(name))
            .map(|(d, n)| (d, n.to_owned()))
            .collect();
        let mut expected: BTreeMap<Date, &str> = BTreeMap::new();
        for (day, _) in proper.iter() {
            if day.weekday() == Weekday::Sunday {
                let after = day.series(1.day()).find(|next| !proper.contains(*next)).unwrap();
                expected.insert(after, "振替休日");
            }
        }
        for (day, _) in proper.iter() {
            let (between, after) = (day.tomorrow().unwrap(), day.tomorrow().unwrap().tomorrow().unwrap());
            if proper.contains(after) && !proper.contains(between) && !expected.contains_key(&between) {
                expected.insert(between, "国民の休日");
            }
        }
        let written: BTreeMap<Date, &str> =
            holidays.iter().filter(|(_, name)| extra.contains(name)).collect();
        assert_eq!(written, expected);
        assert_eq!(holidays.len(), 3 * 16 + expected.len());
    }

    #[test]
    fn the_file_of_the_cabinet_office_is_taken_as_it_is() {
        let text = "国民の祝日・休日月日,国民の祝日・休日名称\r\n2026/1/1,元日\r\n2026/1/12,成人の日\r\n";
        let (bytes, _, lost) = SHIFT_JIS.encode(text);
        assert!(!lost);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("syukujitsu.csv");
        std::fs::write(&path, &bytes).unwrap();
        let holidays = load(&path).unwrap();
        assert_eq!((holidays.name(date(2026, 1, 12)), holidays.len()), (Some("成人の日"), 2));

        let message =
            parse("h.csv", "date,name\n2026/2/30,x\n2026/1/1,\n2026/1/2,a\n2026-01-02,b\n".as_bytes());
        let message = message.unwrap_err().to_string();
        for part in ["line 2: must begin", "line 3: names no", "line 5: names a day a second"] {
            assert!(message.contains(part), "{message}");
        }
        assert!(parse("h.csv", b"date,name\n").is_err() && parse("h.csv", b"").is_err());
    }
}
