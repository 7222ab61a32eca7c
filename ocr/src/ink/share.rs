//! Which ink belongs to which cell, also where digits run into their neighbours.

use std::collections::BTreeMap;

use image::GrayImage;

use super::seam::seam;
use super::strokes::{Stroke, strokes};
use crate::form::Rect;

/// Paper (mm) around the comb that strokes may reach into.
pub(super) const SPILL: f64 = 1.2;

/// A pixel, column and row.
pub(super) type Pixel = (u32, u32);

/// The pixels written in each cell. The strip's top left corner lies at `origin` (mm).
pub(super) fn share_out(
    strip: &GrayImage,
    cells: &[Rect],
    origin: (f64, f64),
    px_per_mm: f64,
) -> Vec<Vec<Pixel>> {
    let mut shares = vec![Vec::new(); cells.len()];
    let row = Row { cells, origin, px_per_mm };
    for stroke in strokes(strip) {
        if f64::from(stroke.area()) < SMALLEST * px_per_mm * px_per_mm {
            continue;
        }
        let Some(home) = row.home(&stroke) else { continue };
        if row.within(&stroke, home) < MOSTLY || row.is_crumb(&stroke, home) {
            continue;
        }
        for (cell, pixels) in row.parted(strip, &stroke, home) {
            shares[cell].extend(pixels);
        }
    }
    shares
}

/// Ink (mm²) of the smallest stroke kept: the dots of ﾞ have 0.1, crumbs of ruling and specks less.
const SMALLEST: f64 = 0.07;

/// Share of a stroke that must lie between top and floor to count at all.
const MOSTLY: f64 = 0.6;

/// Ink (mm²) in the middle half of a cell by which a stroke from the next cell is writing in this one too,
/// not a flourish that ends there.
const BODY: f64 = 0.45;

/// How far (mm) from the floor, and how high, the crumbs are that a floor leaves at 98 lines per inch.
const CRUMB: f64 = 0.8;

/// How far (mm) from the tick digits that run into each other may be parted.
const LEEWAY: f64 = 1.2;

/// The cells on the strip.
struct Row<'a> {
    cells: &'a [Rect],
    origin: (f64, f64),
    px_per_mm: f64,
}

impl Row<'_> {
    fn column(&self, x: f64) -> f64 {
        (x - self.origin.0) * self.px_per_mm
    }

    fn line(&self, y: f64) -> f64 {
        (y - self.origin.1) * self.px_per_mm
    }

    /// The cell with most of the pixels.
    fn home(&self, stroke: &Stroke) -> Option<usize> {
        let mut counts = BTreeMap::new();
        for (x, y) in stroke.pixels() {
            let (x, y) = (f64::from(x) + 0.5, f64::from(y) + 0.5);
            let holds = |c: &Rect| {
                let rows = self.line(c.y - SPILL)..self.line(c.y + c.h + SPILL / 2.0);
                rows.contains(&y) && (self.column(c.x)..self.column(c.x + c.w)).contains(&x)
            };
            if let Some(cell) = self.cells.iter().position(holds) {
                *counts.entry(cell).or_insert(0u32) += 1;
            }
        }
        counts.into_iter().max_by_key(|&(_, count)| count).map(|(cell, _)| cell)
    }

    /// Share of a stroke between top and floor of a cell; printed rules and units above and below have little there.
    fn within(&self, stroke: &Stroke, cell: usize) -> f64 {
        let cell = &self.cells[cell];
        let rows = self.line(cell.y)..self.line(cell.y + cell.h);
        let inside = stroke.pixels().filter(|&(_, y)| rows.contains(&f64::from(y))).count();
        inside as f64 / f64::from(stroke.area().max(1))
    }

    /// Whether a stroke is no more than a piece of the floor.
    fn is_crumb(&self, stroke: &Stroke, cell: usize) -> bool {
        let floor = self.line(self.cells[cell].y + self.cells[cell].h);
        let reach = CRUMB * self.px_per_mm;
        stroke.runs.iter().all(|run| (f64::from(run.row) + 0.5 - floor).abs() <= reach)
    }

    /// The stroke whole for its home, or parted along seams where it is writing in other cells too.
    fn parted(&self, strip: &GrayImage, stroke: &Stroke, home: usize) -> BTreeMap<usize, Vec<Pixel>> {
        let written: Vec<usize> =
            (0..self.cells.len()).filter(|&c| c == home || self.has_body(stroke, c)).collect();
        let (top, bottom) = (stroke.runs[0].row, stroke.runs[stroke.runs.len() - 1].row);
        let seams: Vec<Vec<u32>> = written
            .windows(2)
            .map(|pair| {
                let (left, right) = (&self.cells[pair[0]], &self.cells[pair[1]]);
                let middle = self.column((left.x + left.w + right.x) / 2.0);
                seam(strip, middle, LEEWAY * self.px_per_mm, top..=bottom)
            })
            .collect();
        let mut parts: BTreeMap<usize, Vec<Pixel>> = BTreeMap::new();
        for (x, y) in stroke.pixels() {
            let passed = seams.iter().filter(|seam| seam[(y - top) as usize] <= x).count();
            parts.entry(written[passed]).or_default().push((x, y));
        }
        parts
    }

    fn has_body(&self, stroke: &Stroke, cell: usize) -> bool {
        let cell = &self.cells[cell];
        let middle = self.column(cell.x + 0.25 * cell.w)..self.column(cell.x + 0.75 * cell.w);
        let rows = self.line(cell.y - SPILL)..self.line(cell.y + cell.h + SPILL);
        let inked = |&(x, y): &Pixel| middle.contains(&(f64::from(x) + 0.5)) && rows.contains(&f64::from(y));
        stroke.pixels().filter(inked).count() as f64 >= BODY * self.px_per_mm * self.px_per_mm
    }
}
