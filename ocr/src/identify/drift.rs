//! Lost fax lines on a page turned sideways: they run down the form, where no timing marks tell them,
//! so the printed frames of the boxes do.

use crate::align::{Knot, Placement};
use crate::clean::Square;
use crate::form::{Form, Rect};
use crate::ink;

/// The placement of a sideways form bent to pass through its boxes; any other form keeps its placement.
pub(super) fn follow(page: &Square, placement: &Placement, form: &Form) -> Placement {
    if !placement.is_sideways() {
        return placement.clone();
    }
    let mut boxes: Vec<&Rect> = form.fields.iter().flat_map(|f| &f.boxes).map(|b| &b.rect).collect();
    boxes.sort_by(|a, b| a.x.total_cmp(&b.x));
    let mut drift = 0.0;
    let mut knots = Vec::new();
    for columns in boxes.chunk_by(|a, b| b.x - a.x < COLUMN) {
        let mut steps: Vec<f64> = columns.iter().filter_map(|rect| displaced(page, placement, rect, drift)).collect();
        steps.sort_by(f64::total_cmp);
        // One box says little: a stroke beside it may look like its frame.
        if steps.len() < 2 {
            continue;
        }
        drift = steps[steps.len() / 2];
        let middle = columns[columns.len() / 2];
        knots.push(placement.knot((middle.x + middle.w / 2.0, middle.y + middle.h / 2.0), (drift, 0.0)));
    }
    let fiducials = form.marks.fiducials.iter();
    let still: Vec<Knot> =
        fiducials.map(|r| placement.knot((r.x + r.w / 2.0, r.y + r.h / 2.0), (0.0, 0.0))).collect();
    if knots.is_empty() {
        return placement.clone();
    }
    knots.extend(still);
    placement.clone().with_shifts(knots, page)
}

/// Boxes whose left edges differ by less (mm) stand in one column.
const COLUMN: f64 = 1.5;

/// Steps (mm) from the drift so far at which a frame is looked for, each with its own small reach.
const LOOKS: [f64; 3] = [0.0, -1.0, 1.0];

/// How far right of its place (mm) a box is seen.
fn displaced(page: &Square, placement: &Placement, rect: &Rect, drift: f64) -> Option<f64> {
    let look = |step: &f64| {
        let by = drift + step;
        let (worth, right) = ink::frame_beside(page, placement, &Rect { x: rect.x + by, ..*rect })?;
        Some((worth - 0.05 * (step + right).abs(), by + right))
    };
    LOOKS.iter().filter_map(look).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, by)| by)
}
