//! Solid squares that stand like the fiducials of a form.

use std::f64::consts::{FRAC_PI_2, PI};

use super::squares::Spot;
use crate::align::{Plane, Point};
use crate::form::Rect;

/// Three or four squares that stand like a form's fiducials.
#[derive(Clone, Debug)]
pub(super) struct Constellation {
    /// Index of the square for each fiducial: top left, top right, bottom left, bottom right.
    pub(super) spots: [Option<usize>; 4],
    /// Centres of the fiducials found: millimetres on the form, pixels on the page.
    pub(super) pairs: Vec<(Point, Point)>,
    /// The map through them.
    pub(super) plane: Plane,
}

impl Constellation {
    /// Whether all four fiducials were found.
    pub(super) fn is_complete(&self) -> bool {
        self.spots.iter().all(Option::is_some)
    }
}

/// All ways to see the fiducials in the squares, in any quarter turn. `grid` is pixels per millimetre across and down.
pub(super) fn all(fiducials: &[Rect; 4], spots: &[Spot], grid: (f64, f64)) -> Vec<Constellation> {
    let nominal = fiducials.map(|r| r.middle());
    let mm: Vec<Point> = spots.iter().map(|s| (s.centre.0 / grid.0, s.centre.1 / grid.1)).collect();
    let mut found: Vec<Constellation> = Vec::new();
    for (from, to) in [(TOP_LEFT, BOTTOM_RIGHT), (TOP_RIGHT, BOTTOM_LEFT)] {
        for i in 0..mm.len() {
            for j in 0..mm.len() {
                let Some(map) = similar((nominal[from], nominal[to]), (mm[i], mm[j])) else { continue };
                let mut chosen = [None; 4];
                (chosen[from], chosen[to]) = (Some(i), Some(j));
                for corner in (0..4).filter(|&c| c != from && c != to) {
                    chosen[corner] = nearest(&mm, map(nominal[corner]), &[i, j]);
                }
                if found.iter().any(|c| c.spots == chosen) {
                    continue;
                }
                found.extend(fit(&nominal, chosen, spots, &mm));
            }
        }
    }
    found
}

const TOP_LEFT: usize = 0;
const TOP_RIGHT: usize = 1;
const BOTTOM_LEFT: usize = 2;
const BOTTOM_RIGHT: usize = 3;

/// Printed size over nominal size, with some room for wrong resolutions.
const SCALE: std::ops::RangeInclusive<f64> = 0.8..=1.22;

/// Scale across over scale down: a squeezed page, lost rows.
const SQUEEZE: std::ops::RangeInclusive<f64> = 0.84..=1.19;

/// Largest rotation beyond a quarter turn, radians.
const SKEW: f64 = 0.14;

/// Largest departure from a right angle, radians.
const SHEAR: f64 = 0.035;

/// A square is looked for so near (mm) to where two others say.
const REACH: f64 = 14.0;

/// Distance (mm) of four centres from an affine image of the fiducials; lost rows bend it.
const BEND: f64 = 2.5;

/// The similarity that takes one pair of points to another; `None` when its scale or angle is no fax.
fn similar(form: (Point, Point), page: (Point, Point)) -> Option<impl Fn(Point) -> Point> {
    let u = (form.1.0 - form.0.0, form.1.1 - form.0.1);
    let v = (page.1.0 - page.0.0, page.1.1 - page.0.1);
    let size = u.0 * u.0 + u.1 * u.1;
    let (a, b) = ((u.0 * v.0 + u.1 * v.1) / size, (u.0 * v.1 - u.1 * v.0) / size);
    let scale = a.hypot(b);
    // A squeezed page turns its diagonals too.
    let fits = SCALE.contains(&scale) && beyond_quarter(b.atan2(a)).abs() < SKEW + 0.09;
    fits.then_some(move |p: Point| {
        let (x, y) = (p.0 - form.0.0, p.1 - form.0.1);
        (page.0.0 + a * x - b * y, page.0.1 + b * x + a * y)
    })
}

fn beyond_quarter(angle: f64) -> f64 {
    angle - (angle / FRAC_PI_2).round() * FRAC_PI_2
}

fn nearest(spots: &[Point], to: Point, taken: &[usize]) -> Option<usize> {
    let distance = |i: &usize| (spots[*i].0 - to.0).hypot(spots[*i].1 - to.1);
    let best =
        (0..spots.len()).filter(|i| !taken.contains(i)).min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
    (distance(&best) < REACH).then_some(best)
}

