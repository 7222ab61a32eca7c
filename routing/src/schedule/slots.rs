//! When digests go out.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime};

use super::week::Week;
use super::{Holidays, Minute};
use crate::{Error, Result};

/// Days looked ahead and back; the longest run of Japanese holidays is ten.
const HORIZON_DAYS: usize = 60;

/// When somebody's digest goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// There is no digest: everything goes at once.
    AtOnce,
    /// At these times of the week.
    Slots(Slots),
}

/// Times of a week, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slots(Week<Minute>);

impl Schedule {
    /// The first digest strictly after `now`. `None` without a digest, and if holidays take up the next 60 days.
    pub fn next_after(&self, now: DateTime, holidays: &Holidays) -> Option<DateTime> {
        let days = std::iter::successors(Some(now.date()), |day| day.tomorrow().ok());
        days.take(HORIZON_DAYS).find_map(|day| self.on(day, holidays).find(|slot| *slot > now))
    }

    /// The last digest at `now` or before it, within 60 days.
    pub fn last_at_or_before(&self, now: DateTime, holidays: &Holidays) -> Option<DateTime> {
        let days = std::iter::successors(Some(now.date()), |day| day.yesterday().ok());
        days.take(HORIZON_DAYS).find_map(|day| self.on(day, holidays).rfind(|slot| *slot <= now))
    }

    fn on(&self, day: Date, holidays: &Holidays) -> impl DoubleEndedIterator<Item = DateTime> {
        let slots = match self {
            Self::AtOnce => &[],
            Self::Slots(Slots(week)) => week.on(day, holidays),
        };
        slots.iter().filter_map(move |minute| minute.on(day))
    }
}

impl FromStr for Schedule {
    type Err = Error;

    /// Reads `mon-fri 08:30,13:00; sat 08:30`, `月-金 08:30`, with `; holidays` or `; 祝日` also on public
    /// holidays; `now` or `随時` is no digest.
    fn from_str(text: &str) -> Result<Self> {
        if matches!(text.trim(), "now" | "随時") {
            return Ok(Self::AtOnce);
        }
        let week = Week::parse(text, |time| {
            let minute: Minute = time.parse()?;
            minute
                .is_of_the_day()
                .then_some(minute)
                .ok_or(Error::Invalid { what: "time of day", rule: "a digest goes out from 00:00 to 23:59" })
        })?;
        if week.is_empty() {
            return Err(Error::Invalid {
                what: "digest times",
                rule: "write at least one, such as mon-fri 08:30,13:00, or now for no digest",
            });
        }
        Ok(Self::Slots(Slots(week)))
    }
}

/// As it can be read again.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtOnce => f.write_str("now"),
            Self::Slots(Slots(week)) => week.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn schedule(text: &str) -> Schedule {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn holidays() -> Holidays {
        [(date(2026, 11, 3), String::new()), (date(2026, 11, 23), String::new())].into_iter().collect()
    }

    #[test]
    fn the_next_digest_is_strictly_later_and_the_last_one_may_be_now() {
        let digest = schedule("mon-fri 08:30,13:00; sat 08:30");
        let at = |day, hour, minute| date(2026, 11, day).at(hour, minute, 0, 0);
        for (now, next, last) in [
            (at(20, 8, 0), at(20, 8, 30), at(19, 13, 0)),
            (at(20, 8, 30), at(20, 13, 0), at(20, 8, 30)),
            (at(20, 13, 0), at(21, 8, 30), at(20, 13, 0)),
            (at(21, 9, 0), at(24, 8, 30), at(21, 8, 30)),
            (at(23, 12, 0), at(24, 8, 30), at(21, 8, 30)),
        ] {
            assert_eq!(digest.next_after(now, &holidays()), Some(next), "after {now}");
            assert_eq!(digest.last_at_or_before(now, &holidays()), Some(last), "before {now}");
        }
        let every_day = schedule("mon-fri 08:30,13:00; sat 08:30; 祝日");
        assert_eq!(every_day.next_after(at(23, 12, 0), &holidays()), Some(at(23, 13, 0)));
    }

    #[test]
    fn japanese_and_english_say_the_same() {
        assert_eq!(schedule("月-金 08:30,13:00; 土 08:30"), schedule("mon-fri 8:30,13:00; sat 8:30"));
        assert_eq!(
            schedule("月〜金　０８：３０、１３：００；土 ８：３０"),
            schedule("mon-fri 8:30,13:00; sat 8:30")
        );
        assert_eq!((schedule("now"), schedule("随時")), (Schedule::AtOnce, Schedule::AtOnce));
        assert_eq!(Schedule::AtOnce.next_after(date(2026, 11, 23).at(0, 0, 0, 0), &holidays()), None);
    }

    #[test]
    fn impossible_schedules_are_refused_with_what_would_be_right() {
        for (text, right) in [
            ("", "at least one"),
            ("holidays", "at least one"),
            ("mon-fri", "days, then times"),
            ("mon 25:00", "up to 24:00"),
            ("mon 24:00", "23:59"),
            ("xyz 08:30", "write mon, tue"),
            ("08:30", "write mon, tue"),
            ("mon 08:30,", "08:30"),
        ] {
            let message = text.parse::<Schedule>().unwrap_err().to_string();
            assert!(message.contains(right), "{text}: {message}");
        }
    }

    #[test]
    fn a_digest_that_holidays_swallow_never_comes_and_nobody_searches_for_ever() {
        let start = date(2026, 1, 1);
        let all: Holidays = (0..100).map(|n| (start.saturating_add(n.days()), String::new())).collect();
        assert_eq!(schedule("daily 08:30").next_after(start.at(0, 0, 0, 0), &all), None);
    }

    fn text() -> impl Strategy<Value = String> {
        let part = ("(mon|tue|wed|thu|fri|sat|sun|月|水|日)", 0u32..24, 0u32..60, 0u32..24);
        let part =
            part.prop_map(|(day, hour, minute, other)| format!("{day} {hour}:{minute:02},{other:02}:00"));
        let part = proptest::collection::vec(part, 1..5);
        (part, any::<bool>())
            .prop_map(|(parts, also)| format!("{}{}", parts.join("; "), if also { "; holidays" } else { "" }))
    }

    proptest! {
        #[test]
        fn next_and_last_enclose_now_and_agree_with_each_other(text in text(), minutes in 0i64..500_000) {
            let digest = schedule(&text);
            let now = date(2026, 1, 1).at(0, 0, 0, 0).checked_add(minutes.minutes()).unwrap();
            let next = digest.next_after(now, &holidays()).unwrap();
            prop_assert!(next > now);
            prop_assert_eq!(digest.last_at_or_before(next, &holidays()), Some(next));
            let just_before = next.checked_sub(1.minute()).unwrap();
            prop_assert_eq!(digest.next_after(just_before, &holidays()), Some(next));
            if let Some(last) = digest.last_at_or_before(now, &holidays()) {
                prop_assert!(last <= now);
                prop_assert_eq!(digest.next_after(last, &holidays()), Some(next), "none lies between");
            }
            prop_assert_eq!(schedule(&digest.to_string()), digest);
        }

        #[test]
        fn foreign_text_is_refused_not_panicked_on(text in "\\PC*") {
            let _ = text.parse::<Schedule>();
        }
    }
}
