//! A line image cut to what is written on it, the shape every engine wants.

use image::{GrayImage, Luma, imageops};

/// Darker than this is ink.
pub const INK_BELOW: u8 = 128;

/// White paper.
pub const PAPER: Luma<u8> = Luma([255]);

/// The part of a line that carries ink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ink {
    /// Left column.
    pub x: u32,
    /// Top row.
    pub y: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl Ink {
    /// Bounds of all ink; `None` on white paper.
    pub fn of(line: &GrayImage) -> Option<Self> {
        let dark = line.enumerate_pixels().filter(|(_, _, p)| p.0[0] < INK_BELOW);
        let bounds = dark.fold(None, |bounds, (x, y, _)| match bounds {
            None => Some((x, y, x, y)),
            Some((left, top, right, bottom)) => Some((x.min(left), y.min(top), x.max(right), y.max(bottom))),
        });
        let (left, top, right, bottom) = bounds?;
        Some(Self { x: left, y: top, width: right - left + 1, height: bottom - top + 1 })
    }
}

/// The line cut to its ink, with a white border of `border` times the height of the ink all round;
/// `None` on white paper.
///
/// Ink much lower than the line, such as a lone `ー`, keeps half the height of the line around it:
/// blown up to full height it would look like another character.
pub fn trim(line: &GrayImage, border: f32) -> Option<GrayImage> {
    let ink = Ink::of(line)?;
    let height = ink.height.max(line.height() / 2);
    let margin = (height as f32 * border).round() as u32;
    let cut = imageops::crop_imm(line, ink.x, ink.y, ink.width, ink.height).to_image();
    let mut framed = GrayImage::from_pixel(ink.width + 2 * margin, height + 2 * margin, PAPER);
    let centred = middle(ink.y, ink.height, height, line.height());
    imageops::replace(&mut framed, &cut, i64::from(margin), i64::from(margin + centred));
    Some(framed)
}

/// Where ink that starts at row `top` goes inside a window of `height` rows cut from a line of `rows`.
fn middle(top: u32, ink: u32, height: u32, rows: u32) -> u32 {
    let slack = height - ink;
    let start = top.saturating_sub(slack / 2).min(rows - height);
    top - start
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn white_paper_has_no_ink() {
        assert_eq!(trim(&GrayImage::from_pixel(30, 20, PAPER), 0.1), None);
        assert_eq!(trim(&GrayImage::new(0, 0), 0.1), None);
    }

    proptest! {
        #[test]
        fn a_trimmed_line_keeps_every_dark_pixel_and_half_the_height(
            width in 1u32..40, height in 1u32..40, dots in prop::collection::vec((0u32..40, 0u32..40), 1..20)
        ) {
            let mut line = GrayImage::from_pixel(width, height, PAPER);
            for (x, y) in dots {
                line.put_pixel(x % width, y % height, Luma([0]));
            }
            let dark = |image: &GrayImage| image.pixels().filter(|p| p.0[0] < INK_BELOW).count();
            let trimmed = trim(&line, 0.1).unwrap();
            prop_assert_eq!(dark(&trimmed), dark(&line));
            prop_assert!(trimmed.height() >= height / 2);
        }
    }
}
