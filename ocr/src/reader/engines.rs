//! The engines that could be opened, in the order of trust.

use std::path::Path;

use image::GrayImage;

use crate::digits::Digits;
use crate::engine::{Alphabet, Engine, LineText};
use crate::ppocr::PpOcr;
use crate::tesseract::Tesseract;
use crate::{Error, Result};

/// The readers of lines that could be opened, and the reader of digits in comb cells.
pub struct Engines {
    pub(super) lines: Vec<Box<dyn Engine>>,
    pub(super) digits: Option<Digits>,
}

impl Engines {
    /// Opens PP-OCR (to run on so many threads), Tesseract and the digit reader. A line engine that is missing
    /// is a warning: the other reads on, and more is held.
    ///
    /// # Errors
    /// The last engine's [`Error::Resource`] when neither can be opened; [`Error::Engine`] for the digit reader.
    pub fn open(model: &Path, tessdata: Option<&Path>, threads: usize) -> Result<(Self, Vec<String>)> {
        let mut engines: Vec<Box<dyn Engine>> = Vec::new();
        let mut faults = Vec::new();
        match PpOcr::open_with_threads(model, threads) {
            Ok(engine) => engines.push(Box::new(engine)),
            Err(fault) => faults.push(fault),
        }
        match Tesseract::open(tessdata) {
            Ok(engine) => engines.push(Box::new(engine)),
            Err(fault) => faults.push(fault),
        }
        match faults.pop() {
            Some(last) if engines.is_empty() => Err(last),
            last => {
                faults.extend(last);
                let warnings = faults.iter().map(|f| format!("{f}; more fields will be doubtful")).collect();
                Ok((Self::of(engines).with_digits(Digits::embedded()?), warnings))
            }
        }
    }

    /// Line engines of the caller's choice, the most trusted first.
    pub fn of(lines: Vec<Box<dyn Engine>>) -> Self {
        Self { lines, digits: None }
    }

    /// With a reader of digits in comb cells.
    pub fn with_digits(self, digits: Digits) -> Self {
        Self { digits: Some(digits), ..self }
    }
}

/// One answer per line, or an error: a missing answer would give one field another's text.
pub(super) fn answer(
    engine: &mut dyn Engine,
    lines: &[GrayImage],
    alphabet: Alphabet,
) -> Result<Vec<LineText>> {
    let texts = engine.read(lines, alphabet)?;
    if texts.len() == lines.len() {
        return Ok(texts);
    }
    let what = format!("{} answers to {} lines", texts.len(), lines.len());
    Err(Error::Engine { engine: engine.name(), what })
}
