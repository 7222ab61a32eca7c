//! Straight lines down a page that a dirty scanner draws: they are no pen.

use std::ops::Range;

use crate::clean::Square;

/// Columns of the page, out of `columns`, in which a thin line runs through these rows and far beyond.
pub(super) fn columns(page: &Square, columns: Range<i64>, rows: Range<i64>) -> Vec<i64> {
    let mm = page.px_per_mm();
    let (long, thin) = ((LONG * mm) as i64, (THIN * mm).ceil() as i64);
    let lined: Vec<i64> = columns.filter(|&x| runs_through(page, x, &rows, long)).collect();
    // Side by side they are the edge of something solid, such as a black border.
    let groups = lined.chunk_by(|a, b| b - a == 1);
    groups.filter(|group| group.len() as i64 <= thin).flatten().copied().collect()
}

/// Length (mm) beyond the rows from which a line is no pen stroke, and thickness up to which it is a streak.
const LONG: f64 = 18.0;
const THIN: f64 = 0.7;

/// Share of ink along a streak.
const SOLID: f64 = 0.93;

fn runs_through(page: &Square, x: i64, rows: &Range<i64>, long: i64) -> bool {
    // Most columns are told by a few pixels.
    let probe = (rows.end - rows.start).max(8) / 8;
    let mut probes = (rows.start..rows.end).step_by(probe as usize);
    if probes.by_ref().filter(|&y| !page.ink(x, y)).count() > 1 {
        return false;
    }
    let solid = |from: i64, to: i64| {
        let inked = (from..to).filter(|&y| page.ink(x, y)).count();
        inked as f64 >= SOLID * (to - from) as f64
    };
    solid(rows.start, rows.end) && (solid(rows.start - long, rows.start) || solid(rows.end, rows.end + long))
}
