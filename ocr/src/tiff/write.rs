//! Fax pages into a multi-page Group 4 TIFF (TIFF 6.0, class F tags).

use crate::page::Page;
use crate::{Error, Result, ccitt};

/// Writes pages as black-and-white Group 4, one strip each; levels below 128 are ink.
///
/// # Errors
/// [`Error::Draw`] when there is no page, a page is too wide for the code, or the file outgrows 4 GiB.
pub fn fax_tiff(pages: &[&Page]) -> Result<Vec<u8>> {
    if pages.is_empty() {
        return Err(Error::Draw { what: "a TIFF without pages".into() });
    }
    let mut file = b"II*\0\0\0\0\0".to_vec();
    let mut link = 4;
    for (number, page) in (0u16..).zip(pages) {
        let strip = ccitt::encode_group4(page.pixels())?;
        let strip_at = position(&file)?;
        file.extend_from_slice(&strip);
        let count = u16::try_from(pages.len()).unwrap_or(0);
        link = append_directory(&mut file, link, page, (strip_at, strip.len()), (number, count))?;
    }
    Ok(file)
}

/// Appends the directory of a page and links it from the one before; returns where the next link goes.
fn append_directory(
    file: &mut Vec<u8>,
    link: usize,
    page: &Page,
    (strip_at, strip_len): (u32, usize),
    (number, count): (u16, u16),
) -> Result<usize> {
    let (width, height) = page.pixels().dimensions();
    let resolution_at = even(file)?;
    for dpi in [page.dpi().x, page.dpi().y] {
        // A page has 20 to 2400 dpi, so thousandths fit.
        file.extend_from_slice(&((dpi * 1000.0).round() as u32).to_le_bytes());
        file.extend_from_slice(&1000u32.to_le_bytes());
    }
    let directory_at = even(file)?;
    file[link..link + 4].copy_from_slice(&directory_at.to_le_bytes());
    let strip_len = u32::try_from(strip_len).map_err(|_| too_large())?;
    let entries: [(u16, u16, u32, u32); 15] = [
        (254, LONG, 1, 2), // a page of several
        (256, LONG, 1, width),
        (257, LONG, 1, height),
        (258, SHORT, 1, 1),
        (259, SHORT, 1, 4), // Group 4
        (262, SHORT, 1, 0), // white is zero
        (266, SHORT, 1, 1), // high bit first
        (273, LONG, 1, strip_at),
        (277, SHORT, 1, 1),
        (278, LONG, 1, height),
        (279, LONG, 1, strip_len),
        (282, RATIONAL, 1, resolution_at),
        (283, RATIONAL, 1, resolution_at.checked_add(8).ok_or_else(too_large)?),
        (296, SHORT, 1, 2), // per inch
        (297, SHORT, 2, u32::from(number) | u32::from(count) << 16),
    ];
    file.extend_from_slice(&(entries.len() as u16).to_le_bytes());
    for (tag, kind, values, value) in entries {
        file.extend_from_slice(&tag.to_le_bytes());
        file.extend_from_slice(&kind.to_le_bytes());
        file.extend_from_slice(&values.to_le_bytes());
        // In a little-endian field a short stands in the low bytes, as it does in the number.
        file.extend_from_slice(&value.to_le_bytes());
    }
    let next = file.len();
    file.extend_from_slice(&[0; 4]);
    Ok(next)
}

/// Pads to the word boundary that directories and rationals need; returns the position.
fn even(file: &mut Vec<u8>) -> Result<u32> {
    file.resize(file.len().next_multiple_of(2), 0);
    position(file)
}

fn position(file: &[u8]) -> Result<u32> {
    u32::try_from(file.len()).map_err(|_| too_large())
}

fn too_large() -> Error {
    Error::Draw { what: "a TIFF of more than 4 GiB".into() }
}

const SHORT: u16 = 3;
const LONG: u16 = 4;
const RATIONAL: u16 = 5;
