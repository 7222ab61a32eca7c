//! A placement corrected by the printed frames of the form's boxes, which stand all over it.

use crate::align::{Placement, Plane, Point};
use crate::clean::Square;
use crate::form::{Form, Rect};
use crate::ink;

/// How far from their place frames are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// 0.6 mm.
    Near,
    /// 1.8 mm.
    Wide,
}

/// The placement moved, turned and stretched so that it passes through the boxes as they are seen; the same where
/// too few are seen to tell.
pub(super) fn tighten(page: &Square, placement: &Placement, form: &Form, reach: Reach) -> Placement {
    let boxes: Vec<&Rect> = form.fields.iter().flat_map(|f| &f.boxes).map(|b| &b.rect).collect();
    let moves: Vec<(Point, Point)> =
        boxes.iter().filter_map(|rect| moved(page, placement, rect, reach)).collect();
    if moves.len() < FEWEST || moves.len() * 3 < boxes.len() {
        return placement.clone();
    }
    let Some(correction) = agreed(&moves) else { return placement.clone() };
    placement.on(placement.plane().after(&correction))
}

/// Whether so many of a sample of the boxes show a frame within wide reach that a closer look is worth its time.
pub(super) fn are_likely(page: &Square, placement: &Placement, form: &Form) -> bool {
    let boxes: Vec<&Rect> = form.fields.iter().flat_map(|f| &f.boxes).map(|b| &b.rect).collect();
    let sample: Vec<&&Rect> = boxes.iter().step_by(boxes.len().div_ceil(SAMPLE).max(1)).collect();
    let seen = sample.iter().filter(|rect| moved(page, placement, rect, Reach::Wide).is_some()).count();
    seen * 3 >= sample.len()
}

/// Boxes of a first look.
const SAMPLE: usize = 20;

/// Fewer frames than this do not say how a page lies.
const FEWEST: usize = 12;

/// Steps (mm) at which a frame is looked for, each with its own small reach.
const STEPS: [f64; 3] = [0.0, -1.2, 1.2];

/// Distance (mm) from what the others say above which a frame is taken for something else.
const STRANGE: f64 = 0.3;

/// Rounds in which strange frames are left out.
const ROUNDS: usize = 4;

/// The middle of a box on the form, and where (mm of the form as placed) it is seen.
fn moved(page: &Square, placement: &Placement, rect: &Rect, reach: Reach) -> Option<(Point, Point)> {
    let look = |by: Point| {
        let there = Rect { x: rect.x + by.0, y: rect.y + by.1, ..*rect };
        let (worth, (right, down)) = ink::frame_beside(page, placement, &there)?;
        let by = (by.0 + right, by.1 + down);
        Some((worth - 0.02 * by.0.hypot(by.1), by))
    };
    let best = match reach {
        Reach::Near => look((0.0, 0.0)),
        Reach::Wide => STEPS
            .iter()
            .flat_map(|&dx| STEPS.iter().map(move |&dy| (dx, dy)))
            .filter_map(look)
            .max_by(|a, b| a.0.total_cmp(&b.0)),
    };
    let middle = rect.middle();
    best.map(|(_, by)| (middle, (middle.0 + by.0, middle.1 + by.1)))
}

/// The affine map that most of the moves agree on; `None` when they stand too close together to say.
fn agreed(moves: &[(Point, Point)]) -> Option<Plane> {
    let mut kept = moves.to_vec();
    let mut map = Plane::affine(&kept)?;
    for _ in 0..ROUNDS {
        let off = |(from, to): &(Point, Point)| {
            let (x, y) = map.apply(*from);
            (x - to.0).hypot(y - to.1)
        };
        let mut offs: Vec<f64> = moves.iter().map(off).collect();
        offs.sort_by(f64::total_cmp);
        let bound = (2.0 * offs[offs.len() / 2]).max(STRANGE);
        kept = moves.iter().filter(|m| off(m) <= bound).copied().collect();
        map = Plane::affine(&kept)?;
    }
    (kept.len() >= FEWEST).then_some(map)
}
