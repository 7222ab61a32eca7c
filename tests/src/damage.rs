//! What scanners, feeders and telephone lines do to a page.

use crate::chance::Chance;
use crate::raster::Raster;

/// Faults of one page; [`Damage::none`] has none. Applied in the order in which they happen: paper, scanner,
/// the header that the sender's machine writes, line.
#[derive(Clone, Debug)]
pub struct Damage {
    /// Clockwise turn about the middle of the page, in degrees.
    pub skew_deg: f64,
    /// Printed size over true size, about the middle of the page.
    pub scale: f64,
    /// Fed the wrong way round.
    pub upside_down: bool,
    /// Share of pixels turned over, 0 to 1.
    pub speckle: f64,
    /// What the sender's machine writes along the top.
    pub header: Option<Header>,
    /// Lines lost on the way; the page gets shorter.
    pub lost_rows: usize,
    /// Lines that arrive twice; the page gets longer.
    pub repeated_rows: usize,
    /// Where chance strikes.
    pub seed: u64,
}

/// The line that a fax machine writes on what it sends.
#[derive(Clone, Debug)]
pub struct Header {
    /// Digits, spaces and `-` `:` `/` `.` `P`; anything else is left blank.
    pub text: String,
    /// Whether the line comes on top of the page and lengthens it, instead of overwriting its first rows.
    pub lengthens: bool,
}

impl Damage {
    /// A page as it was printed.
    pub fn none() -> Self {
        Self {
            skew_deg: 0.0,
            scale: 1.0,
            upside_down: false,
            speckle: 0.0,
            header: None,
            lost_rows: 0,
            repeated_rows: 0,
            seed: 0,
        }
    }

    /// The page after all that.
    pub fn apply(&self, page: &Raster) -> Raster {
        let mut chance = Chance::new(self.seed);
        let mut page = self.fed(page);
        for y in 0..page.height() {
            for x in 0..page.width() {
                if chance.fraction() < self.speckle {
                    page.set(x, y, !page.get(x as isize, y as isize));
                }
            }
        }
        if let Some(header) = &self.header {
            page = header.written_on(&page);
        }
        for _ in 0..self.lost_rows.min(page.height().saturating_sub(1)) {
            let y = chance.below(page.height());
            page.splice(y, None);
        }
        for _ in 0..self.repeated_rows {
            let y = chance.below(page.height());
            let row = (0..page.width()).map(|x| page.get(x as isize, y as isize)).collect();
            page.splice(y, Some(row));
        }
        page
    }

    /// Turns and scales on paper, where a millimetre is as long across as down; fax pixels are not square.
    fn fed(&self, page: &Raster) -> Raster {
        let (width, height) = (page.width(), page.height());
        let turn = self.skew_deg + if self.upside_down { 180.0 } else { 0.0 };
        if turn == 0.0 && self.scale == 1.0 {
            return page.clone();
        }
        let (sin, cos) = turn.to_radians().sin_cos();
        let (dpi_x, dpi_y) = page.dpi();
        let (middle_x, middle_y) = ((width as f64 - 1.0) / 2.0, (height as f64 - 1.0) / 2.0);
        let mut fed = Raster::white(width, height, page.dpi());
        for y in 0..height {
            for x in 0..width {
                let across = (x as f64 - middle_x) / dpi_x / self.scale;
                let down = (y as f64 - middle_y) / dpi_y / self.scale;
                let from_x = (across * cos + down * sin) * dpi_x + middle_x;
                let from_y = (down * cos - across * sin) * dpi_y + middle_y;
                fed.set(x, y, page.get(from_x.round() as isize, from_y.round() as isize));
            }
        }
        fed
    }
}

impl Header {
    fn written_on(&self, page: &Raster) -> Raster {
        let (dpi_x, dpi_y) = page.dpi();
        let dot = |dpi: f64| (DOT_MM / 25.4 * dpi).round().max(1.0) as usize;
        let (dot_x, dot_y) = (dot(dpi_x), dot(dpi_y));
        let band = dot_y * (GLYPH_ROWS + 2);
        let kept = if self.lengthens { page.height() } else { page.height().saturating_sub(band) };
        let skipped = page.height() - kept;
        let mut headed = Raster::white(page.width(), band + kept, page.dpi());
        for y in 0..kept {
            for x in 0..page.width() {
                headed.set(x, band + y, page.get(x as isize, (skipped + y) as isize));
            }
        }
        for (place, letter) in self.text.chars().enumerate() {
            let left = dot_x * (10 + place * (GLYPH_COLUMNS + 1));
            for (row, bits) in glyph(letter).into_iter().enumerate() {
                for column in (0..GLYPH_COLUMNS).filter(|c| bits >> (GLYPH_COLUMNS - 1 - c) & 1 == 1) {
                    let (x, y) = (left + column * dot_x, (row + 1) * dot_y);
                    for (dx, dy) in (0..dot_y).flat_map(|dy| (0..dot_x).map(move |dx| (dx, dy))) {
                        headed.set(x + dx, y + dy, true);
                    }
                }
            }
        }
        headed
    }
}

