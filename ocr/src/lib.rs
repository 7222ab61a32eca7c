//! Fax pages in, typed form fields out.
//!
//! The module list is the order of the work: bytes become pages, pages become
//! placed forms, zones become text, text becomes typed values that know
//! whether they are sure.

mod error;

pub mod page;
pub mod document;
pub mod pdf;
pub mod tiff;
pub mod ccitt;
pub mod png;
pub mod light;

pub mod form;
pub mod code;
pub mod blank;

pub mod clean;
pub mod identify;
pub mod align;
pub mod ink;
mod lost;

pub mod engine;
pub mod line;
pub mod ppocr;
pub mod tesseract;
pub mod digits;
pub mod consensus;
pub mod crosscheck;
pub mod lexicon;

pub mod field;
pub mod reader;
pub mod reading;

pub use error::{Error, Result};
