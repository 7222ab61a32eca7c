//! Check boxes: each is found by its printed frame, then judged inside and around.

use std::ops::Range;

use image::GrayImage;

use super::around::{self, Around};
use super::streaks;
use super::strokes::remove_specks;
use crate::align::Placement;
use crate::clean::{INK_BELOW, Square};
use crate::form::{CheckBox, Field, Form, Rect};

/// A check box as seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// Ink share inside the frame, 0 to 1.
    pub ratio: f32,
    /// How far ink closes a ring around the box or around its label, 0 to 1.
    pub ring: f32,
    /// What that means.
    pub verdict: Verdict,
}

/// What a box says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing in it.
    Empty,
    /// Ticked, crossed or filled.
    Marked,
    /// For a person: a faint trace, a circle around box or label, a line through both, ink along the frame, or no
    /// whole frame where one is printed.
    Unclear,
}

/// Judges the boxes of a field, in form order.
pub fn boxes(page: &Square, placement: &Placement, field: &Field) -> Vec<Mark> {
    let crops: Vec<Crop> = field.boxes.iter().map(|b| Crop::of(page, placement, &b.rect)).collect();
    let found: Vec<Frame> = crops.iter().map(Crop::register).collect();
    let common = median(found.iter().filter(|f| f.worth >= CLEAR_FRAME));
    let judged = crops.iter().zip(&found).zip(&field.boxes).map(|((crop, own), check)| {
        // A mark can pull one box aside; its neighbours know better.
        let astray = (own.dx - common.0).abs().max((own.dy - common.1).abs()) > ASTRAY;
        let at = if astray { common } else { (own.dx, own.dy) };
        let by = (f64::from(at.0) / FINE, f64::from(at.1) / FINE);
        crop.judge(at, &around::look(page, placement, check, next(field, check), by))
    });
    judged.collect()
}

/// Left edge (mm) of the box that follows in the same row.
fn next(field: &Field, check: &CheckBox) -> Option<f64> {
    let rects = field.boxes.iter().map(|b| b.rect);
    let after = rects.filter(|r| (r.y - check.rect.y).abs() < r.h && r.x > check.rect.x);
    after.map(|r| r.x).min_by(f64::total_cmp)
}

/// Share of a form's boxes and cells whose printed frame is seen; 1 for a form with neither.
pub(crate) fn frames_seen(page: &Square, placement: &Placement, form: &Form) -> f64 {
    let boxes = form
        .fields
        .iter()
        .flat_map(|f| &f.boxes)
        .map(|b| Crop::of(page, placement, &b.rect).register().dark >= SEEN);
    let cells = form.fields.iter().flat_map(|f| &f.cells).map(|cell| has_floor(page, placement, cell));
    let (mut seen, mut all) = (0u32, 0u32);
    for hit in boxes.chain(cells) {
        seen += u32::from(hit);
        all += 1;
    }
    if all == 0 { 1.0 } else { f64::from(seen) / f64::from(all) }
}

/// How well a frame is seen near `rect`, and how far right and down of it (mm); `None` when no frame is clear.
pub(crate) fn frame_beside(page: &Square, placement: &Placement, rect: &Rect) -> Option<(f64, (f64, f64))> {
    let frame = Crop::of(page, placement, rect).register();
    let by = (f64::from(frame.dx) / FINE, f64::from(frame.dy) / FINE);
    (frame.worth >= CLEAR_FRAME).then_some((frame.worth, by))
}

/// Pixels per millimetre at which boxes are looked at.
const FINE: f64 = 8.0;

/// Area (mm²) of specks left out: two pixels of a 204×98 fax.
const SPECK: f64 = 0.07;

/// Paper (mm) looked at around a box.
const AROUND: f64 = 2.5;

/// How far (pixels, 0.6 mm) a frame may lie from its place.
const REACH: i32 = 5;

/// Thickness (pixels, 0.25 mm) of the printed frame.
const FRAME: i32 = 2;

/// Frame darkness less what lies beside it, from which a frame can vouch for its neighbours.
const CLEAR_FRAME: f64 = 0.45;

