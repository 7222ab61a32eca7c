//! What a fax line does to a page: its resolution, a crooked feed, specks, a page put in upside down.

use image::{GrayImage, Luma};
use kasasagi_ocr::page::{Dpi, Page};
use rand::rngs::StdRng;
use rand::{Rng, RngExt};

use crate::Result;

/// Fine resolution: 8.03 dots and 7.7 lines per millimetre.
pub(super) const FINE: Dpi = Dpi { x: 204.0, y: 196.0 };

/// What happens on the way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// Standard resolution: every other line is not sent.
    pub standard: bool,
    /// How crooked the sheet was fed, in degrees.
    pub skew_deg: f64,
    /// Share of pixels that flip.
    pub specks: f64,
    /// Fed with the wrong end first.
    pub upside_down: bool,
}

impl Line {
    /// A good line at fine resolution.
    pub(super) const GOOD: Self = Self { standard: false, skew_deg: 0.0, specks: 0.0, upside_down: false };
}

/// Sends a page drawn at [`FINE`]; every pixel arrives black or white.
pub(super) fn send(page: &Page, line: Line, chance: &mut StdRng) -> Result<Page> {
    let mut pixels = crooked(page.pixels(), line.skew_deg);
    if line.upside_down {
        image::imageops::rotate180_in_place(&mut pixels);
    }
    let mut dpi = page.dpi();
    if line.standard {
        pixels = GrayImage::from_fn(pixels.width(), pixels.height() / 2, |x, y| *pixels.get_pixel(x, y * 2));
        dpi.y /= 2.0;
    }
    speckle(&mut pixels, line.specks, chance);
    Ok(Page::new(pixels, dpi, Vec::new())?)
}

/// Turns about the middle; lengths differ across and down, so the turn is done in inches.
fn crooked(page: &GrayImage, degrees: f64) -> GrayImage {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (width, height) = page.dimensions();
    let (cx, cy) = (f64::from(width) / 2.0, f64::from(height) / 2.0);
    GrayImage::from_fn(width, height, |x, y| {
        let (dx, dy) = ((f64::from(x) - cx) / FINE.x, (f64::from(y) - cy) / FINE.y);
        let (sx, sy) = (cx + (dx * cos + dy * sin) * FINE.x, cy + (dy * cos - dx * sin) * FINE.y);
        let inside = sx >= 0.0 && sy >= 0.0 && sx < f64::from(width) && sy < f64::from(height);
        let ink = inside && page.get_pixel(sx as u32, sy as u32).0[0] < 128;
        Luma([if ink { 0 } else { 255 }])
    })
}

fn speckle(page: &mut GrayImage, share: f64, chance: &mut impl Rng) {
    for pixel in page.pixels_mut() {
        if share > 0.0 && chance.random_bool(share) {
            pixel.0[0] = 255 - pixel.0[0];
        }
    }
}
