//! A field as geometry alone sees it, before any engine reads.

use image::GrayImage;

use super::Observed;
use crate::align::Placement;
use crate::clean::Square;
use crate::consensus::{self, BoxMark, Judge};
use crate::engine::{Alphabet, LineText};
use crate::form::{Field, Kind};
use crate::ink::{self, Verdict};

/// Pixels per millimetre of the lines that engines read: a 7 mm zone is 56 pixels high.
const LINE_PX_PER_MM: f64 = 8.0;

/// Ink (mm²) below which a text zone is empty: a single small kana has about 1.
const WRITTEN_MM2: f64 = 0.5;

/// A field with its marks, the pictures of what is written in it, and what engines have read so far.
pub(super) struct Looked<'a> {
    pub(super) field: &'a Field,
    pub(super) boxes: Vec<BoxMark>,
    /// Comb cells; `None` for an empty one.
    pub(super) cells: Vec<Option<GrayImage>>,
    /// The lines of the zone, or the cells in one line; none for an empty field.
    pub(super) lines: Vec<GrayImage>,
    pub(super) texts: Vec<(&'static str, LineText)>,
}

impl<'a> Looked<'a> {
    pub(super) fn at(square: &Square, placement: &Placement, field: &'a Field) -> Self {
        let boxes = ink::boxes(square, placement, field).iter().map(box_mark).collect();
        let mut looked = Self { field, boxes, cells: Vec::new(), lines: Vec::new(), texts: Vec::new() };
        if !field.cells.is_empty() {
            looked.cells = ink::cells(square, placement, field, LINE_PX_PER_MM);
            if looked.cells.iter().any(Option::is_some) {
                looked.lines.push(consensus::compose(&looked.cells));
            }
        } else if let Kind::Text { lines, .. } = field.kind {
            let written = f64::from(ink::zone_ink(square, placement, field)) * field.zone.w * field.zone.h;
            if written >= WRITTEN_MM2 {
                looked.lines = ink::lines(square, placement, field.zone, lines, LINE_PX_PER_MM);
            }
        }
        looked
    }

    /// Which comb cells are written in.
    pub(super) fn inked(&self) -> Vec<bool> {
        self.cells.iter().map(Option::is_some).collect()
    }

    /// How many comb cells are written in; `None` for a field without any.
    pub(super) fn inked_cells(&self) -> Option<usize> {
        (!self.cells.is_empty()).then(|| self.cells.iter().flatten().count())
    }

    pub(super) fn observed(mut self, judge: &Judge<'_>) -> Observed {
        let mut decisions = Vec::new();
        for reading in std::mem::take(&mut self.texts) {
            self.texts.push(reading);
            decisions.push(super::settle(judge, &self));
        }
        Observed { key: self.field.key.clone(), decisions }
    }

    /// What its lines may hold.
    pub(super) fn alphabet(&self) -> Alphabet {
        match self.field.kind {
            Kind::Number { .. } | Kind::Code { .. } | Kind::Phone | Kind::Postal | Kind::Date { .. } => {
                Alphabet::Digits
            }
            Kind::Kana => Alphabet::Katakana,
            Kind::Choice | Kind::Choices | Kind::Check | Kind::Text { .. } => Alphabet::Any,
        }
    }
}

fn box_mark(mark: &ink::Mark) -> BoxMark {
    BoxMark {
        marked: mark.verdict == Verdict::Marked,
        unclear: mark.verdict == Verdict::Unclear,
        ratio: mark.ratio,
    }
}
