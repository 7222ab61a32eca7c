//! Pages to test with, and the tools of the other side.

use std::path::{Path, PathBuf};
use std::process::Command;

use image::{GrayImage, Luma};
use kasasagi_ocr::document::{self, Options};
use kasasagi_ocr::page::{Dpi, Page};
use kasasagi_ocr::{Result, tiff};
use tempfile::TempDir;

pub const STANDARD: Dpi = Dpi { x: 204.0, y: 98.0 };
pub const FINE: Dpi = Dpi { x: 204.0, y: 196.0 };
pub const SUPERFINE: Dpi = Dpi { x: 408.0, y: 391.0 };

/// Ink of many run lengths, no row like its mirror image, white margins, one solid bar.
pub fn ink(width: u32, height: u32) -> GrayImage {
    GrayImage::from_fn(width, height, |x, y| {
        let margin = x < 9 || y < 5 || x + 30 > width || y + 11 > height;
        let bar = (40..47).contains(&y);
        let strokes = (x.wrapping_mul(x) / 53 + y.wrapping_mul(7) / 3 + x * y / 301) % 11 < 3;
        Luma([if !margin && (bar || strokes) { 0 } else { 255 }])
    })
}

pub fn page(width: u32, height: u32, dpi: Dpi) -> Page {
    Page::new(ink(width, height), dpi, Vec::new()).unwrap()
}

/// Everything that `document::read` hands over.
pub fn pages(bytes: &[u8]) -> Vec<Result<Page>> {
    pages_with(bytes, &Options::default()).unwrap()
}

pub fn pages_with(bytes: &[u8], options: &Options) -> Result<Vec<Result<Page>>> {
    let mut pages = Vec::new();
    let count = document::read(bytes, options, &mut |page| pages.push(page))?;
    assert_eq!(count as usize, pages.len());
    Ok(pages)
}

/// The one page of a document.
pub fn only(bytes: &[u8]) -> Page {
    let mut pages = pages(bytes);
    assert_eq!(pages.len(), 1);
    pages.remove(0).unwrap()
}

/// Fails with the place of the first difference rather than with millions of pixels.
#[track_caller]
pub fn assert_same(found: &GrayImage, wanted: &GrayImage, what: &str) {
    assert_eq!(found.dimensions(), wanted.dimensions(), "{what}: size");
    let differing: Vec<_> = found
        .enumerate_pixels()
        .filter(|(x, y, p)| *p != wanted.get_pixel(*x, *y))
        .map(|(x, y, _)| (x, y))
        .collect();
    assert!(differing.is_empty(), "{what}: {} pixels differ, first {:?}", differing.len(), differing.first());
}

#[track_caller]
pub fn assert_dpi(found: Dpi, wanted: Dpi) {
    let close = |a: f64, b: f64| (a / b - 1.0).abs() < 0.005;
    assert!(close(found.x, wanted.x) && close(found.y, wanted.y), "{found:?} for {wanted:?}");
}

/// A folder with a fax in `fax.tif` for the tools to work on.
pub struct Bench(TempDir);

impl Bench {
    pub fn new(pages: &[&Page]) -> Self {
        let bench = Self::empty();
        bench.write("fax.tif", &tiff::write::fax_tiff(pages).unwrap());
        bench
    }

    pub fn empty() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// Runs a tool in the folder.
    #[track_caller]
    pub fn run(&self, command: &str) {
        run(self.0.path(), command);
    }

    /// What a tool makes of `fax.tif`; `{}` stands for the file it writes.
    #[track_caller]
    pub fn made_by(&self, command: &str) -> Vec<u8> {
        self.run(&command.replace("{}", "made"));
        self.read("made")
    }
}

#[track_caller]
fn run(folder: &Path, command: &str) {
    let mut words = command.split_whitespace();
    let tool = words.next().unwrap();
    let output = Command::new(tool).args(words).current_dir(folder).output();
    let output = output.unwrap_or_else(|e| panic!("{tool}: {e}; install libtiff-tools and poppler-utils"));
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
}
