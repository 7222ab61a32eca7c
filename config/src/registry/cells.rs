//! The cells of one row, read as checked values.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use jiff::civil::Date;
use kasasagi_routing::contact::MailAddress;
use kasasagi_routing::registry::{Certificate, Provenance};

use super::certificate;
use super::sheet::Entry;
use crate::Error;

/// Where a row stands: the name of its file, and the certificates its folder holds by path.
pub(super) struct Place<'r> {
    pub(super) file: &'r str,
    pub(super) certificates: &'r BTreeMap<String, Vec<u8>>,
}

/// One row while it is being understood; every cell that cannot be adds a fault.
pub(super) struct Cells<'r> {
    place: &'r Place<'r>,
    entry: &'r Entry,
    faults: &'r mut Vec<Error>,
}

impl<'r> Cells<'r> {
    pub(super) fn new(place: &'r Place<'r>, entry: &'r Entry, faults: &'r mut Vec<Error>) -> Self {
        Self { place, entry, faults }
    }

    pub(super) fn fault(&mut self, column: &str, what: impl Display) {
        self.faults.push(Error::Value {
            file: self.place.file.to_owned(),
            key: format!("line {}, column {column}", self.entry.line),
            what: what.to_string(),
        });
    }

    /// The cell as written; empty if the table has no such column.
    pub(super) fn text(&self, column: &str) -> String {
        self.entry.cell(column).to_owned()
    }

    pub(super) fn required<T: FromStr<Err: Display>>(&mut self, column: &str) -> Option<T> {
        if self.entry.cell(column).is_empty() {
            self.fault(column, "is empty");
        }
        self.optional(column)
    }

    pub(super) fn optional<T: FromStr<Err: Display>>(&mut self, column: &str) -> Option<T> {
        self.one(column, self.entry.cell(column))
    }

    pub(super) fn list<T: FromStr<Err: Display>>(&mut self, column: &str) -> Vec<T> {
        let entries: Vec<&str> =
            self.entry.cell(column).split([';', '；']).map(str::trim).filter(|e| !e.is_empty()).collect();
        entries.into_iter().filter_map(|entry| self.one(column, entry)).collect()
    }

    fn one<T: FromStr<Err: Display>>(&mut self, column: &str, text: &str) -> Option<T> {
        if text.is_empty() {
            return None;
        }
        text.parse().map_err(|error| self.fault(column, error)).ok()
    }

    pub(super) fn date(&mut self, column: &str) -> Option<Date> {
        self.optional::<Day>(column).map(|day| day.0)
    }

    pub(super) fn required_date(&mut self, column: &str) -> Option<Date> {
        self.required::<Day>(column).map(|day| day.0)
    }

    pub(super) fn minutes(&mut self, column: &str) -> Option<u32> {
        self.optional::<Minutes>(column).map(|minutes| minutes.0)
    }

    /// Yes or no; an empty cell is no.
    pub(super) fn yes(&mut self, column: &str) -> bool {
        self.optional::<Yes>(column).is_some_and(|yes| yes.0)
    }

    /// The certificate that `smime_cert` names, checked against the address it is for.
    pub(super) fn certificate(&mut self, email: Option<&MailAddress>) -> Option<Certificate> {
        let reference = self.text("smime_cert");
        let last_day = self.date("smime_not_after");
        if reference.is_empty() {
            return None;
        }
        match certificate::read(&reference, self.place.certificates, email) {
            Ok(found) => {
                if last_day.is_some_and(|day| !certificate::ends_on(&found, day)) {
                    self.fault("smime_not_after", "is not the last day of the certificate in smime_cert");
                }
                Some(found)
            }
            Err(fault) => {
                self.fault("smime_cert", fault);
                None
            }
        }
    }

    pub(super) fn provenance(&mut self) -> Provenance {
        Provenance {
            valid_from: self.date("valid_from"),
            valid_to: self.date("valid_to"),
            updated_by: self.text("updated_by"),
            approved_by: self.text("approved_by"),
            note: self.text("note"),
        }
    }
}

struct Day(Date);

impl FromStr for Day {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.split(['-', '/']).collect();
        let [year, month, day] = parts[..] else { return Err("no date such as 1938-05-03") };
        let date = || Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok();
        date().filter(|d| (1868..=2200).contains(&d.year())).map(Self).ok_or("no date such as 1938-05-03")
    }
}

struct Minutes(u32);

impl FromStr for Minutes {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let minutes = text.parse().ok().filter(|m| (1..=14 * 24 * 60).contains(m));
        minutes.map(Self).ok_or("no number of minutes from 1 to 20160 (14 days)")
    }
}

struct Yes(bool);

impl FromStr for Yes {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "yes" | "true" | "1" | "はい" | "可" | "有" => Ok(Self(true)),
            "no" | "false" | "0" | "いいえ" | "不可" | "無" => Ok(Self(false)),
            _ => Err("must be yes or no"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_iso_and_as_excel_writes_them() {
        for (text, expected) in [
            ("1938-05-03", Some((1938, 5, 3))),
            ("1938/5/3", Some((1938, 5, 3))),
            ("1939-02-29", None),
            ("0038-05-03", None),
            ("1938-05", None),
            ("S13.5.3", None),
        ] {
            let day = text.parse::<Day>().ok().map(|d| (d.0.year(), d.0.month(), d.0.day()));
            assert_eq!(day, expected, "{text}");
        }
    }
}
