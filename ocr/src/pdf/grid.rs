//! The pixels that a page is drawn on.

use hayro::kurbo::{Affine, Point, Rect};

use super::probe::{Drawn, Placed};
use crate::document::MAX_IMAGE_PIXELS;
use crate::page::{Dpi, MAX_PIXELS};
use crate::{Error, Result};

/// A canvas and the map onto it.
#[derive(Clone, Copy, Debug)]
pub struct Grid {
    /// Pixels across.
    pub width: u16,
    /// Pixels down.
    pub height: u16,
    /// Resolution of the canvas.
    pub dpi: Dpi,
    /// From points of the page, counted from the top left corner, to pixels.
    pub to_pixels: Affine,
    /// The canvas has fewer pixels than the scan on it.
    pub scaled_down: bool,
}

impl Grid {
    /// The grid of the scan that covers the page, or [`FINE`] when there is none; of no more than so many
    /// pixels.
    pub fn native(page: (f64, f64), drawn: &Drawn, most: f64) -> Self {
        Scan::largest(&drawn.images)
            .filter(|scan| scan.covers(page))
            .map_or_else(|| Self::free(page, FINE, most), |scan| Self::of_scan(page, &scan, drawn, most))
    }

    /// The whole page at a given resolution.
    ///
    /// # Errors
    /// [`Error::OverLimit`] when that is more than a canvas may hold; [`Error::Draw`] when the resolution
    /// is no positive number.
    pub fn at(page: (f64, f64), dpi: Dpi) -> Result<Self> {
        if !(dpi.x > 0.0 && dpi.y > 0.0) {
            return Err(Error::Draw { what: format!("a page at {}x{} dpi", dpi.x, dpi.y) });
        }
        let grid = Self::free(page, dpi, MAX_PIXELS as f64);
        if grid.scaled_down {
            return Err(Error::OverLimit { limit: MAX_PIXELS, of: "pixels on a page" });
        }
        Ok(grid)
    }

    fn free(page: (f64, f64), dpi: Dpi, most: f64) -> Self {
        let scale = (dpi.x / POINTS_PER_INCH, dpi.y / POINTS_PER_INCH);
        Self::new((page.0 * scale.0, page.1 * scale.1), scale, Point::ORIGIN, most)
    }

    fn of_scan(page: (f64, f64), scan: &Scan, drawn: &Drawn, most: f64) -> Self {
        let (sx, sy) = scan.scale;
        // A scan that misses the page's edge by a hair is the page; resampling it by that hair would
        // break thin strokes. With something else on the page, the margin may hold that something.
        let alone = drawn.others == 0 && scan.images == drawn.images.len();
        let hair = if alone { 0.02 } else { 0.002 };
        let mut grid = if is_near(scan.area, page, hair) {
            let pixels = ((scan.area.width() * sx).round(), (scan.area.height() * sy).round());
            // Pixels over points of the whole: exact, where the pieces' sizes are rounded.
            let scale = (pixels.0 / scan.area.width(), pixels.1 / scan.area.height());
            Self::new(pixels, scale, scan.area.origin(), most)
        } else {
            // The page keeps its margins, shifted so that the scan's corner falls on a whole pixel.
            let corner = scan.area.origin();
            let origin =
                Point::new(corner.x - (corner.x * sx).round() / sx, corner.y - (corner.y * sy).round() / sy);
            Self::new((page.0 * sx, page.1 * sy), scan.scale, origin, most)
        };
        if !grid.scaled_down {
            grid.dpi = Dpi::credible(Some(grid.dpi), grid.width.into(), grid.height.into());
        }
        grid
    }

    fn new(pixels: (f64, f64), scale: (f64, f64), origin: Point, most: f64) -> Self {
        let fit = (MAX_WIDTH / pixels.0)
            .min(MAX_HEIGHT / pixels.1)
            .min((most / (pixels.0 * pixels.1)).sqrt())
            .min(1.0);
        // Rounding down keeps the product within the limit; a page has at least one pixel.
        let side =
            |length: f64| if fit < 1.0 { (length * fit).floor() } else { length.round() }.max(1.0) as u16;
        let (sx, sy) = (scale.0 * fit, scale.1 * fit);
        Self {
            width: side(pixels.0),
            height: side(pixels.1),
            dpi: Dpi { x: sx * POINTS_PER_INCH, y: sy * POINTS_PER_INCH },
            to_pixels: Affine::scale_non_uniform(sx, sy) * Affine::translate(-origin.to_vec2()),
            scaled_down: fit < 1.0,
        }
    }
}

