//! The first pass over a page: where its images lie and what else it draws, without decoding pictures.

use std::collections::HashSet;
use std::panic::resume_unwind;

use hayro::hayro_interpret::font::GlyphRun;
use hayro::hayro_interpret::{
    BlendMode, CacheKey, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps,
    InterpreterCache, InterpreterSettings, SoftMask, TransformExt, interpret_page,
};
use hayro::hayro_syntax::Filter;
use hayro::hayro_syntax::object::dict::keys;
use hayro::hayro_syntax::object::{Array, Dict, Stream};
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::{Affine, BezPath, Rect};

use crate::ccitt::{self, Coding, Scheme};
use crate::document::check_image_size;
use crate::page::Flaw;
use crate::{Error, Result};

/// An image and the map from its pixels to the page, in points from the top left corner.
#[derive(Clone, Copy, Debug)]
pub struct Placed {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// From pixels of the image to points of the page.
    pub to_page: Affine,
}

/// What a page draws.
#[derive(Debug, Default)]
pub struct Drawn {
    /// Its images in drawing order.
    pub images: Vec<Placed>,
    /// Lines, areas and runs of text.
    pub others: u32,
    damaged: bool,
    rows_missing: bool,
}

impl Drawn {
    /// What is already known to be wrong with the page.
    pub fn flaws(&self) -> Vec<Flaw> {
        let blank = self.images.is_empty() && self.others == 0;
        [
            (blank, Flaw::BlankNothingDrawn),
            (self.damaged, Flaw::Damaged),
            (self.rows_missing, Flaw::RowsMissing),
        ]
        .into_iter()
        .filter_map(|(is, flaw)| is.then_some(flaw))
        .collect()
    }
}

/// Interprets a page of the given size in points.
///
/// # Errors
/// [`Error::OverLimit`] when the page draws more, or larger images, than a fax needs. The limits throw
/// the error through `resume_unwind`, since a device has no way to stop its interpreter; the caller
/// catches it.
pub fn probe(page: &Page<'_>, (width, height): (f64, f64)) -> Result<Drawn> {
    let mut probe = Probe { drawn: Drawn::default(), operations: 0, inspected: HashSet::new() };
    let cache = InterpreterCache::new();
    let mut context = Context::new(
        page.initial_transform(true).to_kurbo(),
        Rect::new(0.0, 0.0, width, height),
        &cache,
        page.xref(),
        InterpreterSettings::default(),
    );
    interpret_page(page, &mut context, &mut probe);
    Ok(probe.drawn)
}

struct Probe {
    drawn: Drawn,
    operations: u32,
    /// Code streams that were looked into, so that a stream drawn often costs once.
    inspected: HashSet<u128>,
}

impl Probe {
    fn step(&mut self) {
        self.operations += 1;
        if self.operations > MAX_OPERATIONS {
            stop(Error::OverLimit { limit: MAX_OPERATIONS.into(), of: "drawing steps on a PDF page" });
        }
    }

    fn draws(&mut self) {
        self.step();
        self.drawn.others += 1;
    }

    fn inspect(&mut self, key: u128, stream: &Stream<'_>, height: u32) {
        let Some(coding) = coding(stream, height) else { return };
        check_image_size(coding.columns.into(), height.into()).unwrap_or_else(|error| stop(error));
        if self.inspected.insert(key) {
            let outcome = ccitt::inspect(&stream.raw_data(), &coding);
            self.drawn.damaged |= outcome.damaged;
            self.drawn.rows_missing |= outcome.rows < height;
        }
    }
}

fn stop(error: Error) -> ! {
    resume_unwind(Box::new(error))
}

impl<'a> Device<'a> for Probe {
    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {
        self.draws();
    }

    fn draw_rect(&mut self, _: &Rect, _: DrawProps<'a>, _: &DrawMode) {
        self.draws();
    }

    fn draw_glyph_run(&mut self, _: &GlyphRun<'_, 'a>, _: DrawProps<'a>, _: &DrawMode) {
        self.draws();
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.step();
        let (width, height) = (image.width(), image.height());
        check_image_size(width.into(), height.into()).unwrap_or_else(|error| stop(error));
        self.drawn.images.push(Placed { width, height, to_page: props.transform });
        if self.drawn.images.len() > MAX_IMAGES {
            stop(Error::OverLimit { limit: MAX_IMAGES as u64, of: "images on a PDF page" });
        }
        let key = image.cache_key();
        match &image {
            Image::Raster(raster) => self.inspect(key, raster.stream(), height),
            Image::Stencil(stencil) => self.inspect(key, stencil.stream(), height),
        }
    }

    fn push_clip_path(&mut self, _: &ClipPath) {
        self.step();
    }

    fn push_clip_rect(&mut self, _: &Rect) {
        self.step();
    }

    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {
        self.step();
    }

    fn begin_marked_content(&mut self, _: &[u8], _: Option<&Dict<'_>>) {
        self.step();
    }

    fn pop_clip(&mut self) {}

    fn pop_transparency_group(&mut self) {}
}

/// How a stream whose only coding is CCITT is to be decoded (ISO 32000-1, table 11).
fn coding(stream: &Stream<'_>, height: u32) -> Option<Coding> {
    let filters = stream.filters();
    if !matches!(filters.as_slice(), [Filter::CcittFaxDecode] | [Filter::Crypt, Filter::CcittFaxDecode]) {
        return None;
    }
    let dict = stream.dict();
    let list = || dict.get::<Array<'_>>(keys::DP).or_else(|| dict.get::<Array<'_>>(keys::DECODE_PARMS));
    let parameters = dict
        .get::<Dict<'_>>(keys::DP)
        .or_else(|| dict.get::<Dict<'_>>(keys::DECODE_PARMS))
        .or_else(|| list()?.iter::<Dict<'_>>().last())
        .unwrap_or_default();
    let flag = |key: &[u8], default| parameters.get::<bool>(key).unwrap_or(default);
    Some(Coding {
        scheme: match parameters.get::<i32>(keys::K).unwrap_or(0) {
            ..0 => Scheme::Group4,
            0 => Scheme::Group3OneDimensional,
            1.. => Scheme::Group3TwoDimensional,
        },
        columns: parameters.get::<u32>(keys::COLUMNS).unwrap_or(1728),
        rows: height,
        byte_aligned: flag(keys::ENCODED_BYTE_ALIGN, false),
        end_of_line: flag(keys::END_OF_LINE, false),
        end_of_block: flag(keys::END_OF_BLOCK, true),
    })
}

const MAX_OPERATIONS: u32 = 2_000_000;
const MAX_IMAGES: usize = 2000;
