//! Rows that the line lost: a field in them was not seen, so it is neither blank nor sure.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::align::Placement;
use crate::clean::Square;
use crate::form::{Form, Rect};
use crate::page::Page;
use crate::reading::FieldReading;

/// Parts of a page's height, from 0 at the top to 1.
pub type Parts = Vec<Range<f64>>;

/// Doubts every field of a form that lies in rows of the page that were lost.
pub fn doubt(
    page: &Page,
    square: &Square,
    form: &Form,
    placement: &Placement,
    fields: &mut BTreeMap<String, FieldReading>,
) {
    if page.lost().is_empty() {
        return;
    }
    for field in &form.fields {
        let seen = height(placement, square, field.zone);
        let is_lost = page.lost().iter().any(|lost| lost.start < seen.end && seen.start < lost.end);
        if let Some(reading) = fields.get_mut(&field.key).filter(|_| is_lost) {
            reading.doubt(WHY);
        }
    }
}

/// Where a zone lies in the height of the page.
fn height(placement: &Placement, square: &Square, zone: Rect) -> Range<f64> {
    let corners = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)];
    let rows = corners.map(|(x, y)| placement.to_px(zone.x + x * zone.w, zone.y + y * zone.h).1);
    let whole = f64::from(square.pixels.height());
    let least = rows.iter().copied().fold(f64::INFINITY, f64::min);
    let most = rows.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    least / whole..most / whole
}

const WHY: &str = "受信中に失われた行にかかっています";
