//! Document bytes in, pages out, whatever the format.

use std::sync::Arc;

use crate::page::Page;
use crate::{Error, Result, light, pdf, png, tiff};

/// Largest document that is looked at, in bytes.
pub const MAX_BYTES: usize = 30 * 1024 * 1024;
/// Most pages in a document.
pub const MAX_PAGES: usize = 200;
/// Widest image that a file may announce, in pixels.
pub const MAX_IMAGE_WIDTH: u64 = 20_000;
/// Tallest image that a file may announce, in pixels.
pub const MAX_IMAGE_HEIGHT: u64 = 40_000;
/// Largest image that a file may announce, in pixels: A3 at 600 dpi has 70 million.
pub const MAX_IMAGE_PIXELS: u64 = 72_000_000;
/// Most bytes that decoding one image may take; A4 at 600 dpi in colour has 105 million.
pub const MAX_IMAGE_BYTES: u64 = 150_000_000;

/// A format that faxes come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Portable Document Format.
    Pdf,
    /// Tagged Image File Format, classic or BigTIFF.
    Tiff,
    /// Portable Network Graphics.
    Png,
}

impl Format {
    /// Lower-case name: `pdf`, `tiff`, `png`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Tiff => "tiff",
            Self::Png => "png",
        }
    }
}

/// What decoding may need from its surroundings.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// A Japanese OpenType font for PDFs that name one without embedding it. Without it their
    /// Japanese text is missing from the page.
    pub fallback_font: Option<Arc<Vec<u8>>>,
}

/// The format that the bytes begin with; names and announced types are not asked.
pub fn sniff(bytes: &[u8]) -> Option<Format> {
    let head = bytes.get(..PDF_HEADER_WITHIN).unwrap_or(bytes);
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some(Format::Png)
    } else if [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"].iter().any(|magic| bytes.starts_with(*magic)) {
        Some(Format::Tiff)
    } else if head.windows(5).any(|window| window == b"%PDF-") {
        Some(Format::Pdf)
    } else {
        None
    }
}

/// Decodes a document and hands over each page, in order, as soon as it is there; returns how many
/// times it did.
///
/// A page that cannot be decoded takes its place as an error, the pages after it still come. Scanned pages
/// come in even light: their paper white, their ink black.
///
/// # Errors
/// When there is no page to hand over: [`Error::UnknownFormat`], [`Error::PasswordProtected`],
/// [`Error::Unreadable`], or [`Error::OverLimit`] when the document as a whole asks for too much.
pub fn read(bytes: &[u8], options: &Options, each: &mut dyn FnMut(Result<Page>)) -> Result<u32> {
    if bytes.len() > MAX_BYTES {
        return Err(Error::OverLimit { limit: MAX_BYTES as u64, of: "bytes in a document" });
    }
    let each = &mut |page: Result<Page>| each(page.map(light::even));
    match sniff(bytes).ok_or(Error::UnknownFormat)? {
        Format::Pdf => pdf::read(bytes, options, each),
        Format::Tiff => tiff::read(bytes, each),
        Format::Png => {
            each(Ok(png::read(bytes)?));
            Ok(1)
        }
    }
}

/// Refuses an image whose announced size no fax has, before anything is allocated for it.
pub(crate) fn check_image_size(width: u64, height: u64) -> Result<()> {
    if width > MAX_IMAGE_WIDTH {
        return Err(Error::OverLimit { limit: MAX_IMAGE_WIDTH, of: "pixels across an image" });
    }
    if height > MAX_IMAGE_HEIGHT {
        return Err(Error::OverLimit { limit: MAX_IMAGE_HEIGHT, of: "pixels down an image" });
    }
    if width * height > MAX_IMAGE_PIXELS {
        return Err(Error::OverLimit { limit: MAX_IMAGE_PIXELS, of: "pixels in an image" });
    }
    Ok(())
}

/// Junk before the header is common (mail gateways, printers' job languages); readers search this far.
const PDF_HEADER_WITHIN: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn error(bytes: &[u8]) -> Error {
        read(bytes, &Options::default(), &mut |_| panic!("a page")).unwrap_err()
    }

    #[test]
    fn the_first_bytes_decide() {
        assert_eq!(sniff(b"%PDF-1.4\n"), Some(Format::Pdf));
        assert_eq!(sniff(&[&[b' '; 900][..], b"%PDF-1.4\n"].concat()), Some(Format::Pdf));
        assert_eq!(sniff(&[&[b' '; 1100][..], b"%PDF-1.4\n"].concat()), None);
        assert_eq!(sniff(b"II*\0\x08\0\0\0"), Some(Format::Tiff));
        assert_eq!(sniff(b"MM\0+\0\x08\0\0"), Some(Format::Tiff));
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n"), Some(Format::Png));
        assert_eq!(sniff(b""), None);
        assert_eq!(sniff(b"<!DOCTYPE html>"), None);
    }

    #[test]
    fn no_page_comes_from_what_is_no_document() {
        assert!(matches!(error(b""), Error::UnknownFormat));
        assert!(matches!(error(b"<html>busy</html>"), Error::UnknownFormat));
        assert!(matches!(error(b"II*\0"), Error::Unreadable { kind: "TIFF", .. }));
        assert!(matches!(error(b"\x89PNG\r\n\x1a\n"), Error::Unreadable { kind: "PNG", .. }));
        assert!(matches!(error(b"%PDF-1.4\nnothing more"), Error::Unreadable { kind: "PDF", .. }));
        assert!(matches!(error(&vec![b' '; MAX_BYTES + 1]), Error::OverLimit { .. }));
    }
}
