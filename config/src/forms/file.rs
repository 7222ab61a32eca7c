//! The form file as a person writes it. Lengths are millimetres from the top left corner.

use std::collections::BTreeMap;

use kasasagi_ocr::form;
use serde::Deserialize;

use kasasagi_routing::facts::{ConsentMark, Urgency};

/// x, y, width, height.
pub(super) type RectToml = [f64; 4];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FormToml {
    #[serde(default)]
    pub(super) section: Vec<SectionToml>,
    pub(super) id: String,
    pub(super) number: u8,
    pub(super) version: u8,
    pub(super) title: String,
    pub(super) page_mm: [f64; 2],
    pub(super) labels: LabelsToml,
    pub(super) marks: MarksToml,
    pub(super) field: Vec<FieldToml>,
    #[serde(default)]
    pub(super) text: Vec<TextToml>,
    #[serde(default)]
    pub(super) line: Vec<LineToml>,
    #[serde(default)]
    pub(super) frame: Vec<FrameToml>,
    /// Fields that must fit each other.
    #[serde(default)]
    pub(super) check: Vec<CheckRuleToml>,
    pub(super) facts: FactsToml,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum CheckRuleToml {
    Age { birth: String, age: String, on: String },
    Period { from: String, to: String },
    Town { address: String, begins: String, postal: String, prefixes: Vec<String> },
}

/// Where labels stand unless a field says otherwise.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LabelsToml {
    pub(super) x: f64,
    pub(super) size: f64,
    /// Printed before the label of a field that must always be filled in.
    pub(super) required: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MarksToml {
    pub(super) fiducials: [RectToml; 4],
    pub(super) orientation_bar: RectToml,
    pub(super) timing: TimingToml,
    pub(super) qr: Option<RectToml>,
    pub(super) code128: Option<RectToml>,
    pub(super) printed_id: Option<RectToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TimingToml {
    pub(super) x: f64,
    /// Width and height of each mark.
    pub(super) size: [f64; 2],
    /// Middles of the marks, top to bottom.
    pub(super) middles: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldToml {
    pub(super) key: String,
    pub(super) number: u16,
    /// A line break in it breaks the print only.
    pub(super) label: String,
    pub(super) label_x: Option<f64>,
    pub(super) kind: KindToml,
    pub(super) zone: RectToml,
    #[serde(default)]
    pub(super) required: RequiredToml,
    #[serde(default)]
    pub(super) options: Vec<String>,
    pub(super) boxes: Option<BoxesToml>,
    pub(super) cells: Option<CellsToml>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum KindToml {
    Choice,
    Choices,
    Check,
    Number { max: u32 },
    Code { check: CheckToml },
    Phone,
    Postal,
    Date { era: Option<EraToml> },
    Kana,
    Text { max_chars: u16, lines: u8 },
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CheckToml {
    None,
    Damm,
    Mod10w21,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum EraToml {
    Meiji,
    Taisho,
    Showa,
    Heisei,
    Reiwa,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RequiredToml {
    Always,
    Conditional,
    #[default]
    Optional,
}

/// One box for each option, in rows. A single row stands in the middle of the zone.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BoxesToml {
    /// Left edge of the first box; the zone's when absent.
    pub(super) x: Option<f64>,
    /// From one box of a row to the next.
    pub(super) pitch: Option<f64>,
    /// Left edges of the boxes of a row, where a pitch does not fit.
    pub(super) xs: Option<Vec<f64>>,
    /// Boxes in a row; all when absent.
    pub(super) per_row: Option<usize>,
    /// From one row to the next.
    #[serde(default = "row_pitch")]
    pub(super) row_pitch: f64,
    /// Side of a box.
    #[serde(default = "box_size")]
    pub(super) size: f64,
}

/// Comb cells, side by side in groups.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CellsToml {
    /// Left edge of the first cell; the zone's when absent.
    pub(super) x: Option<f64>,
    /// Top edge; the zone's when absent.
    pub(super) y: Option<f64>,
    /// Width (which is the pitch) and height of a cell.
    #[serde(default = "digit_cell")]
    pub(super) size: [f64; 2],
    /// Cells in each group.
    pub(super) groups: Vec<usize>,
    /// White between groups.
    #[serde(default = "group_gap")]
    pub(super) gap: f64,
    /// Printed after each group, such as 年.
    #[serde(default)]
    pub(super) units: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TextToml {
    /// Start of the baseline.
    pub(super) at: [f64; 2],
    pub(super) size: f64,
    pub(super) text: String,
    /// Characters below each other.
    #[serde(default)]
    pub(super) down: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LineToml {
    pub(super) from: [f64; 2],
    pub(super) to: [f64; 2],
    pub(super) width: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FrameToml {
    pub(super) rect: RectToml,
    pub(super) width: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FactsToml {
    pub(super) patient_id: Option<String>,
    pub(super) insured_no: Option<String>,
    pub(super) insurer_no: Option<String>,
    pub(super) birth: Option<String>,
    pub(super) kana: Option<String>,
    pub(super) name: Option<String>,
    pub(super) sex: Option<String>,
    pub(super) physician_code: Option<String>,
    pub(super) physician_text: Option<String>,
    pub(super) sender_office: Option<String>,
    pub(super) sender_fax: Option<String>,
    pub(super) written_on: Option<String>,
    pub(super) pages: Option<String>,
    pub(super) urgency: Option<LevelsToml<Urgency>>,
    pub(super) consent: Option<LevelsToml<ConsentMark>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LevelsToml<L> {
    pub(super) field: String,
    pub(super) levels: BTreeMap<String, L>,
}

fn box_size() -> f64 {
    4.0
}

fn row_pitch() -> f64 {
    6.0
}

fn digit_cell() -> [f64; 2] {
    [5.0, 7.0]
}

fn group_gap() -> f64 {
    4.0
}

impl From<EraToml> for form::Era {
    fn from(era: EraToml) -> Self {
        match era {
            EraToml::Meiji => Self::Meiji,
            EraToml::Taisho => Self::Taisho,
            EraToml::Showa => Self::Showa,
            EraToml::Heisei => Self::Heisei,
            EraToml::Reiwa => Self::Reiwa,
        }
    }
}

impl From<&KindToml> for form::Kind {
    fn from(kind: &KindToml) -> Self {
        match *kind {
            KindToml::Choice => Self::Choice,
            KindToml::Choices => Self::Choices,
            KindToml::Check => Self::Check,
            KindToml::Number { max } => Self::Number { max },
            KindToml::Code { check } => Self::Code {
                check: match check {
                    CheckToml::None => form::CheckDigit::None,
                    CheckToml::Damm => form::CheckDigit::Damm,
                    CheckToml::Mod10w21 => form::CheckDigit::Mod10w21,
                },
            },
            KindToml::Phone => Self::Phone,
            KindToml::Postal => Self::Postal,
            KindToml::Date { era } => Self::Date { era: era.map(Into::into) },
            KindToml::Kana => Self::Kana,
            KindToml::Text { max_chars, lines } => Self::Text { max_chars, lines },
        }
    }
}

impl From<RequiredToml> for form::Required {
    fn from(required: RequiredToml) -> Self {
        match required {
            RequiredToml::Always => Self::Always,
            RequiredToml::Conditional => Self::Conditional,
            RequiredToml::Optional => Self::Optional,
        }
    }
}

/// A heading for people, above the first field of this number.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SectionToml {
    pub(super) from: u16,
    pub(super) title: String,
}
