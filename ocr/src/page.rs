//! A decoded page: bounded pixels on the grid they were coded on, and the true resolution.

use std::fmt;

use image::GrayImage;
use serde::{Deserialize, Serialize};

use crate::lost::Parts;
use crate::{Error, Result};

/// Pixels per inch; fax pages differ in x and y (204×98, 204×196).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dpi {
    /// Across the page.
    pub x: f64,
    /// Down the page.
    pub y: f64,
}

impl Dpi {
    /// Resolution of a page whose file does not tell it, from the pixel counts that ITU-T T.4 gives the
    /// paper widths A4, B4 and A3; any other width is taken for A4.
    ///
    /// The height chooses the line density: a page clearly wider than tall is a standard-resolution
    /// (98 lines) page, one more than twice as tall as wide has 391 lines on 204 columns.
    pub fn of_fax(width: u32, height: u32) -> Self {
        let tall = f64::from(height) / f64::from(width.max(1));
        match width {
            1728 | 2048 | 2432 if tall < 0.9 => Self { x: 204.0, y: 98.0 },
            1728 | 2048 | 2432 if tall > 2.2 => Self { x: 204.0, y: 391.0 },
            1728 | 2048 | 2432 => Self { x: 204.0, y: 196.0 },
            3456 | 4096 | 4864 => Self { x: 408.0, y: 391.0 },
            2592 | 3072 | 3648 => Self { x: 300.0, y: 300.0 },
            _ => {
                let square = (f64::from(width) / A4_WIDTH_IN).clamp(20.0, 2400.0);
                Self { x: square, y: square }
            }
        }
    }

    /// `told`, unless it is missing or impossible for paper that a fax machine takes (20 to 2400 dpi,
    /// at most 17 inches across, the long side of A3); then [`Dpi::of_fax`]. A fax page clearly wider than
    /// tall whose file tells the same resolution both ways has half of it down the page.
    pub fn credible(told: Option<Self>, width: u32, height: u32) -> Self {
        let fax = Self::of_fax(width, height);
        match told.filter(|dpi| dpi.is_sane() && f64::from(width) / dpi.x <= WIDEST_PAPER_IN) {
            None => fax,
            // A program that knows one resolution only has squashed a page of 98 lines an inch.
            Some(told) if told.is_square() && fax == STANDARD => {
                Self { x: told.x, y: told.x * fax.y / fax.x }
            }
            Some(told) => told,
        }
    }

    fn is_square(self) -> bool {
        (self.x / self.y - 1.0).abs() < 0.03
    }

    fn is_sane(self) -> bool {
        [self.x, self.y].iter().all(|d| (20.0..=2400.0).contains(d))
    }
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
///
/// A page that was coded in black and white holds only 0 and 255; one that was scanned in gray or
/// colour, or drawn from text and lines, keeps its grays. 128 is the line between ink and paper.
#[derive(Clone)]
pub struct Page {
    pixels: GrayImage,
    dpi: Dpi,
    flaws: Vec<Flaw>,
    lost: Parts,
}

/// Largest page held in memory, in pixels: A4 at 600 dpi or A3 at 400 dpi; what is larger is halved.
pub const MAX_PIXELS: u64 = 36_000_000;

const STANDARD: Dpi = Dpi { x: 204.0, y: 98.0 };
const A4_WIDTH_IN: f64 = 210.0 / 25.4;
const WIDEST_PAPER_IN: f64 = 17.0;

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
        if count == 0 || !dpi.is_sane() {
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
        Ok(Self { pixels, dpi, flaws, lost: Parts::new() })
    }

    /// Takes decoded pixels, halved as often as [`MAX_PIXELS`] asks for.
    ///
    /// # Errors
    /// As [`Page::new`], but never for too many pixels.
    pub fn fitted(mut pixels: GrayImage, mut dpi: Dpi, mut flaws: Vec<Flaw>) -> Result<Self> {
        while u64::from(pixels.width()) * u64::from(pixels.height()) > MAX_PIXELS {
            pixels = halved(&pixels);
            dpi = Dpi { x: dpi.x / 2.0, y: dpi.y / 2.0 };
            if !flaws.contains(&Flaw::ScaledDown) {
                flaws.push(Flaw::ScaledDown);
            }
        }
        Self::new(pixels, dpi, flaws)
    }

