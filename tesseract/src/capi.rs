//! The part of Tesseract's C interface in use, as declared in `tesseract/capi.h` (4.1 to 5.x).

use std::ffi::{c_char, c_float, c_int, c_uchar, c_void};

/// `TessBaseAPI`: one engine with its language data and its current image.
#[repr(C)]
pub struct BaseApi {
    _opaque: [u8; 0],
}

/// `TessResultIterator`: a cursor over the last result; dies with the next image.
#[repr(C)]
pub struct ResultIterator {
    _opaque: [u8; 0],
}

/// `PSM_SINGLE_LINE`: the image is one line of text.
pub const PSM_SINGLE_LINE: c_int = 7;

/// `RIL_SYMBOL`: step by single characters.
pub const RIL_SYMBOL: c_int = 4;

unsafe extern "C" {
    pub fn TessBaseAPICreate() -> *mut BaseApi;
    pub fn TessBaseAPIDelete(handle: *mut BaseApi);
    pub fn TessBaseAPIInit3(handle: *mut BaseApi, datapath: *const c_char, language: *const c_char) -> c_int;
    pub fn TessBaseAPISetVariable(handle: *mut BaseApi, name: *const c_char, value: *const c_char) -> c_int;
    pub fn TessBaseAPISetPageSegMode(handle: *mut BaseApi, mode: c_int);
    pub fn TessBaseAPISetImage(
        handle: *mut BaseApi,
        data: *const c_uchar,
        width: c_int,
        height: c_int,
        bytes_per_pixel: c_int,
        bytes_per_line: c_int,
    );
    pub fn TessBaseAPISetSourceResolution(handle: *mut BaseApi, ppi: c_int);
    pub fn TessBaseAPIRecognize(handle: *mut BaseApi, monitor: *mut c_void) -> c_int;
    pub fn TessBaseAPIGetIterator(handle: *mut BaseApi) -> *mut ResultIterator;
    pub fn TessBaseAPIClear(handle: *mut BaseApi);

    pub fn TessResultIteratorNext(handle: *mut ResultIterator, level: c_int) -> c_int;
    pub fn TessResultIteratorGetUTF8Text(handle: *const ResultIterator, level: c_int) -> *mut c_char;
    pub fn TessResultIteratorConfidence(handle: *mut ResultIterator, level: c_int) -> c_float;
    pub fn TessResultIteratorDelete(handle: *mut ResultIterator);

    pub fn TessDeleteText(text: *const c_char);
}
