//! PDF in, pages out, and fax pages into PDF.
//!
//! Every page is drawn on the pixel grid of its own scan, so that what a fax machine coded comes out
//! bit by bit: `gate` refuses what no fax needs, `probe` lists what a page draws, `grid` chooses the
//! pixels, `collage` fills them with the samples of the scan, `draw` does when there is more on the page.
//! A file that is cut or draws nothing is repaired once and tried again.

mod announced;
mod collage;
mod draw;
mod effort;
mod gate;
mod grid;
mod probe;
pub mod write;

use std::panic::{AssertUnwindSafe, catch_unwind};

use hayro::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use hayro::kurbo::Rect;

use self::draw::Warnings;
use self::gate::Structure;
use self::grid::{Grid, MOST_LAID};
use crate::document::{MAX_PAGES, Options};
use crate::page::{Dpi, Flaw, Page};
use crate::{Error, Result};

/// Decodes every page of a PDF. Scanned pages keep the resolution of the scan, others get 204×196.
///
/// # Errors
/// [`Error::PasswordProtected`], [`Error::Unreadable`] when there is no page, [`Error::OverLimit`].
pub fn read(bytes: &[u8], options: &Options, each: &mut dyn FnMut(Result<Page>)) -> Result<u32> {
    let structure = Structure::read(bytes)?;
    let original = match open(bytes.to_vec()) {
        Err(error @ (Error::PasswordProtected | Error::OverLimit { .. })) => return Err(error),
        opened => opened,
    };
    let mut count = original.as_ref().map_or(0, |pdf| pdf.pages().len());
    let mut repaired = None;
    if count == 0 || count < structure.pages() {
        repaired = Some(repair(&structure, bytes));
        count = count.max(repaired.iter().flatten().map(|pdf| pdf.pages().len()).max().unwrap_or(0));
    }
    if count == 0 {
        return Err(original.err().unwrap_or_else(|| unreadable("it has no page")));
    }
    check_page_count(count)?;
    for index in 0..count {
        let mut page = original.as_ref().map_err(again).and_then(|pdf| draw_native(pdf, index, options));
        if is_lost(&page) {
            let spare = repaired.get_or_insert_with(|| repair(&structure, bytes));
            page = better(page, spare.as_ref().map(|pdf| draw_native(pdf, index, options)));
        }
        each(page);
    }
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Draws one page, counted from 0, at a given resolution, which may differ across and down.
///
/// # Errors
/// As [`read`]; [`Error::Unreadable`] when there is no such page; [`Error::OverLimit`] when the page
/// would have too many pixels.
pub fn render_at(pdf: &[u8], page_index: usize, dpi: Dpi) -> Result<Page> {
    Structure::read(pdf)?;
    let pdf = open(pdf.to_vec())?;
    with_page(&pdf, page_index, |page, size, drawn| {
        let grid = Grid::at(size, dpi)?;
        Page::new(draw::draw(page, &grid, &Options::default(), &Warnings::default()), grid.dpi, drawn.flaws())
    })
}

/// The page on the grid of its scan: its samples when it is nothing else, drawn otherwise.
fn draw_native(pdf: &Pdf, index: usize, options: &Options) -> Result<Page> {
    with_page(pdf, index, |page, size, drawn| {
        let warnings = Warnings::default();
        let mut grid = Grid::native(size, drawn, MOST_LAID);
        let laid = (drawn.is_a_scan() && !grid.scaled_down)
            .then(|| collage::lay(page, &grid, options, &warnings))
            .flatten();
        let pixels = laid.unwrap_or_else(|| {
            grid = Grid::native(size, drawn, drawn.canvas());
            draw::draw(page, &grid, options, &warnings)
        });
        let mut flaws = drawn.flaws();
        flaws
            .extend((warnings.any() && !flaws.contains(&Flaw::DecodeWarning)).then_some(Flaw::DecodeWarning));
        flaws.extend(grid.scaled_down.then_some(Flaw::ScaledDown));
        let part = |area: &Rect| {
            let area = grid.to_pixels.transform_rect_bbox(*area);
            area.y0 / f64::from(grid.height)..area.y1 / f64::from(grid.height)
        };
        let lost = drawn.lost.iter().map(part).collect();
        Ok(Page::fitted(pixels, in_inches(grid.dpi, page), flaws)?.without(lost))
    })
}

/// A page may count in units larger than a point (ISO 32000-1, table 30, `UserUnit`).
fn in_inches(dpi: Dpi, page: &hayro::hayro_syntax::page::Page<'_>) -> Dpi {
    let unit = page
        .raw()
        .get::<f64>(b"UserUnit".as_slice())
        .filter(|unit| (0.1..=100.0).contains(unit))
        .unwrap_or(1.0);
    Dpi { x: dpi.x / unit, y: dpi.y / unit }
}

fn with_page(
    pdf: &Pdf,
    index: usize,
    fill: impl FnOnce(&hayro::hayro_syntax::page::Page<'_>, (f64, f64), &probe::Drawn) -> Result<Page>,
) -> Result<Page> {
    guarded(|| {
        let page =
            pdf.pages().get(index).ok_or_else(|| unreadable(format!("it has no page {}", index + 1)))?;
        let size = page.render_dimensions();
        let size = (f64::from(size.0), f64::from(size.1));
        if !(1.0..=MAX_PAGE_POINTS).contains(&size.0.max(size.1)) {
            return Err(Error::OverLimit { limit: MAX_PAGE_POINTS as u64, of: "points along a PDF page" });
        }
        fill(page, size, &probe::probe(page, size)?)
    })
}

fn open(bytes: Vec<u8>) -> Result<Pdf> {
    let pdf = guarded(|| {
        Pdf::new(bytes).map_err(|error| match error {
            LoadPdfError::Decryption(DecryptionError::PasswordProtected) => Error::PasswordProtected,
            LoadPdfError::Decryption(DecryptionError::UnsupportedAlgorithm) => {
                Error::Unsupported { what: "the encryption of the PDF".into() }
            }
            LoadPdfError::Decryption(_) => unreadable("its encryption is broken"),
            LoadPdfError::Invalid => unreadable("its structure is broken"),
        })
    })?;
    if pdf.len() > gate::MAX_OBJECTS {
        return Err(Error::OverLimit { limit: gate::MAX_OBJECTS as u64, of: "objects in a PDF" });
    }
    Ok(pdf)
}

fn repair(structure: &Structure, bytes: &[u8]) -> Option<Pdf> {
    open(structure.rewritten(bytes)?).ok().filter(|pdf| pdf.pages().len() <= MAX_PAGES)
}

fn check_page_count(count: usize) -> Result<()> {
    if count > MAX_PAGES {
        return Err(Error::OverLimit { limit: MAX_PAGES as u64, of: "pages in a document" });
    }
    Ok(())
}

/// Whether repairing may bring the page back; a limit that was hit would be hit again.
fn is_lost(page: &Result<Page>) -> bool {
    match page {
        Ok(page) => page.flaws().contains(&Flaw::BlankNothingDrawn),
        Err(Error::OverLimit { .. }) => false,
        Err(_) => true,
    }
}

fn better(page: Result<Page>, spare: Option<Result<Page>>) -> Result<Page> {
    match (page, spare) {
        (_, Some(spare)) if !is_lost(&spare) => spare,
        (Err(_), Some(Ok(spare))) => Ok(spare),
        (page, _) => page,
    }
}

/// The document would not open; each of its pages says so.
fn again(error: &Error) -> Error {
    unreadable(match error {
        Error::Unreadable { what, .. } => what.clone(),
        other => other.to_string(),
    })
}

/// Runs foreign decoding; a panic, or an [`Error`] thrown through `resume_unwind`, becomes the result.
fn guarded<T>(decode: impl FnOnce() -> Result<T>) -> Result<T> {
    // What was being decoded is dropped with its caches, so no half-changed state is seen again.
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|thrown| {
        Err(match thrown.downcast::<Error>() {
            Ok(error) => *error,
            Err(_) => unreadable("the decoder gave up on it"),
        })
    })
}

fn unreadable(what: impl Into<String>) -> Error {
    Error::Unreadable { kind: "PDF", what: what.into() }
}

const MAX_PAGE_POINTS: f64 = 20_000.0;
