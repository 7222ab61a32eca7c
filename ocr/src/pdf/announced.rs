//! What the bytes of a picture say about its size, before a decoder believes them.
//!
//! The dictionary of an image and the code stream inside it may disagree; decoders allocate for either.

use crate::document::{MAX_IMAGE_PIXELS, check_image_size};
use crate::{Error, Result};

/// A picture as its code stream announces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coded {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Bytes that decoding takes, about.
    pub bytes: u64,
    /// The decoder can leave out the finer resolutions.
    pub reducible: bool,
}

/// ITU-T T.81: the frame header; `None` when there is none.
pub fn jpeg(data: &[u8]) -> Option<Coded> {
    let mut rest = data.get(2..)?;
    loop {
        let (&[marker_start, marker], after) = rest.split_first_chunk::<2>()?;
        if marker_start != 0xFF || marker == 0xFF {
            rest = rest.get(1..)?;
            continue;
        }
        if matches!(marker, 0x01 | 0xD0..=0xD8) {
            rest = after;
            continue;
        }
        let length = usize::from(u16::from_be_bytes(*after.first_chunk()?));
        if matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC) {
            let [_, _, _, h1, h0, w1, w0, parts] = *after.first_chunk::<8>()?;
            let (width, height) = (u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0]));
            let samples = u64::from(width) * u64::from(height) * u64::from(parts);
            // Progressive frames keep every coefficient, in two bytes, until the last scan.
            let bytes = if marker == 0xC2 { 3 * samples } else { samples };
            return Some(Coded { width: width.into(), height: height.into(), bytes, reducible: false });
        }
        rest = after.get(length..)?;
    }
}

/// ITU-T T.800: the SIZ segment; `None` when there is none.
///
/// # Errors
/// [`Error::OverLimit`] for more tiles than a picture needs.
pub fn jpeg2000(data: &[u8]) -> Result<Option<Coded>> {
    let start = data.windows(4).position(|w| w == [0xFF, 0x4F, 0xFF, 0x51]);
    let Some(sizes) = start.and_then(|at| data.get(at + 8..at + 42)) else { return Ok(None) };
    let (numbers, rest) = sizes.as_chunks::<4>();
    let at = |n: usize| numbers.get(n).map_or(0, |bytes| u32::from_be_bytes(*bytes));
    let parts = u64::from(rest.first_chunk().map_or(0, |bytes| u16::from_be_bytes(*bytes)));
    let (width, height) = (at(0).saturating_sub(at(2)), at(1).saturating_sub(at(3)));
    let tiles = |side: u32, tile: u32| u64::from(side.div_ceil(tile.max(1)));
    if tiles(at(0), at(4)) * tiles(at(1), at(5)) > MOST_TILES {
        return Err(Error::OverLimit { limit: MOST_TILES, of: "tiles in a JPEG 2000 image" });
    }
    let bytes = u64::from(width).saturating_mul(height.into()).saturating_mul(BYTES_PER_WAVELET * parts);
    Ok(Some(Coded { width, height, bytes, reducible: true }))
}

/// ITU-T T.88, embedded: the page's size, after every region and dictionary was found bounded.
///
/// # Errors
/// [`Error::OverLimit`] when a page, a region or a dictionary is larger than a fax needs.
pub fn jbig2(data: &[u8]) -> Result<Option<Coded>> {
    let mut rest = data;
    let (mut page, mut area) = (None, 0u64);
    while let Some((kind, body, after)) = segment(rest) {
        rest = after;
        let number = |at: usize| -> u64 {
            body.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| u32::from_be_bytes(*b)).into()
        };
        match kind {
            PAGE => {
                // An unknown height is told by the stripes.
                let height = if number(4) == u64::from(u32::MAX) { 0 } else { number(4) };
                check_image_size(number(0), height)?;
                page = Some((number(0) as u32, height as u32));
            }
            4..=7 | 20..=23 | 36..=43 => {
                check_image_size(number(0), number(4))?;
                area += number(0) * number(4);
                if matches!(kind, 20..=23) {
                    // Grid of gray values, after the region's 17 bytes and one of flags.
                    check_image_size(number(18), number(22))?;
                }
            }
            PATTERNS => {
                let (width, tones) = (u64::from(body.get(1).copied().unwrap_or(0)), number(3) + 1);
                area += width * tones * u64::from(body.get(2).copied().unwrap_or(0));
            }
            _ => {}
        }
        if area > MOST_REGIONS {
            return Err(Error::OverLimit {
                limit: MOST_REGIONS,
                of: "pixels in the regions of a JBIG2 image",
            });
        }
    }
    Ok(page.map(|(width, height)| Coded {
        width,
        height,
        bytes: 2 * u64::from(width) * u64::from(height),
        reducible: false,
    }))
}

/// Kind and data of the first segment, and what follows (T.88 section 7.2).
fn segment(data: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let number = u32::from_be_bytes(*data.first_chunk()?);
    let flags = *data.get(4)?;
    let referred = data.get(5)? >> 5;
    let (count, after_count) = if referred == 7 {
        let count = u32::from_be_bytes(*data.get(5..)?.first_chunk()?) & 0x1FFF_FFFF;
        (
            count as usize,
            9usize.checked_add((count as usize).div_ceil(8))?.checked_add(usize::from(count % 8 == 0))?,
        )
    } else {
        (usize::from(referred), 6)
    };
    let width = match number {
        0..=256 => 1,
        257..=65536 => 2,
        _ => 4,
    };
    let page = after_count.checked_add(count.checked_mul(width)?)?;
    let length_at = page.checked_add(if flags & 0x40 == 0 { 1 } else { 4 })?;
    let length = u32::from_be_bytes(*data.get(length_at..)?.first_chunk()?) as usize;
    let body = data.get(length_at + 4..)?;
    // A length that is not known, or more than there is, means the rest.
    let (body, after) = body.split_at(length.min(body.len()));
    Some((flags & 0x3F, body, after))
}

const PATTERNS: u8 = 16;
const PAGE: u8 = 48;
/// All regions of a page together; a page in strips of text and generic regions has little more than itself.
const MOST_REGIONS: u64 = 2 * MAX_IMAGE_PIXELS;
const MOST_TILES: u64 = 16_384;
/// The decoder works in 32-bit floats, with copies: measured at 15 million samples.
const BYTES_PER_WAVELET: u64 = 12;
