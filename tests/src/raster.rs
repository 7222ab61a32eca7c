//! A page of black and white pixels with its resolution.

use std::io::{Error, ErrorKind, Result};
use std::path::Path;
use std::process::Command;

/// Fax resolution, dots per inch along and across a line: standard.
pub const STANDARD: (f64, f64) = (204.0, 98.0);
/// Fax resolution, dots per inch along and across a line: fine.
pub const FINE: (f64, f64) = (204.0, 196.0);
/// Pixels in a line of a fax (ITU-T T.4, A4).
pub const FAX_LINE: usize = 1728;

/// A bilevel page.
#[derive(Clone, PartialEq)]
pub struct Raster {
    width: usize,
    height: usize,
    dpi: (f64, f64),
    /// Row by row, true is black.
    black: Vec<bool>,
}

impl Raster {
    /// A white page of `width` by `height` pixels at `dpi` (x, y).
    pub fn white(width: usize, height: usize, dpi: (f64, f64)) -> Self {
        Self { width, height, dpi, black: vec![false; width * height] }
    }

    /// Draws page `page` (from 1) of a PDF with poppler's `pdftoppm`.
    ///
    /// # Errors
    /// When the program is missing or the page cannot be drawn.
    pub fn of_pdf(pdf: &Path, page: u32, dpi: (f64, f64)) -> Result<Self> {
        let number = page.to_string();
        let output = Command::new("pdftoppm")
            .args(["-mono", "-f", &number, "-l", &number])
            .args(["-rx", &dpi.0.to_string(), "-ry", &dpi.1.to_string()])
            .arg(pdf)
            .output()?;
        if !output.status.success() {
            return Err(Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        Self::from_pbm(&output.stdout, dpi)
    }

    /// Reads a binary PBM (`P4`).
    ///
    /// # Errors
    /// When it is none, or cut short.
    pub fn from_pbm(bytes: &[u8], dpi: (f64, f64)) -> Result<Self> {
        let malformed = || Error::new(ErrorKind::InvalidData, "not a whole binary PBM");
        let mut rest = bytes.strip_prefix(b"P4").ok_or_else(malformed)?;
        let mut size = [0usize; 2];
        for number in &mut size {
            rest = rest.trim_ascii_start();
            while let Some(comment) = rest.strip_prefix(b"#") {
                let end = comment.iter().position(|b| *b == b'\n').ok_or_else(malformed)?;
                rest = comment[end..].trim_ascii_start();
            }
            let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
            let text = std::str::from_utf8(&rest[..digits]).map_err(|_| malformed())?;
            *number = text.parse().ok().filter(|n| (1..=20_000).contains(n)).ok_or_else(malformed)?;
            rest = &rest[digits..];
        }
        let rows = rest.get(1..).ok_or_else(malformed)?;
        let [width, height] = size;
        let stride = width.div_ceil(8);
        if rows.len() < stride * height {
            return Err(malformed());
        }
        let black = (0..height)
            .flat_map(|y| (0..width).map(move |x| rows[y * stride + x / 8] >> (7 - x % 8) & 1 == 1))
            .collect();
        Ok(Self { width, height, dpi, black })
    }

    /// The page centred on lines as long as a fax's; cut when it is wider.
    pub fn on_fax_lines(&self) -> Self {
        let mut page = Self::white(FAX_LINE, self.height, self.dpi);
        let shift = (FAX_LINE as isize - self.width as isize) / 2;
        for y in 0..self.height {
            for x in 0..FAX_LINE {
                page.set(x, y, self.get(x as isize - shift, y as isize));
            }
        }
        page
    }

    /// Paints one pixel; nothing happens off the page.
    pub fn set(&mut self, x: usize, y: usize, black: bool) {
        if x < self.width && y < self.height {
            self.black[y * self.width + x] = black;
        }
    }

    /// Draws a straight stroke of a round pen; ends and width in millimetres from the top left corner.
    pub fn stroke(&mut self, from: (f64, f64), to: (f64, f64), width: f64) {
        let (across, down) = (25.4 / self.dpi.0, 25.4 / self.dpi.1);
        let reach = |a: f64, b: f64, mm: f64| {
            ((a.min(b) - width) / mm).max(0.0) as usize..((a.max(b) + width) / mm).max(0.0) as usize + 1
        };
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = (dx * dx + dy * dy).max(f64::MIN_POSITIVE);
        for y in reach(from.1, to.1, down) {
            for x in reach(from.0, to.0, across) {
                let (px, py) = ((x as f64 + 0.5) * across - from.0, (y as f64 + 0.5) * down - from.1);
                let along = ((px * dx + py * dy) / length).clamp(0.0, 1.0);
                if (px - along * dx).hypot(py - along * dy) <= width / 2.0 {
                    self.set(x, y, true);
                }
            }
        }
    }

    /// Share of black pixels in a rectangle in millimetres: left, top, width, height.
    pub fn ink_in(&self, [x, y, w, h]: [f64; 4]) -> f64 {
        let dots = |mm: f64, dpi: f64| (mm / 25.4 * dpi).round() as isize;
        let (columns, rows) =
            (dots(x, self.dpi.0)..dots(x + w, self.dpi.0), dots(y, self.dpi.1)..dots(y + h, self.dpi.1));
        let all = columns.len() * rows.len();
        let black =
            rows.flat_map(|y| columns.clone().map(move |x| (x, y))).filter(|&(x, y)| self.get(x, y)).count();
        black as f64 / all.max(1) as f64
    }

    /// Puts `row` in after row `y`, or takes row `y` out when `row` is `None`.
    pub(crate) fn splice(&mut self, y: usize, row: Option<Vec<bool>>) {
        let start = y * self.width;
        match row {
            Some(row) => {
                debug_assert_eq!(row.len(), self.width);
                self.black.splice(start..start, row);
                self.height += 1;
            }
            None => {
                self.black.drain(start..start + self.width);
                self.height -= 1;
            }
        }
    }

    /// Whether a pixel is black; white off the page.
    pub fn get(&self, x: isize, y: isize) -> bool {
        let inside = |at: isize, size: usize| usize::try_from(at).ok().filter(|at| *at < size);
        match (inside(x, self.width), inside(y, self.height)) {
            (Some(x), Some(y)) => self.black[y * self.width + x],
            _ => false,
        }
    }

    /// Pixels in a line.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Lines.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Dots per inch along and across a line.
    pub fn dpi(&self) -> (f64, f64) {
        self.dpi
    }

    /// Share of black pixels, 0 to 1.
    pub fn ink(&self) -> f64 {
        self.black.iter().filter(|b| **b).count() as f64 / self.black.len().max(1) as f64
    }

    /// Rows of packed bits, the leftmost pixel highest, 1 for black; each row starts a byte.
    pub fn packed(&self) -> Vec<u8> {
        let pack = |bits: &[bool]| {
            bits.iter().enumerate().fold(0u8, |byte, (i, black)| byte | u8::from(*black) << (7 - i))
        };
        self.black.chunks(self.width.max(1)).flat_map(|row| row.chunks(8).map(pack)).collect()
    }

    /// As binary PBM.
    pub fn to_pbm(&self) -> Vec<u8> {
        let mut pbm = format!("P4\n{} {}\n", self.width, self.height).into_bytes();
        pbm.extend(self.packed());
        pbm
    }
}

impl std::fmt::Debug for Raster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Raster({}x{} at {:?} dpi, ink {:.4})", self.width, self.height, self.dpi, self.ink())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pbm_comes_back_as_it_was() {
        let mut page = Raster::white(13, 5, FINE);
        for (x, y) in [(0, 0), (12, 0), (7, 2), (8, 2), (12, 4)] {
            page.set(x, y, true);
        }
        assert_eq!(Raster::from_pbm(&page.to_pbm(), FINE).unwrap(), page);
        assert_eq!(Raster::from_pbm(b"P4 # a comment\n1 1\n\x80", FINE).unwrap().ink(), 1.0);
    }