/// Frame darkness from which a frame is there at all.
const SEEN: f64 = 0.5;

/// Pixels by which a box may differ from its neighbours.
const ASTRAY: i32 = 2;

/// How much (mm) the inside is shrunk from the outer edge; domain.md section 1.4: less lets the frame leak in.
const SHRINK: f64 = 0.8;

/// Lines (pixels) that a frame may reach into the shrunk inside.
const LEAK: i32 = 4;

/// Ink share from which a box is marked (domain.md section 1.4) and from which it is no longer empty.
const MARKED: f32 = 0.05;
const TRACE: f32 = 0.025;

/// Share of each side from which ink closes a ring, and ink share inside from which a box is filled all the same.
const RING: f32 = 0.7;
const FILLED: f32 = 0.45;

/// A ring is looked for from so far to so far outside the frame (mm); a box in the next row begins at 2 mm.
const RING_FROM: f64 = 0.25;
const RING_TO: f64 = 1.8;

/// Pixels at the corners of a box that a ring may cut.
const CORNER: i32 = 7;

/// Share of a side's length from which it is whole.
const WHOLE: f64 = 0.65;

/// How much (mm) the inside is shrunk to see ink along the frame, and the ink share that tells a mark there.
const NEAR_FRAME: f64 = 0.5;
const HUGGED: f32 = 0.08;

/// Frame position in pixels from where it was expected.
#[derive(Clone, Copy, Debug)]
struct Frame {
    dx: i32,
    dy: i32,
    worth: f64,
    dark: f64,
}

fn median<'a>(frames: impl Iterator<Item = &'a Frame>) -> (i32, i32) {
    let (mut xs, mut ys): (Vec<i32>, Vec<i32>) = frames.map(|f| (f.dx, f.dy)).unzip();
    let middle = |values: &mut Vec<i32>| {
        values.sort_unstable();
        values.get(values.len() / 2).copied().unwrap_or(0)
    };
    (middle(&mut xs), middle(&mut ys))
}

/// A box and the paper around it, upright, with darkness summed from the top left corner.
struct Crop {
    image: GrayImage,
    sums: Vec<u32>,
    side: (i32, i32),
}

impl Crop {
    fn of(page: &Square, placement: &Placement, rect: &Rect) -> Self {
        let zone = Rect {
            x: rect.x - AROUND,
            y: rect.y - AROUND,
            w: rect.w + 2.0 * AROUND,
            h: rect.h + 2.0 * AROUND,
        };
        let mut image = placement.rectify(page, zone, FINE);
        wipe_streaks(page, placement, rect, &zone, &mut image);
        remove_specks(&mut image, SPECK * FINE * FINE);
        let (w, h) = (image.width() as usize, image.height() as usize);
        let mut sums = vec![0u32; (w + 1) * (h + 1)];
        for (y, row) in image.as_raw().chunks_exact(w).enumerate() {
            let mut line = 0;
            for (x, &pixel) in row.iter().enumerate() {
                line += u32::from(255 - pixel);
                sums[(y + 1) * (w + 1) + x + 1] = sums[y * (w + 1) + x + 1] + line;
            }
        }
        let px = |mm: f64| (mm * FINE).round() as i32;
        Self { image, sums, side: (px(rect.w), px(rect.h)) }
    }

    /// Darkness summed over the box grown (or shrunk) by so many pixels, and its area.
    fn grown(&self, (dx, dy): (i32, i32), by: i32) -> (f64, f64) {
        let (w, h) = self.image.dimensions();
        let start = (AROUND * FINE).round() as i32;
        let at = |x: i32, y: i32| {
            let (x, y) = (x.clamp(0, w as i32) as usize, y.clamp(0, h as i32) as usize);
            f64::from(self.sums[y * (w as usize + 1) + x])
        };
        let (left, top) = (start + dx - by, start + dy - by);
        let (right, bottom) = (start + dx + self.side.0 + by, start + dy + self.side.1 + by);
        let dark = at(right, bottom) + at(left, top) - at(left, bottom) - at(right, top);
        (dark / 255.0, f64::from((right - left).max(0) * (bottom - top).max(0)))
    }

