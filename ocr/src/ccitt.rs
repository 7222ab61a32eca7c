//! ITU-T T.4 and T.6 codes: rows of black runs out of bytes, and Group 4 bytes out of pixels.
//!
//! The only file that names `hayro_ccitt` and `fax`.

mod broken;

use std::ops::Range;

use fax::encoder::Encoder;
use fax::{Color, VecWriter};
use hayro_ccitt::{DecodeSettings, Decoder, DecoderContext, EncodingMode};
use image::GrayImage;

use crate::{Error, Result};

/// How the rows of a code stream are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// T.4 one-dimensional (Modified Huffman).
    Group3OneDimensional,
    /// T.4 two-dimensional (Modified READ).
    Group3TwoDimensional,
    /// T.6 (Modified Modified READ).
    Group4,
}

/// What must be known about a code stream before it can be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coding {
    /// The scheme.
    pub scheme: Scheme,
    /// Pixels in a row.
    pub columns: u32,
    /// Rows announced; decoding stops there.
    pub rows: u32,
    /// Every row starts on a byte (TIFF compression 2, `EncodedByteAlign` in PDF).
    pub byte_aligned: bool,
    /// Rows are known to end in an EOL code.
    pub end_of_line: bool,
    /// The stream may end early with RTC or EOFB.
    pub end_of_block: bool,
}

/// How far decoding came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Rows delivered, at most those announced.
    pub rows: u32,
    /// The stream breaks the rules somewhere; the rows are the best that could be made of it.
    pub damaged: bool,
}

/// Rows, of those announced, that are missing, broken, or were decoded shortly before the code broke.
pub fn lost(data: &[u8], coding: &Coding, outcome: Outcome) -> Vec<Range<u32>> {
    let mut lost = if outcome.damaged { broken::rows(data, coding) } else { Vec::new() };
    if outcome.rows < coding.rows {
        let before = if outcome.damaged { BEFORE_AN_ERROR } else { 0 };
        lost.push(outcome.rows.saturating_sub(before)..coding.rows);
    }
    lost
}

/// Decodes a code stream, calling `black(row, start, end)` for every black run `start..end`.
///
/// A damaged stream is decoded as far as possible: Group 3 continues at the next EOL, Group 4 stops.
pub fn decode(data: &[u8], coding: &Coding, mut black: impl FnMut(u32, u32, u32)) -> Outcome {
    // Lenient decoding says nothing about damage that it could step over, so a strict pass comes first.
    let damaged = !run(data, coding, true, &mut |_, _, _| {}).1;
    Outcome { rows: run(data, coding, false, &mut black).0, damaged }
}

/// Decodes a code stream only to learn how sound it is.
pub fn inspect(data: &[u8], coding: &Coding) -> Outcome {
    match run(data, coding, true, &mut |_, _, _| {}) {
        (rows, true) => Outcome { rows, damaged: false },
        (_, false) => Outcome { rows: run(data, coding, false, &mut |_, _, _| {}).0, damaged: true },
    }
}

/// Codes a page in Group 4; pixels below 128 are black.
///
/// # Errors
/// [`Error::Draw`] when a row is wider than 32,000 pixels, more than any run table is made for.
pub fn encode_group4(pixels: &GrayImage) -> Result<Vec<u8>> {
    let width = pixels.width();
    if width > WIDEST_ROW {
        return Err(Error::Draw { what: format!("a fax row of {width} pixels, {WIDEST_ROW} is the most") });
    }
    let mut encoder = Encoder::new(VecWriter::new());
    for row in pixels.rows() {
        let colors = row.map(|p| if p.0[0] < 128 { Color::Black } else { Color::White });
        let Ok(()) = encoder.encode_line(colors, width);
    }
    let Ok(writer) = encoder.finish();
    Ok(writer.finish())
}

impl Coding {
    fn settings(&self, strict: bool) -> DecodeSettings {
        DecodeSettings {
            columns: self.columns,
            rows: self.rows,
            end_of_block: self.end_of_block,
            end_of_line: self.end_of_line,
            rows_are_byte_aligned: self.byte_aligned,
            encoding: match self.scheme {
                Scheme::Group3OneDimensional => EncodingMode::Group3_1D,
                Scheme::Group3TwoDimensional => EncodingMode::Group3_2D,
                Scheme::Group4 => EncodingMode::Group4,
            },
            strict,
        }
    }
}

