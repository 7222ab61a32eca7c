//! How certain is certain enough.

/// Bounds on the lowest probability of a character, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// One reader of lines, nothing else.
    pub alone: f32,
    /// One reader of lines, and the check digit is right.
    pub check_digit: f32,
    /// One good reader of free text, where another saw more characters.
    pub outnumbered: f32,
    /// Two readers agree; bound for the more trusted one.
    pub agreed: f32,
    /// Two views of one reader agree; bound for the first.
    pub view: f32,
    /// Bound for the second view.
    pub second_view: f32,
    /// What agreement is worth as a probability.
    pub agreed_worth: f32,
    /// The reader of digits, nothing else.
    pub digits_alone: f32,
    /// The reader of digits, and the check digit is right.
    pub digits_check_digit: f32,
    /// The reader of digits, and one of lines agrees.
    pub digits_agreed: f32,
    /// From here a reader of lines that saw another value than the reader of digits makes it doubtful.
    pub digits_opposed: f32,
    /// Tesseract with no other reader, and only with a check digit or a date.
    pub weak_alone: f32,
}

/// The bounds in use.
///
/// Measured on lines drawn in printed and handwriting-like fonts, faxed fine and standard; wrong among accepted:
/// - `alone` 0.98: 0 of 294 in one set of 588 lines, 1 of 211 in another of 384; at 0.95 it was 1 of 341 and
///   2 of 242, at 0.90 it was 8 of 388 and 6 of 270.
/// - `check_digit` 0.90: the 1.5 to 2 % wrong at 0.90, a tenth of which pass a check digit.
/// - `outnumbered` 0.995: a name of three kanji read as two at 0.980 with nothing else against it.
/// - `agreed`: agreement of PP-OCR and Tesseract 3 of 190; with PP-OCR at 0.7 or more 1 of 175.
/// - `weak_alone` 0.98: Tesseract 2 of 102 on any text, 0 to 1 of 22 on digits.
///
/// The reader of digits on 500 rows of ten cells of its calibration split (`ocr/train/rows.py`: MNIST, fonts, strokes),
/// by its lowest probability:
/// - `digits_alone`: at 0.98 0 wrong of 166, at 0.95 1 of 225. Of single cells in its test split 6 of 4,863 MNIST
///   digits at 0.98 or more were wrong, and the same 6 at 0.995: a higher bound does not find them.
/// - `digits_check_digit`: 4 of 324 at 0.80, a tenth of which pass a check digit.
/// - `digits_agreed`: PP-OCR agreeing, 0 of 243 at 0.90, 2 of 286 at 0.80, 14 of 385 at any score.
/// - `digits_opposed`: where PP-OCR at 0.50 or more saw ten other digits, 17 of 37; at any score 28 of 58.
///
/// Ten handwritten digits in cells (MNIST 0 to 799 of each class), the cells in one line by PP-OCR: `alone` 5 wrong of 211;
/// `view` and `second_view`, the cells one by one agreeing, 1 of 85, where agreement at any score was
/// 36 of 314. Writing that a person would misread too is among the wrong ones.
pub const THRESHOLDS: Thresholds = Thresholds {
    alone: 0.98,
    check_digit: 0.90,
    outnumbered: 0.995,
    agreed: 0.70,
    view: 0.90,
    second_view: 0.50,
    agreed_worth: 0.99,
    digits_alone: 0.98,
    digits_check_digit: 0.80,
    digits_agreed: 0.90,
    digits_opposed: 0.50,
    weak_alone: 0.98,
};
