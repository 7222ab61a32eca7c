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

/// Draws a page; the second value tells whether something on it could not be drawn.
pub fn draw(page: &Page<'_>, grid: &Grid, options: &Options) -> (GrayImage, bool) {
    let warned = Arc::new(AtomicBool::new(false));
    let mut context = RenderContext::new(grid.width, grid.height);
    render_into(
        page,
        &RenderCache::new(),
        &settings(options, &warned),
        &RenderSettings::default(),
        &mut context,
        grid.to_pixels * page.initial_transform(true).to_kurbo(),
    );
    context.flush();
    let mut pixmap = Pixmap::new(grid.width, grid.height);
    let onto_white = RasterizerSettings { target_init: TargetInit::Clear(WHITE), ..Default::default() };
    context.render_with(&mut pixmap, &mut Resources::default(), onto_white);
    drop(context);
    (gray(&pixmap), warned.load(Ordering::Relaxed))
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

/// ITU-R BT.601 luma of an opaque canvas; the weights sum to 256, so black stays 0 and white 255.
fn gray(pixmap: &Pixmap) -> GrayImage {
    let luma =
        |p: &[u8; 4]| ((77 * u32::from(p[0]) + 150 * u32::from(p[1]) + 29 * u32::from(p[2])) >> 8) as u8;
    let levels = pixmap.data_as_u8_slice().as_chunks().0.iter().map(luma).collect();
    GrayImage::from_raw(pixmap.width().into(), pixmap.height().into(), levels)
        .expect("a pixmap has four bytes for each of its pixels")
}
