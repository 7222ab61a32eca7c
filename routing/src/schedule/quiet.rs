//! Hours of the night in which nobody is to be woken.

use std::fmt;
use std::str::FromStr;

use jiff::civil::DateTime;
use unicode_normalization::UnicodeNormalization;

use super::Minute;
use crate::{Error, Result};

/// A span of every day, which may pass midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quiet {
    from: Minute,
    to: Minute,
}

impl Quiet {
    /// When the quiet hours end that this moment lies in; `None` outside of them.
    pub fn end_of_quiet(&self, at: DateTime) -> Option<DateTime> {
        let minute = Minute::of(at.time());
        let end_today = || self.to.on(at.date());
        let end_tomorrow = || self.to.on(at.date().tomorrow().ok()?);
        let over_midnight = self.to < self.from;
        match (over_midnight, self.from <= minute, minute < self.to) {
            (false, true, true) | (true, _, true) => end_today(),
            (true, true, false) => end_tomorrow(),
            _ => None,
        }
    }
}

impl FromStr for Quiet {
    type Err = Error;

    /// Reads `21:00-07:00`.
    fn from_str(text: &str) -> Result<Self> {
        let invalid = Error::Invalid {
            what: "quiet hours",
            rule: "write one span of two different times, such as 21:00-07:00",
        };
        let text: String = text.chars().take(40).nfkc().collect();
        let (from, to) = text.split_once(['-', '~', '〜', '–', '−', 'ー']).ok_or(invalid.clone())?;
        let quiet = Self { from: from.parse()?, to: to.parse()? };
        if quiet.from.is_of_the_day() && quiet.from != quiet.to { Ok(quiet) } else { Err(invalid) }
    }
}

/// As it can be read again.
impl fmt::Display for Quiet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from, self.to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;
    use jiff::civil::date;
    use proptest::prelude::*;

    #[test]
    fn quiet_hours_pass_midnight() {
        let night: Quiet = "21:00-07:00".parse().unwrap();
        let at = |day, hour, minute| date(2026, 11, day).at(hour, minute, 0, 0);
        for (moment, end) in [
            (at(23, 20, 59), None),
            (at(23, 21, 0), Some(at(24, 7, 0))),
            (at(24, 6, 59), Some(at(24, 7, 0))),
            (at(24, 7, 0), None),
        ] {
            assert_eq!(night.end_of_quiet(moment), end, "{moment}");
        }
        let noon: Quiet = "12:00〜13:00".parse().unwrap();
        assert_eq!(noon.end_of_quiet(at(23, 12, 30)), Some(at(23, 13, 0)));
        assert_eq!(noon.end_of_quiet(at(23, 13, 0)), None);
        let evening: Quiet = "22:00-24:00".parse().unwrap();
        assert_eq!(evening.end_of_quiet(at(23, 23, 59)), Some(at(24, 0, 0)));
        for bad in ["", "21:00", "07:00-07:00", "24:00-07:00", "21:00-25:00", "21:00-07:00;12:00-13:00"] {
            assert!(bad.parse::<Quiet>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn quiet_ends_later_within_a_day_and_is_over_then(from in 0u32..1440, to in 0u32..1440, at in 0i64..10_000) {
            let clock = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
            prop_assume!(from != to);
            let quiet: Quiet = format!("{}-{}", clock(from), clock(to)).parse().unwrap();
            let at = date(2026, 11, 1).at(0, 0, 0, 0).checked_add(at.minutes()).unwrap();
            let now = Minute::of(at.time()).since_midnight();
            let inside = (now + 1440 - from) % 1440 < (to + 1440 - from) % 1440;
            prop_assert_eq!(quiet.end_of_quiet(at).is_some(), inside);
            if let Some(end) = quiet.end_of_quiet(at) {
                prop_assert!(end > at && end < at.checked_add(24.hours()).unwrap());
                prop_assert_eq!(quiet.end_of_quiet(end), None);
            }
            prop_assert_eq!(quiet.to_string().parse::<Quiet>().unwrap(), quiet);
        }
    }
}
