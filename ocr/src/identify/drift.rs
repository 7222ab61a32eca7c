//! Lost fax lines where no timing marks tell them: on a page turned sideways they run down the form, on a page
//! cut off at the left the marks are gone. There the printed frames of the boxes do.

use crate::align::{Placement, Point};
use crate::clean::Square;
use crate::form::{Form, Rect};
use crate::ink;

/// The placement's plane map bent to pass through the form's boxes, line by line of the page.
pub(super) fn follow(page: &Square, placement: &Placement, form: &Form) -> Placement {
    let placement = &Placement::new(*placement.plane());
    let along = Along { sideways: placement.is_sideways() };
    let mut boxes: Vec<&Rect> = form.fields.iter().flat_map(|f| &f.boxes).map(|b| &b.rect).collect();
    boxes.sort_by(|a, b| along.start(a).total_cmp(&along.start(b)));
    let mut drift = 0.0;
    let mut knots = Vec::new();
    for group in boxes.chunk_by(|a, b| along.start(b) - along.start(a) < CLOSE) {
        let mut steps: Vec<f64> =
            group.iter().filter_map(|rect| along.displaced(page, placement, rect, drift)).collect();
        steps.sort_by(f64::total_cmp);
        // One box says little: a stroke beside it may look like its frame.
        if steps.len() < 2 {
            continue;
        }
        drift = steps[steps.len() / 2];
        let at = group[group.len() / 2].middle();
        knots.push(placement.knot(at, along.moved((0.0, 0.0), drift)));
    }
    if knots.is_empty() { placement.clone() } else { placement.clone().with_shifts(knots, page) }
}

/// Boxes whose edges differ by less (mm) stand in one line of the page.
const CLOSE: f64 = 1.5;

/// Steps (mm) from the drift so far at which a frame is looked for, each with its own small reach.
const LOOKS: [f64; 3] = [0.0, -1.0, 1.0];

/// The direction of the form in which the page's lines follow each other.
struct Along {
    sideways: bool,
}

impl Along {
    fn start(&self, rect: &Rect) -> f64 {
        if self.sideways { rect.x } else { rect.y }
    }

    fn moved(&self, (x, y): Point, by: f64) -> Point {
        if self.sideways { (x + by, y) } else { (x, y + by) }
    }

    /// How far along (mm) a box is seen from its place.
    fn displaced(&self, page: &Square, placement: &Placement, rect: &Rect, drift: f64) -> Option<f64> {
        let look = |step: &f64| {
            let by = drift + step;
            let (x, y) = self.moved((rect.x, rect.y), by);
            let (worth, (right, down)) = ink::frame_beside(page, placement, &Rect { x, y, ..*rect })?;
            let more = if self.sideways { right } else { down };
            Some((worth - 0.05 * (step + more).abs(), by + more))
        };
        LOOKS.iter().filter_map(look).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, by)| by)
    }
}
