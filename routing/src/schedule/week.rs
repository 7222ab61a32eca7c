//! A week written as text: `mon-fri 08:30,13:00; sat 08:30`, in English or Japanese.

use std::fmt;

use jiff::civil::{Date, Weekday};
use unicode_normalization::UnicodeNormalization;

use super::Holidays;
use crate::{Error, Result};

/// Longest text looked at.
const MAX_CHARS: usize = 400;
const CODES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const NAMES: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const KANJI: [char; 7] = ['月', '火', '水', '木', '金', '土', '日'];

/// Something for every weekday, Monday first, and whether public holidays are days like others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Week<T> {
    days: [Vec<T>; 7],
    on_holidays: bool,
}

impl<T: Copy + Ord> Week<T> {
    /// Reads parts such as `mon-fri 08:30,13:00`, divided by `;`. What several parts say of one day adds up.
    pub(super) fn parse(text: &str, entry: impl Fn(&str) -> Result<T>) -> Result<Self> {
        if text.chars().count() > MAX_CHARS {
            return Err(Error::Invalid { what: "weekly times", rule: "at most 400 characters" });
        }
        let mut week = Self { days: Default::default(), on_holidays: false };
        for part in plain(text).split(';').map(str::trim).filter(|part| !part.is_empty()) {
            if matches!(part, "holidays" | "祝日") {
                week.on_holidays = true;
                continue;
            }
            let start = part.find(|c: char| c.is_ascii_digit()).ok_or(Error::Invalid {
                what: "weekly times",
                rule: "write days, then times, such as mon-fri 08:30",
            })?;
            let (days, times) = part.split_at(start);
            let entries = times.split(',').map(|time| entry(time.trim())).collect::<Result<Vec<T>>>()?;
            for day in weekdays(days)? {
                week.days[day].extend(&entries);
            }
        }
        for day in &mut week.days {
            day.sort_unstable();
            day.dedup();
        }
        Ok(week)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.days.iter().all(Vec::is_empty)
    }

    /// What stands for this day, in order; nothing on a public holiday unless holidays are days like others.
    pub(super) fn on(&self, day: Date, holidays: &Holidays) -> &[T] {
        if !self.on_holidays && holidays.contains(day) { &[] } else { &self.days[index(day.weekday())] }
    }

    pub(super) fn days_mut(&mut self) -> impl Iterator<Item = &mut Vec<T>> {
        self.days.iter_mut()
    }
}

/// Half width, lower case, one kind of dash and comma.
fn plain(text: &str) -> String {
    let text = text.nfkc().flat_map(char::to_lowercase);
    text.map(|c| match c {
        '~' | '〜' | '–' | '—' | '−' | '‐' | '‑' | 'ー' => '-',
        '、' | '・' => ',',
        '\n' => ';',
        other => other,
    })
    .collect()
}

/// Reads `mon-wed,sat`, `月-水、土` or `月火水土`; a range over the end of the week wraps.
fn weekdays(text: &str) -> Result<Vec<usize>> {
    let unknown = Error::Invalid {
        what: "weekday",
        rule: "write mon, tue, wed, thu, fri, sat, sun, daily, or 月, 火, 水, 木, 金, 土, 日, 毎日; ranges as mon-fri",
    };
    let mut days = Vec::new();
    for word in text.split([',', ' ']).map(str::trim).filter(|word| !word.is_empty()) {
        if matches!(word, "daily" | "毎日") {
            days.extend(0..7);
        } else if let Some((from, to)) = word.split_once('-') {
            let (from, to) = (weekday(from).ok_or(unknown.clone())?, weekday(to).ok_or(unknown.clone())?);
            days.extend((0..=(to + 7 - from) % 7).map(|step| (from + step) % 7));
        } else if let Some(day) = weekday(word) {
            days.push(day);
        } else {
            let each: Option<Vec<usize>> = word.chars().map(kanji).collect();
            days.extend(each.ok_or(unknown.clone())?);
        }
    }
    if days.is_empty() { Err(unknown) } else { Ok(days) }
}

fn weekday(word: &str) -> Option<usize> {
    let word = word.trim();
    let mut chars = word.strip_suffix("曜日").or(word.strip_suffix('曜')).unwrap_or(word).chars();
    let japanese = chars.next().and_then(kanji).filter(|_| chars.next().is_none());
    let english = || CODES.iter().zip(NAMES).position(|(code, name)| word == *code || word == name);
    japanese.or_else(english)
}

fn kanji(c: char) -> Option<usize> {
    KANJI.iter().position(|day| *day == c)
}

fn index(day: Weekday) -> usize {
    usize::from(day.to_monday_zero_offset().unsigned_abs())
}

/// Days with the same entries are written together: `mon,tue 08:30; holidays`.
impl<T: fmt::Display + PartialEq> fmt::Display for Week<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        for (day, entries) in self.days.iter().enumerate().filter(|(_, entries)| !entries.is_empty()) {
            if self.days[..day].contains(entries) {
                continue;
            }
            let days: Vec<&str> = CODES
                .iter()
                .zip(&self.days)
                .filter(|(_, own)| *own == entries)
                .map(|(code, _)| *code)
                .collect();
            let entries: Vec<String> = entries.iter().map(ToString::to_string).collect();
            parts.push(format!("{} {}", days.join(","), entries.join(",")));
        }
        if self.on_holidays {
            parts.push("holidays".to_owned());
        }
        f.write_str(&parts.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_lists_ranges_and_runs_of_kanji() {
        for (text, expected) in [
            ("mon-fri", &[0, 1, 2, 3, 4][..]),
            ("fri-mon", &[4, 5, 6, 0]),
            ("mon,wed", &[0, 2]),
            ("Monday", &[0]),
            ("月-水", &[0, 1, 2]),
            ("月火木金", &[0, 1, 3, 4]),
            ("土曜日", &[5]),
            ("毎日", &[0, 1, 2, 3, 4, 5, 6]),
        ] {
            assert_eq!(weekdays(&plain(text)).unwrap(), expected, "{text}");
        }
        for bad in ["", "mo", "mon-", "月x", "祝", "funday", "monkey"] {
            assert!(weekdays(bad).is_err(), "{bad}");
        }
    }
}
