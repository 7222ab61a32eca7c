//! Solid squares on a page: the candidates for fiducials.
//!
//! A square is found by its dense core, not as a connected component: a streak, a header line or a pen stroke
//! that touches a fiducial would join it to other ink, and speckle would break its edge.

use crate::align::Point;
use crate::clean::Square;

/// A solid rectangle of about the wished size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spot {
    /// Centre in pixels.
    pub(super) centre: Point,
    /// Width over the wished width.
    pub(super) width: f64,
    /// Height over the wished height.
    pub(super) height: f64,
}

/// Finds solid rectangles of `size` pixels (width, height), give or take a quarter; at most [`MOST_SPOTS`],
/// the best proportioned first.
pub(super) fn find(page: &Square, half: &Half, size: (f64, f64)) -> Vec<Spot> {
    let mut spots: Vec<Spot> =
        half.cores(size).into_iter().filter_map(|core| measure(page, core, size)).collect();
    let flaw = |s: &Spot| (s.width - s.height).abs() + (s.width * s.height - 1.0).abs();
    spots.sort_by(|a, b| flaw(a).total_cmp(&flaw(b)));
    spots.dedup_by(|a, b| (a.centre.0 - b.centre.0).hypot(a.centre.1 - b.centre.1) < size.0 / 2.0);
    spots.truncate(MOST_SPOTS);
    spots
}

/// Candidates looked at on one page; pairs of them are tried.
const MOST_SPOTS: usize = 48;

/// Side of the dense core over the side of the square.
const CORE: f64 = 0.55;

/// Ink share of a core; white speckle and lost runs are allowed for.
const CORE_INK: f64 = 0.88;

/// Widths and heights accepted, over nominal: print scale and lost rows.
const SIDE: std::ops::RangeInclusive<f64> = 0.76..=1.26;

/// Ink counts of the page at half resolution, summed from the top left corner.
pub(super) struct Half {
    width: usize,
    height: usize,
    sums: Vec<u32>,
}

impl Half {
    /// Sums up a page.
    pub(super) fn of(page: &Square) -> Self {
        let (w, h) = (page.pixels.width() as usize, page.pixels.height() as usize);
        let (width, height) = (w / 2, h / 2);
        let mut sums = vec![0u32; (width + 1) * (height + 1)];
        let ink = |p: u8| u32::from(p < crate::clean::INK_BELOW);
        for (y, rows) in page.pixels.as_raw().chunks_exact(2 * w).enumerate() {
            let (above, below) = rows.split_at(w);
            let (done, rest) = sums.split_at_mut((y + 1) * (width + 1));
            let last = &done[y * (width + 1)..];
            let mut row = 0;
            for (x, (a, b)) in above.chunks_exact(2).zip(below.chunks_exact(2)).enumerate() {
                row += ink(a[0]) + ink(a[1]) + ink(b[0]) + ink(b[1]);
                rest[x + 1] = last[x + 1] + row;
            }
        }
        Self { width, height, sums }
    }

    /// Centres, in pixels of the page, of small areas in which every window of core size is full of ink.
    fn cores(&self, size: (f64, f64)) -> Vec<Point> {
        let side = |s: f64| ((s * CORE / 2.0).round() as usize).max(2);
        let (w, h) = (side(size.0), side(size.1));
        if self.width <= w || self.height <= h {
            return Vec::new();
        }
        let (across, down) = (self.width - w + 1, self.height - h + 1);
        let enough = (CORE_INK * (4 * w * h) as f64) as u32;
        let mut dense = vec![false; across * down];
        for y in 0..down {
            let (top, bottom) = (&self.sums[y * (self.width + 1)..], &self.sums[(y + h) * (self.width + 1)..]);
            for (x, dense) in dense[y * across..(y + 1) * across].iter_mut().enumerate() {
                *dense = bottom[x + w] + top[x] - bottom[x] - top[x + w] >= enough;
            }
        }
        let most = ((size.0 * 0.45) as usize, (size.1 * 0.45) as usize);
        blobs(&mut dense, across, most)
            .into_iter()
            .map(|(x, y)| (2.0 * x + w as f64, 2.0 * y + h as f64))
            .collect()
    }
}

