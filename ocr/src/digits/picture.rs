//! A cell as the network wants it: the way MNIST was made.

use image::{GrayImage, imageops};

use crate::line::{Ink, PAPER};

/// Rows and columns of the picture.
pub(super) const SIDE: u32 = 28;
/// The longer side of the ink becomes this many pixels.
const INK: f64 = 20.0;
/// Ink smaller than this many pixels of the cell (2 mm) is enlarged no further: a dot must not look like a 0.
const SMALLEST: u32 = 16;

/// The ink of a cell, its longer side brought to 20 pixels by averaging areas, with its centre of mass in the middle
/// of 28 × 28 pixels; 0 ink, 255 paper. `None` for a cell without ink.
pub fn picture(cell: &GrayImage) -> Option<GrayImage> {
    let ink = Ink::of(cell)?;
    let cut = imageops::crop_imm(cell, ink.x, ink.y, ink.width, ink.height).to_image();
    let step = f64::from(ink.width.max(ink.height).max(SMALLEST)) / INK;
    let small = shrink(&cut, step);
    let mut picture = GrayImage::from_pixel(SIDE, SIDE, PAPER);
    let (x, y) = centre(&small);
    let place = |at: f64, size: u32| {
        ((f64::from(SIDE) / 2.0 - at).round() as i64).clamp(0, i64::from(SIDE - size.min(SIDE)))
    };
    imageops::replace(&mut picture, &small, place(x, small.width()), place(y, small.height()));
    Some(picture)
}

/// Averages squares of `step` by `step` pixels; beyond the rim there is paper.
fn shrink(image: &GrayImage, step: f64) -> GrayImage {
    let across = covers(image.width(), step);
    let down = covers(image.height(), step);
    GrayImage::from_fn(across.len() as u32, down.len() as u32, |x, y| {
        let mut ink = 0.0;
        for &(v, high) in &down[y as usize] {
            for &(u, wide) in &across[x as usize] {
                ink += high * wide * f64::from(255 - image.get_pixel(u, v).0[0]);
            }
        }
        image::Luma([255 - (ink / (step * step)).round().min(255.0) as u8])
    })
}

/// For every output pixel the input pixels that it covers, and how much of each.
fn covers(from: u32, step: f64) -> Vec<Vec<(u32, f64)>> {
    let to = (f64::from(from) / step).ceil().clamp(1.0, INK) as u32;
    let rim = (f64::from(to) * step - f64::from(from)) / 2.0;
    let cover = |i: u32| {
        let (start, end) = (f64::from(i) * step - rim, f64::from(i + 1) * step - rim);
        let pixels = start.floor().max(0.0) as u32..(end.ceil().max(0.0) as u32).min(from);
        pixels.map(|p| (p, f64::from(p + 1).min(end) - f64::from(p).max(start))).collect()
    };
    (0..to).map(cover).collect()
}

/// The centre of mass of the ink.
fn centre(image: &GrayImage) -> (f64, f64) {
    let mut sums = (0.0, 0.0, 0.0);
    for (x, y, pixel) in image.enumerate_pixels() {
        let ink = f64::from(255 - pixel.0[0]);
        sums = (sums.0 + ink, sums.1 + ink * (f64::from(x) + 0.5), sums.2 + ink * (f64::from(y) + 0.5));
    }
    let total = sums.0.max(1e-9);
    (sums.1 / total, sums.2 / total)
}

#[cfg(test)]
mod tests {
    use image::Luma;
    use proptest::prelude::*;

    use super::*;

    fn block(x: u32, y: u32, w: u32, h: u32) -> GrayImage {
        let inside = |u: u32, v: u32| (x..x + w).contains(&u) && (y..y + h).contains(&v);
        GrayImage::from_fn(53, 69, |u, v| Luma([if inside(u, v) { 0 } else { 255 }]))
    }

    #[test]
    fn the_longer_side_fills_twenty_pixels_and_the_middle_is_the_middle() {
        let ink = Ink::of(&picture(&block(3, 10, 20, 40)).unwrap()).unwrap();
        assert_eq!((ink.x, ink.y, ink.width, ink.height), (9, 4, 10, 20));
    }

    #[test]
    fn where_in_the_cell_it_stands_does_not_matter() {
        assert_eq!(picture(&block(3, 10, 20, 40)), picture(&block(30, 25, 20, 40)));
    }

    #[test]
    fn a_dot_stays_small() {
        let ink = Ink::of(&picture(&block(3, 10, 4, 4)).unwrap()).unwrap();
        assert_eq!((ink.width, ink.height), (5, 5));
    }

    #[test]
    fn white_cells_have_no_picture() {
        assert_eq!(picture(&GrayImage::from_pixel(53, 69, PAPER)), None);
        assert_eq!(picture(&GrayImage::new(0, 0)), None);
    }

    proptest! {
        #[test]
        fn any_ink_makes_a_picture_with_ink(w in 1u32..300, h in 1u32..300, dots in prop::collection::vec((0u32..300, 0u32..300), 1..9)) {
            let mut cell = GrayImage::from_pixel(w, h, PAPER);
            dots.into_iter().for_each(|(x, y)| cell.put_pixel(x % w, y % h, Luma([0])));
            let picture = picture(&cell).unwrap();
            prop_assert_eq!(picture.dimensions(), (SIDE, SIDE));
            prop_assert!(picture.pixels().any(|p| p.0[0] < 255));
        }
    }
}
