//! The way down between two digits that crosses the least ink.

use std::ops::RangeInclusive;

use image::GrayImage;

use super::strokes::STROKE_BELOW;

/// For every row the first column right of the seam, within `leeway` columns of `middle`.
///
/// A seam moves at most one column a row, so that it can go around a digit that leans over, but not along its pen.
pub(super) fn seam(image: &GrayImage, middle: f64, leeway: f64, rows: RangeInclusive<u32>) -> Vec<u32> {
    let last = image.width().saturating_sub(1);
    let first = ((middle - leeway).round().max(0.0) as u32).min(last);
    let columns: Vec<u32> =
        (first..=((middle + leeway).round().max(0.0) as u32).clamp(first, last)).collect();
    let cost = |x: u32, y: u32| {
        let ink = if image.get_pixel(x, y).0[0] < STROKE_BELOW { INK } else { 0.0 };
        ink + AWAY * (f64::from(x) - middle).abs()
    };
    let mut spent = vec![0.0; columns.len()];
    let mut came: Vec<Vec<usize>> = Vec::new();
    for y in rows {
        let from: Vec<usize> = (0..columns.len()).map(|i| cheapest(&spent, i)).collect();
        let step = |(i, &from): (usize, &usize)| {
            spent[from] + if from == i { 0.0 } else { ASIDE } + cost(columns[i], y)
        };
        spent = from.iter().enumerate().map(step).collect();
        came.push(from);
    }
    let mut at = (0..columns.len()).min_by(|&a, &b| spent[a].total_cmp(&spent[b])).unwrap_or(0);
    let mut seam = Vec::with_capacity(came.len());
    for from in came.iter().rev() {
        seam.push(columns[at]);
        at = from[at];
    }
    seam.reverse();
    seam
}

/// Price of a pixel of ink, of a column's distance from the middle, of a step aside.
const INK: f64 = 1.0;
const AWAY: f64 = 0.01;
const ASIDE: f64 = 0.1;

/// The column in the row above, among the three that touch, from which a column is reached for the least.
fn cheapest(spent: &[f64], i: usize) -> usize {
    let price = |j: usize| spent[j] + if j == i { 0.0 } else { ASIDE };
    let beside = i.saturating_sub(1)..=(i + 1).min(spent.len() - 1);
    beside.min_by(|&a, &b| price(a).total_cmp(&price(b))).unwrap_or(i)
}

#[cfg(test)]
mod tests {
    use image::Luma;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_crosses_where_two_rings_touch() {
        let ring = |x: f64, y: f64, cx: f64| ((x - cx).hypot(y - 20.0) - 12.0).abs() < 2.0;
        let image = GrayImage::from_fn(60, 40, |x, y| {
            let (x, y) = (f64::from(x), f64::from(y));
            Luma([if ring(x, y, 14.0) || ring(x, y, 40.0) { 0 } else { 255 }])
        });
        let crossed: Vec<u32> = (0..40)
            .zip(seam(&image, 30.0, 9.0, 0..=39))
            .filter_map(|(y, x)| (image.get_pixel(x, y).0[0] == 0).then_some(y))
            .collect();
        assert!(crossed.len() <= 7 && crossed.iter().all(|y| (11..30).contains(y)), "{crossed:?}");
    }

    proptest! {
        #[test]
        fn it_is_one_column_a_row_without_jumps(
            bits in prop::collection::vec(any::<bool>(), 600), middle in -5.0f64..35.0, leeway in 0.0f64..20.0)
        {
            let image = GrayImage::from_fn(30, 20, |x, y| Luma([if bits[(y * 30 + x) as usize] { 0 } else { 255 }]));
            let seam = seam(&image, middle, leeway, 2..=17);
            prop_assert_eq!(seam.len(), 16);
            prop_assert!(seam.iter().all(|&x| x < 30));
            prop_assert!(seam.windows(2).all(|w| w[0].abs_diff(w[1]) <= 1));
        }
    }
}
