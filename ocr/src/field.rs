//! Typed values of fields.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

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
