//! One page of black shapes in millimetres, written as PDF.

use krilla::color::luma;
use krilla::geom::{Path, PathBuilder, Point};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::paint::{Fill, LineCap, LineJoin, Stroke};
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use krilla::{Document, SerializeSettings};

use super::Typeface;
use crate::form::Rect;
use crate::{Error, Result};

/// PDF units in a millimetre.
const POINT: f64 = 72.0 / 25.4;

/// Control points of a quarter of a circle, as a share of the radius.
const QUARTER: f64 = 0.5523;

/// A page being drawn; later shapes lie on top.
#[derive(Default)]
pub(super) struct Sheet<'a> {
    shapes: Vec<Shape<'a>>,
}

enum Shape<'a> {
    Solid(Vec<Rect>),
    Stroke { points: Vec<(f64, f64)>, width: f64 },
    Ring { around: Rect, width: f64 },
    Text { at: (f64, f64), size: f64, text: String, face: &'a Typeface },
}

impl<'a> Sheet<'a> {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Filled rectangles; together, so that no hairline shows where they touch.
    pub(super) fn solid(&mut self, rects: Vec<Rect>) {
        self.shapes.push(Shape::Solid(rects));
    }

    /// A line through all points.
    pub(super) fn stroke(&mut self, points: Vec<(f64, f64)>, width: f64) {
        self.shapes.push(Shape::Stroke { points, width });
    }

    /// The outline of a rectangle, the stroke lying inside it.
    pub(super) fn frame(&mut self, rect: Rect, width: f64) {
        let middle = rect.grown(-width / 2.0);
        let (left, top, right, bottom) = (middle.x, middle.y, middle.right(), middle.bottom());
        // Past the corner and on, so that the last corner is joined like the others.
        self.stroke(
            vec![(left, top), (right, top), (right, bottom), (left, bottom), (left, top), (right, top)],
            width,
        );
    }

    /// An ellipse that touches the edges of a rectangle.
    pub(super) fn ring(&mut self, around: Rect, width: f64) {
        self.shapes.push(Shape::Ring { around, width });
    }

    /// Text from the start of its baseline.
    pub(super) fn text(&mut self, at: (f64, f64), size: f64, text: String, face: &'a Typeface) {
        self.shapes.push(Shape::Text { at, size, text, face });
    }

    /// The page as a PDF; the same shapes give the same bytes.
    pub(super) fn to_pdf(&self, page_mm: (f64, f64), title: &str) -> Result<Vec<u8>> {
        let settings = PageSettings::from_wh(points(page_mm.0), points(page_mm.1))
            .ok_or_else(|| cannot(format!("on a page of {} by {} mm", page_mm.0, page_mm.1)))?;
        let mut document =
            Document::new_with(SerializeSettings { enable_tagging: false, ..SerializeSettings::default() });
        document.set_metadata(Metadata::new().title(title.to_owned()).language("ja".to_owned()));
        let mut fonts = Fonts(Vec::new());
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        let drawn = self.shapes.iter().try_for_each(|shape| draw(&mut surface, shape, &mut fonts));
        surface.finish();
        page.finish();
        drawn?;
        document.finish().map_err(|error| cannot(format!("the PDF of {title}: {error:?}")))
    }
}

/// Each font file once, so that it is embedded once.
struct Fonts<'a>(Vec<(&'a Typeface, Font)>);

impl<'a> Fonts<'a> {
    fn of(&mut self, face: &'a Typeface) -> Result<Font> {
        if let Some((_, font)) = self.0.iter().find(|(known, _)| known.path() == face.path()) {
            return Ok(font.clone());
        }
        let font = Font::new(face.data().into(), 0).ok_or_else(|| Error::Resource {
            what: "the typeface",
            path: face.path().to_owned(),
            why: "it cannot be embedded".into(),
        })?;
        self.0.push((face, font.clone()));
        Ok(font)
    }
}

