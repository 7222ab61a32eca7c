//! A form guessed by its printed lines, where fiducials are cut off, punched out or covered.
//!
//! Thin lines along the rows of the page, summed along the skew, make a profile in which a form's rules, boxes and
//! cells stand at known distances; lines down the page do the same for the other direction. The best matches are
//! guesses that the caller must prove.

mod lines;
mod profile;
mod template;

use lines::Lines;
use profile::Profile;
use template::Template;

use crate::align::{Plane, Point};
use crate::clean::Square;
use crate::form::Form;

/// Where a form may lie; `form` is an index into the forms given.
#[derive(Clone, Debug)]
pub(super) struct Guess {
    pub(super) form: usize,
    pub(super) plane: Plane,
    worth: f64,
}

/// The most likely places of each form on a page, the best first.
pub(super) fn guesses(page: &Square, forms: &[&Form]) -> Vec<Guess> {
    let Some(lines) = Lines::of(page) else { return Vec::new() };
    let skew = lines.skew();
    let (down, across) = lines.profiles(skew);
    let mut guesses = Vec::new();
    for (index, form) in forms.iter().enumerate() {
        let template = Template::of(form);
        for turns in 0..4 {
            guesses.extend(matched(&template, &down, &across, turns).into_iter().filter_map(
                |(worth, place)| {
                    let plane = place.plane(skew, page.px_per_mm())?;
                    Some(Guess { form: index, plane, worth })
                },
            ));
        }
    }
    guesses.sort_by(|a, b| b.worth.total_cmp(&a.worth));
    guesses.truncate(MOST_GUESSES);
    guesses
}

/// Guesses that are worth proving.
const MOST_GUESSES: usize = 6;

/// Largest difference between the scales of the two directions.
const STRETCH: f64 = 0.03;

/// The form's rows and columns on the page without its skew, in millimetres.
struct Place {
    /// Clockwise quarter turns.
    turns: u8,
    /// Scale and start of the form's x and of its y.
    x: (f64, f64),
    y: (f64, f64),
}

impl Place {
    /// The point of the page without its skew.
    fn apply(&self, (x, y): Point) -> Point {
        let (x, y) = (self.x.1 + self.x.0 * x, self.y.1 + self.y.0 * y);
        if self.turns.is_multiple_of(2) { (x, y) } else { (y, x) }
    }

    fn plane(&self, skew: f64, px_per_mm: f64) -> Option<Plane> {
        let (sin, cos) = skew.sin_cos();
        let to = |at: Point| {
            let (x, y) = self.apply(at);
            ((x * cos - y * sin) * px_per_mm, (x * sin + y * cos) * px_per_mm)
        };
        let pairs = [(0.0, 0.0), (100.0, 0.0), (0.0, 100.0), (100.0, 100.0)].map(|at| (at, to(at)));
        Plane::affine(&pairs)
    }
}

/// The form turned so often, laid on the profiles of the page down and across.
fn matched(template: &Template, down: &Profile, across: &Profile, turns: u8) -> Vec<(f64, Place)> {
    // The form's y grows down, left, up, right; its x right, down, left, up.
    let (rows, columns) = if turns.is_multiple_of(2) { (down, across) } else { (across, down) };
    let y_sign = if turns == 0 || turns == 3 { 1.0 } else { -1.0 };
    let x_sign = if turns < 2 { 1.0 } else { -1.0 };
    let fits = rows.fits(&template.rows, y_sign, profile::SCALE);
    fits.into_iter()
        .filter_map(|y| {
            let scale = y.scale.abs();
            let near = (scale - STRETCH, scale + STRETCH);
            let x = columns.fits(&template.columns, x_sign, near).into_iter().next()?;
            let place = Place { turns, x: (x.scale, x.start), y: (y.scale, y.start) };
            Some((x.worth + y.worth, place))
        })
        .collect()
}
