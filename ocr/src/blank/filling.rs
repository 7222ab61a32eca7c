//! Answers, and how they are written into the zone of a field.

use std::fmt;

use super::sheet::Sheet;
use super::{Typeface, middle_line, writing_lines};
use crate::field::Value;
use crate::form::{CheckBox, Era, Field, Kind, Rect};

/// What is written into one field, as it stands on the paper.
///
/// It need not be a valid answer: a form can hold two marks where one is wanted, or a wrong
/// check digit. [`Filling::of`] gives the filling of a valid value.
#[derive(Clone, PartialEq, Eq)]
pub enum Filling {
    /// Marked boxes, by their answers.
    Boxes {
        /// The answers, as listed in the form.
        answers: Vec<String>,
        /// How they are marked.
        mark: Mark,
    },
    /// Comb cells from the left, a character each; a space leaves a cell empty.
    Cells(String),
    /// A date whose era is a box or printed.
    EraDate {
        /// The era; the printed one where the form prints it.
        era: Era,
        /// Six digits YYMMDD, the year counted in the era.
        digits: String,
        /// How the box of the era is marked.
        mark: Mark,
    },
    /// Free text; it is broken into the lines of the zone and set smaller until it fits.
    Text(String),
}

/// How a pen marks a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// ✓ that leaves the frame at the top right.
    Tick,
    /// ×
    Cross,
    /// The inside blackened.
    Fill,
    /// A ring around the frame, as on forms without boxes.
    Ring,
}

/// Character sizes in millimetres between which text is set.
const LARGEST: f64 = 5.0;
const SMALLEST: f64 = 2.2;

/// White at both ends of a line of text, in millimetres.
const MARGIN: f64 = 0.8;

/// Why an answer cannot be written. It never quotes the answer, which is a person's.
type Verdict = Result<(), String>;

impl Filling {
    /// Ticked boxes.
    pub fn ticked<S: Into<String>>(answers: impl IntoIterator<Item = S>) -> Self {
        Self::Boxes { answers: answers.into_iter().map(Into::into).collect(), mark: Mark::Tick }
    }

    /// How a typed value stands in a field; `None` when the field has no place for such a value.
    pub fn of(field: &Field, value: &Value) -> Option<Self> {
        match (value, &field.kind) {
            (Value::Check(ticked), Kind::Check) => {
                Some(Self::ticked(field.boxes.iter().filter(|_| *ticked).map(|b| b.option.as_str())))
            }
            (Value::Choice(answer), Kind::Choice) => Some(Self::ticked([answer])),
            (Value::Choices(answers), Kind::Choices) => Some(Self::ticked(answers)),
            (Value::Number(number), Kind::Number { .. }) => {
                Some(Self::Cells(format!("{number:>width$}", width = field.cells.len())))
            }
            (Value::Digits(digits), Kind::Code { .. } | Kind::Phone | Kind::Postal) => {
                Some(Self::Cells(digits.clone()))
            }
            (Value::Date(day), Kind::Date { .. }) => {
                let (era, year) = Era::of(*day)?;
                let digits = format!("{year:02}{:02}{:02}", day.month(), day.day());
                Some(Self::EraDate { era, digits, mark: Mark::Tick })
            }
            (Value::Text(text), Kind::Kana) => Some(Self::Cells(text.clone())),
            (Value::Text(text), Kind::Text { .. }) => Some(Self::Text(text.clone())),
            _ => None,
        }
    }

    pub(super) fn write<'a>(&self, sheet: &mut Sheet<'a>, field: &Field, hand: &'a Typeface) -> Verdict {
        match self {
            Self::Boxes { answers, mark } => answers.iter().try_for_each(|answer| {
                let check_box = field.check_box(answer).ok_or("it has no such box")?;
                mark.draw(sheet, check_box);
                Ok(())
            }),
            Self::Cells(characters) => write_cells(sheet, field, characters, hand),
            Self::EraDate { era, digits, mark } => {
                mark_era(sheet, field, *era, *mark)?;
                write_cells(sheet, field, digits, hand)
            }
            Self::Text(text) => write_text(sheet, field, text, hand),
        }
    }
}

impl fmt::Debug for Filling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Boxes { .. } => "Boxes",
            Self::Cells(_) => "Cells",
            Self::EraDate { .. } => "EraDate",
            Self::Text(_) => "Text",
        };
        write!(f, "{kind}([redacted])")
    }
}

impl Mark {
    fn draw(self, sheet: &mut Sheet, check_box: &CheckBox) {
        let Rect { x, y, w, h } = check_box.rect;
        let at = |across: f64, down: f64| (x + w * across, y + h * down);
        match self {
            Self::Tick => sheet.stroke(vec![at(0.18, 0.5), at(0.42, 0.85), at(1.02, -0.08)], 0.5),
            Self::Cross => {
                sheet.stroke(vec![at(0.15, 0.15), at(0.85, 0.85)], 0.5);
                sheet.stroke(vec![at(0.85, 0.15), at(0.15, 0.85)], 0.5);
            }
            Self::Fill => sheet.solid(vec![check_box.inside().grown(-0.2)]),
            Self::Ring => sheet.ring(check_box.rect.grown(1.0), 0.5),
        }
    }
}

