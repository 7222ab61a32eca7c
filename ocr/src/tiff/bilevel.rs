//! Black-and-white pages: strips and tiles in the codings that fax software writes.

use std::borrow::Cow;

use image::{GrayImage, Luma};

use super::directory::{Directory, Tag};
use super::unreadable;
use crate::Result;
use crate::ccitt::{self, Coding, Scheme};
use crate::lost::Parts;
use crate::page::Flaw;

/// Whether a compression number is decoded here: none, Modified Huffman, T.4, T.6, PackBits.
pub fn knows(compression: u64) -> bool {
    matches!(compression, UNCOMPRESSED | MODIFIED_HUFFMAN | T4 | T6 | PACK_BITS)
}

/// Decodes all strips or tiles of a page onto white paper; what is missing stays white and is told.
///
/// # Errors
/// When the page names no place where its strips lie.
pub fn decode(directory: &Directory<'_>, width: u32, height: u32) -> Result<(GrayImage, Vec<Flaw>, Parts)> {
    let grid = Grid::read(directory, width, height)?;
    let mut canvas = Canvas {
        pixels: GrayImage::from_pixel(width, height, Luma([PAPER])),
        // WhiteIsZero (0) is what fax software means when it leaves the tag out.
        negative: directory.number(Tag::Photometric).unwrap_or(0) == 1,
    };
    let coding = directory.number(Tag::Compression).unwrap_or(UNCOMPRESSED);
    let two_dimensional = directory.number(Tag::T4Options).unwrap_or(0) & 1 == 1;
    let reversed = directory.number(Tag::FillOrder).unwrap_or(1) == 2;
    let mut lost = Parts::new();
    let (mut missing, mut damaged) = (grid.chunks.len() < grid.expected(), false);
    for (index, chunk) in grid.chunks.iter().enumerate().take(grid.expected()) {
        let place = grid.place(index);
        let data = if reversed { Cow::Owned(reverse_bits(chunk)) } else { Cow::Borrowed(*chunk) };
        let code = place.code(scheme(coding, two_dimensional), coding == MODIFIED_HUFFMAN);
        let outcome = match coding {
            UNCOMPRESSED => canvas.fill(&data, place),
            PACK_BITS => canvas.fill(&unpack(&data, place.bytes()), place),
            _ => canvas.fill_coded(&data, place, &code),
        };
        missing |= outcome.rows < place.visible_rows(height);
        damaged |= outcome.damaged;
        let part = |row: u32| f64::from(place.y + row) / f64::from(height);
        let rows = ccitt::lost(&data, &code, outcome);
        lost.extend(rows.into_iter().map(|rows| part(rows.start)..part(rows.end)));
    }
    let flaws = [(damaged, Flaw::Damaged), (missing, Flaw::RowsMissing)];
    Ok((canvas.pixels, flaws.into_iter().filter_map(|(is, flaw)| is.then_some(flaw)).collect(), lost))
}

fn reverse_bits(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|b| b.reverse_bits()).collect()
}

fn scheme(compression: u64, two_dimensional: bool) -> Scheme {
    match compression {
        T6 => Scheme::Group4,
        T4 if two_dimensional => Scheme::Group3TwoDimensional,
        _ => Scheme::Group3OneDimensional,
    }
}

/// Strips are tiles as wide as the page.
struct Grid<'a> {
    /// Size of a full tile; the last strip is cut at the page's foot.
    tile: (u32, u32),
    page: (u32, u32),
    tiled: bool,
    chunks: Vec<&'a [u8]>,
}

/// Where a strip or tile belongs.
#[derive(Clone, Copy)]
struct Place {
    x: u32,
    y: u32,
    width: u32,
    rows: u32,
}

impl<'a> Grid<'a> {
    fn read(directory: &Directory<'a>, width: u32, height: u32) -> Result<Self> {
        let tiled = directory.number(Tag::TileWidth).is_some();
        let (offsets, counts, tile) = if tiled {
            let tile = (directory.size(Tag::TileWidth)?, directory.size(Tag::TileLength)?);
            // A tile larger than the page is legal, one that no page could need is not.
            crate::document::check_image_size(tile.0.into(), tile.1.into())?;
            (directory.numbers(Tag::TileOffsets)?, directory.numbers(Tag::TileByteCounts)?, tile)
        } else {
            // Endless strips (2^32 - 1 rows) are usual in fax files.
            let rows = directory.number(Tag::RowsPerStrip).unwrap_or(0);
            let rows = u32::try_from(rows).ok().filter(|r| (1..height).contains(r)).unwrap_or(height);
            (directory.numbers(Tag::StripOffsets)?, directory.numbers(Tag::StripByteCounts)?, (width, rows))
        };
        if offsets.is_empty() {
            return Err(unreadable("the page has no strips"));
        }
        let chunks = chunks(directory.bytes(), &offsets, &counts);
        // Sound strips share no bytes; thousands that all cover the whole file are a bomb.
        if chunks.iter().map(|c| c.len()).sum::<usize>() > 2 * directory.bytes().len() {
            return Err(unreadable("the strips of the page overlap"));
        }
        Ok(Self { tile, page: (width, height), tiled, chunks })
    }

