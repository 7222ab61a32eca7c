//! TIFF in, pages out, and fax pages into TIFF.
//!
//! Received faxes use corners of the format that image libraries refuse (Group 3, reversed bits,
//! endless strips), so the directory and the bilevel codings are read here; `tiff` decodes the rest.

mod bilevel;
mod continuous;
mod directory;
pub mod write;

use std::ops::Range;

use image::GrayImage;
use image::imageops::{flip_horizontal, flip_vertical, rotate90, rotate180, rotate270};

use self::directory::{Directory, Tag};
use crate::document::check_image_size;
use crate::lost::Parts;
use crate::page::{Dpi, Flaw, Page};
use crate::{Error, Result};

/// Decodes every page of a TIFF; reduced copies of other pages are skipped.
///
/// # Errors
/// [`Error::Unreadable`] when not one page is found, [`Error::OverLimit`] above the page limit.
pub fn read(bytes: &[u8], each: &mut dyn FnMut(Result<Page>)) -> Result<u32> {
    let (mut directories, broken) = directory::chain(bytes)?;
    if directories.iter().any(|d| !d.is_reduced_copy()) {
        directories.retain(|d| !d.is_reduced_copy());
    }
    let mut count = 0;
    for page in directories.iter().map(decode).chain(broken.map(Err)) {
        each(page);
        count += 1;
    }
    Ok(count)
}

fn decode(directory: &Directory<'_>) -> Result<Page> {
    let width = directory.size(Tag::ImageWidth)?;
    let height = directory.size(Tag::ImageLength)?;
    check_image_size(width.into(), height.into())?;
    let (pixels, mut flaws, lost) = match directory.number(Tag::Compression).unwrap_or(1) {
        coding if directory.is_bilevel() && bilevel::knows(coding) => {
            bilevel::decode(directory, width, height)?
        }
        _ => (continuous::decode(directory)?, Vec::new(), Parts::new()),
    };
    if directory.has_bad_fax_lines() {
        flaws.push(Flaw::BadFaxLines);
    }
    let dpi = Dpi::credible(resolution(directory), width, height);
    let orientation = directory.number(Tag::Orientation).unwrap_or(1);
    let (pixels, dpi) = upright(pixels, dpi, orientation);
    Ok(Page::fitted(pixels, dpi, flaws)?
        .without(lost.into_iter().map(|part| turned(part, orientation)).collect()))
}

/// Resolution by its unit: 2 inch (the default), 3 centimetre; 1 means the numbers are a ratio only.
fn resolution(directory: &Directory<'_>) -> Option<Dpi> {
    let per_inch = match directory.number(Tag::ResolutionUnit).unwrap_or(2) {
        2 => 1.0,
        3 => 2.54,
        _ => return None,
    };
    let x = directory.real(Tag::XResolution)? * per_inch;
    let y = directory.real(Tag::YResolution)? * per_inch;
    Some(Dpi { x, y })
}

/// Turns the stored rows so that the first is the top of the page (TIFF 6.0, tag 274).
fn upright(pixels: GrayImage, dpi: Dpi, orientation: u64) -> (GrayImage, Dpi) {
    let turned = Dpi { x: dpi.y, y: dpi.x };
    match orientation {
        2 => (flip_horizontal(&pixels), dpi),
        3 => (rotate180(&pixels), dpi),
        4 => (flip_vertical(&pixels), dpi),
        5 => (flip_horizontal(&rotate90(&pixels)), turned),
        6 => (rotate90(&pixels), turned),
        7 => (flip_horizontal(&rotate270(&pixels)), turned),
        8 => (rotate270(&pixels), turned),
        _ => (pixels, dpi),
    }
}

/// Where a part of the stored height lies once the page is upright; rows that run down it may lie anywhere.
fn turned(part: Range<f64>, orientation: u64) -> Range<f64> {
    match orientation {
        3 | 4 => 1.0 - part.end..1.0 - part.start,
        5..=8 => 0.0..1.0,
        _ => part,
    }
}

fn unreadable(what: impl Into<String>) -> Error {
    Error::Unreadable { kind: "TIFF", what: what.into() }
}
