//! A decoded page: bounded pixels on the grid they were coded on, and the true resolution.

use image::GrayImage;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Pixels per inch; fax pages differ in x and y (204×98, 204×196).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dpi {
    /// Across the page.
    pub x: f64,
    /// Down the page.
    pub y: f64,
}

/// What the decoder knows to be wrong with a page; it travels with the page to the reader and the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flaw {
    /// The page draws nothing at all.
    BlankNothingDrawn,
    /// The code stream is damaged.
    Damaged,
    /// Fewer rows than announced.
    RowsMissing,
    /// The decoder warned about an image on the page.
    DecodeWarning,
    /// The page was larger than the canvas limit and was scaled down.
    ScaledDown,
    /// The receiving machine reported bad lines (TIFF tags 326, 328).
    BadFaxLines,
}

/// One page on its own pixel grid: 0 is ink, 255 is paper, rows from the top.
#[derive(Clone, Debug)]
pub struct Page {
    pixels: GrayImage,
    dpi: Dpi,
    flaws: Vec<Flaw>,
}

/// Largest page held in memory, in pixels (fax-page canvas; an A3 page at 600 dpi has 70 million).
pub const MAX_PIXELS: u64 = 60_000_000;

impl Page {
    /// Takes decoded pixels.
    ///
    /// # Errors
    /// [`Error::OverLimit`] above [`MAX_PIXELS`]; [`Error::Unreadable`] for an empty page or an absurd resolution.
    pub fn new(pixels: GrayImage, dpi: Dpi, flaws: Vec<Flaw>) -> Result<Self> {
        let count = u64::from(pixels.width()) * u64::from(pixels.height());
        if count > MAX_PIXELS {
            return Err(Error::OverLimit { limit: MAX_PIXELS, of: "pixels on a page" });
        }
        let sane = |d: f64| (20.0..=2400.0).contains(&d);
        if count == 0 || !sane(dpi.x) || !sane(dpi.y) {
            return Err(Error::Unreadable {
                kind: "page",
                what: format!(
                    "{}x{} pixels at {:.0}x{:.0} dpi",
                    pixels.width(),
                    pixels.height(),
                    dpi.x,
                    dpi.y
                ),
            });
        }
        Ok(Self { pixels, dpi, flaws })
    }

    /// The pixels, 0 ink to 255 paper.
    pub fn pixels(&self) -> &GrayImage {
        &self.pixels
    }

    /// Resolution of the pixel grid.
    pub fn dpi(&self) -> Dpi {
        self.dpi
    }

    /// Known flaws, empty for a sound page.
    pub fn flaws(&self) -> &[Flaw] {
        &self.flaws
    }
}
