//! Letters of an outline font, drawn straight onto a page.

use std::io::{Error, Result};
use std::path::{Path, PathBuf};

use ttf_parser::{Face, OutlineBuilder};

use crate::raster::Raster;

/// A font file; lengths are in ems.
#[derive(Clone)]
pub struct Font {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl Font {
    /// Reads a TrueType or OpenType file.
    ///
    /// # Errors
    /// When there is none, or it is no font.
    pub fn load(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path)
            .map_err(|e| Error::new(e.kind(), format!("no font {}: run setup.sh: {e}", path.display())))?;
        Face::parse(&bytes, 0).map_err(|e| Error::other(format!("{}: {e}", path.display())))?;
        Ok(Self { path: path.to_owned(), bytes })
    }

    /// IPAex Gothic, a printed face (Debian fonts-ipaexfont-gothic).
    ///
    /// # Errors
    /// As [`Font::load`].
    pub fn printed() -> Result<Self> {
        Self::load(Path::new("/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf"))
    }

    /// Klee One, drawn after pencil writing (Debian fonts-klee).
    ///
    /// # Errors
    /// As [`Font::load`].
    pub fn by_pencil() -> Result<Self> {
        Self::load(Path::new("/usr/share/fonts/truetype/klee/KleeOne-SemiBold.ttf"))
    }

    /// Width of a line of text.
    pub fn width(&self, text: &str) -> f64 {
        let face = self.face();
        text.chars().map(|letter| advance(&face, letter)).sum()
    }

    /// Draws a line of text in black, its baseline starting at `start`; all lengths in millimetres.
    ///
    /// # Panics
    /// When the font has no such letter: the test would write something else than it says.
    pub fn draw(&self, page: &mut Raster, text: &str, start: (f64, f64), size: f64) {
        let face = self.face();
        let em = size / f64::from(face.units_per_em());
        let dots = (page.dpi().0 / 25.4, page.dpi().1 / 25.4);
        let mut x = start.0;
        for letter in text.chars() {
            if !letter.is_whitespace() {
                let glyph = face.glyph_index(letter);
                let glyph = glyph.unwrap_or_else(|| panic!("{} has no {letter}", self.path.display()));
                let mut outline = Outline { place: (x, start.1), em, dots, ..Outline::default() };
                face.outline_glyph(glyph, &mut outline);
                outline.fill(page);
            }
            x += advance(&face, letter) * size;
        }
    }

    fn face(&self) -> Face<'_> {
        Face::parse(&self.bytes, 0).expect("parsed when it was loaded")
    }
}

fn advance(face: &Face<'_>, letter: char) -> f64 {
    let units = face.glyph_index(letter).and_then(|glyph| face.glyph_hor_advance(glyph));
    units.map_or(0.5, |units| f64::from(units) / f64::from(face.units_per_em()))
}

type Point = (f64, f64);

/// The edges of one letter, in dots of the page.
#[derive(Default)]
struct Outline {
    place: Point,
    em: f64,
    dots: Point,
    first: Point,
    last: Point,
    edges: Vec<(Point, Point)>,
}

/// Straight pieces that a curve is drawn in; at the sizes of a form each is shorter than a dot.
const PIECES: usize = 8;

impl Outline {
    fn dot(&self, x: f32, y: f32) -> Point {
        let mm = (self.place.0 + f64::from(x) * self.em, self.place.1 - f64::from(y) * self.em);
        (mm.0 * self.dots.0, mm.1 * self.dots.1)
    }

    fn line(&mut self, to: Point) {
        self.edges.push((self.last, to));
        self.last = to;
    }

    fn curve(&mut self, controls: &[Point]) {
        let start = self.last;
        for piece in 1..=PIECES {
            let t = piece as f64 / PIECES as f64;
            // De Casteljau.
            let mut points: Vec<Point> = std::iter::once(start).chain(controls.iter().copied()).collect();
            while points.len() > 1 {
                let between = |p: &[Point]| (p[0].0 + (p[1].0 - p[0].0) * t, p[0].1 + (p[1].1 - p[0].1) * t);
                points = points.windows(2).map(between).collect();
            }
            self.line(points[0]);
        }
    }

    /// Blackens every dot whose middle the outline winds around.
    fn fill(&self, page: &mut Raster) {
        let heights = || self.edges.iter().flat_map(|(a, b)| [a.1, b.1]);
        let top = heights().fold(f64::INFINITY, f64::min).max(0.0) as usize;
        let end = heights().fold(0.0, f64::max).ceil() as usize;
        for row in top..end.min(page.height()) {
            let y = row as f64 + 0.5;
            let mut crossings: Vec<(f64, i32)> = self.edges.iter().filter_map(|e| crossing(e, y)).collect();
            crossings.sort_by(|a, b| a.0.total_cmp(&b.0));
            let mut winding = 0;
            for pair in crossings.windows(2) {
                winding += pair[0].1;
                if winding != 0 {
                    let from = (pair[0].0 - 0.5).ceil().max(0.0) as usize;
                    let to = (pair[1].0 - 0.5).ceil().max(0.0) as usize;
                    (from..to).for_each(|x| page.set(x, row, true));
                }
            }
        }
    }
}

/// Where an edge crosses the line at `y`, and whether it goes down (1) or up (-1) there.
fn crossing(&(a, b): &(Point, Point), y: f64) -> Option<(f64, i32)> {
    let down = a.1 <= y && b.1 > y;
    let up = b.1 <= y && a.1 > y;
    (down || up).then(|| (a.0 + (b.0 - a.0) * (y - a.1) / (b.1 - a.1), if down { 1 } else { -1 }))
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        self.first = self.dot(x, y);
        self.last = self.first;
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let to = self.dot(x, y);
        self.line(to);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.curve(&[self.dot(x1, y1), self.dot(x, y)]);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.curve(&[self.dot(x1, y1), self.dot(x2, y2), self.dot(x, y)]);
    }

    fn close(&mut self) {
        self.line(self.first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::FINE;

    #[test]
    fn a_letter_stands_where_it_is_put_and_has_its_holes() {
        let mut page = Raster::white(800, 800, FINE);
        Font::printed().unwrap().draw(&mut page, "口", (20.0, 60.0), 20.0);
        let mm = |x: f64, y: f64| page.get((x * FINE.0 / 25.4) as isize, (y * FINE.1 / 25.4) as isize);
        assert!(page.ink() > 0.005, "{page:?}");
        assert!(!mm(30.0, 52.5), "the middle of a mouth is empty");
        assert!((20..30).any(|x| mm(f64::from(x), 52.5)), "it has a left side");
        assert!((30..40).any(|x| mm(f64::from(x), 52.5)), "it has a right side");
        assert!((0..800).all(|x| (0..270).all(|y| !page.get(x, y))), "nothing stands above it");
    }

    #[test]
    fn full_width_letters_are_an_em_wide() {
        assert_eq!(Font::printed().unwrap().width("連携"), 2.0);
    }
}
