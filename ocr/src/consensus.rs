//! From what the readers saw to a field that knows whether it is sure.
//!
//! The engines are wrong in ways they do not notice. So what speaks for a value is weighed ([`evidence`]) by a model
//! fitted on labelled faxes ([`Calibration`]), and a field is Sure only when its value is one that the field allows
//! and its probability keeps the budget of errors. Everything else is for a person, with the reason in Japanese.

mod boxes;
mod calibration;
mod cells;
mod date;
pub mod evidence;

use std::borrow::Cow;

use crate::engine::LineText;
use crate::field::{Refusal, Value, fold, parse, script};
use crate::form::{Field, Kind, Required};
use crate::reading::{FieldReading, State, UNLIKELY};

pub use boxes::{BoxMark, settle_boxes};
pub use calibration::Calibration;
pub use cells::{compose, join, place};
use evidence::Evidence;

/// Readers from the most to the least trusted; a name not listed comes last.
const TRUST: [&str; 3] = [CELLS, "ppocr", "tesseract"];
/// The reader of comb cells; its scores are calibrated probabilities.
const CELLS: &str = "digits";
/// The reader that is never believed alone.
const WEAK: &str = "tesseract";

/// What decides about the fields of one page.
#[derive(Clone, Copy, Debug)]
pub struct Judge<'a> {
    /// What evidence is worth.
    pub calibration: &'a Calibration,
    /// Wrong among sure fields that is allowed, 0 to 1.
    pub budget: f64,
    /// Whether the page was scanned at about 98 lines an inch.
    pub standard: bool,
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

impl Judge<'_> {
    /// Settles a field that is written, not ticked, from its readings: `(reader, text)`.
    ///
    /// Give no readings for an empty zone. The same reader may appear twice with two views of the field, the better
    /// first, such as the cells in one line ([`compose`]) and one by one ([`join`]). `inked_cells` is the
    /// number of comb cells with ink in them; `None` for a field without cells. Dates whose era is ticked
    /// go through [`Judge::settle_date`].
    pub fn settle(
        &self,
        field: &Field,
        readings: &[(&'static str, LineText)],
        inked_cells: Option<usize>,
    ) -> FieldReading {
        self.settle_as(field, readings, inked_cells, |raw| parse(field, &look_alikes_settled(field, raw)))
    }

    /// [`Judge::settle`] with the field's way to make a value of a text.
    fn settle_as(
        &self,
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
        self.decide(field, chosen, others, inked_cells)
    }

    /// Decides on the best candidate in the light of the others.
    fn decide(
        &self,
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
                return FieldReading { by: vec![chosen.reader.into()], ..read };
            }
        };
        let evidence = evidence::weigh(field, chosen, others, self.standard);
        let out_of_question = miscount(&raw, inked_cells).or_else(|| second_choice(field, chosen, others));
        let belief = self.calibration.probability(&evidence);
        let confidence = if out_of_question.is_some() { belief.min(UNLIKELY) } else { belief };
        let weighed = out_of_question.is_none().then(|| evidence.clone());
        let why = out_of_question.or_else(|| self.doubt(&evidence, confidence, chosen, others));
        let mut by = vec![chosen.reader.to_owned()];
        by.extend(others.iter().filter(|other| chosen.agrees(other)).map(|c| c.reader.to_owned()));
        by.dedup();
        FieldReading {
            state: if why.is_none() { State::Sure } else { State::Doubtful },
            confidence,
            value: Some(value),
            raw,
            by,
            why,
            evidence: weighed,
        }
    }

    /// Why the evidence does not suffice.
    fn doubt(
        &self,
        evidence: &Evidence,
        confidence: f32,
        chosen: &Candidate,
        others: &[Candidate],
    ) -> Option<String> {
        if self.calibration.enough(evidence.class, self.budget).is_some_and(|bound| confidence >= bound) {
            return None;
        }
        let opposed = others.iter().any(|other| other.value.is_ok() && !chosen.agrees(other));
        let why = if evidence.of("doubts") > 0.0 {
            "形の似た別の文字かもしれません"
        } else if evidence.of("outnumbered") > 0.0 || evidence.of("gap") > 0.0 {
            "文字が抜けている可能性があります"
        } else if opposed {
            "読み取り結果が分かれました"
        } else {
            "文字がはっきりしません"
        };
        Some(why.to_owned())
    }
}

/// Free text with the characters that look alike in two scripts settled.
fn look_alikes_settled<'a>(field: &Field, raw: &'a str) -> Cow<'a, str> {
    match field.kind {
        Kind::Text { .. } => Cow::Owned(script::settle(raw).text),
        _ => Cow::Borrowed(raw),
    }
}

/// Every inked cell holds one character.
fn miscount(raw: &str, inked_cells: Option<usize>) -> Option<String> {
    let read = raw.chars().filter(|c| !c.is_whitespace()).count();
    let inked = inked_cells.filter(|inked| *inked != read)?;
    Some(format!("記入のあるマスは{inked}個ですが{read}文字と読めました"))
}

/// The reader that should have read the field gave no value that fits, and another one did.
fn second_choice(field: &Field, chosen: &Candidate, others: &[Candidate]) -> Option<String> {
    let is_comb = !field.cells.is_empty() && field.kind != Kind::Kana;
    let unread = chosen.reader == WEAK || (is_comb && chosen.reader != CELLS);
    let why = if others.is_empty() {
        "文字がはっきりしません"
    } else {
        "読み取り結果が分かれました"
    };
    unread.then(|| why.to_owned())
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
        evidence: None,
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
        evidence: None,
    }
}

#[cfg(test)]
mod tests;
