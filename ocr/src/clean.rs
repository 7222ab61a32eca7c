//! Any fax grid to one: square pixels at about 204 dpi, ink dark, lone specks gone.

use image::{GrayImage, Luma};

use crate::page::Page;

/// A page on square pixels: 0 ink, 255 paper.
#[derive(Clone, Debug)]
pub struct Square {
    /// The pixels.
    pub pixels: GrayImage,
    /// Pixels per inch, the same in both directions, as far as the page told the truth.
    pub dpi: f64,
}

impl Square {
    /// Pixels per millimetre.
    pub fn px_per_mm(&self) -> f64 {
        self.dpi / 25.4
    }

    /// Whether the pixel is ink; outside the page there is none.
    pub(crate) fn ink(&self, x: i64, y: i64) -> bool {
        let (w, h) = self.pixels.dimensions();
        x >= 0
            && y >= 0
            && x < i64::from(w)
            && y < i64::from(h)
            && self.pixels.as_raw()[y as usize * w as usize + x as usize] < INK_BELOW
    }
}

/// Brings a page of any resolution to square pixels.
///
/// 204×98, 204×196 and 200×200 keep their columns; other grids go to 204 dpi. Shrinking averages areas,
/// stretching interpolates with a cubic, so that one-pixel strokes survive a later threshold.
/// A page that is mostly black is taken for a negative. Only single pixels with nothing near them
/// are removed as specks: the dots of ﾞ and ﾟ and broken pen strokes stay.
pub fn square(page: &Page) -> Square {
    let mut pixels = page.pixels().clone();
    if black_share(&pixels) > NEGATIVE_ABOVE {
        image::imageops::invert(&mut pixels);
    }
    remove_specks(&mut pixels);
    let dpi = target_dpi(page);
    let size = |pixels: u32, from: f64| ((f64::from(pixels) * dpi / from).round() as u32).max(1);
    let (w, h) = (size(pixels.width(), page.dpi().x), size(pixels.height(), page.dpi().y));
    Square { pixels: stretch_rows(&stretch_columns(pixels, w), h), dpi }
}

/// Values below are ink.
pub(crate) const INK_BELOW: u8 = 128;

/// Share of black above which a page is a negative (fax-formats.md section 5).
pub(crate) const NEGATIVE_ABOVE: f64 = 0.6;

/// Fax columns per inch.
const FAX_DPI: f64 = 204.0;

/// Largest result: an A3 page at 204 dpi has 8 million pixels; a page that lies about its resolution has more.
const MOST_PIXELS: f64 = 16_000_000.0;

fn target_dpi(page: &Page) -> f64 {
    let (x, y) = (page.dpi().x, page.dpi().y);
    let wished = if (190.0..=215.0).contains(&x) { x } else { FAX_DPI };
    let square_inches = f64::from(page.pixels().width()) / x * f64::from(page.pixels().height()) / y;
    wished.min((MOST_PIXELS / square_inches).sqrt())
}

fn black_share(pixels: &GrayImage) -> f64 {
    let black = pixels.as_raw().iter().filter(|&&p| p < INK_BELOW).count();
    black as f64 / pixels.as_raw().len() as f64
}

/// Removes ink pixels that have no other ink within two pixels.
fn remove_specks(pixels: &mut GrayImage) {
    let (w, h) = (pixels.width() as usize, pixels.height() as usize);
    let raw = pixels.as_raw();
    let ink = |x: usize, y: usize| raw[y * w + x] < INK_BELOW;
    let alone = |x: usize, y: usize| {
        let (left, right) = (x.saturating_sub(2), (x + 2).min(w - 1));
        let (top, bottom) = (y.saturating_sub(2), (y + 2).min(h - 1));
        (top..=bottom).all(|v| (left..=right).all(|u| (u, v) == (x, y) || !ink(u, v)))
    };
    let mut specks = Vec::new();
    for y in 0..h {
        for x in 0..w {
            let beside = x > 0 && ink(x - 1, y) || x + 1 < w && ink(x + 1, y);
            if ink(x, y) && !beside && alone(x, y) {
                specks.push((x as u32, y as u32));
            }
        }
    }
    for (x, y) in specks {
        pixels.put_pixel(x, y, Luma([255]));
    }
}

/// Source pixels and weights of one output pixel.
struct Taps {
    first: usize,
    weights: Vec<f32>,
}

/// The taps that bring `from` pixels to `to` pixels.
fn taps(from: u32, to: u32) -> Vec<Taps> {
    let step = f64::from(from) / f64::from(to);
    (0..to).map(|i| if step > 1.0 { area_taps(i, step, from) } else { cubic_taps(i, step, from) }).collect()
}

fn area_taps(i: u32, step: f64, from: u32) -> Taps {
    let (start, end) = (f64::from(i) * step, (f64::from(i + 1) * step).min(f64::from(from)));
    let first = (start as usize).min(from as usize - 1);
    let last = ((end.ceil() as usize).max(first + 1)).min(from as usize);
    let cover = |k: usize| ((k + 1) as f64).min(end) - (k as f64).max(start);
    let weights: Vec<f64> = (first..last).map(|k| cover(k).max(1e-6)).collect();
    normalized(first, &weights)
}