/// Rows delivered, and whether decoding ended without an error.
fn run(data: &[u8], coding: &Coding, strict: bool, black: &mut impl FnMut(u32, u32, u32)) -> (u32, bool) {
    // The decoder takes 0 rows for "until the data ends".
    if coding.columns == 0 || coding.rows == 0 {
        return (0, true);
    }
    let mut rows = Rows { coding, row: 0, black };
    let decoded = hayro_ccitt::decode(data, &mut rows, &mut DecoderContext::new(coding.settings(strict)));
    (rows.row, decoded.is_ok())
}

struct Rows<'a, F> {
    coding: &'a Coding,
    row: u32,
    black: &'a mut F,
}

impl<F: FnMut(u32, u32, u32)> Decoder for Rows<'_, F> {
    fn push_row(&mut self, changes: &[u32]) {
        if self.row >= self.coding.rows {
            return;
        }
        for span in changes.chunks(2) {
            let Some(&start) = span.first() else { continue };
            let end = span.get(1).copied().unwrap_or(self.coding.columns);
            (self.black)(self.row, start, end);
        }
        self.row += 1;
    }
}

/// Rows between an error and the code that makes no sense any more.
const BEFORE_AN_ERROR: u32 = 12;

/// The encoder computes with `i16` positions.
const WIDEST_ROW: u32 = 32_000;

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;
    use proptest::prelude::*;

    fn group4(columns: u32, rows: u32) -> Coding {
        Coding {
            scheme: Scheme::Group4,
            columns,
            rows,
            byte_aligned: false,
            end_of_line: false,
            end_of_block: true,
        }
    }

    fn decoded(data: &[u8], coding: &Coding) -> (GrayImage, Outcome) {
        let mut pixels = GrayImage::from_pixel(coding.columns, coding.rows, Luma([255]));
        let outcome = decode(data, coding, |y, start, end| {
            (start..end).for_each(|x| pixels.put_pixel(x, y, Luma([0])));
        });
        (pixels, outcome)
    }

    /// Rows of runs, as text and rules make them.
    pub fn bilevel() -> impl Strategy<Value = GrayImage> {
        (1u32..400, 1u32..30)
            .prop_flat_map(|(w, h)| {
                let run = (0..h, 0..w, 1u32..60);
                (Just((w, h)), proptest::collection::vec(run, 0..60), any::<bool>())
            })
            .prop_map(|((w, h), runs, negative)| {
                let (paper, ink) = if negative { (0, 255) } else { (255, 0) };
                let mut pixels = GrayImage::from_pixel(w, h, Luma([paper]));
                for (y, x, length) in runs {
                    (x..(x + length).min(w)).for_each(|x| pixels.put_pixel(x, y, Luma([ink])));
                }
                pixels
            })
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(pixels in bilevel()) {
            let coding = group4(pixels.width(), pixels.height());
            let (back, outcome) = decoded(&encode_group4(&pixels).unwrap(), &coding);
            prop_assert_eq!(outcome, Outcome { rows: pixels.height(), damaged: false });
            prop_assert!(back == pixels);
        }

        #[test]
        fn any_bytes_end_within_the_rows_announced(
            data in proptest::collection::vec(any::<u8>(), 0..300),
            scheme in prop_oneof![
                Just(Scheme::Group3OneDimensional), Just(Scheme::Group3TwoDimensional), Just(Scheme::Group4)
            ],
            byte_aligned: bool, end_of_line: bool, end_of_block: bool, columns in 0u32..3000,
        ) {
            let coding = Coding { scheme, columns, rows: 50, byte_aligned, end_of_line, end_of_block };
            let outcome = decode(&data, &coding, |y, start, end| {
                assert!(y < 50 && start < end && end <= columns);
            });
            prop_assert!(outcome.rows <= 50);
            prop_assert_eq!(inspect(&data, &coding).damaged, outcome.damaged);
        }
    }

    #[test]
    fn a_cut_stream_is_never_taken_for_a_whole_one() {
        let pixels = GrayImage::from_fn(300, 100, |x, y| Luma([if (x / 7 + y) % 3 == 0 { 0 } else { 255 }]));
        let whole = encode_group4(&pixels).unwrap();
        let coding = group4(300, 100);
        for kept in [0, 1, whole.len() / 10, whole.len() / 2, whole.len() * 9 / 10] {
            let (_, outcome) = decoded(&whole[..kept], &coding);
            assert!(outcome.damaged || outcome.rows < 100, "{kept} of {} bytes: {outcome:?}", whole.len());
        }
    }

    #[test]
    fn a_row_too_wide_for_the_encoder_is_refused() {
        assert!(matches!(encode_group4(&GrayImage::new(32_001, 1)), Err(Error::Draw { .. })));
    }
}
