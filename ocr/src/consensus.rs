//! From what the readers saw to a field that knows whether it is sure.
//!
//! The engines are wrong in ways they do not notice, so a field is Sure only when its text is a value
//! that the field allows and either two readings agree or one is certain enough ([`THRESHOLDS`]).
//! Everything else is for a person, with the reason in Japanese.

mod boxes;
mod cells;
mod date;
mod thresholds;

use crate::engine::LineText;
use crate::field::{Refusal, Value, fold, guards, parse};
use crate::form::{Field, Kind, Required};
use crate::reading::{FieldReading, State};

pub use boxes::{BoxMark, settle_boxes};
pub use cells::{compose, join, place};
pub use date::settle_date;
pub use thresholds::{THRESHOLDS, Thresholds};

/// Readers from the most to the least trusted; a name not listed comes last.
const TRUST: [&str; 3] = [CELLS, "ppocr", "tesseract"];
/// The reader of comb cells; its scores are calibrated probabilities.
const CELLS: &str = "digits";
/// The reader that is never believed alone without a proof in the value.
const WEAK: &str = "tesseract";

/// Settles a field that is written, not ticked, from its readings: `(reader, text)`.
///
/// Give no readings for an empty zone. The same reader may appear twice with two views of the field, the better
/// first, such as the cells in one line ([`compose`]) and one by one ([`join`]). `inked_cells` is the
/// number of comb cells with ink in them; `None` for a field without cells. Dates whose era is ticked
/// go through [`settle_date`].
pub fn settle(
    field: &Field,
    readings: &[(&'static str, LineText)],
    inked_cells: Option<usize>,
) -> FieldReading {
    settle_as(field, readings, inked_cells, |raw| parse(field, raw))
}

/// One reader's text with the value it makes.
struct Candidate<'a> {
    reader: &'static str,
    text: &'a LineText,
    value: Result<Value, Refusal>,
}

impl Candidate<'_> {
    /// Whether both saw the same: the same value, or the same characters.
    fn agrees(&self, other: &Self) -> bool {
        match (&self.value, &other.value) {
            (Ok(mine), Ok(theirs)) if mine == theirs => true,
            _ => fold(&self.text.text()) == fold(&other.text.text()),
        }
    }
}

