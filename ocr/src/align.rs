//! Where a form lies on a page, and its zones brought upright.

mod plane;

use image::GrayImage;

pub use plane::{Plane, Point};

use crate::clean::Square;
use crate::form::Rect;

/// Millimetres on the form to pixels on the page: a plane map from the fiducials, and a shift down the page,
/// because fax lines get lost or doubled.
///
/// Pixel coordinates are continuous: pixel `i` covers `i..i + 1`.
#[derive(Clone, Debug)]
pub struct Placement {
    plane: Plane,
    /// Shift down in fixed-point pixels, per row of the page; empty for none.
    shift: Vec<i32>,
}

/// A shift down in pixels, measured at a height of the page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Knot {
    pub(crate) at: f64,
    pub(crate) shift: f64,
}

impl Placement {
    /// A placement without shifts.
    pub fn new(plane: Plane) -> Self {
        Self { plane, shift: Vec::new() }
    }

    /// Sets the shifts, interpolated between the knots and constant beyond them.
    pub(crate) fn with_shifts(mut self, mut knots: Vec<Knot>, page: &Square) -> Self {
        knots.sort_by(|a, b| a.at.total_cmp(&b.at));
        self.shift = (0..page.pixels.height())
            .map(|i| fixed(interpolate(&knots, f64::from(i) + 0.5)) as i32)
            .collect();
        self
    }

    /// The pixel of a point given in millimetres on the form.
    pub fn to_px(&self, x_mm: f64, y_mm: f64) -> Point {
        let (x, y) = self.plane.apply((x_mm, y_mm));
        (x, y + f64::from(self.shift_at(fixed(y)) as i32) / ONE)
    }

    /// A knot of the shifts at a point of the form (mm) that is seen displaced by so much (mm of the form).
    pub(crate) fn knot(&self, at: Point, by: Point) -> Knot {
        let (_, thought) = self.plane.apply(at);
        let (_, seen) = self.plane.apply((at.0 + by.0, at.1 + by.1));
        Knot { at: thought, shift: seen - thought }
    }

    /// The same shifts on another map.
    pub(crate) fn on(&self, plane: Plane) -> Self {
        Self { plane, shift: self.shift.clone() }
    }

    /// The map without the shifts.
    pub fn plane(&self) -> &Plane {
        &self.plane
    }

    /// Clockwise quarter turns of the form on the page, 0 to 3.
    pub fn quarter_turns(&self) -> u8 {
        ((self.angle_deg() / 90.0).round() as i64).rem_euclid(4) as u8
    }

    /// Whether the form lies on its side, so that lost fax lines run down the form.
    pub(crate) fn is_sideways(&self) -> bool {
        self.quarter_turns() % 2 == 1
    }

    /// Clockwise rotation beyond the quarter turns, in degrees.
    pub fn skew_deg(&self) -> f64 {
        let angle = self.angle_deg();
        angle - (angle / 90.0).round() * 90.0
    }

    /// Size on the page over size on the form, for a page of so many pixels per millimetre.
    pub fn scale(&self, px_per_mm: f64) -> f64 {
        let (right, down) = self.plane.steps((100.0, 100.0));
        (right.0 * down.1 - right.1 * down.0).abs().sqrt() / px_per_mm
    }

    /// A zone upright at the wished resolution: bilinear, white outside the page.
    pub fn rectify(&self, page: &Square, zone: Rect, px_per_mm: f64) -> GrayImage {
        let pixels = |mm: f64| ((mm * px_per_mm).round() as u32).clamp(1, MOST_SIDE);
        let (w, h) = (pixels(zone.w), pixels(zone.h));
        let mut out = GrayImage::new(w, h);
        for (j, row) in out.chunks_exact_mut(w as usize).enumerate() {
            let y = zone.y + (j as f64 + 0.5) / px_per_mm;
            for (k, part) in row.chunks_mut(SEGMENT).enumerate() {
                let x = |i: usize| zone.x + (i as f64 + 0.5) / px_per_mm;
                let (first, last) = (k * SEGMENT, k * SEGMENT + part.len());
                let (from, to) = (self.plane.apply((x(first), y)), self.plane.apply((x(last), y)));
                let step =
                    (fixed((to.0 - from.0) / part.len() as f64), fixed((to.1 - from.1) / part.len() as f64));
                let (mut u, mut v) = (fixed(from.0), fixed(from.1));
                for pixel in part {
                    *pixel = bilinear(&page.pixels, (u, v + self.shift_at(v)));
                    (u, v) = (u + step.0, v + step.1);
                }
            }
        }
        out
    }

    /// The whole form upright, `page_mm` wide and high.
    pub fn rectify_page(&self, page: &Square, page_mm: (f64, f64), px_per_mm: f64) -> GrayImage {
        self.rectify(page, Rect { x: 0.0, y: 0.0, w: page_mm.0, h: page_mm.1 }, px_per_mm)
    }

    /// Where a point that the plane map sends to a pixel would lie if no lines were lost or doubled.
    pub(crate) fn unshifted(&self, (x, y): Point) -> Point {
        (x, y - f64::from(self.shift_at(fixed(y)) as i32) / ONE)
    }

    /// The shift at a height of the page, both in fixed point.
    fn shift_at(&self, y: i64) -> i64 {
        let Some(last) = self.shift.len().checked_sub(1) else { return 0 };
        i64::from(self.shift[((y >> BITS).max(0) as usize).min(last)])
    }

