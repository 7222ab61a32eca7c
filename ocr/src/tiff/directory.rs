//! Image file directories: bounded, both byte orders, classic and BigTIFF.

use std::collections::{BTreeMap, BTreeSet};

use super::unreadable;
use crate::document::MAX_PAGES;
use crate::{Error, Result};

/// Tags that decoding asks for (TIFF 6.0, and TIFF class F for the fax tags).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    NewSubfileType = 254,
    ImageWidth = 256,
    ImageLength = 257,
    BitsPerSample = 258,
    Compression = 259,
    Photometric = 262,
    FillOrder = 266,
    StripOffsets = 273,
    Orientation = 274,
    SamplesPerPixel = 277,
    RowsPerStrip = 278,
    StripByteCounts = 279,
    XResolution = 282,
    YResolution = 283,
    T4Options = 292,
    ResolutionUnit = 296,
    TileWidth = 322,
    TileLength = 323,
    TileOffsets = 324,
    TileByteCounts = 325,
    BadFaxLines = 326,
    CleanFaxData = 327,
    ConsecutiveBadFaxLines = 328,
}

/// One page's tags.
#[derive(Clone, Debug)]
pub struct Directory<'a> {
    source: Source<'a>,
    /// Where it starts in the file.
    pub offset: u64,
    entries: BTreeMap<u16, Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    kind: u16,
    count: u64,
    /// Where the first value lies.
    at: u64,
}

/// The directories from the first to the last that can be reached, and why the chain broke there.
///
/// # Errors
/// When not even the first directory can be read, or when there are more than a document may have.
pub fn chain(bytes: &[u8]) -> Result<(Vec<Directory<'_>>, Option<Error>)> {
    let source = Source::new(bytes)?;
    let mut directories = Vec::new();
    let mut seen = BTreeSet::new();
    let mut next = source.first()?;
    while next != 0 {
        if directories.len() >= MAX_PAGES {
            return Err(Error::OverLimit { limit: MAX_PAGES as u64, of: "pages in a document" });
        }
        let read = if seen.insert(next) {
            Directory::read(source, next)
        } else {
            Err(unreadable("a page names one before it as the next"))
        };
        match read {
            Ok((directory, following)) => {
                directories.push(directory);
                next = following;
            }
            Err(error) if directories.is_empty() => return Err(error),
            Err(error) => return Ok((directories, Some(error))),
        }
    }
    if directories.is_empty() { Err(unreadable("it has no page")) } else { Ok((directories, None)) }
}

impl<'a> Directory<'a> {
    fn read(source: Source<'a>, offset: u64) -> Result<(Self, u64)> {
        let cut = || unreadable(format!("the directory at byte {offset} is cut off"));
        let (count, head, step) =
            if source.big { (source.u64(offset), 8, 20) } else { (source.u16(offset).map(u64::from), 2, 12) };
        let count = count.ok_or_else(cut)?;
        if count > MAX_TAGS {
            return Err(Error::OverLimit { limit: MAX_TAGS, of: "tags on a TIFF page" });
        }
        let first = offset.checked_add(head).ok_or_else(cut)?;
        let mut entries = BTreeMap::new();
        for n in 0..count {
            let (tag, entry) = source.entry(first + n * step).ok_or_else(cut)?;
            entries.entry(tag).or_insert(entry);
        }
        // A file cut right behind the last entry still has this page.
        let next = source.word(first + count * step).unwrap_or(0);
        Ok((Self { source, offset, entries }, next))
    }

