//! What a person put on a form: marks in boxes, strokes in cells, ink in text zones, without the printed ruling.

mod around;
mod boxes;
mod cells;
mod choice;
mod ruling;
mod seam;
mod share;
mod streaks;
mod strokes;

pub use boxes::{Mark, Verdict, boxes};
pub(crate) use boxes::{frame_beside, frames_seen};
pub use cells::cells;
pub use choice::{ChoiceAnswer, choice};
use image::GrayImage;
use ruling::Rule;

use crate::align::Placement;
use crate::clean::{INK_BELOW, Square};
use crate::form::{Field, Kind, Rect};

/// Whether a page carries no writing: a header line at the top, shadows at the sides and specks do not count.
pub fn is_blank(page: &Square) -> bool {
    let mm = page.px_per_mm();
    let side = mm.round().max(1.0) as usize;
    let width = page.pixels.width() as usize;
    let rim = (RIM * mm) as usize;
    let columns = rim.min(width / 4)..width - rim.min(width / 4);
    let first = ((HEADER * mm) as usize).min(page.pixels.height() as usize / 4);
    let mut inked = 0;
    let mut counts = vec![0usize; width / side + 1];
    for rows in page.pixels.as_raw()[first * width..].chunks_exact(width * side) {
        counts.fill(0);
        for row in rows.chunks_exact(width) {
            for (square, pixels) in row[columns.clone()].chunks(side).enumerate() {
                counts[square] += pixels.iter().filter(|&&p| p < INK_BELOW).count();
            }
        }
        inked += counts.iter().filter(|&&c| c * 5 >= side * side).count();
    }
    inked < WRITING
}

/// A text zone cut out with half a millimetre around it, the ruling at its edges removed, ready for an engine.
pub fn line(page: &Square, placement: &Placement, zone: Rect, px_per_mm: f64) -> GrayImage {
    writing(page, placement, zone, 1, px_per_mm)
}

/// A text zone of several lines, one image per line from the top, cut where the least ink is.
pub fn lines(page: &Square, placement: &Placement, zone: Rect, count: u8, px_per_mm: f64) -> Vec<GrayImage> {
    let image = writing(page, placement, zone, count.max(1), px_per_mm);
    let (w, h) = image.dimensions();
    let pitch = f64::from(h) / f64::from(count.max(1));
    let ink = |y: u32| {
        image.as_raw()[(y * w) as usize..((y + 1) * w) as usize].iter().map(|&p| u64::from(255 - p)).sum()
    };
    let cut = |k: u8| {
        let wished = pitch * f64::from(k);
        let (from, to) = ((wished - pitch / 4.0) as u32, ((wished + pitch / 4.0) as u32).min(h - 1));
        let cost = |y: &u32| -> (u64, u64) { (ink(*y), (f64::from(*y) - wished).abs() as u64) };
        (from..=to).min_by_key(cost).unwrap_or(wished as u32)
    };
    let mut edges = vec![0];
    edges.extend((1..count.max(1)).map(cut));
    edges.push(h);
    edges
        .windows(2)
        .map(|e| image::imageops::crop_imm(&image, 0, e[0], w, e[1].saturating_sub(e[0]).max(1)).to_image())
        .collect()
}

/// A text zone without its edges and the floors of its lines.
fn writing(page: &Square, placement: &Placement, zone: Rect, count: u8, px_per_mm: f64) -> GrayImage {
    let mut image = placement.rectify(page, zone.grown(MARGIN), px_per_mm);
    let (left, top, right, height) = (MARGIN, MARGIN, MARGIN + zone.w, zone.h / f64::from(count));
    let mut rules = vec![Rule::Across { y: top, from: left, to: right }];
    for floor in (1..=count).map(|n| top + height * f64::from(n)) {
        rules.push(Rule::Across { y: floor, from: left, to: right });
        rules.extend([left, right].map(|x| Rule::Down { x, from: floor - height, to: floor }));
    }
    ruling::erase(&mut image, &rules, px_per_mm);
    let px = |mm: f64| (mm.max(0.0) * px_per_mm).round() as u32;
    for floor in (0..=count).map(|n| top + height * f64::from(n)) {
        strokes::remove_within(&mut image, px(floor - CRUMB)..px(floor + CRUMB));
    }
    strokes::remove_specks(&mut image, SPECK * px_per_mm * px_per_mm);
    image
}

/// Share of a field's zone that a person inked, 0 to 1, without printed boxes, cells and edges.
///
/// For fields of boxes it is the fullest box, for cells the average over all cells.
pub fn zone_ink(page: &Square, placement: &Placement, field: &Field) -> f32 {
    let share = |image: &GrayImage| {
        let dark = image.as_raw().iter().filter(|&&p| p < INK_BELOW).count();
        dark as f32 / image.as_raw().len().max(1) as f32
    };
    let boxes = boxes(page, placement, field).iter().map(|m| m.ratio).fold(0.0, f32::max);
    if !field.cells.is_empty() {
        let cells = cells(page, placement, field, COARSE);
        let sum: f32 = cells.iter().flatten().map(share).sum();
        boxes.max(sum / cells.len().max(1) as f32)
    } else if field.boxes.is_empty() {
        let Kind::Text { lines, .. } = field.kind else {
            return share(&line(page, placement, field.zone, COARSE));
        };
        share(&writing(page, placement, field.zone, lines.max(1), COARSE))
    } else {
        boxes
    }
}

/// Height (mm) in which a fax header line is stamped; forms keep it free.
const HEADER: f64 = 12.0;

/// Width (mm) at the sides where scanners leave shadows.
const RIM: f64 = 4.0;

/// Square millimetres with a stroke in them that make a page more than blank: a short word has twenty.
const WRITING: usize = 12;

/// Room (mm) cut out around a text zone.
const MARGIN: f64 = 0.5;

/// How far (mm) from a ruling the crumbs lie that a thin, slanting one leaves at 98 lines per inch.
const CRUMB: f64 = 0.7;

/// Area (mm²) of a speck; the dot of ﾞ has 0.1.
const SPECK: f64 = 0.06;

/// Pixels per millimetre where only the amount of ink matters.
const COARSE: f64 = 8.0;

#[cfg(test)]
mod tests {
    use image::Luma;

    use super::*;

    fn page(ink: impl Fn(u32, u32) -> bool) -> Square {
        Square {
            pixels: GrayImage::from_fn(800, 1200, |x, y| Luma([if ink(x, y) { 0 } else { 255 }])),
            dpi: 203.2,
        }
    }

    #[test]
    fn a_header_line_and_specks_leave_a_page_blank() {
        let header = |x: u32, y: u32| (20..36).contains(&y) && x % 8 < 4;
        let specks = |x: u32, y: u32| (x * 31 + y * 17).is_multiple_of(211);
        let shadow = |x: u32| x > 790;
        assert!(is_blank(&page(|x, y| header(x, y) || specks(x, y) || shadow(x))));
    }

    #[test]
    fn a_short_word_is_no_blank_page() {
        assert!(!is_blank(&page(|x, y| (400..440).contains(&x)
            && (600..640).contains(&y)
            && (x / 4) % 3 == 0)));
    }
}
