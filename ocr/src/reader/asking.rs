//! Who is asked about a written field, and in what order.
//!
//! Readers are asked one after the other, the cheapest good one first, and a field that is sure is not asked
//! about again: most of a page's time is what its doubtful fields cost.

use image::GrayImage;

use super::engines::{Engines, answer};
use super::looked::Looked;
use crate::Result;
use crate::consensus;
use crate::engine::{Alphabet, LineText};

/// One way to ask about a field.
#[derive(Clone, Copy, Debug)]
enum Question {
    /// The reader of digits, about every cell.
    Digits,
    /// The line engine of this rank, about the lines or the cells in one line.
    Line(usize),
    /// The best line engine, about each cell by itself: slow, because a single character costs as much as a
    /// short line.
    OneByOne,
}

/// The questions about fields of an alphabet, in order.
fn questions(alphabet: Alphabet) -> &'static [Question] {
    match alphabet {
        Alphabet::Digits => &[Question::Digits, Question::Line(0), Question::Line(1)],
        Alphabet::Katakana => &[Question::Line(0), Question::OneByOne, Question::Line(1)],
        Alphabet::Any => &[Question::Line(0), Question::Line(1)],
    }
}

/// Asks about all written fields of a page; `done` tells which need no further question.
pub(super) fn ask(
    engines: &mut Engines,
    looked: &mut [Looked<'_>],
    done: impl Fn(&Looked<'_>) -> bool,
) -> Result<()> {
    for alphabet in [Alphabet::Digits, Alphabet::Katakana, Alphabet::Any] {
        let written = looked.iter_mut().filter(|l| l.alphabet() == alphabet && !l.lines.is_empty());
        let mut open: Vec<&mut Looked<'_>> = written.collect();
        for question in questions(alphabet) {
            match question {
                Question::Digits => read_digits(engines, &mut open)?,
                Question::Line(rank) => read_lines(engines, *rank, alphabet, &mut open)?,
                Question::OneByOne => read_one_by_one(engines, alphabet, &mut open)?,
            }
            open.retain(|looked| !done(looked));
        }
    }
    Ok(())
}

/// All cells of all fields in one go.
fn read_digits(engines: &mut Engines, open: &mut [&mut Looked<'_>]) -> Result<()> {
    let Some(digits) = &mut engines.digits else { return Ok(()) };
    let cells: Vec<Option<GrayImage>> = open.iter().flat_map(|l| l.cells.iter().cloned()).collect();
    let mut read = digits.read(&cells)?.chars.into_iter();
    for looked in open {
        let chars = read.by_ref().take(looked.cells.len()).collect();
        looked.texts.push((digits.name(), LineText::of(chars)));
    }
    Ok(())
}

fn read_lines(
    engines: &mut Engines,
    rank: usize,
    alphabet: Alphabet,
    open: &mut [&mut Looked<'_>],
) -> Result<()> {
    let Some(engine) = engines.lines.get_mut(rank) else { return Ok(()) };
    let lines: Vec<GrayImage> = open.iter().flat_map(|l| l.lines.iter().cloned()).collect();
    let mut read = answer(engine.as_mut(), &lines, alphabet)?.into_iter();
    for looked in open {
        let lines = read.by_ref().take(looked.lines.len());
        let whole = LineText::joined(lines);
        let text = if looked.cells.is_empty() { whole } else { consensus::place(whole, &looked.inked()) };
        looked.texts.push((engine.name(), text));
    }
    Ok(())
}

fn read_one_by_one(engines: &mut Engines, alphabet: Alphabet, open: &mut [&mut Looked<'_>]) -> Result<()> {
    let Some(engine) = engines.lines.first_mut() else { return Ok(()) };
    let cells: Vec<GrayImage> = open.iter().flat_map(|l| l.cells.iter().flatten().cloned()).collect();
    let mut read = answer(engine.as_mut(), &cells, alphabet)?.into_iter();
    for looked in open {
        let views: Vec<Option<LineText>> =
            looked.cells.iter().map(|cell| cell.as_ref().and_then(|_| read.next())).collect();
        looked.texts.push((engine.name(), consensus::join(&views)));
    }
    Ok(())
}
