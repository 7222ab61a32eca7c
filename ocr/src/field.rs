//! Typed values of fields: from text as read, or as a person types it, to a value that the form allows.

mod check_digit;
mod choice;
mod code;
mod date;
mod kana;
mod phone;
pub mod script;
mod text;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::form::{Field, Kind};

pub use check_digit::guards;
pub use date::{civil, era_of, parse_in_era};
pub use text::fold;

/// A field value after parsing and checking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// A single box: ticked or not.
    Check(bool),
    /// One option, as listed in the form.
    Choice(String),
    /// Several options in form order.
    Choices(Vec<String>),
    /// A count.
    Number(u32),
    /// Digits of a code, phone or postal number, without separators.
    Digits(String),
    /// A civil date.
    Date(Date),
    /// Free text or katakana.
    Text(String),
}

/// Why a text is no value of its field, in Japanese, for the person who reviews it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Refusal {
    /// Such as `検査数字が合いません`. It never repeats what was written.
    pub why: String,
    /// What was probably meant.
    pub suggestion: Option<Value>,
}

impl Refusal {
    fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), suggestion: None }
    }
}

/// Parses the text of a field by its kind.
///
/// Dates are six digits in the era printed on the form, or carry their era or a four-digit year themselves.
///
/// # Errors
/// A [`Refusal`] saying which rule of the field the text breaks.
pub fn parse(field: &Field, raw: &str) -> Result<Value, Refusal> {
    match field.kind {
        Kind::Choice => choice::one(field, raw),
        Kind::Choices => choice::several(field, raw),
        Kind::Check => choice::tick(raw),
        Kind::Number { max } => code::number(max, raw),
        Kind::Code { check } => code::code(check, field.cells.len(), raw),
        Kind::Phone => phone::phone(raw),
        Kind::Postal => phone::postal(raw),
        Kind::Date { era } => date::parse(era, raw).map(Value::Date),
        Kind::Kana => kana::kana(field.cells.len(), raw),
        Kind::Text { max_chars, .. } => text::text(usize::from(max_chars), raw),
    }
}
