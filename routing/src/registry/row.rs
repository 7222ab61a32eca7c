//! Where a row stands in its table, since when it holds, and who answers for it.

use std::fmt;

use jiff::civil::Date;

use crate::vocabulary::vocabulary;

vocabulary! {
    /// The tables of a registry.
    Table {
        Physicians = "physicians", "登録医", "physicians";
        Facilities = "facilities", "事業所", "offices";
        Patients = "patients", "患者", "patients";
        CareTeam = "care_team", "担当事業所", "offices caring for a patient";
    }
}

/// One row and its line in the file, counted from 1.
#[derive(Clone, Debug)]
pub struct Row<T> {
    /// Line of the file; the header is line 1.
    pub line: u64,
    /// What the row says.
    pub item: T,
}

/// What is wrong, or looks wrong, with a row. The text holds no personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The table.
    pub table: Table,
    /// Line of its file.
    pub line: u64,
    /// What is wrong and what would be right.
    pub what: String,
}

/// Since when and until when a row holds, and who answers for it.
#[derive(Clone, Default)]
pub struct Provenance {
    /// First day; open if `None`.
    pub valid_from: Option<Date>,
    /// Last day; open if `None`.
    pub valid_to: Option<Date>,
    /// Who wrote the row.
    pub updated_by: String,
    /// Who checked it; never the same person.
    pub approved_by: String,
    /// Remark for the office.
    pub note: String,
}

impl Provenance {
    /// Whether the row holds on this day.
    pub fn in_force(&self, on: Date) -> bool {
        self.valid_from.is_none_or(|from| from <= on) && self.valid_to.is_none_or(|to| on <= to)
    }

    /// Whether there can be a day on which both hold.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        let before = |a: &Self, b: &Self| matches!((a.valid_to, b.valid_from), (Some(end), Some(start)) if end < start);
        !before(self, other) && !before(other, self)
    }

    /// What contradicts itself, if anything does.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        if matches!((self.valid_from, self.valid_to), (Some(from), Some(to)) if to < from) {
            Some("valid_to is before valid_from")
        } else if !self.approved_by.is_empty() && self.approved_by == self.updated_by {
            Some("approved_by is updated_by: a second person must approve")
        } else {
            None
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} line {}: {}", self.table.code(), self.line, self.what)
    }
}

impl fmt::Debug for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provenance")
            .field("valid_from", &self.valid_from)
            .field("valid_to", &self.valid_to)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn span(from: Option<Date>, to: Option<Date>) -> Provenance {
        Provenance { valid_from: from, valid_to: to, ..Provenance::default() }
    }

    #[test]
    fn the_first_and_the_last_day_count() {
        let row = span(Some(date(2026, 4, 1)), Some(date(2027, 3, 31)));
        for (day, holds) in [
            (date(2026, 3, 31), false),
            (date(2026, 4, 1), true),
            (date(2027, 3, 31), true),
            (date(2027, 4, 1), false),
        ] {
            assert_eq!(row.in_force(day), holds, "{day}");
        }
        assert!(span(None, None).in_force(date(1999, 1, 1)));
    }

    #[test]
    fn spans_overlap_when_they_share_a_day() {
        let spring = span(Some(date(2026, 3, 1)), Some(date(2026, 5, 31)));
        assert!(spring.overlaps(&span(Some(date(2026, 5, 31)), None)));
        assert!(!spring.overlaps(&span(Some(date(2026, 6, 1)), None)));
        assert!(!spring.overlaps(&span(None, Some(date(2026, 2, 28)))));
        assert!(spring.overlaps(&span(None, None)));
    }
}