fn draw<'a>(surface: &mut Surface, shape: &Shape<'a>, fonts: &mut Fonts<'a>) -> Result<()> {
    match shape {
        Shape::Solid(rects) => fill(surface, outline(rects)),
        Shape::Stroke { points, width } => stroke(surface, polyline(points), *width),
        Shape::Ring { around, width } => stroke(surface, ellipse(around), *width),
        Shape::Text { at, size, text, face } => {
            let font = fonts.of(face)?;
            let glyphs = krilla_glyphs(text, face)?;
            paint(surface, Some(black_fill()), None);
            let start = Point::from_xy(points(at.0), points(at.1));
            surface.draw_glyphs(start, &glyphs, font, text, points(*size), false);
        }
    }
    Ok(())
}

fn krilla_glyphs(text: &str, face: &Typeface) -> Result<Vec<KrillaGlyph>> {
    let glyphs = face.glyphs(text).map_err(|place| {
        cannot(format!("a text: its character {place} is not in the typeface {}", face.path().display()))
    })?;
    let converted = glyphs.into_iter().map(|glyph| KrillaGlyph {
        glyph_id: GlyphId::new(glyph.id),
        text_range: glyph.bytes,
        x_advance: glyph.advance as f32,
        x_offset: 0.0,
        y_offset: 0.0,
        y_advance: 0.0,
        location: None,
    });
    Ok(converted.collect())
}

fn fill(surface: &mut Surface, path: Option<Path>) {
    paint(surface, Some(black_fill()), None);
    if let Some(path) = path {
        surface.draw_path(&path);
    }
}

fn stroke(surface: &mut Surface, path: Option<Path>, width: f64) {
    let stroke = Stroke {
        paint: luma::Color::black().into(),
        width: points(width),
        line_cap: LineCap::Round,
        line_join: LineJoin::Miter,
        ..Stroke::default()
    };
    paint(surface, None, Some(stroke));
    if let Some(path) = path {
        surface.draw_path(&path);
    }
}

fn paint(surface: &mut Surface, fill: Option<Fill>, stroke: Option<Stroke>) {
    surface.set_fill(fill);
    surface.set_stroke(stroke);
}

fn black_fill() -> Fill {
    Fill { paint: luma::Color::black().into(), ..Fill::default() }
}

fn outline(rects: &[Rect]) -> Option<Path> {
    let mut path = PathBuilder::new();
    for rect in rects {
        let (x, y) = (points(rect.x), points(rect.y));
        let (right, bottom) = (points(rect.right()), points(rect.bottom()));
        path.move_to(x, y);
        path.line_to(right, y);
        path.line_to(right, bottom);
        path.line_to(x, bottom);
        path.close();
    }
    path.finish()
}

fn polyline(through: &[(f64, f64)]) -> Option<Path> {
    let (first, rest) = through.split_first()?;
    let mut path = PathBuilder::new();
    path.move_to(points(first.0), points(first.1));
    for (x, y) in rest {
        path.line_to(points(*x), points(*y));
    }
    path.finish()
}

fn ellipse(around: &Rect) -> Option<Path> {
    let (rx, ry) = (around.w / 2.0, around.h / 2.0);
    let (cx, cy) = (around.x + rx, around.y + ry);
    let at = |x: f64, y: f64| (points(cx + rx * x), points(cy + ry * y));
    let mut path = PathBuilder::new();
    let start = at(1.0, 0.0);
    path.move_to(start.0, start.1);
    // Quarter by quarter: (x, y) is where one starts, (-y, x) where it ends.
    for (x, y) in [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)] {
        let (first, second) = (at(x - QUARTER * y, y + QUARTER * x), at(QUARTER * x - y, QUARTER * y + x));
        let end = at(-y, x);
        path.cubic_to(first.0, first.1, second.0, second.1, end.0, end.1);
    }
    path.finish()
}

fn points(millimetres: f64) -> f32 {
    (millimetres * POINT) as f32
}

fn cannot(what: String) -> Error {
    Error::Draw { what }
}
