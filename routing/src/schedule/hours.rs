//! Opening hours of a week.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::DateTime;

use super::week::Week;
use super::{Holidays, Minute};
use crate::{Error, Result};

/// Days looked ahead; three hours a week make up twenty thousand minutes in that time.
const HORIZON_DAYS: usize = 800;

/// When somebody is there, week by week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours(Week<Span>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Span {
    from: Minute,
    to: Minute,
}

impl Hours {
    /// Whether they are there at this moment; the last minute of a span does not count.
    pub fn is_open(&self, at: DateTime, holidays: &Holidays) -> bool {
        let minute = Minute::of(at.time());
        self.0.on(at.date(), holidays).iter().any(|span| span.from <= minute && minute < span.to)
    }

    /// The moment at which they have been there for so many minutes since `start`. `None` if that takes
    /// more than two years.
    pub fn add_minutes(&self, start: DateTime, minutes: u32, holidays: &Holidays) -> Option<DateTime> {
        let mut left = i64::from(minutes) * 60;
        if left == 0 {
            return Some(start);
        }
        let days = std::iter::successors(Some(start.date()), |day| day.tomorrow().ok());
        for day in days.take(HORIZON_DAYS) {
            for span in self.0.on(day, holidays) {
                let (from, to) = (span.from.on(day)?.max(start), span.to.on(day)?);
                let open = seconds(from, to);
                if open >= left {
                    return from.checked_add(left.seconds()).ok();
                }
                left -= open.max(0);
            }
        }
        None
    }
}

fn seconds(from: DateTime, to: DateTime) -> i64 {
    to.duration_since(from).as_secs()
}

impl FromStr for Hours {
    type Err = Error;

    /// Reads `mon-fri 09:00-12:00,15:30-18:30; wed,sat 09:00-12:00`, with `; holidays` also on public holidays.
    fn from_str(text: &str) -> Result<Self> {
        let mut week = Week::parse(text, str::parse::<Span>)?;
        if week.is_empty() {
            return Err(Error::Invalid {
                what: "opening hours",
                rule: "write at least one span, such as mon-fri 09:00-12:00,15:30-18:30",
            });
        }
        week.days_mut().for_each(join);
        Ok(Self(week))
    }
}

impl FromStr for Span {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let invalid = Error::Invalid {
            what: "span of hours",
            rule: "write 09:00-12:00, the end after the start; past midnight write two, on two days",
        };
        let (from, to) = text.split_once('-').ok_or(invalid.clone())?;
        let span = Self { from: from.parse()?, to: to.parse()? };
        if span.from < span.to { Ok(span) } else { Err(invalid) }
    }
}

/// Spans that meet or overlap become one.
fn join(day: &mut Vec<Span>) {
    let mut joined: Vec<Span> = Vec::new();
    for span in day.drain(..) {
        match joined.last_mut() {
            Some(last) if span.from <= last.to => last.to = last.to.max(span.to),
            _ => joined.push(span),
        }
    }
    *day = joined;
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from, self.to)
    }
}

/// As it can be read again.
impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn hours(text: &str) -> Hours {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn holidays() -> Holidays {
        [(date(2026, 11, 23), String::new())].into_iter().collect()
    }

    const CLINIC: &str = "月火木金 09:00-12:00,15:30-18:30; 水,土 09:00-12:00";

    #[test]
    fn a_clinic_is_open_from_the_first_minute_of_a_span_and_closed_from_its_end() {
        let at = |day, hour, minute| date(2026, 11, day).at(hour, minute, 0, 0);
        for (moment, open) in [
            (at(20, 9, 0), true),
            (at(20, 8, 59), false),
            (at(20, 12, 0), false),
            (at(20, 18, 29), true),
            (at(21, 16, 0), false),
            (at(22, 10, 0), false),
            (at(23, 10, 0), false),
            (at(24, 10, 0), true),
        ] {
            assert_eq!(hours(CLINIC).is_open(moment, &holidays()), open, "{moment}");
        }
        assert!(hours(&format!("{CLINIC}; 祝日")).is_open(at(23, 10, 0), &holidays()));
    }

    #[test]
    fn only_open_minutes_count() {
        let at = |day, hour, minute| date(2026, 11, day).at(hour, minute, 0, 0);
        for (start, minutes, end) in [
            (at(20, 9, 0), 30, at(20, 9, 30)),
            (at(20, 11, 30), 30, at(20, 12, 0)),
            (at(20, 11, 30), 31, at(20, 15, 31)),
            (at(20, 18, 0), 60, at(21, 9, 30)),
            (at(21, 11, 0), 90, at(24, 9, 30)),
            (at(22, 3, 0), 0, at(22, 3, 0)),
        ] {
            assert_eq!(
                hours(CLINIC).add_minutes(start, minutes, &holidays()),
                Some(end),
                "{start} {minutes}"
            );
        }
    }

    #[test]
    fn spans_that_meet_are_one_and_impossible_ones_are_refused() {
        assert_eq!(hours("mon 9:00-12:00,11:00-13:00,13:00-14:00"), hours("mon 09:00-14:00"));
        for bad in
            ["", "mon", "mon 09:00", "mon 12:00-09:00", "mon 9:00-9:00", "mon 22:00-25:00", "9:00-10:00"]
        {
            assert!(bad.parse::<Hours>().is_err(), "{bad}");
        }
        assert!(hours("mon-sun 00:00-24:00").is_open(date(2026, 11, 22).at(23, 59, 59, 0), &holidays()));
    }

    proptest! {
        #[test]
        fn between_start_and_end_lie_exactly_so_many_open_minutes(
            first in 0u32..700, length in 1u32..300, gap in 0u32..200, days in "(mon|tue-thu|fri-sun|daily)",
            start in 0i64..20_000, minutes in 0u32..1500,
        ) {
            let clock = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
            let second = first + length + gap;
            let text = format!(
                "{days} {}-{},{}-{}",
                clock(first), clock(first + length), clock(second), clock(second + 60),
            );
            let hours = hours(&text);
            let start = date(2026, 11, 1).at(0, 0, 0, 0).checked_add(start.minutes()).unwrap();
            let end = hours.add_minutes(start, minutes, &holidays()).unwrap();
            let mut open = 0;
            let mut at = start;
            while at < end {
                open += u32::from(hours.is_open(at, &holidays()));
                at = at.checked_add(1.minute()).unwrap();
            }
            prop_assert_eq!(open, minutes);
            prop_assert_eq!(hours.to_string().parse::<Hours>().unwrap(), hours);
        }

        #[test]
        fn foreign_text_is_refused_not_panicked_on(text in "\\PC*") {
            let _ = text.parse::<Hours>();
        }
    }
}
