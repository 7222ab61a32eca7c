//! The description of a form for other programs.

use serde::Serialize;

use super::{Era, Field, Form, Kind, Rect, Required};

/// A rectangle as x, y, width, height in millimetres from the top left corner.
type Corners = [f64; 4];

/// A form as other programs see it (`kasasagi form fields ID --json`).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Description {
    /// Such as `ICM-01`.
    pub id: String,
    /// Number in the machine codes.
    pub number: u8,
    /// Version in the machine codes.
    pub version: u8,
    /// Title printed at the top.
    pub title: String,
    /// Page width and height.
    pub page_mm: [f64; 2],
    /// Fields in printing order.
    pub fields: Vec<FieldDescription>,
    /// Solid squares: top left, top right, bottom left, bottom right.
    pub fiducials_mm: [Corners; 4],
    /// Bar beside the top left square.
    pub orientation_bar_mm: Corners,
    /// Marks down the left edge, top to bottom.
    pub timing_mm: Vec<Corners>,
    /// QR code without its quiet zone.
    pub qr_mm: Option<Corners>,
    /// Code128 without its quiet zone.
    pub code128_mm: Option<Corners>,
}

/// One field as other programs see it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldDescription {
    /// Name of the field in every output.
    pub key: String,
    /// Number of the field; sub-fields share it.
    pub number: u16,
    /// Printed label.
    pub label: String,
    /// `choice`, `choices`, `check`, `number`, `code`, `phone`, `postal`, `date`, `kana` or `text`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Answers of the boxes, in order; empty without boxes.
    pub options: Vec<String>,
    /// Number of comb cells.
    pub cells: usize,
    /// Outer zone.
    pub zone_mm: Corners,
    /// Boxes with the outer edge of their frames.
    pub boxes: Vec<BoxDescription>,
    /// Comb cells from left to right.
    pub cell_rects_mm: Vec<Corners>,
    /// Whether it must always be filled in.
    pub required: bool,
    /// Whether other fields decide if it must be filled in.
    pub conditional: bool,
    /// The printed era of a date, such as 令和.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub era: Option<&'static str>,
    /// Lines of a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<u8>,
    /// Most characters of a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_chars: Option<u16>,
}

/// One box as other programs see it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BoxDescription {
    /// The answer it stands for.
    pub option: String,
    /// Outer edge of the printed frame.
    pub rect_mm: Corners,
}

impl Form {
    /// The description for other programs.
    pub fn description(&self) -> Description {
        let marks = &self.marks;
        Description {
            id: self.id.clone(),
            number: self.number,
            version: self.version,
            title: self.title.clone(),
            page_mm: self.page_mm.into(),
            fields: self.fields.iter().map(Field::description).collect(),
            fiducials_mm: marks.fiducials.map(corners),
            orientation_bar_mm: corners(marks.orientation_bar),
            timing_mm: marks.timing.iter().copied().map(corners).collect(),
            qr_mm: marks.qr.map(corners),
            code128_mm: marks.code128.map(corners),
        }
    }
}

impl Field {
    fn description(&self) -> FieldDescription {
        let (lines, max_chars) = match self.kind {
            Kind::Text { max_chars, lines } => (Some(lines), Some(max_chars)),
            _ => (None, None),
        };
        let era = match self.kind {
            Kind::Date { era } => era.map(Era::name),
            _ => None,
        };
        let described =
            |b: &super::CheckBox| BoxDescription { option: b.option.clone(), rect_mm: corners(b.rect) };
        FieldDescription {
            key: self.key.clone(),
            number: self.number,
            label: self.label.clone(),
            kind: self.kind.name(),
            options: self.boxes.iter().map(|b| b.option.clone()).collect(),
            cells: self.cells.len(),
            zone_mm: corners(self.zone),
            boxes: self.boxes.iter().map(described).collect(),
            cell_rects_mm: self.cells.iter().copied().map(corners).collect(),
            required: self.required == Required::Always,
            conditional: self.required == Required::Conditional,
            era,
            lines,
            max_chars,
        }
    }
}

impl Kind {
    /// The name in configuration and JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Choice => "choice",
            Self::Choices => "choices",
            Self::Check => "check",
            Self::Number { .. } => "number",
            Self::Code { .. } => "code",
            Self::Phone => "phone",
            Self::Postal => "postal",
            Self::Date { .. } => "date",
            Self::Kana => "kana",
            Self::Text { .. } => "text",
        }
    }
}

/// Micrometres are enough; they keep sums of decimal fractions short in JSON.
fn corners(rect: Rect) -> Corners {
    [rect.x, rect.y, rect.w, rect.h].map(|n| (n * 1000.0).round() / 1000.0)
}