/// Rows of five dots, the leftmost highest.
fn glyph(letter: char) -> [u8; GLYPH_ROWS] {
    match letter {
        '0' => [0x0e, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0e],
        '1' => [0x04, 0x0c, 0x04, 0x04, 0x04, 0x04, 0x0e],
        '2' => [0x0e, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1f],
        '3' => [0x1f, 0x02, 0x04, 0x02, 0x01, 0x11, 0x0e],
        '4' => [0x02, 0x06, 0x0a, 0x12, 0x1f, 0x02, 0x02],
        '5' => [0x1f, 0x10, 0x1e, 0x01, 0x01, 0x11, 0x0e],
        '6' => [0x06, 0x08, 0x10, 0x1e, 0x11, 0x11, 0x0e],
        '7' => [0x1f, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08],
        '8' => [0x0e, 0x11, 0x11, 0x0e, 0x11, 0x11, 0x0e],
        '9' => [0x0e, 0x11, 0x11, 0x0f, 0x01, 0x02, 0x0c],
        'P' => [0x1e, 0x11, 0x11, 0x1e, 0x10, 0x10, 0x10],
        '-' => [0x00, 0x00, 0x00, 0x1f, 0x00, 0x00, 0x00],
        ':' => [0x00, 0x04, 0x04, 0x00, 0x04, 0x04, 0x00],
        '/' => [0x01, 0x01, 0x02, 0x04, 0x08, 0x10, 0x10],
        '.' => [0x00, 0x00, 0x00, 0x00, 0x00, 0x0c, 0x0c],
        _ => [0; GLYPH_ROWS],
    }
}

const GLYPH_ROWS: usize = 7;
const GLYPH_COLUMNS: usize = 5;
/// Side of one dot of the header's letters; makes them 2.8 mm high.
const DOT_MM: f64 = 0.4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::{FINE, STANDARD};

    /// A cross off the middle, the same shape in millimetres at any resolution.
    fn page(dpi: (f64, f64)) -> Raster {
        let (width, height) = ((8.0 * dpi.0) as usize, (11.0 * dpi.1) as usize);
        let mut page = Raster::white(width, height, dpi);
        for i in 0..width / 2 {
            page.set(i, height / 4, true);
        }
        for i in 0..height / 2 {
            page.set(width / 4, i, true);
        }
        page
    }

    #[test]
    fn no_damage_changes_nothing() {
        assert_eq!(Damage::none().apply(&page(FINE)), page(FINE));
    }

    #[test]
    fn upside_down_twice_is_upright() {
        let turned = Damage { upside_down: true, ..Damage::none() };
        let once = turned.apply(&page(FINE));
        let (w, h) = (once.width() as isize, once.height() as isize);
        assert!(once.get(w - 1, h - 1 - h / 4) && !once.get(0, h / 4));
        assert_eq!(turned.apply(&once), page(FINE));
    }

    #[test]
    fn a_skewed_line_climbs_by_its_angle_on_paper_at_any_resolution() {
        for dpi in [STANDARD, FINE] {
            let mut ruled = Raster::white((8.0 * dpi.0) as usize, (11.0 * dpi.1) as usize, dpi);
            let middle = ruled.height() / 2;
            for x in 0..ruled.width() {
                ruled.set(x, middle, true);
                ruled.set(x, middle + 1, true);
            }
            let skewed = Damage { skew_deg: 2.0, ..Damage::none() }.apply(&ruled);
            let row_at = |inch: f64| {
                let x = (inch * dpi.0) as isize;
                (0..skewed.height()).find(|y| skewed.get(x, *y as isize)).unwrap() as f64 / dpi.1
            };
            let climb = row_at(7.0) - row_at(1.0);
            assert!((climb - 6.0 * 2f64.to_radians().tan()).abs() < 0.03, "{climb} inch at {dpi:?}");
        }
    }

    #[test]
    fn scale_is_about_the_middle() {
        let mut dots = Raster::white(1001, 1001, (200.0, 200.0));
        for (x, y) in [(100, 500), (101, 500), (100, 501), (101, 501)] {
            dots.set(x, y, true);
        }
        let small = Damage { scale: 0.5, ..Damage::none() }.apply(&dots);
        assert!(small.get(300, 500));
        assert!(!small.get(100, 500));
    }

    #[test]
    fn speckle_strikes_the_share_it_is_told_and_the_same_with_the_same_seed() {
        let speckle = Damage { speckle: 0.01, seed: 7, ..Damage::none() };
        let white = Raster::white(1000, 1000, FINE);
        let ink = speckle.apply(&white).ink();
        assert!((0.009..0.011).contains(&ink), "{ink}");
        assert_eq!(speckle.apply(&white), speckle.apply(&white));
        assert_ne!(speckle.apply(&white), Damage { seed: 8, ..speckle.clone() }.apply(&white));
    }

    #[test]
    fn lost_and_repeated_rows_change_the_length() {
        let lossy = Damage { lost_rows: 9, repeated_rows: 4, ..Damage::none() };
        assert_eq!(lossy.apply(&page(FINE)).height(), page(FINE).height() - 5);
        let all_lost = Damage { lost_rows: usize::MAX, ..Damage::none() };
        assert_eq!(all_lost.apply(&page(FINE)).height(), 1);
    }

    #[test]
    fn a_header_overwrites_the_top_or_lengthens_the_page() {
        let header = |lengthens| Damage {
            header: Some(Header { text: "2026-11-23 14:05 P.01/01".into(), lengthens }),
            ..Damage::none()
        };
        let page = page(STANDARD);
        let inside = header(false).apply(&page);
        assert_eq!(inside.height(), page.height());
        let outside = header(true).apply(&page);
        let band = outside.height() - page.height();
        assert!(band > 0 && outside.ink() > page.ink());
        let x = (page.width() / 4) as isize;
        assert!(outside.get(x, band as isize) && inside.get(x, band as isize));
    }
}
