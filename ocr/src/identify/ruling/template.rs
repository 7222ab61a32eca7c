//! Where a form's printed lines stand.

use crate::form::{Artwork, Form, Kind};

/// Lines of a form: place (mm) and weight, ascending.
pub(super) struct Template {
    /// Lines along the rows, by their y.
    pub(super) rows: Vec<(f64, f64)>,
    /// Lines down the columns, by their x.
    pub(super) columns: Vec<(f64, f64)>,
}

impl Template {
    pub(super) fn of(form: &Form) -> Self {
        let (mut rows, mut columns) = (Vec::new(), Vec::new());
        for field in &form.fields {
            for rect in field.boxes.iter().map(|b| b.rect) {
                rows.extend([rect.y + HALF, rect.bottom() - HALF].map(|y| (y, rect.w)));
                columns.extend([rect.x + HALF, rect.right() - HALF].map(|x| (x, rect.h)));
            }
            for cell in &field.cells {
                rows.push((cell.bottom() - HALF, cell.w));
                columns.extend([cell.x, cell.right()].map(|x| (x, TICK)));
            }
            if let Kind::Text { lines, .. } = field.kind {
                let pitch = field.zone.h / f64::from(lines.max(1));
                rows.extend((1..=lines).map(|n| (field.zone.y + pitch * f64::from(n) - HALF, field.zone.w)));
            }
        }
        for artwork in &form.artwork {
            let Artwork::Line { x1, y1, x2, y2, .. } = artwork else { continue };
            if (y1 - y2).abs() < HALF {
                rows.push((*y1, (x2 - x1).abs()));
            } else if (x1 - x2).abs() < HALF {
                columns.push((*x1, (y2 - y1).abs()));
            }
        }
        Self { rows: merged(rows), columns: merged(columns) }
    }
}

/// Half the thickness (mm) of printed frames.
const HALF: f64 = 0.125;

/// Height (mm) of the ticks between cells.
const TICK: f64 = 2.5;

/// Lines so close (mm) are one.
const CLOSE: f64 = 0.3;

/// Length (mm) from which more of a line says no more.
pub(super) const LONG: f64 = 50.0;

fn merged(mut lines: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    lines.sort_by(|a, b| a.0.total_cmp(&b.0));
    let weigh = |group: &[(f64, f64)]| {
        let length: f64 = group.iter().map(|line| line.1).sum();
        let place = group.iter().map(|line| line.0 * line.1).sum::<f64>() / length;
        (place, (length / LONG).min(1.0))
    };
    lines.chunk_by(|a, b| b.0 - a.0 < CLOSE).map(weigh).collect()
}