    /// The file that holds the directory.
    pub fn bytes(&self) -> &'a [u8] {
        self.source.bytes
    }

    /// Whether the file is little-endian, and whether it is a BigTIFF.
    pub fn byte_order(&self) -> (bool, bool) {
        (self.source.little, self.source.big)
    }

    /// First value of an integer tag.
    pub fn number(&self, tag: Tag) -> Option<u64> {
        let entry = self.entries.get(&(tag as u16))?;
        self.source.integer(entry, 0)
    }

    /// All values of an integer tag; empty when the tag is missing.
    ///
    /// # Errors
    /// When there are too many or the file ends before the last.
    pub fn numbers(&self, tag: Tag) -> Result<Vec<u64>> {
        let Some(entry) = self.entries.get(&(tag as u16)) else { return Ok(Vec::new()) };
        if entry.count > MAX_VALUES {
            return Err(Error::OverLimit { limit: MAX_VALUES, of: "values in a TIFF tag" });
        }
        (0..entry.count)
            .map(|n| self.source.integer(entry, n))
            .collect::<Option<_>>()
            .ok_or_else(|| unreadable(format!("the values of {tag:?} are cut off")))
    }

    /// First value of a rational or floating-point tag.
    pub fn real(&self, tag: Tag) -> Option<f64> {
        let entry = self.entries.get(&(tag as u16))?;
        match entry.kind {
            5 => {
                let above = self.source.u32(entry.at)?;
                let below = self.source.u32(entry.at.checked_add(4)?)?;
                (below != 0).then(|| f64::from(above) / f64::from(below))
            }
            11 => Some(f32::from_bits(self.source.u32(entry.at)?).into()),
            12 => Some(f64::from_bits(self.source.u64(entry.at)?)),
            _ => u32::try_from(self.source.integer(entry, 0)?).ok().map(f64::from),
        }
    }

    /// A side of the image in pixels, never 0.
    ///
    /// # Errors
    /// When the tag is missing, 0, or beyond 32 bits.
    pub fn size(&self, tag: Tag) -> Result<u32> {
        let side = self.number(tag).ok_or_else(|| unreadable(format!("{tag:?} is missing")))?;
        match u32::try_from(side) {
            Ok(side @ 1..) => Ok(side),
            _ => Err(unreadable(format!("{tag:?} is {side}"))),
        }
    }

    /// A thumbnail (bit 0) or a transparency mask (bit 2) of another page.
    pub fn is_reduced_copy(&self) -> bool {
        self.number(Tag::NewSubfileType).unwrap_or(0) & 0b101 != 0
    }

    /// One sample of one bit per pixel, which is also what missing tags mean.
    pub fn is_bilevel(&self) -> bool {
        self.number(Tag::BitsPerSample).unwrap_or(1) == 1
            && self.number(Tag::SamplesPerPixel).unwrap_or(1) == 1
    }

    /// Whether the receiving machine counted lines it could not decode, or left such lines in.
    pub fn has_bad_fax_lines(&self) -> bool {
        [Tag::BadFaxLines, Tag::CleanFaxData, Tag::ConsecutiveBadFaxLines]
            .iter()
            .any(|tag| self.number(*tag).unwrap_or(0) != 0)
    }
}

#[derive(Clone, Copy, Debug)]
struct Source<'a> {
    bytes: &'a [u8],
    little: bool,
    big: bool,
}

impl<'a> Source<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self> {
        let (little, big) = match bytes.get(..4) {
            Some(b"II*\0") => (true, false),
            Some(b"MM\0*") => (false, false),
            Some(b"II+\0") => (true, true),
            Some(b"MM\0+") => (false, true),
            _ => return Err(unreadable("it has no TIFF header")),
        };
        Ok(Self { bytes, little, big })
    }

    fn first(&self) -> Result<u64> {
        self.word(if self.big { 8 } else { 4 }).ok_or_else(|| unreadable("it ends within its header"))
    }

    /// A file offset, as wide as the flavour has it.
    fn word(&self, at: u64) -> Option<u64> {
        if self.big { self.u64(at) } else { self.u32(at).map(u64::from) }
    }

    fn entry(&self, at: u64) -> Option<(u16, Entry)> {
        let kind = self.u16(at + 2)?;
        let (count, field) =
            if self.big { (self.u64(at + 4)?, at + 12) } else { (self.u32(at + 4)?.into(), at + 8) };
        let fits = count.checked_mul(width_of(kind)).is_some_and(|size| size <= if self.big { 8 } else { 4 });
        let at_value = if fits { field } else { self.word(field)? };
        Some((self.u16(at)?, Entry { kind, count, at: at_value }))
    }

    fn integer(&self, entry: &Entry, n: u64) -> Option<u64> {
        if n >= entry.count {
            return None;
        }
        let at = entry.at.checked_add(n.checked_mul(width_of(entry.kind))?)?;
        match entry.kind {
            1 | 6 | 7 => self.array::<1>(at).map(|[byte]| byte.into()),
            3 | 8 => self.u16(at).map(u64::from),
            4 | 9 | 13 => self.u32(at).map(u64::from),
            16..=18 => self.u64(at),
            _ => None,
        }
    }

    fn array<const N: usize>(&self, at: u64) -> Option<[u8; N]> {
        self.bytes.get(usize::try_from(at).ok()?..)?.first_chunk().copied()
    }

    fn u16(&self, at: u64) -> Option<u16> {
        let bytes = self.array(at)?;
        Some(if self.little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    fn u32(&self, at: u64) -> Option<u32> {
        let bytes = self.array(at)?;
        Some(if self.little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    fn u64(&self, at: u64) -> Option<u64> {
        let bytes = self.array(at)?;
        Some(if self.little { u64::from_le_bytes(bytes) } else { u64::from_be_bytes(bytes) })
    }
}

/// Bytes of one value of a field type (TIFF 6.0 section 2, BigTIFF).
fn width_of(kind: u16) -> u64 {
    match kind {
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16..=18 => 8,
        _ => 1,
    }
}

const MAX_TAGS: u64 = 1000;
const MAX_VALUES: u64 = 100_000;
