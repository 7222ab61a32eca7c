//! Forms placed by their fiducials, three or four of them, and proven by bar, timing marks and printed frames.

use super::constellation::{self, Constellation};
use super::frames::{self, Reach};
use super::squares::{self, Half, Spot};
use super::timing::{self, Timing};
use crate::align::{Placement, Plane, Point};
use crate::clean::Square;
use crate::form::{Form, Rect};
use crate::ink;

/// Rows per column that a page may really have: as told, or standard and fine resolution taken for each other.
const SQUEEZES: [f64; 3] = [1.0, 0.5, 2.0];

/// Evidence (0 to 1) from timing marks and bar with four fiducials, and with three.
const TRUST: (f64, f64) = (0.5, 0.7);

/// Share of a form's own boxes and cells that must be seen wherever it is said to lie.
pub(super) const FRAMES: f64 = 0.5;

/// Share of timing marks from which they tell where lines were lost.
pub(super) const TIMED: f64 = 0.5;

/// Share of timing marks, or fiducials, that show that a form's printed lines lie where its marks do.
const MARKED: (f64, usize) = (0.3, 2);

/// A form lying at a place that its marks allow and its frames confirm.
pub(super) struct Fit {
    /// Index into the forms.
    pub(super) form: usize,
    /// Where it lies.
    pub(super) placement: Placement,
    /// Share of its boxes and cells that are seen.
    pub(super) frames: f64,
    /// Whether enough timing marks hold the placement where lines are lost.
    pub(super) timed: bool,
    /// Whether fiducials or timing marks stand where the placement says.
    pub(super) marked: bool,
    spots: [Option<usize>; 4],
    size: (u64, u64),
    complete: bool,
    trust: f64,
}

impl Fit {
    /// A form placed by its printed lines, on a page with this much of its timing marks.
    pub(super) fn by_lines(
        page: &Square,
        forms: &[&Form],
        form: usize,
        placement: Placement,
        timing: Option<f64>,
    ) -> Self {
        let frames = ink::frames_seen(page, &placement, forms[form]);
        let marks = &forms[form].marks.fiducials;
        let solid = marks.iter().filter(|mark| is_solid(page, placement.plane(), mark)).count();
        let timing = timing.unwrap_or(0.0);
        let (timed, marked) = (timing >= TIMED, timing >= MARKED.0 || solid >= MARKED.1);
        let (spots, size) = ([None; 4], (0, 0));
        Self { form, placement, frames, timed, marked, spots, size, complete: false, trust: 0.0 }
    }

    fn shares_square(&self, other: &Self) -> bool {
        self.size == other.size && self.spots.iter().flatten().any(|s| other.spots.contains(&Some(*s)))
    }

    fn worth(&self) -> f64 {
        self.trust + if self.complete { 1.0 } else { 0.0 }
    }
}

/// The places on the page where fiducials say that a form lies, with the forms that fit there, the best first.
pub(super) fn places(page: &Square, half: &Half, forms: &[&Form]) -> Vec<Vec<Fit>> {
    let tried = SQUEEZES.iter().map(|&squeeze| grouped(fits(page, half, forms, squeeze)));
    tried.into_iter().find(|places| !places.is_empty()).unwrap_or_default()
}

fn fits(page: &Square, half: &Half, forms: &[&Form], squeeze: f64) -> Vec<Fit> {
    let grid = (page.px_per_mm(), page.px_per_mm() * squeeze);
    let mut fits: Vec<Fit> = Vec::new();
    let mut known: Vec<((u64, u64), Vec<Spot>)> = Vec::new();
    for (index, form) in forms.iter().enumerate() {
        let side = &form.marks.fiducials[0];
        let size = (side.w.to_bits(), side.h.to_bits());
        if !known.iter().any(|(s, _)| *s == size) {
            known.push((size, squares::find(page, half, (side.w * grid.0, side.h * grid.1))));
        }
        let Some((_, spots)) = known.iter().find(|(s, _)| *s == size) else { continue };
        for constellation in constellation::all(&form.marks.fiducials, spots, grid) {
            let fit = proven(page, forms, index, &constellation);
            fits.extend(fit.map(|fit| Fit { spots: constellation.spots, size, ..fit }));
        }
    }
    fits
}

/// The form at the constellation, if bar, timing marks and frames say that it lies there.
fn proven(page: &Square, forms: &[&Form], index: usize, seen: &Constellation) -> Option<Fit> {
    let form = forms[index];
    let timing = timing::follow(page, &seen.plane, &form.marks.timing);
    let bar = if is_solid(page, &seen.plane, &form.marks.orientation_bar) { 1.0 } else { 0.0 };
    let share = timing.share;
    let trust = share.map_or(bar, |share| 0.7 * share + 0.3 * bar);
    let complete = seen.is_complete();
    let (enough, reach) = if complete { (TRUST.0, Reach::Near) } else { (TRUST.1, Reach::Wide) };
    if trust < enough {
        return None;
    }
    let placement = frames::tighten(page, &bent(page, form, seen, timing), form, reach);
    let fit = Fit { complete, trust, marked: true, ..Fit::by_lines(page, forms, index, placement, share) };
    (fit.frames >= FRAMES).then_some(fit)
}

/// The placement bent by the timing marks. A second pass takes the shift out of the right fiducials too,
/// which on a skewed page lie in other rows than the left ones.
fn bent(page: &Square, form: &Form, seen: &Constellation, timing: Timing) -> Placement {
    let met = [0, 2].into_iter().filter(|&c| seen.spots[c].is_some());
    let left: Vec<Point> = met.map(|c| form.marks.fiducials[c].middle()).collect();
    let first = timing.bend(seen.plane, &left, page);
    let pairs: Vec<(Point, Point)> = seen.pairs.iter().map(|&(mm, px)| (mm, first.unshifted(px))).collect();
    match constellation::through(&pairs) {
        Some(plane) => timing::follow(page, &plane, &form.marks.timing).bend(plane, &left, page),
        None => first,
    }
}

/// Whether a printed solid rectangle is dark inside and light beside.
fn is_solid(page: &Square, plane: &Plane, rect: &Rect) -> bool {
    let share = |x: f64, w: f64| {
        let samples = (0..100).filter(|i| {
            let at = (
                x + w * (f64::from(i % 10) + 0.5) / 10.0,
                rect.y + rect.h * (f64::from(i / 10) + 2.0) / 13.0,
            );
            let (x, y) = plane.apply(at);
            page.ink(x.floor() as i64, y.floor() as i64)
        });
        samples.count() as f64 / 100.0
    };
    let beside = share(rect.x + rect.w + 0.5, 0.8).min(share(rect.x - 1.3, 0.8));
    share(rect.x + 0.4, rect.w - 0.8) > 0.65 && beside < 0.35
}

/// Groups the fits that claim the same squares, at most one per form and the best of it.
fn grouped(mut fits: Vec<Fit>) -> Vec<Vec<Fit>> {
    fits.sort_by(|a, b| b.worth().total_cmp(&a.worth()));
    let mut places: Vec<Vec<Fit>> = Vec::new();
    for fit in fits {
        match places.iter_mut().find(|place| place[0].shares_square(&fit)) {
            Some(place) if place.iter().any(|other| other.form == fit.form) => {}
            // Three squares say nothing against a form that has all four.
            Some(place) if place[0].complete && !fit.complete => {}
            Some(place) => place.push(fit),
            None => places.push(vec![fit]),
        }
    }
    places
}
