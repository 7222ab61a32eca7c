//! The one seam for readers of text: a line image in, characters with scores out.

use image::GrayImage;

use crate::Result;

/// One line as an engine read it.
#[derive(Clone, Debug, PartialEq)]
pub struct LineText {
    /// Characters from left to right with the engine's own score, 0 to 1.
    pub chars: Vec<(char, f32)>,
    /// The widest room between two neighbours, or at an end, beyond what they need, in full-width characters; 0 where the
    /// engine does not tell. A character that was left out without a trace shows as 1.
    pub widest_gap: f32,
}

impl Default for LineText {
    fn default() -> Self {
        Self::of(Vec::new())
    }
}

impl LineText {
    /// Characters of which only the order is known.
    pub fn of(chars: Vec<(char, f32)>) -> Self {
        Self { chars, widest_gap: 0.0 }
    }

    /// Several lines as one.
    pub fn joined(lines: impl IntoIterator<Item = Self>) -> Self {
        lines.into_iter().fold(Self::default(), |mut whole, line| {
            whole.chars.extend(line.chars);
            whole.widest_gap = whole.widest_gap.max(line.widest_gap);
            whole
        })
    }

    /// The characters as text.
    pub fn text(&self) -> String {
        self.chars.iter().map(|(c, _)| c).collect()
    }

    /// The least certain character; 1 for an empty line.
    pub fn lowest(&self) -> f32 {
        self.chars.iter().map(|(_, p)| *p).fold(1.0, f32::min)
    }
}

/// What characters a line may hold; engines use it where they can restrict their alphabet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alphabet {
    /// Anything.
    Any,
    /// 0 to 9.
    Digits,
    /// Katakana, long vowel mark, space.
    Katakana,
}

/// A reader of single lines. `&mut self`: a shared handle could give one fax another's text.
pub trait Engine {
    /// Name in readings, such as `ppocr`.
    fn name(&self) -> &'static str;

    /// Reads lines of black ink (0) on white paper (255) with square pixels; one answer per line, in order.
    ///
    /// # Errors
    /// [`crate::Error::Engine`] when the engine itself fails.
    fn read(&mut self, lines: &[GrayImage], alphabet: Alphabet) -> Result<Vec<LineText>>;
}
