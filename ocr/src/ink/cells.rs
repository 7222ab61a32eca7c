//! Comb cells: one character each, cut out without the ruling.

use image::{GrayImage, Luma};

use super::ruling::{self, Rule};
use super::share::{SPILL, share_out};
use crate::align::Placement;
use crate::clean::Square;
use crate::form::{Field, Rect};

/// The comb cells of a field, left to right: `None` when nothing is written in a cell.
///
/// All images of a field have the size of the cell and 0.8 mm around it. A stroke belongs whole to the cell that
/// holds most of it, even where it leaves the cell; only strokes that are writing in several cells are parted, where
/// they are thinnest near the ticks.
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

/// Paper (mm) around the cell in its image.
const MARGIN: f64 = 0.8;

/// Ink (mm²) from which a cell is written in: a short dash has 0.6, specks together rarely 0.2.
const WRITTEN: f64 = 0.28;

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

fn cut_out(
    strip: &GrayImage,
    pixels: &[(u32, u32)],
    cell: &Rect,
    origin: (f64, f64),
    px_per_mm: f64,
) -> GrayImage {
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
