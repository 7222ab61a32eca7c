//! The first pass over a page: where its images lie and what else it draws, without decoding pictures.

use std::borrow::Cow;
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

use super::announced::{self, Coded};
use super::effort::{self, Effort};
use super::gate;
use crate::ccitt::{self, Coding, Scheme};
use crate::document::{MAX_IMAGE_BYTES, check_image_size};
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
    /// Rows that an image lost, as areas of the page.
    pub lost: Vec<Rect>,
    damaged: bool,
    rows_missing: bool,
    /// An image whose code stream has another size than its dictionary says.
    contradictory: bool,
    /// Gray or colour is on the page.
    continuous: bool,
    /// Decoding a wavelet image at its full resolution would take too much.
    must_shrink: bool,
    /// Area of all images, over that of the page.
    cover: f64,
}

impl Drawn {
    /// What is already known to be wrong with the page.
    pub fn flaws(&self) -> Vec<Flaw> {
        let blank = self.images.is_empty() && self.others == 0;
        [
            (blank, Flaw::BlankNothingDrawn),
            (self.damaged, Flaw::Damaged),
            (self.rows_missing, Flaw::RowsMissing),
            (self.contradictory, Flaw::DecodeWarning),
        ]
        .into_iter()
        .filter_map(|(is, flaw)| is.then_some(flaw))
        .collect()
    }
}

impl Drawn {
    /// Whether images are all there is, and their samples can be taken as they are.
    pub fn is_a_scan(&self) -> bool {
        !self.images.is_empty() && self.others == 0 && !self.must_shrink
    }

    /// Most pixels of a canvas to draw it on: the renderer holds four bytes a pixel for the canvas and for
    /// every image on it.
    pub fn canvas(&self) -> f64 {
        let wished = if self.must_shrink || self.continuous { CANVAS / 2.0 } else { CANVAS };
        wished.min(CANVAS_AND_IMAGES / (1.0 + self.cover))
    }
}

/// Interprets a page of the given size in points.
///
/// # Errors
/// [`Error::OverLimit`] when the page draws more, or larger images, than a fax needs. The limits throw
/// the error through `resume_unwind`, since a device has no way to stop its interpreter; the caller
/// catches it.
pub fn probe(page: &Page<'_>, (width, height): (f64, f64)) -> Result<Drawn> {
    let mut probe = Probe {
        drawn: Drawn::default(),
        operations: 0,
        samples: 0,
        effort: Effort::on((width, height)),
        page: Rect::new(0.0, 0.0, width, height),
        inspected: HashSet::new(),
    };
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
    /// Pixels of all images drawn, each time anew.
    samples: u64,
    effort: Effort,
    page: Rect,
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

    fn draws(&mut self, mode: &DrawMode, cost: impl FnOnce(&mut Effort)) {
        self.step();
        // Invisible text is what a scanner's own OCR leaves for searching.
        if !matches!(mode, DrawMode::Invisible) {
            self.drawn.others += 1;
            cost(&mut self.effort);
        }
        if self.effort.is_too_much() {
            stop(Error::OverLimit { limit: effort::MOST_TILES as u64, of: "tiles of drawing on a PDF page" });
        }
    }

    fn place(&mut self, image: Placed) {
        self.samples += u64::from(image.width) * u64::from(image.height);
        let whole = Rect::new(0.0, 0.0, image.width.into(), image.height.into());
        self.drawn.cover +=
            image.to_page.transform_rect_bbox(whole).intersect(self.page).area() / self.page.area();
        self.drawn.images.push(image);
        if self.drawn.images.len() > MAX_IMAGES {
            stop(Error::OverLimit { limit: MAX_IMAGES as u64, of: "images on a PDF page" });
        }
        if self.samples > MAX_SAMPLES || self.drawn.cover > MAX_COVER {
            stop(Error::OverLimit { limit: MAX_SAMPLES, of: "pixels in the images of a PDF page" });
        }
    }

    /// Looks at an image's code stream, and at those of its masks.
    fn look(&mut self, key: u128, stream: &Stream<'_>, (width, height): (u32, u32), to_page: Affine) {
        if !self.inspected.insert(key) {
            return;
        }
        let dict = stream.dict();
        for mask in [keys::SMASK, keys::MASK].iter().filter_map(|name| dict.get::<Stream<'_>>(*name)) {
            let side = |short: &[u8], long: &[u8]| {
                mask.dict().get::<u32>(short).or_else(|| mask.dict().get::<u32>(long)).unwrap_or(0)
            };
            let size = (side(keys::W, keys::WIDTH), side(keys::H, keys::HEIGHT));
            self.weigh(&mask, size).unwrap_or_else(|error| stop(error));
        }
        self.weigh(stream, (width, height)).unwrap_or_else(|error| stop(error));
        self.inspect(stream, (width, height), to_page);
    }

    fn weigh(&mut self, stream: &Stream<'_>, (width, height): (u32, u32)) -> Result<()> {
        check_image_size(width.into(), height.into())?;
        let bits =
            stream.dict().get::<u8>(keys::BPC).or_else(|| stream.dict().get::<u8>(keys::BITS_PER_COMPONENT));
        let filters = stream.filters();
        let bilevel =
            bits == Some(1) || matches!(filters.last(), Some(Filter::CcittFaxDecode | Filter::Jbig2Decode));
        self.drawn.continuous |= !bilevel;
        let Some(coded) = coded(stream)? else { return Ok(()) };
        check_image_size(coded.width.into(), coded.height.into())?;
        self.drawn.contradictory |= coded.width != width || coded.height < height;
        if coded.bytes > MAX_IMAGE_BYTES {
            if !coded.reducible {
                return Err(Error::OverLimit { limit: MAX_IMAGE_BYTES, of: "bytes in an image" });
            }
            self.drawn.must_shrink = true;
        }
        Ok(())
    }

    fn inspect(&mut self, stream: &Stream<'_>, (width, height): (u32, u32), to_page: Affine) {
        let Some(coding) = coding(stream, height) else { return };
        check_image_size(coding.columns.into(), height.into()).unwrap_or_else(|error| stop(error));
        let data = stream.raw_data();
        let outcome = ccitt::inspect(&data, &coding);
        self.drawn.damaged |= outcome.damaged;
        self.drawn.rows_missing |= outcome.rows < height;
        let lost = ccitt::lost(&data, &coding, outcome);
        self.drawn.lost.extend(lost.into_iter().map(|rows| {
            let rows = Rect::new(0.0, rows.start.into(), width.into(), rows.end.into());
            to_page.transform_rect_bbox(rows)
        }));
    }
}