fn mark_era(sheet: &mut Sheet, field: &Field, era: Era, mark: Mark) -> Verdict {
    if let Kind::Date { era: Some(printed) } = field.kind {
        return if printed == era { Ok(()) } else { Err(format!("the form prints {}", printed.name())) };
    }
    let check_box = field.boxes.iter().find(|b| Era::from_option(&b.option) == Some(era));
    mark.draw(sheet, check_box.ok_or_else(|| format!("it has no box for {}", era.name()))?);
    Ok(())
}

fn write_cells<'a>(sheet: &mut Sheet<'a>, field: &Field, characters: &str, hand: &'a Typeface) -> Verdict {
    let (given, cells) = (characters.chars().count(), field.cells.len());
    if given > cells {
        return Err(format!("{given} characters for {cells} cells"));
    }
    for (character, cell) in characters.chars().zip(&field.cells).filter(|(c, _)| !c.is_whitespace()) {
        let text = character.to_string();
        must_have(&text, hand)?;
        let em = hand.width(&text, 1.0);
        let size = (cell.h * 0.72).min(cell.w * 0.84 / em);
        let x = cell.x + (cell.w - em * size) / 2.0;
        sheet.text((x, middle_line(cell, size)), size, text, hand);
    }
    Ok(())
}

fn write_text<'a>(sheet: &mut Sheet<'a>, field: &Field, text: &str, hand: &'a Typeface) -> Verdict {
    let Kind::Text { lines, .. } = field.kind else {
        return Err(format!("it holds a {}, not a text", field.kind.name()));
    };
    let places = writing_lines(&field.zone, lines);
    let (broken, size) = fit(text, field.zone.w - 2.0 * MARGIN, places.len(), field.zone.h, hand)
        .ok_or_else(|| format!("the text does not fit {lines} lines of {} mm", field.zone.w))?;
    for (line, place) in broken.into_iter().zip(&places) {
        must_have(&line, hand)?;
        sheet.text((place.x + MARGIN, middle_line(place, size)), size, line, hand);
    }
    Ok(())
}

fn must_have(text: &str, hand: &Typeface) -> Verdict {
    hand.glyphs(text).map(|_| ()).map_err(|_| format!("a character is not in {}", hand.path().display()))
}

/// The text in lines, and the largest size at which there are few enough of them.
fn fit(text: &str, width: f64, lines: usize, height: f64, hand: &Typeface) -> Option<(Vec<String>, f64)> {
    let largest = (height / lines as f64 * 0.72).min(LARGEST);
    let sizes = std::iter::successors(Some(largest), |size| Some(size - 0.1));
    let sizes = sizes.take_while(|size| *size >= SMALLEST.min(largest));
    sizes.map(|size| (broken(text, width / size, hand), size)).find(|(broken, _)| broken.len() <= lines)
}

/// Lines no wider than `ems` characters; Japanese may break between any two characters.
fn broken(text: &str, ems: f64, hand: &Typeface) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let (mut line, mut used) = (String::new(), 0.0);
        for character in paragraph.chars() {
            let advance = hand.width(character.encode_utf8(&mut [0; 4]), 1.0);
            if used + advance > ems && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                used = 0.0;
            }
            line.push(character);
            used += advance;
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn breaking_a_text_loses_nothing_and_overfills_no_line(text in "[ぁ-ん亜-熙A-z0-9 ]{0,60}", ems in 1.0..40.0f64) {
            let hand = Typeface::handwritten().unwrap();
            let lines = broken(&text, ems, &hand);
            prop_assert_eq!(lines.concat(), text);
            for line in lines {
                prop_assert!(line.chars().count() <= 1 || hand.width(&line, 1.0) <= ems + 1e-9);
            }
        }
    }

    #[test]
    fn long_text_is_set_smaller_until_it_fits_and_no_smaller_than_can_be_read() {
        let hand = Typeface::handwritten().unwrap();
        let size_of = |count| fit(&"鵲".repeat(count), 50.0, 1, 8.0, &hand).map(|(_, size)| size);
        assert_eq!(size_of(4), Some(LARGEST));
        assert!(size_of(15).is_some_and(|size| (SMALLEST..LARGEST).contains(&size)));
        assert_eq!(size_of(30), None);
    }

    #[test]
    fn a_line_break_in_the_answer_is_kept() {
        let hand = Typeface::handwritten().unwrap();
        let (lines, _) = fit("上\n下", 50.0, 2, 16.0, &hand).unwrap();
        assert_eq!(lines, ["上", "下"]);
    }
}