/// The map from the fiducials to the squares chosen, if it is one that scanners and fax lines make.
fn fit(
    nominal: &[Point; 4],
    chosen: [Option<usize>; 4],
    spots: &[Spot],
    mm: &[Point],
) -> Option<Constellation> {
    let pairs: Vec<(Point, Point)> = (0..4).filter_map(|c| Some((nominal[c], mm[chosen[c]?]))).collect();
    let affine = Plane::affine(&pairs)?;
    let bend = pairs.iter().map(|&(p, q)| distance(affine.apply(p), q)).fold(0.0, f64::max);
    let (right, down) = affine.steps((0.0, 0.0));
    let (across, along) = (right.0.hypot(right.1), down.0.hypot(down.1));
    let turn = right.1.atan2(right.0);
    let corner = (down.1.atan2(down.0) - turn).rem_euclid(2.0 * PI);
    let plausible = SCALE.contains(&across)
        && SCALE.contains(&along)
        && SQUEEZE.contains(&(across / along))
        && beyond_quarter(turn).abs() < SKEW
        && (corner - FRAC_PI_2).abs() < SHEAR
        && bend < BEND;
    // Each square must be about as large as the distances say.
    let sized = chosen.iter().flatten().all(|&i| {
        let s = &spots[i];
        (s.width / across - 1.0).abs() < 0.25 && (s.height / along - 1.0).abs() < 0.25
    });
    if !plausible || !sized {
        return None;
    }
    let pairs: Vec<_> = (0..4).filter_map(|c| Some((nominal[c], spots[chosen[c]?].centre))).collect();
    let plane = through(&pairs)?;
    Some(Constellation { spots: chosen, pairs, plane })
}

/// The projective map through four pairs, the affine map through three.
pub(super) fn through(pairs: &[(Point, Point)]) -> Option<Plane> {
    match <&[(Point, Point); 4]>::try_from(pairs) {
        Ok(four) => Plane::projective(four),
        Err(_) => Plane::affine(pairs),
    }
}

fn distance(a: Point, b: Point) -> f64 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FIDUCIALS: [Rect; 4] = [
        Rect { x: 10.0, y: 14.0, w: 6.0, h: 6.0 },
        Rect { x: 194.0, y: 14.0, w: 6.0, h: 6.0 },
        Rect { x: 10.0, y: 283.0, w: 6.0, h: 6.0 },
        Rect { x: 194.0, y: 283.0, w: 6.0, h: 6.0 },
    ];

    fn spot(x: f64, y: f64) -> Spot {
        Spot { centre: (x, y), width: 1.0, height: 1.0 }
    }

    /// The fiducials turned about the page's middle and scaled, with two strangers among them.
    fn seen(degrees: f64, scale: f64) -> Vec<Spot> {
        let (s, c) = degrees.to_radians().sin_cos();
        let mut spots = vec![spot(400.0, 900.0), spot(1300.0, 1500.0)];
        spots.extend(FIDUCIALS.map(|f| {
            let (x, y) = (f.x + 3.0 - 105.0, f.y + 3.0 - 148.0);
            let side = scale * 1.0;
            Spot {
                centre: (8.0 * scale * (c * x - s * y) + 1000.0, 8.0 * scale * (s * x + c * y) + 1200.0),
                width: side,
                height: side,
            }
        }));
        spots
    }

    proptest! {
        #[test]
        fn the_fiducials_are_seen_among_strangers(quarter in 0..4, skew in -6f64..6.0, scale in 0.85f64..1.15) {
            let degrees = f64::from(quarter) * 90.0 + skew;
            let found = all(&FIDUCIALS, &seen(degrees, scale), (8.0, 8.0));
            let complete: Vec<_> = found.iter().filter(|c| c.is_complete()).collect();
            prop_assert!(complete.iter().any(|c| c.spots == [Some(2), Some(3), Some(4), Some(5)]));
            prop_assert!(complete.len() <= 2, "only the half turn remains open");
        }
    }

    #[test]
    fn three_fiducials_are_enough_and_two_are_not() {
        let mut spots = seen(2.0, 1.0);
        spots.remove(3);
        assert!(
            all(&FIDUCIALS, &spots, (8.0, 8.0)).iter().any(|c| c.spots == [Some(2), None, Some(3), Some(4)])
        );
        spots.remove(3);
        assert!(all(&FIDUCIALS, &spots, (8.0, 8.0)).is_empty());
    }
}