    /// Darkness of the band between two outlines around the box.
    fn band(&self, at: (i32, i32), outer: i32, inner: i32) -> f64 {
        let (a, b) = (self.grown(at, outer), self.grown(at, inner));
        (a.0 - b.0) / (a.1 - b.1).max(1.0)
    }

    /// The place where a dark frame with lighter paper outside and inside fits best.
    fn register(&self) -> Frame {
        let mut best = Frame { dx: 0, dy: 0, worth: f64::MIN, dark: 0.0 };
        for dy in -REACH..=REACH {
            for dx in -REACH..=REACH {
                let at = (dx, dy);
                let dark = self.band(at, 0, -FRAME);
                let beside =
                    0.5 * self.band(at, 2 * FRAME, 1) + 0.25 * self.band(at, -FRAME - 1, -2 * FRAME - 1);
                let worth = dark - beside - 0.005 * f64::from(dx.abs() + dy.abs());
                if worth > best.worth {
                    best = Frame { dx, dy, worth, dark };
                }
            }
        }
        best
    }

    fn judge(&self, at: (i32, i32), around: &Around) -> Mark {
        let ratio = self.inside(at, SHRINK);
        let ring = self.ring(at).max(around.label_ring);
        let hugged = around.bridged && self.inside(at, NEAR_FRAME) >= HUGGED;
        let doubtful = self.is_broken(at) || around.struck || ring >= RING && ratio < FILLED;
        let verdict = if doubtful {
            Verdict::Unclear
        } else if ratio >= MARKED {
            Verdict::Marked
        } else if ratio >= TRACE || hugged {
            Verdict::Unclear
        } else {
            Verdict::Empty
        };
        Mark { ratio, ring, verdict }
    }

    /// Whether the frame is not whole: the page is cut off there, or the form lies elsewhere. At 98 lines per inch
    /// thin lines along the rows may fade, but then the lines down the page are whole.
    fn is_broken(&self, (dx, dy): (i32, i32)) -> bool {
        let start = (AROUND * FINE).round() as i32;
        let (left, top) = (start + dx, start + dy);
        let (right, bottom) = (left + self.side.0, top + self.side.1);
        let near = |edge: i32| edge - FRAME..edge + FRAME;
        let row = |edge: i32| (left..right).filter(|&x| near(edge).any(|y| self.ink(x, y))).count();
        let column = |edge: i32| (top..bottom).filter(|&y| near(edge).any(|x| self.ink(x, y))).count();
        let part = |inked: usize, all: i32| (inked as f64) < WHOLE * f64::from(all);
        part(row(top).min(row(bottom)), self.side.0) && part(column(left).min(column(right)), self.side.1)
    }

    fn ink(&self, x: i32, y: i32) -> bool {
        let pixel = u32::try_from(x).ok().zip(u32::try_from(y).ok());
        pixel.and_then(|(x, y)| self.image.get_pixel_checked(x, y)).is_some_and(|p| p.0[0] < INK_BELOW)
    }

    /// Ink share inside the frame. Where a lost line has squeezed the box, one side of the frame lies farther in.
    fn inside(&self, (dx, dy): (i32, i32), shrink: f64) -> f32 {
        let start = ((AROUND + shrink) * FINE).round() as i32;
        let shrunk = 2 * (shrink * FINE).round() as i32;
        let (w, h) = ((self.side.0 - shrunk).max(1), (self.side.1 - shrunk).max(1));
        let (columns, rows) = (start + dx..start + dx + w, start + dy..start + dy + h);
        let row = |y: i32| columns.clone().filter(|&x| self.ink(x, y)).count() as f64 / f64::from(w);
        let rows = without_frame(rows.clone(), row);
        let column =
            |x: i32| rows.clone().filter(|&y| self.ink(x, y)).count() as f64 / rows.len().max(1) as f64;
        let columns = without_frame(columns.clone(), column);
        let dark =
            rows.clone().flat_map(|y| columns.clone().map(move |x| (x, y))).filter(|&(x, y)| self.ink(x, y));
        dark.count() as f32 / (rows.len() * columns.len()).max(1) as f32
    }

