//! QR and Code128 of a form, read where the geometry says they are. The only file that names `rxing`.
//!
//! Since the form is already placed, every module of a code has a known position: it is judged by the average
//! over its own area, which survives speckle and 98 lines per inch far better than looking for edges does.

use image::{GrayImage, Luma};
use rxing::helpers::detect_in_luma_with_hints;
use rxing::qrcode::decoder::qrcode_decoder::decode_bool_array;
use rxing::{BarcodeFormat, DecodeHints};

use crate::align::{Placement, Point};
use crate::clean::Square;
use crate::code::{Payload, QR_MODULES};
use crate::form::Rect;

/// Text of the QR code in `rect` (without its quiet zone) for which `valid` gives a value.
pub(super) fn qr<T>(
    page: &Square,
    placement: &Placement,
    rect: Rect,
    valid: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let quiet = 2.0 * rect.w / QR_MODULES as f64;
    let fine = SAMPLES as f64 * QR_MODULES as f64 / rect.w;
    let image = placement.rectify(page, rect.grown(quiet), fine);
    let sampled = best_grids(&image).into_iter().find_map(|grid| {
        let text = decode_bool_array(&grid).ok()?;
        valid(text.getText())
    });
    sampled.or_else(|| {
        let crop = placement.rectify(page, rect.grown(2.0 * quiet), 8.0);
        valid(&detect(&crop, BarcodeFormat::QR_CODE)?.0)
    })
}

/// Text of the Code128 in `rect` for which `valid` gives a value.
pub(super) fn code128<T>(
    page: &Square,
    placement: &Placement,
    rect: Rect,
    valid: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let zone = Rect { x: rect.x - 5.0, w: rect.w + 10.0, ..rect };
    let image = placement.rectify(page, zone, 16.0);
    let bands = [(0.1, 0.9), (0.05, 0.4), (0.3, 0.7), (0.6, 0.95)];
    let text = |band| valid(&detect(&average_rows(&image, band), BarcodeFormat::CODE_128)?.0);
    bands.into_iter().find_map(text).or_else(|| valid(&detect(&image, BarcodeFormat::CODE_128)?.0))
}

/// A QR code anywhere on the page: its text and its corners in pixels (top left, top right, bottom left as printed).
pub(super) fn qr_anywhere(page: &Square) -> Option<(String, [Point; 3])> {
    let (w, h) = page.pixels.dimensions();
    let half = image::imageops::thumbnail(&page.pixels, (w / 2).max(1), (h / 2).max(1));
    let found = detect(&half, BarcodeFormat::QR_CODE).map(|(text, points)| (text, points, 2.0));
    let (text, points, grow) = found.or_else(|| {
        let (text, points) = detect(&page.pixels, BarcodeFormat::QR_CODE)?;
        Some((text, points, 1.0))
    })?;
    let point = |i: usize| points.get(i).map(|p| (p.0 * grow, p.1 * grow));
    Some((text, [point(0)?, point(1)?, point(2)?]))
}

/// What a Code128 of ours anywhere on the page says, upright or turned.
pub(super) fn code128_anywhere(page: &Square) -> Option<Payload> {
    detect(&page.pixels, BarcodeFormat::CODE_128).and_then(|(text, _)| Payload::parse(&text).ok())
}

/// Pixels sampled along a module.
const SAMPLES: usize = 5;

/// Grids tried on one code.
const MOST_GRIDS: usize = 6;

fn detect(image: &GrayImage, format: BarcodeFormat) -> Option<(String, Vec<Point>)> {
    let mut hints = DecodeHints { TryHarder: Some(true), ..DecodeHints::default() };
    let luma = image.as_raw().clone();
    let found =
        detect_in_luma_with_hints(luma, image.width(), image.height(), Some(format), &mut hints).ok()?;
    let points = found.getPoints().iter().map(|p| (f64::from(p.x), f64::from(p.y))).collect();
    Some((found.getText().to_owned(), points))
}

/// The module grids whose finder patterns look best, over small displacements of the code.
fn best_grids(image: &GrayImage) -> Vec<Vec<Vec<bool>>> {
    let reach = SAMPLES as i64 * 6 / 5;
    let mut tried: Vec<(i64, (i64, i64))> = Vec::new();
    for dy in -reach..=reach {
        for dx in -reach..=reach {
            tried.push((finder_score(image, (dx, dy)) * 4 - dx.abs() - dy.abs(), (dx, dy)));
        }
    }
    tried.sort_by_key(|(score, _)| -score);
    tried.into_iter().take(MOST_GRIDS).map(|(_, by)| grid(image, by)).collect()
}

fn grid(image: &GrayImage, by: (i64, i64)) -> Vec<Vec<bool>> {
    (0..QR_MODULES)
        .map(|row| (0..QR_MODULES).map(|col| module(image, col, row, by) < 128).collect())
        .collect()
}

/// Average of the inner area of a module; the image has two quiet modules around the code.
fn module(image: &GrayImage, col: usize, row: usize, (dx, dy): (i64, i64)) -> u32 {
    let left = ((col + 2) * SAMPLES + 1) as i64 + dx;
    let top = ((row + 2) * SAMPLES + 1) as i64 + dy;
    let inner = SAMPLES as i64 - 2;
    let at = |x: i64, y: i64| {
        let pixel =
            u32::try_from(x).ok().zip(u32::try_from(y).ok()).and_then(|(x, y)| image.get_pixel_checked(x, y));
        pixel.map_or(255, |p| u32::from(p.0[0]))
    };
    let sum: u32 = (top..top + inner)
        .flat_map(|y| (left..left + inner).map(move |x| (x, y)))
        .map(|(x, y)| at(x, y))
        .sum();
    sum / (inner * inner) as u32
}

/// How dark and light the modules of the three finder patterns are where they should be.
fn finder_score(image: &GrayImage, by: (i64, i64)) -> i64 {
    let far = QR_MODULES - 7;
    let mut score = 0;
    for (x, y) in [(0, 0), (far, 0), (0, far)] {
        for row in 0..7usize {
            for col in 0..7usize {
                let ring = row.abs_diff(3).max(col.abs_diff(3));
                let ink = 255 - i64::from(module(image, x + col, y + row, by));
                score += if ring == 2 { -ink } else { ink };
            }
        }
    }
    score / 64
}

/// One row of averages over a band of the image, repeated so that a reader of lines finds it.
fn average_rows(image: &GrayImage, (from, to): (f64, f64)) -> GrayImage {
    let (w, h) = image.dimensions();
    let rows = (f64::from(h) * from) as u32..((f64::from(h) * to) as u32).max(1);
    let count = rows.len().max(1) as u32;
    let average = |x: u32| rows.clone().map(|y| u32::from(image.get_pixel(x, y).0[0])).sum::<u32>() / count;
    let line: Vec<u32> = (0..w).map(average).collect();
    GrayImage::from_fn(w, 24, |x, _| Luma([if line[x as usize] < 128 { 0 } else { 255 }]))
}
