//! Documents as fax software writes them: what goes in as pixels comes out as the same pixels.
//!
//! libtiff's own tools (Debian `libtiff-tools`, `poppler-utils`) write and read the other side.

#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

mod bombs;
mod hostile;
mod pdf;
mod sample;
mod tiff;
