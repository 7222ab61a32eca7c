//! Comb cells: one character each, cut out without the ruling.

use image::{GrayImage, Luma};

use super::ruling::{self, Rule};
use super::strokes::{Stroke, strokes};
use crate::align::Placement;
use crate::clean::Square;
use crate::form::{Field, Rect};

/// The comb cells of a field, left to right: `None` when nothing is written in a cell.
///
/// All images of a field have the size of the cell and 0.8 mm around it. A stroke belongs whole to the cell that
/// holds most of it, even where it leaves the cell; only strokes that run through several cells are cut at the ticks.
pub fn cells(page: &Square, placement: &Placement, field: &Field, px_per_mm: f64) -> Vec<Option<GrayImage>> {
    let Some(bounds) = bounds(&field.cells) else { return Vec::new() };
    let origin = (bounds.x - SPILL, bounds.y - SPILL);
    let zone = Rect { x: origin.0, y: origin.1, w: bounds.w + 2.0 * SPILL, h: bounds.h + 2.0 * SPILL };
    let mut strip = placement.rectify(page, zone, px_per_mm);
    ruling::erase(&mut strip, &rules(&field.cells, origin), px_per_mm);
    let shares = share_out(&strip, &field.cells, origin, px_per_mm);
    let square_mm = px_per_mm * px_per_mm;
    let cut = |(cell, pixels): (&Rect, Vec<(u32, u32)>)| {
        let written = pixels.len() as f64 >= WRITTEN * square_mm;
        written.then(|| cut_out(&strip, &pixels, cell, origin, px_per_mm))
    };
    field.cells.iter().zip(shares).map(cut).collect()
}

/// Paper (mm) around the comb that strokes may reach into.
const SPILL: f64 = 1.2;

/// Paper (mm) around the cell in its image.
const MARGIN: f64 = 0.8;

/// Ink (mm²) from which a cell is written in: a short dash has 0.6, specks together rarely 0.2.
const WRITTEN: f64 = 0.28;

/// Ink (mm²) of the smallest stroke kept: the dots of ﾞ have 0.1, crumbs of ruling and specks less.
const SMALLEST: f64 = 0.07;

/// Share of a stroke that must lie in one cell to belong to it whole.
const MOSTLY: f64 = 0.7;

fn bounds(cells: &[Rect]) -> Option<Rect> {
    cells.iter().copied().reduce(|a, b| {
        let (x, y) = (a.x.min(b.x), a.y.min(b.y));
        Rect { x, y, w: (a.x + a.w).max(b.x + b.w) - x, h: (a.y + a.h).max(b.y + b.h) - y }
    })
}

/// Floor and both ticks of every cell; a tick between two cells once.
fn rules(cells: &[Rect], origin: (f64, f64)) -> Vec<Rule> {
    let mut rules = Vec::new();
    let mut last: Option<(f64, f64)> = None;
    for cell in cells {
        let (left, top) = (cell.x - origin.0, cell.y - origin.1);
        let (right, bottom) = (left + cell.w, top + cell.h);
        rules.push(Rule::Across { y: bottom, from: left, to: right });
        if last.is_none_or(|(x, y)| (x - left).abs() > 0.3 || (y - top).abs() > 0.3) {
            rules.push(Rule::Down { x: left, from: top, to: bottom });
        }
        rules.push(Rule::Down { x: right, from: top, to: bottom });
        last = Some((right, top));
    }
    rules
}

/// The pixels written in each cell.
fn share_out(strip: &GrayImage, cells: &[Rect], origin: (f64, f64), px_per_mm: f64) -> Vec<Vec<(u32, u32)>> {
    let mut shares = vec![Vec::new(); cells.len()];
    let owner = |(x, y): (u32, u32)| {
        let (x, y) = (origin.0 + (f64::from(x) + 0.5) / px_per_mm, origin.1 + (f64::from(y) + 0.5) / px_per_mm);
        let within = |c: &Rect| x >= c.x && x < c.x + c.w && y >= c.y - SPILL && y < c.y + c.h + SPILL / 2.0;
        cells.iter().position(within)
    };
    let widest = cells.iter().map(|c| c.w).fold(0.0, f64::max) * px_per_mm;
    for stroke in strokes(strip) {
        let area = f64::from(stroke.area());
        if area < SMALLEST * px_per_mm * px_per_mm {
            continue;
        }
        let owners: Vec<Option<usize>> = stroke.pixels().map(owner).collect();
        let Some((home, inside)) = most(&owners) else { continue };
        if inside >= MOSTLY * area || f64::from(stroke.width()) < 1.2 * widest {
            if inside >= 0.5 * area && touches(&stroke, &cells[home], origin, px_per_mm) {
                shares[home].extend(stroke.pixels());
            }
        } else {
            for (pixel, owner) in stroke.pixels().zip(owners) {
                if let Some(cell) = owner {
                    shares[cell].push(pixel);
                }
            }
        }
    }
    shares
}

/// Whether a stroke reaches into the cell itself, not only the paper above or below it (printed 年月日).
fn touches(stroke: &Stroke, cell: &Rect, origin: (f64, f64), px_per_mm: f64) -> bool {
    let (top, bottom) = ((cell.y - origin.1) * px_per_mm, (cell.y + cell.h - origin.1) * px_per_mm);
    stroke.runs.iter().any(|r| f64::from(r.row) >= top && f64::from(r.row) < bottom)
}

/// The cell with most of the pixels, and how many.
fn most(owners: &[Option<usize>]) -> Option<(usize, f64)> {
    let mut counts = std::collections::BTreeMap::new();
    for cell in owners.iter().flatten() {
        *counts.entry(*cell).or_insert(0u32) += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(cell, count)| (cell, f64::from(count)))
}

fn cut_out(strip: &GrayImage, pixels: &[(u32, u32)], cell: &Rect, origin: (f64, f64), px_per_mm: f64) -> GrayImage {
    let px = |mm: f64| (mm * px_per_mm).round() as i64;
    let (left, top) = (px(cell.x - origin.0 - MARGIN), px(cell.y - origin.1 - MARGIN));
    let (w, h) = (px(cell.w + 2.0 * MARGIN).max(1) as u32, px(cell.h + 2.0 * MARGIN).max(1) as u32);
    let mut image = GrayImage::from_pixel(w, h, Luma([255]));
    for &(x, y) in pixels {
        let (u, v) = (i64::from(x) - left, i64::from(y) - top);
        if u >= 0 && v >= 0 && u < i64::from(w) && v < i64::from(h) {
            image.put_pixel(u as u32, v as u32, *strip.get_pixel(x, y));
        }
    }
    image
}
