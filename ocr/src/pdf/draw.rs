//! The second pass: pixels of a page on its grid.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hayro::hayro_interpret::font::{FallbackFontQuery, FontData, FontQuery};
use hayro::hayro_interpret::hayro_cmap::CidFamily;
use hayro::hayro_interpret::{InterpreterSettings, TransformExt};
use hayro::hayro_syntax::page::Page;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::vello_cpu::{Pixmap, RasterizerSettings, RenderContext, Resources, TargetInit};
use hayro::{RenderCache, RenderSettings, render_into};
use image::GrayImage;

use super::grid::Grid;
use crate::document::Options;

/// Whether something on a page could not be drawn.
#[derive(Clone, Default)]
pub struct Warnings(Arc<AtomicBool>);

impl Warnings {
    /// Whether there was one.
    pub fn any(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// How pages are interpreted: standard fonts as they are, Japanese ones by the font given.
    pub fn settings(&self, options: &Options) -> InterpreterSettings {
        settings(options, &self.0)
    }
}

/// Draws a page.
pub fn draw(page: &Page<'_>, grid: &Grid, options: &Options, warnings: &Warnings) -> GrayImage {
    let mut context = RenderContext::new(grid.width, grid.height);
    render_into(
        page,
        &RenderCache::new(),
        &warnings.settings(options),
        &RenderSettings::default(),
        &mut context,
        grid.to_pixels * page.initial_transform(true).to_kurbo(),
    );
    context.flush();
    let mut pixmap = Pixmap::new(grid.width, grid.height);
    let onto_white = RasterizerSettings { target_init: TargetInit::Clear(WHITE), ..Default::default() };
    context.render_with(&mut pixmap, &mut Resources::default(), onto_white);
    drop(context);
    gray(&pixmap)
}

fn settings(options: &Options, warned: &Arc<AtomicBool>) -> InterpreterSettings {
    let japanese = options.fallback_font.clone();
    let (from_font, from_page) = (Arc::clone(warned), Arc::clone(warned));
    InterpreterSettings {
        font_resolver: Arc::new(move |query| match query {
            FontQuery::Standard(font) => Some(font.get_font_data()),
            FontQuery::Fallback(query) if is_japanese(query) => {
                let font = japanese.clone().map(|font| (font as FontData, 0));
                // Without a font the text is left out in silence.
                from_font.fetch_or(font.is_none(), Ordering::Relaxed);
                font
            }
            FontQuery::Fallback(query) => Some(query.pick_standard_font().get_font_data()),
        }),
        warning_sink: Arc::new(move |_| from_page.store(true, Ordering::Relaxed)),
        ..Default::default()
    }
}

fn is_japanese(query: &FallbackFontQuery) -> bool {
    query.character_collection.as_ref().is_some_and(|c| matches!(c.family, CidFamily::AdobeJapan1))
}

/// ITU-R BT.601 luma; the weights sum to 256, so black stays 0 and white 255.
pub fn luma([red, green, blue]: [u8; 3]) -> u8 {
    ((77 * u32::from(red) + 150 * u32::from(green) + 29 * u32::from(blue)) >> 8) as u8
}

fn gray(pixmap: &Pixmap) -> GrayImage {
    let opaque = |[red, green, blue, _]: &[u8; 4]| luma([*red, *green, *blue]);
    let levels = pixmap.data_as_u8_slice().as_chunks().0.iter().map(opaque).collect();
    GrayImage::from_raw(pixmap.width().into(), pixmap.height().into(), levels)
        .expect("a pixmap has four bytes for each of its pixels")
}
