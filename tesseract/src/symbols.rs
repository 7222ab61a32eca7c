//! The characters of a result.

use std::ffi::CStr;
use std::ptr::NonNull;

use crate::{Tesseract, capi};

/// The symbols of the line just recognised, at most `limit` of them.
pub(crate) fn collect(engine: &mut Tesseract, limit: usize) -> Vec<(String, f32)> {
    let Some(mut cursor) = Cursor::first(engine) else { return Vec::new() };
    let mut symbols = Vec::new();
    for _ in 0..limit {
        if let Some(text) = cursor.text() {
            symbols.push((text, cursor.confidence()));
        }
        if !cursor.advance() {
            break;
        }
    }
    symbols
}

/// An iterator of the library; borrows the engine, because the next image invalidates it.
struct Cursor<'engine> {
    iterator: NonNull<capi::ResultIterator>,
    _engine: &'engine mut Tesseract,
}

impl<'engine> Cursor<'engine> {
    /// Stands on the first symbol; `None` when the line is empty.
    fn first(engine: &'engine mut Tesseract) -> Option<Self> {
        // SAFETY: the engine is live; a missing result gives null.
        let raw = unsafe { capi::TessBaseAPIGetIterator(engine.handle.as_ptr()) };
        Some(Self { iterator: NonNull::new(raw)?, _engine: engine })
    }

    fn text(&self) -> Option<String> {
        // SAFETY: the iterator is live and its result is held by the borrow of the engine.
        let raw = unsafe { capi::TessResultIteratorGetUTF8Text(self.iterator.as_ptr(), capi::RIL_SYMBOL) };
        let raw = NonNull::new(raw)?;
        // SAFETY: the library gives a NUL-terminated string that is ours until deleted below.
        let text = unsafe { CStr::from_ptr(raw.as_ptr()) }.to_string_lossy().trim().to_owned();
        // SAFETY: the string came from the library and is deleted once.
        unsafe { capi::TessDeleteText(raw.as_ptr()) };
        (!text.is_empty()).then_some(text)
    }

    fn confidence(&self) -> f32 {
        // SAFETY: the iterator is live and its result is held by the borrow of the engine.
        let percent = unsafe { capi::TessResultIteratorConfidence(self.iterator.as_ptr(), capi::RIL_SYMBOL) };
        (percent / 100.0).clamp(0.0, 1.0)
    }

    fn advance(&mut self) -> bool {
        // SAFETY: the iterator is live and its result is held by the borrow of the engine.
        unsafe { capi::TessResultIteratorNext(self.iterator.as_ptr(), capi::RIL_SYMBOL) != 0 }
    }
}

impl Drop for Cursor<'_> {
    fn drop(&mut self) {
        // SAFETY: the iterator came from the library and is deleted once.
        unsafe { capi::TessResultIteratorDelete(self.iterator.as_ptr()) };
    }
}
