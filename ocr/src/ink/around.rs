//! What a pen drew around a box and the label to its right: circles, and lines through them.

use image::GrayImage;

use super::strokes::remove_specks;
use crate::align::Placement;
use crate::blank::{OPTION_GAP, OPTION_SIZE};
use crate::clean::{INK_BELOW, Square};
use crate::form::{CheckBox, Rect};

/// Ink around a box and its label, where nothing is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Around {
    /// How far ink closes the sides of the label that no print touches, 0 to 1.
    pub(super) label_ring: f32,
    /// Whether a line runs through the label and out on its far side.
    pub(super) struck: bool,
    /// Whether ink leads from the box to the label.
    pub(super) bridged: bool,
}

/// Looks around a box; `next` is the left edge (mm) of what is printed to the right of its label, if anything.
pub(super) fn look(
    page: &Square,
    placement: &Placement,
    check: &CheckBox,
    next: Option<f64>,
    (dx, dy): (f64, f64),
) -> Around {
    let rect = Rect { x: check.rect.x + dx, y: check.rect.y + dy, ..check.rect };
    let label = label(&rect, &check.option);
    let free = next.map_or(SIDE, |next| (next + dx - label.right() - BEFORE_NEXT).clamp(0.0, SIDE));
    let picture = Picture::of(page, placement, &rect, label.right() + SIDE);
    let middle = (label.y + label.h / 2.0, label.h / 2.0);
    let gap = picture.columns((rect.right() + CLEAR, label.x), (middle.0 - GAP_UP, middle.0 + GAP_UP));
    let beyond = (label.right() + BEYOND.0, label.right() + BEYOND.1);
    let out = beyond.1 <= label.right() + free
        && picture.columns(beyond, (middle.0 - THROUGH, middle.0 + THROUGH)) >= LINE;
    Around { label_ring: picture.ring(&label, free), struck: out && gap >= LINE, bridged: gap >= LINE }
}

/// Where an option is printed: characters are square, ASCII ones half as wide.
fn label(rect: &Rect, option: &str) -> Rect {
    let ems: f64 = option.chars().map(|c| if c.is_ascii() { 0.5 } else { 1.0 }).sum();
    let middle = rect.y + rect.h / 2.0;
    Rect { x: rect.right() + OPTION_GAP, y: middle - OPTION_SIZE / 2.0, w: ems * OPTION_SIZE, h: OPTION_SIZE }
}

/// Pixels per millimetre.
const FINE: f64 = 8.0;

/// Area (mm²) of specks left out.
const SPECK: f64 = 0.07;

/// Paper (mm) above and below the middle of a box in which no other row is printed.
const ROW: f64 = 3.8;

/// Paper (mm) looked at to the right of a label, and kept free before the next box.
const SIDE: f64 = 2.2;
const BEFORE_NEXT: f64 = 0.25;

/// Paper (mm) left out beside a frame.
const CLEAR: f64 = 0.2;

/// Half the height (mm) of the gap between box and label in which a line leads from one to the other.
const GAP_UP: f64 = 1.7;

/// Where (mm right of the label) a line through it comes out, and how far from the middle.
const BEYOND: (f64, f64) = (0.25, 0.6);
const THROUGH: f64 = 1.5;

/// Share of columns with ink that is a line.
const LINE: f64 = 0.75;

struct Picture {
    image: GrayImage,
    origin: (f64, f64),
}

impl Picture {
    fn of(page: &Square, placement: &Placement, rect: &Rect, right: f64) -> Self {
        let middle = rect.y + rect.h / 2.0;
        let zone = Rect { x: rect.x, y: middle - ROW, w: right - rect.x, h: 2.0 * ROW };
        let mut image = placement.rectify(page, zone, FINE);
        remove_specks(&mut image, SPECK * FINE * FINE);
        Self { image, origin: (zone.x, zone.y) }
    }

    fn ink(&self, x: i64, y: i64) -> bool {
        let pixel = u32::try_from(x).ok().zip(u32::try_from(y).ok());
        pixel.and_then(|(x, y)| self.image.get_pixel_checked(x, y)).is_some_and(|p| p.0[0] < INK_BELOW)
    }

    fn pixels(&self, (from, to): (f64, f64), start: f64) -> std::ops::Range<i64> {
        let px = |mm: f64| ((mm - start) * FINE).round() as i64;
        px(from)..px(to)
    }

    /// Share of the columns in a range (mm) that have ink between two heights.
    fn columns(&self, xs: (f64, f64), ys: (f64, f64)) -> f64 {
        let (xs, ys) = (self.pixels(xs, self.origin.0), self.pixels(ys, self.origin.1));
        let inked = xs.clone().filter(|&x| ys.clone().any(|y| self.ink(x, y))).count();
        inked as f64 / xs.count().max(1) as f64
    }

    fn rows(&self, xs: (f64, f64), ys: (f64, f64)) -> f64 {
        let (xs, ys) = (self.pixels(xs, self.origin.0), self.pixels(ys, self.origin.1));
        let inked = ys.clone().filter(|&y| xs.clone().any(|x| self.ink(x, y))).count();
        inked as f64 / ys.count().max(1) as f64
    }

    /// The least closed of the three sides of a label that no print touches.
    fn ring(&self, label: &Rect, free: f64) -> f32 {
        let middle = label.y + label.h / 2.0;
        // A ring is nearer to the label's corners than to its middle.
        let inner = (label.x + label.w * 0.2, label.right() - label.w * 0.2);
        let above = self.columns(inner, (middle - ROW, label.y - CLEAR));
        let below = self.columns(inner, (label.bottom() + CLEAR, middle + ROW));
        let beside = if free > BEYOND.1 {
            self.rows((label.right() + CLEAR, label.right() + free), (middle - 0.8, middle + 0.8))
        } else {
            1.0
        };
        above.min(below).min(beside) as f32
    }
}