    fn across(&self) -> u32 {
        self.page.0.div_ceil(self.tile.0)
    }

    fn expected(&self) -> usize {
        self.across() as usize * self.page.1.div_ceil(self.tile.1) as usize
    }

    /// Place of a chunk; `index` is below [`Grid::expected`], so nothing overflows.
    fn place(&self, index: usize) -> Place {
        let (row, column) = (index as u32 / self.across(), index as u32 % self.across());
        let y = row * self.tile.1;
        let rows = if self.tiled { self.tile.1 } else { self.tile.1.min(self.page.1 - y) };
        Place { x: column * self.tile.0, y, width: self.tile.0, rows }
    }
}

impl Place {
    fn row_bytes(self) -> usize {
        self.width.div_ceil(8) as usize
    }

    fn bytes(self) -> usize {
        self.row_bytes() * self.rows as usize
    }

    fn code(self, scheme: Scheme, byte_aligned: bool) -> Coding {
        Coding {
            scheme,
            columns: self.width,
            rows: self.rows,
            byte_aligned,
            end_of_line: false,
            // Modified Huffman strips have no end code; zeros in their padding must not pass for one.
            end_of_block: !byte_aligned,
        }
    }

    fn visible_rows(self, page_height: u32) -> u32 {
        self.rows.min(page_height - self.y)
    }
}

/// The bytes of each chunk; a count that is missing or too large ends at the next chunk or the file's end.
fn chunks<'a>(bytes: &'a [u8], offsets: &[u64], counts: &[u64]) -> Vec<&'a [u8]> {
    let mut starts = offsets.to_vec();
    starts.sort_unstable();
    let end = bytes.len() as u64;
    let chunk = |(n, &start): (usize, &u64)| {
        let start = start.min(end);
        let following = starts.get(starts.partition_point(|s| *s <= start)).copied().unwrap_or(end);
        let stop = match counts.get(n) {
            Some(&count @ 1..) => start.saturating_add(count),
            _ => following,
        };
        // Both lie within the file, whose length is a usize.
        bytes.get(start as usize..stop.min(end) as usize).unwrap_or_default()
    };
    offsets.iter().enumerate().map(chunk).collect()
}

struct Canvas {
    pixels: GrayImage,
    negative: bool,
}

impl Canvas {
    /// Rows of packed bits; 1 is ink unless the page is negative.
    fn fill(&mut self, data: &[u8], place: Place) -> ccitt::Outcome {
        let rows = data.chunks_exact(place.row_bytes()).take(place.rows as usize);
        let mut found = 0;
        for (y, row) in (place.y..self.pixels.height()).zip(rows) {
            for x in place.x..(place.x + place.width).min(self.pixels.width()) {
                let n = x - place.x;
                let one = row[n as usize / 8] >> (7 - n % 8) & 1 == 1;
                self.pixels.put_pixel(x, y, Luma([if one != self.negative { INK } else { PAPER }]));
            }
            found += 1;
        }
        ccitt::Outcome { rows: found, damaged: false }
    }

    fn fill_coded(&mut self, data: &[u8], place: Place, code: &Coding) -> ccitt::Outcome {
        let (width, height) = self.pixels.dimensions();
        let right = (place.x + place.width).min(width);
        let pixels = &mut self.pixels;
        let outcome = ccitt::decode(data, code, |row, start, end| {
            let y = place.y + row;
            if y < height {
                (place.x + start..right.min(place.x + end)).for_each(|x| pixels.put_pixel(x, y, Luma([INK])));
            }
        });
        if self.negative {
            let foot = height.min(place.y + outcome.rows);
            for (x, y) in (place.y..foot).flat_map(|y| (place.x..right).map(move |x| (x, y))) {
                let Luma([level]) = pixels.get_pixel_mut(x, y);
                *level = 255 - *level;
            }
        }
        outcome
    }
}

/// PackBits (TIFF 6.0 section 9), never more than `most` bytes.
fn unpack(data: &[u8], most: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(most);
    let mut rest = data;
    while let Some((&head, after)) = rest.split_first()
        && out.len() < most
    {
        rest = match (i8::from_ne_bytes([head]), after.first()) {
            (-128, _) => after,
            (run @ ..0, Some(&byte)) => {
                out.extend(std::iter::repeat_n(byte, 1 + usize::from(run.unsigned_abs())));
                after.get(1..).unwrap_or_default()
            }
            (literal, _) => {
                let count = (1 + usize::from(literal.unsigned_abs())).min(after.len());
                let (bytes, after) = after.split_at(count);
                out.extend_from_slice(bytes);
                after
            }
        };
    }
    out.truncate(most);
    out
}

const INK: u8 = 0;
const PAPER: u8 = 255;

const UNCOMPRESSED: u64 = 1;
const MODIFIED_HUFFMAN: u64 = 2;
const T4: u64 = 3;
const T6: u64 = 4;
const PACK_BITS: u64 = 32773;
