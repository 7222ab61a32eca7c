//! Structure and sizes of a PDF before anything is drawn, and the repair of broken files.

use lopdf::{Dictionary, Document, LoadOptions, Object, Stream};

use super::guarded;
use crate::document::check_image_size;
use crate::{Error, Result};

/// Most objects in a PDF.
pub const MAX_OBJECTS: usize = 50_000;

/// What the second reader makes of the file; it may fail on files that can be drawn.
pub struct Structure(Option<usize>);

impl Structure {
    /// Reads the objects and checks what they announce.
    ///
    /// # Errors
    /// [`Error::OverLimit`] only: a file that this reader does not understand is no fault yet.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let options = LoadOptions::with_max_decompressed_size(MAX_STREAM);
        let loaded = guarded(|| match Document::load_mem_with_options(bytes, options) {
            Err(error) if is_bomb(&error) => Err(stream_too_large()),
            loaded => Ok(loaded.ok()),
        });
        let document = match loaded {
            Ok(document) => document,
            Err(error @ Error::OverLimit { .. }) => return Err(error),
            Err(_) => None,
        };
        if let Some(document) = &document {
            check(document)?;
        }
        Ok(Self(document.map(|document| document.page_iter().count())))
    }

    /// Pages that this reader finds.
    pub fn pages(&self) -> usize {
        self.0.unwrap_or(0)
    }

    /// The file with its cross references built anew; `None` when that is impossible.
    ///
    /// The document is read again for it, so that it does not lie in memory while pages are drawn.
    pub fn rewritten(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.0?;
        let write = || {
            let options = LoadOptions::with_max_decompressed_size(MAX_STREAM);
            let broken = |error: lopdf::Error| super::unreadable(error.to_string());
            let mut document = Document::load_mem_with_options(bytes, options).map_err(broken)?;
            let mut bytes = Vec::new();
            document.save_to(&mut bytes).map_err(|error| super::unreadable(error.to_string()))?;
            Ok(bytes)
        };
        guarded(write).ok()
    }
}

/// What general filters make of bytes; `None` when they fail.
///
/// # Errors
/// [`Error::OverLimit`] when they make more of them than any stream may have.
pub fn unpacked(bytes: &[u8], filters: &[&str]) -> Result<Option<Vec<u8>>> {
    let names: Vec<Object> = filters.iter().map(|name| Object::from(*name)).collect();
    let packed = Stream::new(lopdf::dictionary! { "Filter" => names }, bytes.to_vec());
    match packed.decompressed_content_with_limit(MAX_STREAM) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if is_bomb(&error) => Err(stream_too_large()),
        Err(_) => Ok(None),
    }
}

fn check(document: &Document) -> Result<()> {
    if document.objects.len() > MAX_OBJECTS {
        return Err(Error::OverLimit { limit: MAX_OBJECTS as u64, of: "objects in a PDF" });
    }
    super::check_page_count(document.page_iter().take(crate::document::MAX_PAGES + 1).count())?;
    let mut total = 0usize;
    for stream in document.objects.values().filter_map(|object| object.as_stream().ok()) {
        check_announced_size(document, &stream.dict)?;
        total = total.saturating_add(inflated(stream)?);
        if total > MAX_ALL_STREAMS {
            return Err(Error::OverLimit { limit: MAX_ALL_STREAMS as u64, of: "bytes unpacked from a PDF" });
        }
    }
    for page in document.page_iter() {
        if let Err(error) = document.get_page_content_with_limit(page, MAX_CONTENT)
            && is_bomb(&error)
        {
            return Err(Error::OverLimit { limit: MAX_CONTENT as u64, of: "bytes of drawing on a PDF page" });
        }
    }
    Ok(())
}

fn check_announced_size(document: &Document, dict: &Dictionary) -> Result<()> {
    if !dict.get(b"Subtype").is_ok_and(|kind| matches!(kind.as_name(), Ok(b"Image"))) {
        return Ok(());
    }
    let side = |key: &[u8]| dict.get_deref(key, document).and_then(Object::as_i64).unwrap_or(0);
    check_image_size(side(b"Width").unsigned_abs(), side(b"Height").unsigned_abs())
}

/// Bytes that the general filters of a stream make of it; 0 when they fail, as image codings do.
fn inflated(stream: &Stream) -> Result<usize> {
    match stream.decompressed_content_with_limit(MAX_STREAM) {
        Ok(bytes) => Ok(bytes.len()),
        Err(error) if is_bomb(&error) => Err(stream_too_large()),
        Err(_) => Ok(0),
    }
}

fn is_bomb(error: &lopdf::Error) -> bool {
    use lopdf::DecompressError::{MemoryLimitExceeded, TooManyFilters};
    matches!(error, lopdf::Error::Decompress(MemoryLimitExceeded { .. } | TooManyFilters { .. }))
}

fn stream_too_large() -> Error {
    Error::OverLimit { limit: MAX_STREAM as u64, of: "bytes in a PDF stream" }
}

const MAX_STREAM: usize = 64 << 20;
const MAX_CONTENT: usize = 16 << 20;
/// 200 gray pages of 1728×2287 unpack to less than half of this.
const MAX_ALL_STREAMS: usize = 2 << 30;