/// Catmull-Rom through the four nearest source pixels; at the rim the missing ones count for the nearest.
fn cubic_taps(i: u32, step: f64, from: u32) -> Taps {
    let centre = (f64::from(i) + 0.5) * step - 0.5;
    let base = centre.floor();
    let t = centre - base;
    let weights = [
        ((-0.5 * t + 1.0) * t - 0.5) * t,
        (1.5 * t - 2.5) * t * t + 1.0,
        ((-1.5 * t + 2.0) * t + 0.5) * t,
        (0.5 * t - 0.5) * t * t,
    ];
    let last = i64::from(from) - 1;
    let at = |k: usize| (base as i64 + k as i64 - 1).clamp(0, last) as usize;
    let first = at(0);
    let mut merged = vec![0.0; at(3) - first + 1];
    for (k, weight) in weights.iter().enumerate() {
        merged[at(k) - first] += weight;
    }
    normalized(first, &merged)
}

fn normalized(first: usize, weights: &[f64]) -> Taps {
    let sum: f64 = weights.iter().sum();
    Taps { first, weights: weights.iter().map(|w| (w / sum) as f32).collect() }
}

fn stretch_columns(pixels: GrayImage, to: u32) -> GrayImage {
    if pixels.width() == to {
        return pixels;
    }
    let taps = taps(pixels.width(), to);
    let mut out = GrayImage::new(to, pixels.height());
    let width = pixels.width() as usize;
    for (from, into) in pixels.as_raw().chunks_exact(width).zip(out.chunks_exact_mut(to as usize)) {
        for (pixel, tap) in into.iter_mut().zip(&taps) {
            let sum: f32 = tap.weights.iter().zip(&from[tap.first..]).map(|(w, &p)| w * f32::from(p)).sum();
            *pixel = (sum + 0.5) as u8;
        }
    }
    out
}

fn stretch_rows(pixels: &GrayImage, to: u32) -> GrayImage {
    if pixels.height() == to {
        return pixels.clone();
    }
    let width = pixels.width() as usize;
    let rows: Vec<&[u8]> = pixels.as_raw().chunks_exact(width).collect();
    let mut out = GrayImage::new(pixels.width(), to);
    let mut sums = vec![0f32; width];
    for (into, tap) in out.chunks_exact_mut(width).zip(taps(pixels.height(), to)) {
        sums.fill(0.5);
        for (weight, row) in tap.weights.iter().zip(&rows[tap.first..]) {
            for (sum, &pixel) in sums.iter_mut().zip(*row) {
                *sum += weight * f32::from(pixel);
            }
        }
        for (pixel, sum) in into.iter_mut().zip(&sums) {
            *pixel = *sum as u8;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Dpi;

    fn page(w: u32, h: u32, dpi: (f64, f64), ink: impl Fn(u32, u32) -> bool) -> Page {
        let pixels = GrayImage::from_fn(w, h, |x, y| Luma([if ink(x, y) { 0 } else { 255 }]));
        Page::new(pixels, Dpi { x: dpi.0, y: dpi.1 }, vec![]).unwrap()
    }

    #[test]
    fn every_grid_becomes_square_at_its_true_size() {
        for (w, h, x, y) in [
            (864, 571, 204.0, 98.0),
            (864, 1143, 204.0, 196.0),
            (850, 1100, 200.0, 200.0),
            (1275, 1650, 300.0, 300.0),
            (1728, 2287, 408.0, 391.0),
        ] {
            let square = square(&page(w, h, (x, y), |_, _| false));
            let inches = (
                f64::from(square.pixels.width()) / square.dpi,
                f64::from(square.pixels.height()) / square.dpi,
            );
            assert!((inches.0 - f64::from(w) / x).abs() < 0.01, "{w}x{h}");
            assert!((inches.1 - f64::from(h) / y).abs() < 0.01, "{w}x{h}");
            assert!((199.0..=205.0).contains(&square.dpi));
        }
    }

    #[test]
    fn a_line_one_row_high_stays_ink_everywhere_after_stretching() {
        for dpi in [98.0, 196.0] {
            let square = square(&page(60, 200, (204.0, dpi), |_, y| y % 10 == 5));
            let rows: Vec<bool> = square.pixels.rows().map(|mut r| r.any(|p| p.0[0] < INK_BELOW)).collect();
            let lines = rows.windows(2).filter(|pair| !pair[0] && pair[1]).count();
            assert_eq!(lines, 20, "{dpi}");
        }
    }

    #[test]
    fn lone_specks_go_and_dots_and_broken_strokes_stay() {
        let mark = |x: u32, y: u32| {
            (x, y) == (10, 10) || (x, y) == (30, 30) || (x, y) == (31, 31) || (x, y) == (32, 33)
        };
        let square = square(&page(64, 64, (204.0, 204.0), mark));
        assert!(!square.ink(10, 10));
        assert!(square.ink(30, 30) && square.ink(31, 31) && square.ink(32, 33));
    }

    #[test]
    fn a_negative_is_turned_back() {
        let square = square(&page(64, 64, (204.0, 204.0), |x, _| x > 8));
        assert!(square.ink(2, 20) && !square.ink(40, 20));
    }

    #[test]
    fn a_page_that_lies_about_its_size_stays_bounded() {
        let square = square(&page(1728, 2287, (25.0, 25.0), |_, _| false));
        assert!(square.pixels.as_raw().len() < 17_000_000);
    }
}
