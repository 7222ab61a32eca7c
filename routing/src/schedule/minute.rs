//! A time of day to the minute.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};

use crate::{Error, Result};

const DAY: u16 = 24 * 60;

/// A minute of the day from `00:00` to `24:00`, the latter as an end only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Minute(u16);

impl Minute {
    /// The minute that a time lies in.
    pub(super) fn of(time: Time) -> Self {
        Self(u16::from(time.hour().unsigned_abs()) * 60 + u16::from(time.minute().unsigned_abs()))
    }

    /// This minute on a day; `24:00` is the start of the next one. `None` at the end of the calendar.
    pub(super) fn on(self, day: Date) -> Option<DateTime> {
        day.to_datetime(Time::midnight()).checked_add(i64::from(self.0).minutes()).ok()
    }

    /// Whether a day can begin something here.
    pub(super) fn is_of_the_day(self) -> bool {
        self.0 < DAY
    }

    /// Minutes since midnight.
    pub fn since_midnight(self) -> u32 {
        u32::from(self.0)
    }
}

impl FromStr for Minute {
    type Err = Error;

    /// Reads `8:30` or `08:30`.
    fn from_str(text: &str) -> Result<Self> {
        let number = |digits: &str| -> Option<u16> {
            let plain = (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
            digits.parse().ok().filter(|_| plain)
        };
        let read = |text: &str| {
            let (hour, minute) = text.split_once(':')?;
            let minute = number(minute).filter(|m| minute.len() == 2 && *m < 60)?;
            number(hour).map(|hour| hour * 60 + minute).filter(|all| *all <= DAY)
        };
        read(text.trim())
            .map(Self)
            .ok_or(Error::Invalid { what: "time of day", rule: "write 08:30, up to 24:00" })
    }
}

impl fmt::Display for Minute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_to_the_minute_and_refused_when_no_clock_shows_them() {
        for (text, shown) in [("8:30", "08:30"), ("00:00", "00:00"), (" 24:00 ", "24:00")] {
            assert_eq!(text.parse::<Minute>().unwrap().to_string(), shown);
        }
        for bad in ["25:00", "24:01", "8:60", "8:5", "830", "", ":", "-1:00", "+8:00", "008:00"] {
            assert!(bad.parse::<Minute>().is_err(), "{bad}");
        }
    }
}
