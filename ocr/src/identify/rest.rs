//! What is left of a page without the forms already found on it.

use super::Placed;
use crate::align::Point;
use crate::clean::Square;
use crate::form::Form;
use crate::ink;

/// The page with the forms found turned white; `None` when nothing is left that could hold another form.
pub(super) fn without(page: &Square, forms: &[&Form], found: &[Placed]) -> Option<Square> {
    let mut rest = page.clone();
    let mm = page.px_per_mm();
    let (w, h) = page.pixels.dimensions();
    let mut area = f64::from(w) / mm * f64::from(h) / mm;
    for placed in found {
        let (across, down) = forms[placed.form].page_mm;
        area -= across * down * placed.scale.powi(2);
        let corners = [(0.0, 0.0), (across, 0.0), (across, down), (0.0, down)];
        whiten(&mut rest, corners.map(|(x, y)| placed.placement.to_px(x, y)));
    }
    let smallest = forms.iter().map(|form| form.page_mm.0 * form.page_mm.1).fold(f64::MAX, f64::min);
    (area >= ROOM * smallest && !ink::is_blank(&rest)).then_some(rest)
}

/// Share of a form's paper that must be left for another: sheets overlap on a scan, and their margins get lost.
const ROOM: f64 = 0.6;

/// Paints a convex area, its corners in order.
fn whiten(page: &mut Square, corners: [Point; 4]) {
    let (w, h) = page.pixels.dimensions();
    for y in 0..h {
        let middle = f64::from(y) + 0.5;
        let mut edges = (f64::MAX, f64::MIN);
        for k in 0..4 {
            let (a, b) = (corners[k], corners[(k + 1) % 4]);
            if (a.1 <= middle) != (b.1 <= middle) {
                let x = a.0 + (b.0 - a.0) * (middle - a.1) / (b.1 - a.1);
                edges = (edges.0.min(x), edges.1.max(x));
            }
        }
        let (from, to) =
            (edges.0.clamp(0.0, f64::from(w)) as usize, edges.1.clamp(0.0, f64::from(w)) as usize);
        if from < to {
            let row = y as usize * w as usize;
            page.pixels.as_mut()[row + from..row + to].fill(255);
        }
    }
}
