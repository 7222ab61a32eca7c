//! Plane maps: millimetres on the form to pixels on the page.

/// A point.
pub type Point = (f64, f64);

/// A projective map of the plane; affine when the last row is 0 0 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plane {
    m: [f64; 8],
}

impl Plane {
    /// The affine map nearest to the pairs (from, to); `None` for fewer than three points or points on one line.
    pub fn affine(pairs: &[(Point, Point)]) -> Option<Self> {
        if pairs.len() < 3 {
            return None;
        }
        let mut a = [[0.0; 5]; 3];
        for ((x, y), (u, v)) in pairs {
            let row = [*x, *y, 1.0];
            for i in 0..3 {
                for j in 0..3 {
                    a[i][j] += row[i] * row[j];
                }
                a[i][3] += row[i] * u;
                a[i][4] += row[i] * v;
            }
        }
        let s = solve::<3, 5>(a)?;
        Some(Self { m: [s[0][3], s[1][3], s[2][3], s[0][4], s[1][4], s[2][4], 0.0, 0.0] })
    }

    /// The projective map through four pairs (from, to); `None` when three of them are on one line.
    pub fn projective(pairs: &[(Point, Point); 4]) -> Option<Self> {
        let mut a = [[0.0; 9]; 8];
        for (k, ((x, y), (u, v))) in pairs.iter().enumerate() {
            a[2 * k] = [*x, *y, 1.0, 0.0, 0.0, 0.0, -x * u, -y * u, *u];
            a[2 * k + 1] = [0.0, 0.0, 0.0, *x, *y, 1.0, -x * v, -y * v, *v];
        }
        let s = solve::<8, 9>(a)?;
        Some(Self { m: std::array::from_fn(|i| s[i][8]) })
    }

    /// The map that applies an affine `first` and then this one.
    pub(crate) fn after(&self, first: &Self) -> Self {
        let (m, f) = (&self.m, &first.m);
        let row =
            |a: f64, b: f64, c: f64| (a * f[0] + b * f[3], a * f[1] + b * f[4], a * f[2] + b * f[5] + c);
        let (x, y, w) = (row(m[0], m[1], m[2]), row(m[3], m[4], m[5]), row(m[6], m[7], 1.0));
        Self { m: [x.0, x.1, x.2, y.0, y.1, y.2, w.0, w.1].map(|v| v / w.2) }
    }

    /// Where a point goes.
    pub fn apply(&self, (x, y): Point) -> Point {
        let m = &self.m;
        let w = m[6] * x + m[7] * y + 1.0;
        ((m[0] * x + m[1] * y + m[2]) / w, (m[3] * x + m[4] * y + m[5]) / w)
    }

    /// The directions that one step along x and along y become at a point.
    pub fn steps(&self, at: Point) -> (Point, Point) {
        let here = self.apply(at);
        let right = self.apply((at.0 + 1.0, at.1));
        let down = self.apply((at.0, at.1 + 1.0));
        ((right.0 - here.0, right.1 - here.1), (down.0 - here.0, down.1 - here.1))
    }
}

/// Gauss-Jordan with row exchange on N equations; columns from N on are right sides. `None` when singular.
fn solve<const N: usize, const W: usize>(mut a: [[f64; W]; N]) -> Option<[[f64; W]; N]> {
    for col in 0..N {
        let best = (col..N).max_by(|&i, &j| a[i][col].abs().total_cmp(&a[j][col].abs()))?;
        a.swap(col, best);
        let pivot = a[col][col];
        if !pivot.is_finite() || pivot.abs() < 1e-9 {
            return None;
        }
        for value in &mut a[col] {
            *value /= pivot;
        }
        let lead = a[col];
        for (row, values) in a.iter_mut().enumerate() {
            if row != col {
                let factor = values[col];
                for (value, lead) in values.iter_mut().zip(&lead) {
                    *value -= factor * lead;
                }
            }
        }
    }
    Some(a)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn both_maps_recover_a_rotated_and_scaled_form(angle in -3.2f64..3.2, scale in 0.5f64..12.0, dx in -500f64..500.0, dy in -500f64..500.0) {
            let truth = |(x, y): Point| (
                scale * (x * angle.cos() - y * angle.sin()) + dx,
                scale * (x * angle.sin() + y * angle.cos()) + dy,
            );
            let corners = [(13.0, 17.0), (197.0, 17.0), (13.0, 286.0), (197.0, 286.0)].map(|p| (p, truth(p)));
            for plane in [Plane::projective(&corners).unwrap(), Plane::affine(&corners[..3]).unwrap()] {
                let (x, y) = plane.apply((104.0, 33.0));
                let (u, v) = truth((104.0, 33.0));
                prop_assert!((x - u).hypot(y - v) < 1e-6);
            }
        }
    }

    #[test]
    fn one_map_after_another_is_both() {
        let tilted = [
            ((0.0, 0.0), (3.0, 4.0)),
            ((9.0, 0.0), (80.0, 6.0)),
            ((0.0, 9.0), (1.0, 75.0)),
            ((9.0, 9.0), (84.0, 70.0)),
        ];
        let second = Plane::projective(&tilted).unwrap();
        let first =
            Plane::affine(&[((0.0, 0.0), (0.2, -0.1)), ((1.0, 0.0), (1.3, 0.0)), ((0.0, 1.0), (0.1, 1.0))])
                .unwrap();
        for at in [(0.0, 0.0), (7.0, 2.0), (3.0, 8.0)] {
            let (one, both) = (second.apply(first.apply(at)), second.after(&first).apply(at));
            assert!((one.0 - both.0).hypot(one.1 - both.1) < 1e-9);
        }
    }

    #[test]
    fn points_on_one_line_give_no_map() {
        let line = [(0.0, 0.0), (1.0, 1.0), (2.0, 2.0)].map(|p| (p, p));
        assert_eq!(Plane::affine(&line), None);
        assert_eq!(Plane::affine(&line[..2]), None);
    }
}
