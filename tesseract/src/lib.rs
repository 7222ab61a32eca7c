//! A safe handle on the system's libtesseract, for one purpose: reading single lines of text.
//!
//! All `unsafe` code of the workspace is in this crate. The handle is owned by one
//! caller at a time (`&mut self` everywhere), because the library keeps the image and
//! the result inside it: a shared handle could give one fax another's text.
//!
//! ```no_run
//! # fn main() -> kasasagi_tesseract::Result<()> {
//! let mut engine = kasasagi_tesseract::Tesseract::new(None, "jpn")?;
//! let white = vec![255; 200 * 40];
//! assert!(engine.read_line(200, 40, &white, 300, None)?.is_empty());
//! # Ok(())
//! # }
//! ```

mod capi;
mod error;
mod symbols;

use std::ffi::{CStr, CString, c_int};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr::{self, NonNull};

pub use error::{Error, Result};

/// Longest edge the library takes; its coordinates are 16-bit.
pub const MAX_EDGE: u32 = 32_767;

/// One engine with its language loaded.
#[derive(Debug)]
pub struct Tesseract {
    handle: NonNull<capi::BaseApi>,
}

// SAFETY: an engine keeps its state behind its handle and is not bound to the thread that made it;
// the few globals of the library (parameter defaults, caches) are guarded inside it.
// It is not `Sync`: every method takes `&mut self`.
unsafe impl Send for Tesseract {}

impl Tesseract {
    /// Opens the engine with the language data in `tessdata`, or in the folder built into
    /// the library (or named by `TESSDATA_PREFIX`) when `None`.
    ///
    /// # Errors
    /// [`Error::Language`] when `LANGUAGE.traineddata` is missing there or unusable.
    pub fn new(tessdata: Option<&Path>, language: &str) -> Result<Self> {
        let folder = tessdata
            .map(|path| CString::new(path.as_os_str().as_bytes()))
            .transpose()
            .map_err(|_| Error::Nul("the tessdata path"))?;
        let name = CString::new(language).map_err(|_| Error::Nul("the language"))?;

        // SAFETY: no preconditions.
        let raw = unsafe { capi::TessBaseAPICreate() };
        let mut engine = Self { handle: NonNull::new(raw).ok_or(Error::Create)? };

        // The library writes its remarks to stderr; the errors here say what matters.
        engine.set(c"debug_file", c"/dev/null").ok_or(Error::Variable("debug_file"))?;
        let folder = folder.as_deref().map_or(ptr::null(), CStr::as_ptr);
        // SAFETY: the handle is live, both strings are NUL-terminated and outlive the call,
        // and a null folder stands for the default.
        let status = unsafe { capi::TessBaseAPIInit3(engine.handle.as_ptr(), folder, name.as_ptr()) };
        if status != 0 {
            return Err(Error::Language { language: language.to_owned() });
        }
        // SAFETY: the handle is live and initialised; the mode is one of `capi.h`.
        unsafe { capi::TessBaseAPISetPageSegMode(engine.handle.as_ptr(), capi::PSM_SINGLE_LINE) };
        Ok(engine)
    }

    /// Reads one line of dark text on light ground: `gray` holds `width * height` bytes row by row,
    /// `dpi` is the resolution in pixels per inch. Only characters of `whitelist` are read when given.
    ///
    /// Gives the symbols from left to right, each with the engine's confidence from 0 to 1.
    /// A symbol may be several characters long. White space is left out.
    ///
    /// # Errors
    /// [`Error::Size`] when the bytes do not fill the image or an edge is 0 or above [`MAX_EDGE`];
    /// [`Error::Recognize`] when the library gives up.
    pub fn read_line(
        &mut self,
        width: u32,
        height: u32,
        gray: &[u8],
        dpi: u32,
        whitelist: Option<&str>,
    ) -> Result<Vec<(String, f32)>> {
        let (columns, rows) = checked_size(width, height, gray.len())?;
        // On an even ground the LSTM reader invents dashes, with high confidence.
        if gray.iter().all(|shade| Some(shade) == gray.first()) {
            return Ok(Vec::new());
        }
        let only = CString::new(whitelist.unwrap_or_default()).map_err(|_| Error::Nul("the whitelist"))?;
        self.set(c"tessedit_char_whitelist", &only).ok_or(Error::Variable("tessedit_char_whitelist"))?;

        let handle = self.handle.as_ptr();
        // SAFETY: the handle is live; `checked_size` proved that `gray` holds `rows` rows of `columns`
        // bytes; the library copies the pixels before it returns.
        unsafe { capi::TessBaseAPISetImage(handle, gray.as_ptr(), columns, rows, 1, columns) };
        // SAFETY: the handle is live and has an image.
        unsafe { capi::TessBaseAPISetSourceResolution(handle, dpi.clamp(70, 2400) as c_int) };
        // SAFETY: the handle is live and has an image; a null monitor means none.
        let status = unsafe { capi::TessBaseAPIRecognize(handle, ptr::null_mut()) };
        let symbols = (status == 0).then(|| symbols::collect(self, width as usize));
        // SAFETY: the handle is live; the iterator over its result is gone.
        unsafe { capi::TessBaseAPIClear(handle) };
        symbols.ok_or(Error::Recognize { width, height })
    }

    fn set(&mut self, name: &CStr, value: &CStr) -> Option<()> {
        // SAFETY: the handle is live, both strings are NUL-terminated and copied by the library.
        let known =
            unsafe { capi::TessBaseAPISetVariable(self.handle.as_ptr(), name.as_ptr(), value.as_ptr()) };
        (known != 0).then_some(())
    }
}

impl Drop for Tesseract {
    fn drop(&mut self) {
        // SAFETY: the handle came from `TessBaseAPICreate`, is deleted once, and nothing borrows from it.
        unsafe { capi::TessBaseAPIDelete(self.handle.as_ptr()) };
    }
}

/// Width and height as the library wants them, when `bytes` fills exactly that many pixels.
fn checked_size(width: u32, height: u32, bytes: usize) -> Result<(c_int, c_int)> {
    let edge = 1..=MAX_EDGE;
    let fits = edge.contains(&width)
        && edge.contains(&height)
        && usize::try_from(u64::from(width) * u64::from(height)) == Ok(bytes);
    if !fits {
        return Err(Error::Size { width, height, bytes });
    }
    Ok((width as c_int, height as c_int))
}