fn stop(error: Error) -> ! {
    resume_unwind(Box::new(error))
}

impl<'a> Device<'a> for Probe {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        self.draws(mode, |effort| effort.path(path, props.transform, mode));
    }

    fn draw_rect(&mut self, rect: &Rect, props: DrawProps<'a>, mode: &DrawMode) {
        self.draws(mode, |effort| effort.rect(rect, props.transform));
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, _: DrawProps<'a>, mode: &DrawMode) {
        self.draws(mode, |effort| effort.glyphs(run.glyphs().len()));
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.step();
        let (width, height) = (image.width(), image.height());
        check_image_size(width.into(), height.into()).unwrap_or_else(|error| stop(error));
        self.place(Placed { width, height, to_page: props.transform });
        let key = image.cache_key();
        match &image {
            Image::Raster(raster) => self.look(key, raster.stream(), (width, height), props.transform),
            Image::Stencil(stencil) => self.look(key, stencil.stream(), (width, height), props.transform),
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

/// What the code stream of an image announces, if it is of a coding that announces anything.
fn coded(stream: &Stream<'_>) -> Result<Option<Coded>> {
    let filters = stream.filters();
    let Some((last, before)) = filters.split_last() else { return Ok(None) };
    if !matches!(last, Filter::DctDecode | Filter::JpxDecode | Filter::Jbig2Decode) {
        return Ok(None);
    }
    let general: Vec<&str> = before.iter().filter_map(name).collect();
    let raw = stream.raw_data();
    let data = match general.is_empty() {
        true => raw,
        false => Cow::Owned(gate::unpacked(&raw, &general)?.unwrap_or_default()),
    };
    match last {
        Filter::DctDecode => Ok(announced::jpeg(&data)),
        Filter::JpxDecode => announced::jpeg2000(&data),
        _ => announced::jbig2(&data),
    }
}

/// The name of a filter that any stream may have.
fn name(filter: &Filter) -> Option<&'static str> {
    match filter {
        Filter::AsciiHexDecode => Some("ASCIIHexDecode"),
        Filter::Ascii85Decode => Some("ASCII85Decode"),
        Filter::LzwDecode => Some("LZWDecode"),
        Filter::FlateDecode => Some("FlateDecode"),
        Filter::RunLengthDecode => Some("RunLengthDecode"),
        _ => None,
    }
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
/// Decoding so many takes seconds; the strips of a page have as many as the page.
const MAX_SAMPLES: u64 = 400_000_000;
/// Images over each other: a scanner's layers are three.
const MAX_COVER: f64 = 10.0;
/// Pixels of a canvas: A4 at 408×391, with its image below 130 MB.
const CANVAS: f64 = 16_000_000.0;
const CANVAS_AND_IMAGES: f64 = 40_000_000.0;