/// The images that make up the scan: one, or the strips of one.
struct Scan {
    area: Rect,
    /// Pixels per point across and down.
    scale: (f64, f64),
    images: usize,
}

impl Scan {
    /// The image with the most pixels and all others of its scale.
    fn largest(images: &[Placed]) -> Option<Self> {
        let upright: Vec<Upright> = images.iter().filter_map(Upright::of).collect();
        let first =
            upright.iter().max_by(|a, b| (a.pixels.0 * a.pixels.1).total_cmp(&(b.pixels.0 * b.pixels.1)))?;
        let alike = |image: &&Upright| {
            let close = |a: f64, b: f64| (a / b - 1.0).abs() < 0.01;
            close(image.scale().0, first.scale().0) && close(image.scale().1, first.scale().1)
        };
        let parts: Vec<&Upright> = upright.iter().filter(alike).collect();
        // Strips carry rounded heights; over all of them the error is that of one.
        let sum = |length: &dyn Fn(&Upright) -> f64| parts.iter().map(|part| length(part)).sum::<f64>();
        let scale = (
            sum(&|p| p.pixels.0) / sum(&|p| p.area.width()),
            sum(&|p| p.pixels.1) / sum(&|p| p.area.height()),
        );
        let area = parts.iter().fold(first.area, |area, part| area.union(part.area));
        Some(Self { area, scale, images: parts.len() })
    }

    fn covers(&self, page: (f64, f64)) -> bool {
        let seen = self.area.intersect(Rect::new(0.0, 0.0, page.0, page.1));
        seen.area() > SCANNED_SHARE * page.0 * page.1
    }
}

/// An image whose sides run along the page's sides.
#[derive(Clone, Copy)]
struct Upright {
    area: Rect,
    /// Pixels along the page's x and y.
    pixels: (f64, f64),
}

impl Upright {
    fn of(image: &Placed) -> Option<Self> {
        let (width, height) = (f64::from(image.width), f64::from(image.height));
        let area = image.to_page.transform_rect_bbox(Rect::new(0.0, 0.0, width, height));
        let [a, b, c, d, ..] = image.to_page.as_coeffs();
        // How far the sides lean over the whole image, in points.
        let straight = (b * width).abs().max((c * height).abs());
        let turned = (a * width).abs().max((d * height).abs());
        let pixels = match () {
            () if straight < LEAN => (width, height),
            () if turned < LEAN => (height, width),
            () => return None,
        };
        let whole = area.width() > 0.0 && area.height() > 0.0 && area.is_finite();
        whole.then_some(Self { area, pixels })
    }

    fn scale(&self) -> (f64, f64) {
        (self.pixels.0 / self.area.width(), self.pixels.1 / self.area.height())
    }
}

/// Whether every edge of `area` lies within `hair` of the page's, as a share of its sides.
fn is_near(area: Rect, (width, height): (f64, f64), hair: f64) -> bool {
    let (dx, dy) = (hair * width, hair * height);
    area.x0.abs() <= dx
        && (area.x1 - width).abs() <= dx
        && area.y0.abs() <= dy
        && (area.y1 - height).abs() <= dy
}

/// Most pixels of a page whose samples are laid as they are, one byte each.
pub const MOST_LAID: f64 = MAX_IMAGE_PIXELS as f64;

/// Fine resolution of ITU-T T.4, for pages that are not scanned.
pub const FINE: Dpi = Dpi { x: 204.0, y: 196.0 };

const POINTS_PER_INCH: f64 = 72.0;
const MAX_WIDTH: f64 = 10_000.0;
const MAX_HEIGHT: f64 = 14_000.0;
/// Share of the page that an image must cover to be its scan rather than a stamp or a logo.
const SCANNED_SHARE: f64 = 0.3;
/// Points that an upright side may lean: less than a pixel of any fax.
const LEAN: f64 = 0.05;