    fn angle_deg(&self) -> f64 {
        let (right, _) = self.plane.steps((100.0, 100.0));
        right.1.atan2(right.0).to_degrees()
    }
}

/// Pixels over which a projective map is as good as straight.
const SEGMENT: usize = 32;

/// Longest side of a rectified zone: A3 at 600 dpi.
const MOST_SIDE: u32 = 10_000;

fn interpolate(knots: &[Knot], at: f64) -> f64 {
    let next = knots.partition_point(|k| k.at < at);
    match (next.checked_sub(1).and_then(|i| knots.get(i)), knots.get(next)) {
        (Some(a), Some(b)) => a.shift + (b.shift - a.shift) * (at - a.at) / (b.at - a.at).max(1e-9),
        (Some(only), None) | (None, Some(only)) => only.shift,
        (None, None) => 0.0,
    }
}

/// Fixed-point pixels: walking a line in whole numbers is several times faster than rounding at each pixel.
const BITS: u32 = 16;
const ONE: f64 = 65_536.0;

fn fixed(pixels: f64) -> i64 {
    (pixels * ONE) as i64
}

fn bilinear(pixels: &GrayImage, (x, y): (i64, i64)) -> u8 {
    let (w, h) = (pixels.width() as usize, pixels.height() as usize);
    let (x, y) = (x.saturating_sub(1 << (BITS - 1)), y.saturating_sub(1 << (BITS - 1)));
    let (left, top) = (x >> BITS, y >> BITS);
    if left < -1 || top < -1 || left >= w as i64 || top >= h as i64 {
        return 255;
    }
    let fraction = |v: i64| (v >> (BITS - 8) & 0xFF) as u32;
    let (fx, fy) = (fraction(x), fraction(y));
    let raw = pixels.as_raw();
    if left >= 0 && top >= 0 && left + 1 < w as i64 && top + 1 < h as i64 {
        let at = top as usize * w + left as usize;
        let row = |at: usize| u32::from(raw[at]) * (256 - fx) + u32::from(raw[at + 1]) * fx;
        return ((row(at) * (256 - fy) + row(at + w) * fy + 32_768) >> 16) as u8;
    }
    let at = |u: i64, v: i64| {
        let inside = u >= 0 && v >= 0 && u < w as i64 && v < h as i64;
        if inside { u32::from(raw[v as usize * w + u as usize]) } else { 255 }
    };
    let row = |v: i64| at(left, v) * (256 - fx) + at(left + 1, v) * fx;
    ((row(top) * (256 - fy) + row(top + 1) * fy + 32_768) >> 16) as u8
}

#[cfg(test)]
mod tests {
    use image::Luma;

    use super::*;

    fn page() -> Square {
        let pixels =
            GrayImage::from_fn(200, 300, |x, y| Luma([if (x / 8 + y / 8) % 2 == 0 { 0 } else { 255 }]));
        Square { pixels, dpi: 203.2 }
    }

    fn upright() -> Plane {
        Plane::affine(&[((0.0, 0.0), (0.0, 0.0)), ((1.0, 0.0), (8.0, 0.0)), ((0.0, 1.0), (0.0, 8.0))])
            .unwrap()
    }

    #[test]
    fn an_upright_zone_is_copied_pixel_by_pixel() {
        let page = page();
        let zone = Placement::new(upright()).rectify(&page, Rect { x: 2.0, y: 3.0, w: 10.0, h: 5.0 }, 8.0);
        assert_eq!(zone.dimensions(), (80, 40));
        assert!(zone.enumerate_pixels().all(|(x, y, p)| p == page.pixels.get_pixel(x + 16, y + 24)));
    }

    #[test]
    fn outside_the_page_is_white() {
        let zone = Placement::new(upright()).rectify(&page(), Rect { x: -9.0, y: -9.0, w: 8.0, h: 8.0 }, 8.0);
        assert!(zone.pixels().all(|p| p.0[0] == 255));
    }

    #[test]
    fn shifts_bend_the_page_between_knots() {
        let knots = vec![Knot { at: 80.0, shift: 0.0 }, Knot { at: 160.0, shift: -4.0 }];
        let placement = Placement::new(upright()).with_shifts(knots, &page());
        assert!((placement.to_px(5.0, 5.0).1 - 40.0).abs() < 1e-9);
        assert!((placement.to_px(5.0, 15.0).1 - 118.0).abs() < 0.1);
        assert!((placement.to_px(5.0, 30.0).1 - 236.0).abs() < 1e-3);
    }

    #[test]
    fn turns_and_skew_are_told_apart() {
        let turned = |degrees: f64| {
            let (s, c) = degrees.to_radians().sin_cos();
            let to = |(x, y): Point| (8.0 * (c * x - s * y), 8.0 * (s * x + c * y));
            let pairs = [(0.0, 0.0), (100.0, 0.0), (0.0, 100.0)].map(|p| (p, to(p)));
            Placement::new(Plane::affine(&pairs).unwrap())
        };
        for (degrees, turns, skew) in [(0.0, 0, 0.0), (93.0, 1, 3.0), (178.0, 2, -2.0), (-92.5, 3, -2.5)] {
            let placement = turned(degrees);
            assert_eq!(placement.quarter_turns(), turns);
            assert!((placement.skew_deg() - skew).abs() < 1e-6);
            assert!((placement.scale(8.0) - 1.0).abs() < 1e-9);
        }
    }
}
