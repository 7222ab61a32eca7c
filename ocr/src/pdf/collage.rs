//! A page that is nothing but its scan: the samples themselves, without a renderer in between.
//!
//! Most faxes are one image a page, or its strips. Laying the decoded samples side by side costs one byte
//! a pixel, where drawing them costs nine, and cannot change a pixel.

use hayro::hayro_interpret::font::GlyphRun;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageData, ImageDrawProps,
    InterpreterCache, LumaData, Paint, SoftMask, TransformExt, interpret_page,
};
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::{Affine, BezPath, Point, Rect, Shape};
use image::GrayImage;

use super::draw::{Warnings, luma};
use super::grid::Grid;
use crate::document::Options;

/// The page's pixels, if every image falls on whole pixels of the grid and nothing else is drawn.
pub fn lay(page: &Page<'_>, grid: &Grid, options: &Options, warnings: &Warnings) -> Option<GrayImage> {
    let (width, height) = (u32::from(grid.width), u32::from(grid.height));
    let target = Rect::new(0.0, 0.0, width.into(), height.into());
    let mut collage =
        Collage { canvas: GrayImage::from_pixel(width, height, image::Luma([255])), fits: true };
    let cache = InterpreterCache::new();
    let transform = grid.to_pixels * page.initial_transform(true).to_kurbo();
    let settings = warnings.settings(options);
    let mut context = Context::new(transform, target, &cache, page.xref(), settings);
    interpret_page(page, &mut context, &mut collage);
    collage.fits.then_some(collage.canvas)
}

struct Collage {
    canvas: GrayImage,
    fits: bool,
}

impl Collage {
    fn target(&self) -> Rect {
        Rect::new(0.0, 0.0, self.canvas.width().into(), self.canvas.height().into())
    }

    fn clip(&mut self, kept: Rect) {
        let edge = 0.5; // of a pixel, so that no sample's centre is cut off
        self.fits &= kept.inflate(edge, edge).contains_rect(self.target());
    }

    fn mark(&mut self, mode: &DrawMode) {
        // Invisible text is what a scanner's own OCR leaves for searching.
        self.fits &= matches!(mode, DrawMode::Invisible);
    }

    fn image(&mut self, image: &Image<'_, '_>, to_canvas: Affine) -> Option<()> {
        let place = Place::of(to_canvas, image.width(), image.height())?;
        let mut laid = None;
        match image {
            Image::Raster(raster) => {
                raster.with_rgba(|samples, alpha| laid = self.raster(&samples, alpha.as_ref(), place), None);
            }
            Image::Stencil(stencil) => {
                stencil.with_stencil(|mask, paint| laid = self.stencil(&mask, paint, place), None);
            }
        }
        laid
    }

    fn raster(&mut self, samples: &ImageData, alpha: Option<&LumaData>, place: Place) -> Option<()> {
        if alpha.is_some() {
            return None;
        }
        match samples {
            ImageData::Luma(gray) if gray.scale_factors == (1.0, 1.0) => {
                place.each_row(gray.data.chunks_exact(gray.width as usize), &mut self.canvas, |_, gray| *gray)
            }
            ImageData::Rgb(rgb) if rgb.scale_factors == (1.0, 1.0) => {
                let (pixels, _) = rgb.data.as_chunks::<3>();
                place.each_row(pixels.chunks_exact(rgb.width as usize), &mut self.canvas, |_, rgb| luma(*rgb))
            }
            _ => None,
        }
    }

    fn stencil(&mut self, mask: &LumaData, paint: &Paint<'_>, place: Place) -> Option<()> {
        let Paint::Color(color) = paint else { return None };
        let [red, green, blue, 255] = color.to_rgba().to_rgba8() else { return None };
        if mask.scale_factors != (1.0, 1.0) {
            return None;
        }
        let ink = luma([red, green, blue]);
        let over = |paper: u8, cover: &u8| match cover {
            0 => paper,
            _ => ink,
        };
        place.each_row(mask.data.chunks_exact(mask.width as usize), &mut self.canvas, over)
    }
}

/// Where the samples of an image go.
#[derive(Clone, Copy)]
struct Place {
    /// Canvas position of the first sample.
    origin: (i64, i64),
    /// Steps along a row of samples and from row to row; one of each pair is 0, the other 1 or -1.
    along: (i64, i64),
    down: (i64, i64),
}

impl Place {
    /// `None` unless samples and pixels are the same size and lie on each other.
    fn of(to_canvas: Affine, width: u32, height: u32) -> Option<Self> {
        let [a, b, c, d, ..] = to_canvas.as_coeffs();
        let unit = |v: f64, count: u32| {
            let whole = v.round();
            ((v - whole).abs() * f64::from(count) < MISFIT && whole.abs() <= 1.0).then_some(whole as i64)
        };
        let (along, down) = ((unit(a, width)?, unit(b, width)?), (unit(c, height)?, unit(d, height)?));
        if along.0.abs() + along.1.abs() != 1
            || (along.0 == 0) != (down.1 == 0)
            || (along.1 == 0) != (down.0 == 0)
        {
            return None;
        }
        let centre = to_canvas * Point::new(0.5, 0.5) - Point::new(0.5, 0.5).to_vec2();
        let (x, y) = (centre.x.round(), centre.y.round());
        let fits =
            (centre.x - x).abs() < MISFIT && (centre.y - y).abs() < MISFIT && x.abs().max(y.abs()) < 1e6;
        fits.then_some(Self { origin: (x as i64, y as i64), along, down })
    }

    fn each_row<'s, T: 's>(
        self,
        rows: impl Iterator<Item = &'s [T]>,
        canvas: &mut GrayImage,
        over: impl Fn(u8, &T) -> u8,
    ) -> Option<()> {
        let (width, height) = (i64::from(canvas.width()), i64::from(canvas.height()));
        for (row, samples) in (0i64..).zip(rows) {
            let (mut x, mut y) = (self.origin.0 + row * self.down.0, self.origin.1 + row * self.down.1);
            for sample in samples {
                if (0..width).contains(&x) && (0..height).contains(&y) {
                    // Within the canvas, whose sides are 16 bits.
                    let pixel = &mut canvas.get_pixel_mut(x as u32, y as u32).0[0];
                    *pixel = over(*pixel, sample);
                }
                (x, y) = (x + self.along.0, y + self.along.1);
            }
        }
        Some(())
    }
}

impl<'a> Device<'a> for Collage {
    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, mode: &DrawMode) {
        self.mark(mode);
    }

    fn draw_rect(&mut self, _: &Rect, _: DrawProps<'a>, mode: &DrawMode) {
        self.mark(mode);
    }

    fn draw_glyph_run(&mut self, _: &GlyphRun<'_, 'a>, _: DrawProps<'a>, mode: &DrawMode) {
        self.mark(mode);
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.fits = self.fits && self.image(&image, props.transform).is_some();
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        let around = clip.path.bounding_box();
        let is_box = (clip.path.area().abs() - around.area()).abs() < 1e-3 * around.area();
        self.fits &= is_box;
        self.clip(around);
    }

    fn push_clip_rect(&mut self, kept: &Rect) {
        self.clip(*kept);
    }

    fn push_transparency_group(&mut self, opacity: f32, mask: Option<SoftMask<'a>>, blend: BlendMode) {
        self.fits &= opacity >= 1.0 && mask.is_none() && blend == BlendMode::Normal;
    }

    fn pop_clip(&mut self) {}

    fn pop_transparency_group(&mut self) {}
}

/// How far, in pixels, a sample may lie beside its pixel and still be that pixel.
const MISFIT: f64 = 0.25;
