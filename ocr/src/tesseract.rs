//! Tesseract as an engine: the only file naming its binding.

use std::path::{Path, PathBuf};

use image::{GrayImage, imageops};

use crate::engine::{Alphabet, Engine, LineText};
use crate::line::trim;
use crate::{Error, Result};

const NAME: &str = "tesseract";
const LANGUAGE: &str = "jpn";
/// Height of the ink that the LSTM reader was trained near, and the resolution at which it is a usual size.
const INK_HEIGHT: u32 = 36;
const DPI: u32 = 300;
/// White around the ink, in heights of the ink; without it the first and last character get lost.
const BORDER: f32 = 0.3;
/// Longest line handed over, in pixels at [`INK_HEIGHT`]; longer ones are squeezed.
const MOST_WIDTH: u32 = 8_000;

/// Tesseract with the Japanese language.
#[derive(Debug)]
pub struct Tesseract {
    engine: kasasagi_tesseract::Tesseract,
}

impl Tesseract {
    /// Opens the engine with `jpn.traineddata` in `tessdata`, or in the system's folder when `None`.
    ///
    /// # Errors
    /// [`Error::Resource`] when the language file is missing or unusable.
    pub fn open(tessdata: Option<&Path>) -> Result<Self> {
        let engine = kasasagi_tesseract::Tesseract::new(tessdata, LANGUAGE).map_err(|error| {
            let folder = tessdata.map_or_else(|| PathBuf::from("the system's tessdata"), Path::to_owned);
            Error::Resource {
                what: "the Japanese language of Tesseract",
                path: folder.join("jpn.traineddata"),
                why: format!("{error}; install the Debian package tesseract-ocr-jpn"),
            }
        })?;
        Ok(Self { engine })
    }

    fn read_one(&mut self, line: &GrayImage, whitelist: Option<&str>) -> Result<LineText> {
        let Some(line) = trim(line, BORDER).map(|line| scaled(&line)) else {
            return Ok(LineText::default());
        };
        let symbols = self
            .engine
            .read_line(line.width(), line.height(), line.as_raw(), DPI, whitelist)
            .map_err(|error| Error::Engine { engine: NAME, what: error.to_string() })?;
        let spread =
            |(text, score): (String, f32)| -> Vec<(char, f32)> { text.chars().map(|c| (c, score)).collect() };
        Ok(LineText::of(symbols.into_iter().flat_map(spread).collect()))
    }
}

impl Engine for Tesseract {
    fn name(&self) -> &'static str {
        NAME
    }

    fn read(&mut self, lines: &[GrayImage], alphabet: Alphabet) -> Result<Vec<LineText>> {
        let whitelist = whitelist(alphabet);
        lines.iter().map(|line| self.read_one(line, whitelist.as_deref())).collect()
    }
}

fn whitelist(alphabet: Alphabet) -> Option<String> {
    match alphabet {
        Alphabet::Any => None,
        Alphabet::Digits => Some(('0'..='9').collect()),
        Alphabet::Katakana => Some(('ァ'..='ヴ').chain(['ー', '・']).collect()),
    }
}

fn scaled(line: &GrayImage) -> GrayImage {
    let framed = 1.0 + 2.0 * f64::from(BORDER);
    let factor = f64::from(INK_HEIGHT) * framed / f64::from(line.height());
    let width = (f64::from(line.width()) * factor).round().clamp(1.0, f64::from(MOST_WIDTH)) as u32;
    let height = (f64::from(INK_HEIGHT) * framed).round() as u32;
    imageops::resize(line, width, height, imageops::FilterType::Triangle)
}