    /// The least closed of the sides of the box that no print touches: above, below and left of it.
    fn ring(&self, (dx, dy): (i32, i32)) -> f32 {
        let start = (AROUND * FINE).round() as i32;
        let (left, top) = (start + dx, start + dy);
        let (right, bottom) = (left + self.side.0, top + self.side.1);
        let straight = self.straight_rows();
        let ink = |x: i32, y: i32| self.ink(x, y) && !straight.get(y.max(0) as usize).is_some_and(|&s| s);
        let (out, near) = ((RING_TO * FINE) as i32, (RING_FROM * FINE) as i32);
        // A ring cuts the corners of a box.
        let (columns, rows) = (left + CORNER..right - CORNER, top + CORNER..bottom - CORNER);
        let across = |ys: Range<i32>| columns.clone().filter(|&x| ys.clone().any(|y| ink(x, y))).count();
        let above = across(top - out..top - near);
        let below = across(bottom + near..bottom + out);
        let beside = rows.clone().filter(|&y| (left - out..left - near).any(|x| ink(x, y))).count();
        let share = |met: usize, all: usize| met as f32 / all.max(1) as f32;
        let upright = share(above.min(below), columns.len());
        upright.min(share(beside, rows.len()))
    }

    /// Rows inked from side to side: printed ruling, never a hand-drawn ring.
    fn straight_rows(&self) -> Vec<bool> {
        let w = self.image.width() as usize;
        let full = |row: &[u8]| row.iter().filter(|&&p| p < INK_BELOW).count() * 20 >= w * 17;
        let rows: Vec<bool> = self.image.as_raw().chunks_exact(w).map(full).collect();
        (0..rows.len())
            .map(|y| rows[y.saturating_sub(1)..(y + 2).min(rows.len())].iter().any(|&r| r))
            .collect()
    }
}

/// Whitens what a dirty scanner drew through a box.
fn wipe_streaks(page: &Square, placement: &Placement, rect: &Rect, zone: &Rect, image: &mut GrayImage) {
    let corners =
        [(rect.x, rect.y), (rect.right(), rect.y), (rect.x, rect.bottom()), (rect.right(), rect.bottom())]
            .map(|(x, y)| placement.to_px(x, y));
    let span = |values: [f64; 4]| {
        let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(l, h), &v| (l.min(v), h.max(v)));
        low.floor() as i64..high.ceil() as i64
    };
    let streaks = streaks::columns(page, span(corners.map(|c| c.0)), span(corners.map(|c| c.1)));
    if streaks.is_empty() {
        return;
    }
    for (x, y, pixel) in image.enumerate_pixels_mut() {
        let at = |i: u32| (f64::from(i) + 0.5) / FINE;
        let (column, _) = placement.to_px(zone.x + at(x), zone.y + at(y));
        if streaks.iter().any(|&s| (column - s as f64 - 0.5).abs() < 1.5) {
            pixel.0[0] = 255;
        }
    }
}

/// Cuts up to [`LEAK`] lines off either end that are dark all along while the lines behind them are not.
fn without_frame(lines: Range<i32>, dark: impl Fn(i32) -> f64) -> Range<i32> {
    let leak = |from: i32, step: i32| {
        let framed = (0..LEAK).take_while(|k| dark(from + k * step) > 0.8).count() as i32;
        if framed < LEAK && dark(from + framed * step) < 0.5 { framed } else { 0 }
    };
    let (top, bottom) = (leak(lines.start, 1), leak(lines.end - 1, -1));
    lines.start + top..lines.end - bottom
}

/// Whether the printed line below a comb cell is there.
fn has_floor(page: &Square, placement: &Placement, cell: &Rect) -> bool {
    let zone = Rect { x: cell.x + 0.5, y: cell.y + cell.h - 0.9, w: cell.w - 1.0, h: 1.8 };
    let image = placement.rectify(page, zone, FINE);
    let w = image.width() as usize;
    image.as_raw().chunks_exact(w).any(|row| row.iter().filter(|&&p| p < 160).count() * 10 >= w * 8)
}
