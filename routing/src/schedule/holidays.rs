//! Public holidays by day.

use std::collections::BTreeMap;

use jiff::civil::Date;

/// Public holidays with their names. What is not listed is no holiday, so the list must reach far enough.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holidays {
    days: BTreeMap<Date, String>,
}

impl Holidays {
    /// Whether the day is a public holiday.
    pub fn contains(&self, day: Date) -> bool {
        self.days.contains_key(&day)
    }

    /// The name of the holiday on this day.
    pub fn name(&self, day: Date) -> Option<&str> {
        self.days.get(&day).map(String::as_str)
    }

    /// The last day listed; later ones are not known.
    pub fn last_day(&self) -> Option<Date> {
        self.days.keys().next_back().copied()
    }

    /// The last year listed; lists are published whole years at a time.
    pub fn last_year(&self) -> Option<i16> {
        self.last_day().map(Date::year)
    }

    /// All of them, by day.
    pub fn iter(&self) -> impl Iterator<Item = (Date, &str)> {
        self.days.iter().map(|(day, name)| (*day, name.as_str()))
    }

    /// How many are listed.
    pub fn len(&self) -> usize {
        self.days.len()
    }

    /// Whether none is listed.
    pub fn is_empty(&self) -> bool {
        self.days.is_empty()
    }
}

impl FromIterator<(Date, String)> for Holidays {
    fn from_iter<I: IntoIterator<Item = (Date, String)>>(days: I) -> Self {
        Self { days: days.into_iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn what_is_listed_is_a_holiday_and_the_list_says_how_far_it_reaches() {
        let days = [(date(2026, 11, 23), "勤労感謝の日".to_owned()), (date(2027, 1, 1), "元日".to_owned())];
        let holidays: Holidays = days.into_iter().collect();
        assert!(holidays.contains(date(2026, 11, 23)) && !holidays.contains(date(2026, 11, 24)));
        assert_eq!(holidays.name(date(2027, 1, 1)), Some("元日"));
        assert_eq!((holidays.last_year(), holidays.len()), (Some(2027), 2));
        assert_eq!(Holidays::default().last_year(), None);
    }
}