    #[test]
    fn what_is_no_whole_pbm_is_refused() {
        for bad in [&b""[..], b"P4", b"P4 9 2\n\x00\x00\x00", b"P1 1 1\n1", b"P4 0 1\n", b"P4 99999 99999\n"]
        {
            assert!(Raster::from_pbm(bad, FINE).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_stroke_is_as_wide_and_long_as_said_at_any_resolution() {
        for dpi in [FINE, STANDARD] {
            let mut page = Raster::white(400, 400, dpi);
            page.stroke((10.0, 10.0), (30.0, 10.0), 1.0);
            let area = page.ink() * 400.0 * 400.0 * 25.4 / dpi.0 * 25.4 / dpi.1;
            assert!((area - 20.8).abs() < 1.5, "{area} mm2 at {dpi:?}");
            assert!(page.ink_in([12.0, 9.8, 16.0, 0.4]) > 0.9);
            assert_eq!(page.ink_in([12.0, 12.0, 16.0, 5.0]), 0.0);
        }
    }

    #[test]
    fn a_narrow_page_is_centred_on_the_line() {
        let mut page = Raster::white(1688, 1, FINE);
        page.set(0, 0, true);
        let fax = page.on_fax_lines();
        assert_eq!(fax.width(), FAX_LINE);
        assert!(fax.get(20, 0) && !fax.get(19, 0));
    }
}
