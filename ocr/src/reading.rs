//! What was read from a page, field by field, and how sure it is.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::consensus::evidence::Evidence;
use crate::field::Value;
use crate::page::{Dpi, Flaw};

/// Everything read from one page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PageReading {
    /// Page number in its document, from 1.
    pub page: u32,
    /// Known flaws of the page.
    pub flaws: Vec<Flaw>,
    /// The forms found, or why there is none.
    pub found: Found,
}

/// What a page turned out to be.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// One filled form, or several on one scan.
    Forms(Vec<FormReading>),
    /// No known form.
    NoForm(NoForm),
}

/// Why a page is no form that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoForm {
    /// No ink.
    Blank,
    /// Ink, but none of the known forms.
    Unknown,
    /// A known form in a version that is not configured.
    UnknownVersion,
    /// The machine codes on the page name different forms or serials.
    CodesDisagree,
}

/// One filled form.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FormReading {
    /// Such as `ICM-01`.
    pub form: String,
    /// Form version.
    pub version: u8,
    /// Serial in the machine codes; `None` on a photocopied blank.
    pub serial: Option<u32>,
    /// How well the page fits the form.
    pub quality: Quality,
    /// Every field of the form by key.
    pub fields: BTreeMap<String, FieldReading>,
}

/// Geometry of a form as found on the page.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Resolution of the page as coded.
    pub dpi: Dpi,
    /// Rotation that was undone: turned by quarters, then this many degrees.
    pub skew_deg: f64,
    /// Printed size over nominal size.
    pub scale: f64,
}

/// One field as read. `Debug` shows its state and never its value.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldReading {
    /// How far it can be relied on.
    pub state: State,
    /// The typed value; `None` when blank or not understood.
    pub value: Option<Value>,
    /// The text as the engine wrote it, before typing.
    pub raw: String,
    /// Probability of being right, 0 to 1.
    pub confidence: f32,
    /// Readers that took part (`ppocr`, `tesseract`, `digits`, `ink`).
    pub by: Vec<String>,
    /// Why it is doubtful, for a person.
    pub why: Option<String>,
    /// What was weighed; at hand only in the process that read the page.
    #[serde(skip)]
    pub evidence: Option<Evidence>,
}

/// Belief in a value that something speaks against outright; below what the registry can raise.
pub(crate) const UNLIKELY: f32 = 0.4;

impl FieldReading {
    /// Leaves the field to a person, with its value as a candidate that nothing later makes sure again.
    pub(crate) fn doubt(&mut self, why: impl Into<String>) {
        self.state = State::Doubtful;
        self.confidence = self.confidence.min(UNLIKELY);
        self.why = Some(why.into());
    }
}

impl fmt::Debug for FieldReading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FieldReading({:?}, [redacted])", self.state)
    }
}

/// How far a field can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// May be acted on without a person.
    Sure,
    /// For a person to look at.
    Doubtful,
    /// Nothing was filled in.
    Blank,
}
