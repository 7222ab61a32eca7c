//! The thin straight ink of a page, and the skew at which it lines up best.

use super::profile::Profile;
use crate::align::Point;
use crate::clean::Square;

/// Points on thin lines, in millimetres.
pub(super) struct Lines {
    /// On lines along the rows of the page.
    along: Vec<Point>,
    /// On lines down its columns.
    down: Vec<Point>,
}

impl Lines {
    /// Looks at a page; `None` when there are hardly any lines.
    pub(super) fn of(page: &Square) -> Option<Self> {
        let grid = Grid::of(page);
        let mm = 2.0 / page.px_per_mm();
        let apart = (APART / mm).round().max(2.0) as usize;
        let (mut along, mut down) = (Vec::new(), Vec::new());
        for y in apart..grid.height.saturating_sub(apart) {
            for x in apart..grid.width.saturating_sub(apart) {
                if !grid.ink(x, y) {
                    continue;
                }
                let at = ((x as f64 + 0.5) * mm, (y as f64 + 0.5) * mm);
                // On a skewed line the next but one pixel may lie a row off.
                let beside = |x: usize| grid.ink(x, y - 1) || grid.ink(x, y) || grid.ink(x, y + 1);
                if !grid.ink(x, y - apart) && !grid.ink(x, y + apart) && beside(x - 2) && beside(x + 2) {
                    along.push(at);
                }
                let below = |y: usize| grid.ink(x - 1, y) || grid.ink(x, y) || grid.ink(x + 1, y);
                if !grid.ink(x - apart, y) && !grid.ink(x + apart, y) && below(y - 2) && below(y + 2) {
                    down.push(at);
                }
            }
        }
        (along.len() > FEW && down.len() > FEW).then_some(Self { along, down })
    }

    /// The clockwise angle (radians) along which the lines are sharpest.
    pub(super) fn skew(&self) -> f64 {
        let best = |around: f64, step: f64, bin: f64| {
            let angles = (-STEPS..=STEPS).map(|k| around + f64::from(k) * step);
            let scored = angles.map(|angle| (self.sharpness(angle, bin), angle));
            scored.max_by(|a, b| a.0.total_cmp(&b.0)).map_or(around, |(_, angle)| angle)
        };
        let coarse = best(0.0, MOST_SKEW / f64::from(STEPS), 0.75);
        best(coarse, 2.0 * MOST_SKEW / f64::from(STEPS * STEPS), 0.25)
    }

    /// Profiles down and across the page after the skew is undone.
    pub(super) fn profiles(&self, skew: f64) -> (Profile, Profile) {
        let (sin, cos) = skew.sin_cos();
        let down = Profile::of(self.along.iter().map(|(x, y)| y * cos - x * sin));
        let across = Profile::of(self.down.iter().map(|(x, y)| x * cos + y * sin));
        (down, across)
    }

    fn sharpness(&self, skew: f64, bin: f64) -> f64 {
        let (sin, cos) = skew.sin_cos();
        let sum = |points: &[Point], place: &dyn Fn(&Point) -> f64| {
            let mut counts = vec![0u32; (2.0 * REACH / bin) as usize];
            for point in points.iter().step_by(points.len() / SAMPLE + 1) {
                let slot = ((place(point) + REACH) / bin) as usize;
                if let Some(count) = counts.get_mut(slot) {
                    *count += 1;
                }
            }
            counts.iter().map(|&c| f64::from(c).powi(2)).sum::<f64>()
        };
        sum(&self.along, &|(x, y)| y * cos - x * sin) + sum(&self.down, &|(x, y)| x * cos + y * sin)
    }
}

/// Paper (mm) above and below a thin line.
const APART: f64 = 1.0;

/// Fewer points than this are no ruling: a form has some ten thousand.
const FEW: usize = 1500;

/// Angles tried on either side, the largest of them (radians), and points looked at for each.
const STEPS: i32 = 32;
const MOST_SKEW: f64 = 0.115;
const SAMPLE: usize = 20_000;

/// Half the range (mm) of places looked at: an A3 sheet, turned.
const REACH: f64 = 600.0;

/// The page at half resolution: ink where any of four pixels is.
struct Grid {
    width: usize,
    height: usize,
    cells: Vec<bool>,
}

impl Grid {
    fn of(page: &Square) -> Self {
        let w = page.pixels.width() as usize;
        let (width, height) = (w / 2, page.pixels.height() as usize / 2);
        let ink = |p: &[u8]| p.iter().any(|&p| p < crate::clean::INK_BELOW);
        let mut cells = Vec::with_capacity(width * height);
        for rows in page.pixels.as_raw().chunks_exact(2 * w) {
            let (above, below) = rows.split_at(w);
            cells.extend(above.chunks_exact(2).zip(below.chunks_exact(2)).map(|(a, b)| ink(a) || ink(b)));
        }
        Self { width, height, cells }
    }

    fn ink(&self, x: usize, y: usize) -> bool {
        self.cells[y * self.width + x]
    }
}
