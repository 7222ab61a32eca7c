//! Gray and colour pages, and LZW, deflate and JPEG codings: left to the `tiff` crate.
//!
//! The only file that names it.

use std::io::{Cursor, Read, Seek, SeekFrom};

use image::GrayImage;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::{ColorType, TiffError};

use super::directory::{Directory, Tag};
use super::unreadable;
use crate::document::{MAX_IMAGE_BYTES, check_image_size};
use crate::{Error, Result};

/// Decodes the page of a directory to grays.
///
/// # Errors
/// [`Error::Unsupported`] for codings and colours that no decoder here knows, [`Error::OverLimit`],
/// [`Error::Unreadable`].
pub fn decode(directory: &Directory<'_>) -> Result<GrayImage> {
    let coding = directory.number(Tag::Compression).unwrap_or(1);
    if !DECODED.contains(&coding) {
        return Err(Error::Unsupported { what: format!("TIFF compression {coding}{}", name(coding)) });
    }
    if directory.number(Tag::FillOrder).unwrap_or(1) == 2 {
        return Err(Error::Unsupported { what: format!("reversed bit order in TIFF compression {coding}") });
    }
    let page = StartingAt::new(directory);
    let mut decoder = Decoder::new(page).map_err(explain)?.with_limits(limits());
    let (width, height) = decoder.dimensions().map_err(explain)?;
    check_image_size(width.into(), height.into())?;
    let color = decoder.colortype().map_err(explain)?;
    let levels = match (decoder.read_image().map_err(explain)?, color) {
        (DecodingResult::U8(packed), ColorType::Gray(bits @ (1 | 2 | 4))) => unpack(&packed, width, bits),
        (DecodingResult::U8(levels), ColorType::Gray(8)) => levels,
        // The upper half of a 16-bit level is a byte.
        (DecodingResult::U16(levels), ColorType::Gray(16)) => levels.iter().map(|l| (l >> 8) as u8).collect(),
        (DecodingResult::U8(samples), ColorType::RGB(8)) => samples.chunks_exact(3).map(luma).collect(),
        (DecodingResult::U8(samples), ColorType::RGBA(8)) => samples.chunks_exact(4).map(luma).collect(),
        (DecodingResult::U8(samples), ColorType::YCbCr(8)) => samples.chunks_exact(3).map(|s| s[0]).collect(),
        (DecodingResult::U8(samples), ColorType::CMYK(8)) => samples.chunks_exact(4).map(cmyk).collect(),
        (_, other) => return Err(Error::Unsupported { what: format!("TIFF colour {other:?}") }),
    };
    GrayImage::from_raw(width, height, levels).ok_or_else(|| unreadable("the page has too few pixels"))
}

/// Samples packed into bytes, rows starting on a byte, spread to 0 to 255.
fn unpack(packed: &[u8], width: u32, bits: u8) -> Vec<u8> {
    let per_byte = u32::from(8 / bits);
    let top = u8::MAX >> (8 - bits);
    packed
        .chunks_exact(width.div_ceil(per_byte) as usize)
        .flat_map(|row| {
            (0..width).map(move |x| {
                let place = (x % per_byte) as u8;
                (row[(x / per_byte) as usize] >> (8 - bits * (place + 1)) & top) * (255 / top)
            })
        })
        .collect()
}

/// ITU-R BT.601 luma; the weights sum to 256, so the result is a byte.
fn luma(rgb: &[u8]) -> u8 {
    let weighted: u32 = rgb.iter().zip([77u32, 150, 29]).map(|(s, w)| u32::from(*s) * w).sum();
    (weighted >> 8) as u8
}

fn cmyk(inks: &[u8]) -> u8 {
    let paper = |ink: u8| u32::from(255 - ink);
    let rgb = [0, 1, 2].map(|n| (paper(inks[n]) * paper(inks[3]) / 255) as u8);
    luma(&rgb)
}

fn name(coding: u64) -> &'static str {
    match coding {
        6 => " (old-style JPEG)",
        9 | 10 | 34661 => " (JBIG)",
        32771 => " (word-aligned Modified Huffman)",
        34663 => " (JBIG2)",
        34712 => " (JPEG 2000)",
        50000 => " (Zstandard)",
        50001 => " (WebP)",
        _ => "",
    }
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.decoding_buffer_size = MAX_IMAGE_BYTES as usize;
    limits.intermediate_buffer_size = MAX_IMAGE_BYTES as usize;
    limits
}

fn explain(error: TiffError) -> Error {
    match error {
        TiffError::UnsupportedError(what) => Error::Unsupported { what: format!("a TIFF page ({what})") },
        TiffError::LimitsExceeded => Error::OverLimit { limit: MAX_IMAGE_BYTES, of: "bytes in a TIFF page" },
        other => unreadable(other.to_string()),
    }
}

/// The same file with another directory as its first, because the decoder insists on understanding
/// the first page before it moves on.
struct StartingAt<'a> {
    file: Cursor<&'a [u8]>,
    header: [u8; 16],
    header_len: u64,
}

impl<'a> StartingAt<'a> {
    fn new(directory: &Directory<'a>) -> Self {
        let bytes = directory.bytes();
        let (little, big) = directory.byte_order();
        let mut header = [0; 16];
        let known = bytes.len().min(16);
        header[..known].copy_from_slice(&bytes[..known]);
        // A directory of a classic file was found through 32 bits.
        let offset = directory.offset;
        match (big, little) {
            (true, true) => header[8..16].copy_from_slice(&offset.to_le_bytes()),
            (true, false) => header[8..16].copy_from_slice(&offset.to_be_bytes()),
            (false, true) => header[4..8].copy_from_slice(&(offset as u32).to_le_bytes()),
            (false, false) => header[4..8].copy_from_slice(&(offset as u32).to_be_bytes()),
        }
        Self { file: Cursor::new(bytes), header, header_len: if big { 16 } else { 8 } }
    }
}

impl Read for StartingAt<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let at = self.file.position();
        if at >= self.header_len {
            return self.file.read(out);
        }
        let rest = &self.header[at as usize..self.header_len as usize];
        let count = rest.len().min(out.len());
        out[..count].copy_from_slice(&rest[..count]);
        self.file.set_position(at + count as u64);
        Ok(count)
    }
}

impl Seek for StartingAt<'_> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.file.seek(to)
    }
}

/// None, LZW, JPEG, deflate (two numbers), PackBits.
const DECODED: [u64; 6] = [1, 5, 7, 8, 32946, 32773];
