//! The timing marks down a form's left edge: proof that the form lies as thought, and where fax lines were lost.

use crate::align::{Knot, Placement, Plane, Point};
use crate::clean::Square;
use crate::form::Rect;

/// What was found of a form's timing marks.
#[derive(Clone, Debug)]
pub(super) struct Timing {
    /// Marks found over marks printed; `None` for a form without any.
    pub(super) share: Option<f64>,
    knots: Vec<Knot>,
}

/// Follows the marks down the page from the plane map alone.
pub(super) fn follow(page: &Square, plane: &Plane, marks: &[Rect]) -> Timing {
    let (Some(first), Some(last)) = (marks.first(), marks.last()) else {
        return Timing { share: None, knots: Vec::new() };
    };
    let profile = Profile::along(page, plane, first, (first.y - REACH - 4.0, last.y + last.h + REACH + 4.0));
    let mut seen: Vec<(&Rect, f64)> = Vec::new();
    let mut drift = 0.0;
    for mark in marks {
        let Some(shift) = profile.mark(mark, drift) else { continue };
        drift = shift;
        seen.push((mark, shift));
    }
    let placement = Placement::new(*plane);
    let knots: Vec<Knot> =
        confirmed(&seen).map(|(mark, shift)| placement.knot(mark.middle(), (0.0, shift))).collect();
    Timing { share: Some(knots.len() as f64 / marks.len() as f64), knots }
}

/// Marks whose shift one of the two nearest others shares: a blot on a covered mark stands alone.
fn confirmed<'a>(seen: &'a [(&'a Rect, f64)]) -> impl Iterator<Item = (&'a Rect, f64)> {
    let shift = |i: Option<usize>| i.and_then(|i| seen.get(i)).map(|mark| mark.1);
    seen.iter().enumerate().filter_map(move |(i, &(mark, own))| {
        let (before, after) = (shift(i.checked_sub(1)), shift(Some(i + 1)));
        let near = |other: Option<f64>| other.is_some_and(|other| (other - own).abs() < JUMP);
        let second = if before.is_none() { shift(Some(i + 2)) } else { shift(i.checked_sub(2)) };
        let alone = before.is_some() && after.is_some();
        (near(before) || near(after) || !alone && near(second)).then_some((mark, own))
    })
}

/// Shifts (mm) of neighbouring marks differ by less where no lines are lost between them.
const JUMP: f64 = 0.6;

impl Timing {
    /// The plane map bent to pass through the marks found; `fixed` are points of the form that it already meets.
    ///
    /// On a page turned sideways the marks stand along the rows and tell nothing about lost ones.
    pub(super) fn bend(self, plane: Plane, fixed: &[Point], page: &Square) -> Placement {
        let placement = Placement::new(plane);
        if self.knots.is_empty() || placement.is_sideways() {
            return placement;
        }
        let still = fixed.iter().map(|&p| placement.knot(p, (0.0, 0.0)));
        let knots = self.knots.into_iter().chain(still).collect();
        placement.with_shifts(knots, page)
    }
}

/// How far (mm) a mark may lie from where the one before it says: ten lost lines of a 204×98 page.
const REACH: f64 = 2.8;

/// Samples per millimetre.
const FINE: f64 = 8.0;

/// Ink down the column of the marks, summed from its start.
struct Profile {
    start: f64,
    sums: Vec<f64>,
}

impl Profile {
    fn along(page: &Square, plane: &Plane, mark: &Rect, (start, end): (f64, f64)) -> Self {
        let count = ((end - start) * FINE).clamp(0.0, 10_000.0) as usize;
        let mut sums = vec![0.0; count + 1];
        for i in 0..count {
            let y = start + (i as f64 + 0.5) / FINE;
            let ink = (0..ACROSS).filter(|&k| {
                let (x, y) =
                    plane.apply((mark.x + mark.w * (0.15 + 0.7 * f64::from(k) / f64::from(ACROSS - 1)), y));
                page.ink(x.floor() as i64, y.floor() as i64)
            });
            sums[i + 1] = sums[i] + ink.count() as f64 / f64::from(ACROSS);
        }
        Self { start, sums }
    }

    /// Ink share between two heights in mm.
    fn share(&self, from: f64, to: f64) -> f64 {
        let at = |y: f64| {
            let x = ((y - self.start) * FINE).clamp(0.0, (self.sums.len() - 1) as f64);
            let (low, rest) = (x as usize, x.fract());
            let next = self.sums[(low + 1).min(self.sums.len() - 1)];
            self.sums[low] + (next - self.sums[low]) * rest
        };
        (at(to) - at(from)) / ((to - from) * FINE)
    }

    /// How far below its place a mark lies, looking around `drift`; `None` when there is none.
    fn mark(&self, mark: &Rect, drift: f64) -> Option<f64> {
        let contrast = |shift: f64| {
            let (top, bottom) = (mark.y + shift, mark.y + shift + mark.h);
            self.share(top, bottom) - (self.share(top - 0.7, top) + self.share(bottom, bottom + 0.7)) / 2.0
        };
        let steps = (REACH * FINE) as i32;
        let tried = (-steps..=steps).map(|k| drift + f64::from(k) / FINE);
        let worth = |shift: f64| contrast(shift) - 0.03 * (shift - drift).abs();
        let best = tried.max_by(|a, b| worth(*a).total_cmp(&worth(*b)))?;
        let solid = self.share(mark.y + best + 0.25, mark.y + best + mark.h - 0.25) >= 0.65;
        (solid && contrast(best) >= 0.45).then(|| self.centred(mark, best))
    }

    /// Moves a mark found in whole samples to the middle between its two edges.
    fn centred(&self, mark: &Rect, shift: f64) -> f64 {
        let (top, bottom) = (mark.y + shift, mark.y + shift + mark.h);
        let middle = (top + bottom) / 2.0;
        // The ink below the middle minus the ink above it, in mm.
        let above = self.share(top - 0.7, middle) * (middle - top + 0.7);
        let below = self.share(middle, bottom + 0.7) * (bottom + 0.7 - middle);
        shift + (below - above) / 2.0
    }
}

const ACROSS: u32 = 9;