    /// The page with the parts of its height that hold no coded rows, or rows after an error in the code.
    pub(crate) fn without(self, lost: Parts) -> Self {
        Self { lost, ..self }
    }

    /// Parts of the height that were lost on the line.
    pub(crate) fn lost(&self) -> &Parts {
        &self.lost
    }

    /// The page with its levels changed; the number of pixels stays.
    pub(crate) fn map(self, change: impl FnOnce(GrayImage) -> GrayImage) -> Self {
        Self { pixels: change(self.pixels), ..self }
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

/// Means of two by two pixels; an odd last row or column counts double.
fn halved(pixels: &GrayImage) -> GrayImage {
    let (width, height) = pixels.dimensions();
    GrayImage::from_fn(width.div_ceil(2), height.div_ceil(2), |x, y| {
        let at = |dx: u32, dy: u32| {
            let (x, y) = ((2 * x + dx).min(width - 1), (2 * y + dy).min(height - 1));
            u32::from(pixels.get_pixel(x, y).0[0])
        };
        // A mean of four bytes is a byte.
        image::Luma([((at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1) + 2) / 4) as u8])
    })
}

/// Size and resolution only: the pixels show a patient.
impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("size", &self.pixels.dimensions())
            .field("dpi", &self.dpi)
            .field("flaws", &self.flaws)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_without_resolution_is_taken_for_a_fax() {
        assert_eq!(Dpi::of_fax(1728, 1143), Dpi { x: 204.0, y: 98.0 });
        assert_eq!(Dpi::of_fax(1728, 2287), Dpi { x: 204.0, y: 196.0 });
        assert_eq!(Dpi::of_fax(1728, 4574), Dpi { x: 204.0, y: 391.0 });
        assert_eq!(Dpi::of_fax(3456, 4574), Dpi { x: 408.0, y: 391.0 });
        assert!((Dpi::of_fax(1654, 2339).x - 200.0).abs() < 0.1);
    }

    #[test]
    fn an_absurd_resolution_is_not_believed() {
        let screen = Some(Dpi { x: 72.0, y: 72.0 });
        assert_eq!(Dpi::credible(screen, 1728, 2287), Dpi { x: 204.0, y: 196.0 });
        assert_eq!(Dpi::credible(Some(Dpi { x: 204.0, y: 204.0 }), 1728, 1143), Dpi { x: 204.0, y: 98.0 });
        assert_eq!(Dpi::credible(screen, 595, 842), Dpi { x: 72.0, y: 72.0 });
        assert_eq!(Dpi::credible(Some(Dpi { x: f64::NAN, y: 0.0 }), 1728, 1143), Dpi { x: 204.0, y: 98.0 });
    }

    #[test]
    fn debug_output_shows_no_pixel() {
        let page =
            Page::new(GrayImage::new(30, 20), Dpi { x: 204.0, y: 196.0 }, vec![Flaw::Damaged]).unwrap();
        assert_eq!(
            format!("{page:?}"),
            "Page { size: (30, 20), dpi: Dpi { x: 204.0, y: 196.0 }, flaws: [Damaged], .. }"
        );
    }

    #[test]
    fn a_page_is_never_empty_nor_larger_than_memory_allows() {
        let dpi = Dpi { x: 204.0, y: 196.0 };
        assert!(matches!(Page::new(GrayImage::new(0, 9), dpi, vec![]), Err(Error::Unreadable { .. })));
        assert!(matches!(Page::new(GrayImage::new(36_001, 1000), dpi, vec![]), Err(Error::OverLimit { .. })));
    }

    #[test]
    fn a_page_with_more_pixels_is_halved_and_says_so() {
        let large = GrayImage::from_fn(10_001, 6_000, |x, _| image::Luma([if x % 4 < 2 { 0 } else { 255 }]));
        let page = Page::fitted(large, Dpi { x: 600.0, y: 600.0 }, vec![]).unwrap();
        assert_eq!((page.pixels().dimensions(), page.dpi()), ((5_001, 3_000), Dpi { x: 300.0, y: 300.0 }));
        assert_eq!(page.flaws(), [Flaw::ScaledDown]);
        assert_eq!([0, 1, 2, 3].map(|x| page.pixels().get_pixel(x, 9).0[0]), [0, 255, 0, 255]);
    }
}
