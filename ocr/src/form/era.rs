//! Japanese eras, in which forms ask for dates.

use jiff::civil::{Date, date};

/// Japanese eras on the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Era {
    /// 明治, from 1868.
    Meiji,
    /// 大正, from 1912-07-30.
    Taisho,
    /// 昭和, from 1926-12-25.
    Showa,
    /// 平成, from 1989-01-08.
    Heisei,
    /// 令和, from 2019-05-01.
    Reiwa,
}

impl Era {
    /// All, oldest first.
    pub const ALL: [Self; 5] = [Self::Meiji, Self::Taisho, Self::Showa, Self::Heisei, Self::Reiwa];

    /// The name, such as 昭和.
    pub fn name(self) -> &'static str {
        match self {
            Self::Meiji => "明治",
            Self::Taisho => "大正",
            Self::Showa => "昭和",
            Self::Heisei => "平成",
            Self::Reiwa => "令和",
        }
    }

    /// The era of a box: its name or the first character of it.
    pub fn from_option(option: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|era| option == era.name() || option.chars().eq(era.name().chars().take(1)))
    }

    /// The first day; the day before it belongs to the era before.
    pub fn first_day(self) -> Date {
        match self {
            Self::Meiji => date(1868, 1, 25),
            Self::Taisho => date(1912, 7, 30),
            Self::Showa => date(1926, 12, 25),
            Self::Heisei => date(1989, 1, 8),
            Self::Reiwa => date(2019, 5, 1),
        }
    }

    /// The era of a day and the year in it, from 1; `None` before 明治.
    pub fn of(day: Date) -> Option<(Self, i16)> {
        let era = Self::ALL.into_iter().rfind(|era| era.first_day() <= day)?;
        Some((era, day.year() - era.first_day().year() + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_era_begins_on_its_first_day() {
        assert_eq!(Era::of(date(1989, 1, 7)), Some((Era::Showa, 64)));
        assert_eq!(Era::of(date(1989, 1, 8)), Some((Era::Heisei, 1)));
        assert_eq!(Era::of(date(2026, 11, 23)), Some((Era::Reiwa, 8)));
        assert_eq!(Era::of(date(1867, 11, 9)), None);
    }

    #[test]
    fn a_box_may_say_one_character() {
        assert_eq!(Era::from_option("昭"), Some(Era::Showa));
        assert_eq!(Era::from_option("昭和"), Some(Era::Showa));
        assert_eq!(Era::from_option("和"), None);
        assert_eq!(Era::from_option(""), None);
    }
}