/// [`settle`] with the field's way to make a value of a text.
fn settle_as(
    field: &Field,
    readings: &[(&'static str, LineText)],
    inked_cells: Option<usize>,
    parse: impl Fn(&str) -> Result<Value, Refusal>,
) -> FieldReading {
    if inked_cells == Some(0) || (readings.is_empty() && inked_cells.is_none()) {
        return blank(field);
    }
    let mut candidates: Vec<Candidate> = readings
        .iter()
        .filter(|(_, text)| !fold(&text.text()).is_empty())
        .map(|(reader, text)| Candidate { reader, text, value: parse(&text.text()) })
        .collect();
    let trust = |reader: &str| TRUST.iter().position(|name| *name == reader).unwrap_or(TRUST.len());
    candidates.sort_by_key(|c| (c.value.is_err(), trust(c.reader)));
    let Some((chosen, others)) = candidates.split_first() else {
        return doubtful(String::new(), "記入がありますが文字を読み取れません");
    };
    judge(field, chosen, others, inked_cells)
}

/// Decides on the best candidate in the light of the others.
fn judge(
    field: &Field,
    chosen: &Candidate,
    others: &[Candidate],
    inked_cells: Option<usize>,
) -> FieldReading {
    let raw = chosen.text.text();
    let value = match &chosen.value {
        Ok(value) => value.clone(),
        Err(refusal) => {
            let read = doubtful(raw, &refusal.why);
            return FieldReading { confidence: chosen.text.lowest(), by: vec![chosen.reader.into()], ..read };
        }
    };
    let supporters: Vec<&Candidate> = others.iter().filter(|other| chosen.agrees(other)).collect();
    let agreed = supporters.iter().any(|other| supports(other, chosen));
    let why = miscount(&raw, inked_cells)
        .or_else(|| contradiction(chosen, others))
        .or_else(|| weakness(field, chosen, &value, agreed, others.is_empty()))
        .or_else(|| dropped(field, chosen, others, agreed));
    let mut by = vec![chosen.reader.to_owned()];
    by.extend(supporters.iter().map(|c| c.reader.to_owned()));
    by.dedup();
    FieldReading {
        state: if why.is_none() { State::Sure } else { State::Doubtful },
        confidence: confidence(field, chosen, &value, agreed),
        value: Some(value),
        raw,
        by,
        why,
    }
}

/// Whether an agreeing reading makes the chosen one sure. Two views of one reader share its
/// mistakes, so they count for less than two readers.
fn supports(other: &Candidate, chosen: &Candidate) -> bool {
    let lowest = chosen.text.lowest();
    if other.reader == chosen.reader {
        lowest >= THRESHOLDS.view && other.text.lowest() >= THRESHOLDS.second_view
    } else if chosen.reader == CELLS {
        lowest >= THRESHOLDS.digits_agreed
    } else {
        lowest >= THRESHOLDS.agreed
    }
}

/// Every inked cell holds one character.
fn miscount(raw: &str, inked_cells: Option<usize>) -> Option<String> {
    let read = raw.chars().filter(|c| !c.is_whitespace()).count();
    let inked = inked_cells.filter(|inked| *inked != read)?;
    Some(format!("記入のあるマスは{inked}個ですが{read}文字と読めました"))
}

/// The reader of cells saw something else, or another reader than the weak one is certain of another value.
fn contradiction(chosen: &Candidate, others: &[Candidate]) -> Option<String> {
    let bound = if chosen.reader == CELLS { THRESHOLDS.digits_opposed } else { THRESHOLDS.alone };
    let counts = |other: &&Candidate| {
        let certain = other.value.is_ok() && other.text.lowest() >= bound;
        other.reader == CELLS || (other.reader != WEAK && certain)
    };
    let dissent = others.iter().filter(counts).any(|other| !chosen.agrees(other));
    dissent.then(|| "読み取り結果が分かれました".to_owned())
}

/// Why the evidence for a value does not suffice.
fn weakness(field: &Field, chosen: &Candidate, value: &Value, agreed: bool, only: bool) -> Option<String> {
    let lowest = chosen.text.lowest();
    let proven = check_digit_guards(field, value);
    let enough = if chosen.reader == WEAK {
        let bound = proven || matches!(value, Value::Date(_));
        only && bound && lowest >= THRESHOLDS.weak_alone
    } else if chosen.reader == CELLS {
        let bound = if proven { THRESHOLDS.digits_check_digit } else { THRESHOLDS.digits_alone };
        agreed || lowest >= bound
    } else {
        agreed || lowest >= THRESHOLDS.alone || (proven && lowest >= THRESHOLDS.check_digit)
    };
    (!enough).then(|| "文字がはっきりしません".to_owned())
}

/// A line reader can leave out a character and be certain of the rest; only another reader that saw more tells.
/// In comb fields the inked cells are counted instead.
fn dropped(field: &Field, chosen: &Candidate, others: &[Candidate], agreed: bool) -> Option<String> {
    let length = |candidate: &Candidate| fold(&candidate.text.text()).chars().count();
    let open = matches!(field.kind, Kind::Text { .. }) && !agreed;
    let outnumbered = open && others.iter().any(|other| length(other) > length(chosen));
    (outnumbered && chosen.text.lowest() < THRESHOLDS.outnumbered)
        .then(|| "文字が抜けている可能性があります".to_owned())
}

fn check_digit_guards(field: &Field, value: &Value) -> bool {
    match (&field.kind, value) {
        (Kind::Code { check }, Value::Digits(digits)) => guards(*check, digits),
        _ => false,
    }
}

/// The probability that all cells are right, or a line reader's own lowest score; raised by agreement to what
/// agreement was measured to be worth, and by a check digit, which lets one wrong code in ten pass.
fn confidence(field: &Field, chosen: &Candidate, value: &Value, agreed: bool) -> f32 {
    let alone = match chosen.reader {
        CELLS => chosen.text.chars.iter().map(|(_, p)| p).product(),
        _ => chosen.text.lowest(),
    };
    let read = if agreed { alone.max(THRESHOLDS.agreed_worth) } else { alone };
    if check_digit_guards(field, value) { 1.0 - (1.0 - read) / 10.0 } else { read }
}

/// Nothing was filled in.
fn blank(field: &Field) -> FieldReading {
    let required = field.required == Required::Always;
    FieldReading {
        state: State::Blank,
        value: None,
        raw: String::new(),
        confidence: 1.0,
        by: vec!["ink".to_owned()],
        why: required.then(|| "必須の欄が空欄です".to_owned()),
    }
}

/// Not understood.
fn doubtful(raw: String, why: &str) -> FieldReading {
    FieldReading {
        state: State::Doubtful,
        value: None,
        raw,
        confidence: 0.0,
        by: Vec::new(),
        why: Some(why.to_owned()),
    }
}

#[cfg(test)]
mod tests;