/// Centres of the connected areas at most so wide and high; clears the map.
fn blobs(map: &mut [bool], width: usize, most: (usize, usize)) -> Vec<Point> {
    let mut centres = Vec::new();
    let mut open = Vec::new();
    for start in 0..map.len() {
        if !map[start] {
            continue;
        }
        let (mut left, mut right, mut top, mut bottom) = (usize::MAX, 0, usize::MAX, 0);
        map[start] = false;
        open.push(start);
        while let Some(at) = open.pop() {
            let (x, y) = (at % width, at / width);
            (left, right, top, bottom) = (left.min(x), right.max(x), top.min(y), bottom.max(y));
            let beside = [
                (x > 0).then(|| at - 1),
                (x + 1 < width).then_some(at + 1),
                at.checked_sub(width),
                Some(at + width).filter(|&a| a < map.len()),
            ];
            for next in beside.into_iter().flatten() {
                if std::mem::take(&mut map[next]) {
                    open.push(next);
                }
            }
        }
        if right - left <= most.0 && bottom - top <= most.1 {
            centres.push(((left + right) as f64 / 2.0, (top + bottom) as f64 / 2.0));
        }
    }
    centres
}

/// Walks from a core to the four edges; `None` when the solid area is of another size.
fn measure(page: &Square, core: Point, size: (f64, f64)) -> Option<Spot> {
    let (mut x, mut y) = core;
    let mut sides = (0.0, 0.0);
    for _ in 0..2 {
        let rows = (y - size.1 * 0.3, y + size.1 * 0.3);
        let column = |x: i64| share((rows.0 as i64..=rows.1 as i64).map(|y| page.ink(x, y)));
        let (left, right) = (edge(x, -1, size.0, column)?, edge(x, 1, size.0, column)?);
        x = (left + right) / 2.0;
        let columns = (x - size.0 * 0.3, x + size.0 * 0.3);
        let row = |y: i64| share((columns.0 as i64..=columns.1 as i64).map(|x| page.ink(x, y)));
        let (top, bottom) = (edge(y, -1, size.1, row)?, edge(y, 1, size.1, row)?);
        y = (top + bottom) / 2.0;
        sides = ((right - left) / size.0, (bottom - top) / size.1);
    }
    let good = SIDE.contains(&sides.0) && SIDE.contains(&sides.1);
    good.then_some(Spot { centre: (x, y), width: sides.0, height: sides.1 })
}

/// Where the ink share falls below one half for two lines running, to a fraction of a pixel.
fn edge(from: f64, step: i64, size: f64, share: impl Fn(i64) -> f64) -> Option<f64> {
    let start = from as i64;
    let mut last = 1.0;
    for k in 0..(size as i64).max(2) {
        let at = start + k * step;
        let here = share(at);
        if here < 0.5 && share(at + step) < 0.5 {
            let into = (last - 0.5) / (last - here).max(1e-6);
            let edge = (at as f64 + 0.5) + step as f64 * (into - 1.0);
            return Some(edge);
        }
        last = here.max(0.5);
    }
    None
}

fn share(ink: impl Iterator<Item = bool>) -> f64 {
    let (mut dark, mut all) = (0u32, 0u32);
    for ink in ink {
        dark += u32::from(ink);
        all += 1;
    }
    f64::from(dark) / f64::from(all.max(1))
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, Luma};

    use super::*;

    fn page(ink: impl Fn(u32, u32) -> bool) -> Square {
        Square { pixels: GrayImage::from_fn(400, 400, |x, y| Luma([if ink(x, y) { 0 } else { 255 }])), dpi: 203.2 }
    }

    fn spots(page: &Square) -> Vec<Spot> {
        find(page, &Half::of(page), (48.0, 48.0))
    }

    fn solid(x: u32, y: u32) -> bool {
        (101..149).contains(&x) && (200..248).contains(&y)
    }

    #[test]
    fn a_solid_square_is_found_at_its_centre() {
        let found = spots(&page(solid));
        assert_eq!(found.len(), 1);
        assert!((found[0].centre.0 - 125.0).abs() < 0.6 && (found[0].centre.1 - 224.0).abs() < 0.6, "{found:?}");
    }

    #[test]
    fn streaks_across_and_holes_inside_do_not_hide_it() {
        let found = spots(&page(|x, y| (solid(x, y) && (x * 7 + y * 13) % 50 != 0) || x == 120 || y == 210));
        assert_eq!(found.len(), 1);
        assert!((found[0].centre.0 - 125.0).abs() < 0.6, "{found:?}");
    }

    #[test]
    fn filled_boxes_bars_and_black_areas_are_no_squares() {
        assert!(spots(&page(|x, y| (101..133).contains(&x) && (200..232).contains(&y))).is_empty());
        assert!(spots(&page(|x, y| (101..149).contains(&x) && y > 100)).is_empty());
        assert!(spots(&page(|x, y| x > 200 && y > 100)).is_empty());
    }
}
