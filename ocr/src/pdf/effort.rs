//! What drawing will cost, counted in the tiles of 4 by 4 pixels that edges run through, before it is drawn.
//!
//! A renderer keeps something for every tile until the page is finished, so tiles bound its memory and time.

use hayro::hayro_interpret::{DrawMode, StrokeProps};
use hayro::kurbo::{Affine, BezPath, PathEl, Point, Rect, Shape};

/// Tiles that a page of points may have at [`super::grid::FINE`].
pub struct Effort {
    page: Rect,
    tiles: f64,
}

impl Effort {
    /// Nothing yet, on a page of so many points.
    pub fn on((width, height): (f64, f64)) -> Self {
        Self { page: Rect::new(-width, -height, 2.0 * width, 2.0 * height), tiles: 0.0 }
    }

    /// Whether it is more than any form has.
    pub fn is_too_much(&self) -> bool {
        self.tiles.is_nan() || self.tiles > MOST_TILES
    }

    /// A path with the map from it to the page.
    pub fn path(&mut self, path: &BezPath, to_page: Affine, mode: &DrawMode) {
        let (mut start, mut last) = (Point::ORIGIN, Point::ORIGIN);
        let (mut length, mut edges) = (0.0, 0.0);
        for element in path.elements() {
            let next = match *element {
                PathEl::MoveTo(p) => {
                    start = p;
                    last = p;
                    continue;
                }
                PathEl::LineTo(p) => p,
                PathEl::QuadTo(a, p) => {
                    length += last.distance(a);
                    p
                }
                PathEl::CurveTo(a, b, p) => {
                    length += last.distance(a) + a.distance(b);
                    p
                }
                PathEl::ClosePath => start,
            };
            length += last.distance(next);
            edges += 1.0 + self.seen(to_page * last, to_page * next);
            last = next;
        }
        let dashes = match mode {
            DrawMode::Stroke(props) | DrawMode::FillAndStroke(_, props) => dashes(props, length),
            DrawMode::Fill(_) | DrawMode::Invisible => 0.0,
        };
        self.tiles += 2.0 * edges + TILES_OF_A_DASH * dashes;
        self.area(to_page.transform_rect_bbox(path.bounding_box()));
    }

    /// A rectangle with the map from it to the page.
    pub fn rect(&mut self, rect: &Rect, to_page: Affine) {
        self.area(to_page.transform_rect_bbox(*rect));
    }

    /// So many glyphs.
    pub fn glyphs(&mut self, count: usize) {
        self.tiles += TILES_OF_A_GLYPH * count as f64;
    }

    /// Rows of tiles, each with two edges and spans of 64 tiles between.
    fn area(&mut self, area: Rect) {
        let seen = area.intersect(self.page);
        let rows = seen.height().max(0.0) * TILES_PER_POINT;
        self.tiles += 1.0 + rows * (2.0 + seen.width().max(0.0) * TILES_PER_POINT / 64.0);
    }

    /// Tiles along a line, as far as it lies near the page.
    fn seen(&self, a: Point, b: Point) -> f64 {
        let near = |p: Point| {
            Point::new(p.x.clamp(self.page.x0, self.page.x1), p.y.clamp(self.page.y0, self.page.y1))
        };
        let line = near(b) - near(a);
        (line.x.abs() + line.y.abs()) * TILES_PER_POINT
    }
}

fn dashes(props: &StrokeProps, length: f64) -> f64 {
    let period: f64 = props.dash_array.iter().map(|part| f64::from(*part).abs()).sum();
    if period > 0.0 { length / period } else { 0.0 }
}

/// 200 pixels an inch, 4 to a tile.
const TILES_PER_POINT: f64 = 200.0 / 72.0 / 4.0;
const TILES_OF_A_DASH: f64 = 8.0;
const TILES_OF_A_GLYPH: f64 = 24.0;
/// Ten times a form of a thousand cells with every one filled; drawing them takes below 200 MB.
pub const MOST_TILES: f64 = 3_000_000.0;
