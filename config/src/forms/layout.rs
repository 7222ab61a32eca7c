//! From rows and groups to rectangles.

use kasasagi_ocr::form::{Artwork, Check, CheckBox, Era, Field, Form, Kind, Marks, Rect, Required};

use super::file::{
    BoxesToml, CellsToml, CheckRuleToml, FieldToml, FormToml, LabelsToml, MarksToml, RectToml, TextToml,
};

/// The key at fault and what is wrong with it.
pub(super) type Fault = (String, String);

/// Middle of a character above its baseline, and from one line of a label to the next, in character sizes.
const MIDDLE: f64 = 0.38;
const LINE: f64 = 1.15;

/// White between a printed era and the first cell.
const ERA_GAP: f64 = 0.8;

/// Size and height above the lower edge of the cells of the units after groups.
const UNIT_SIZE: f64 = 2.8;
const UNIT_RISE: f64 = 0.9;

pub(super) fn form(file: &FormToml) -> Result<Form, Fault> {
    let mut artwork = Vec::new();
    let mut fields = Vec::new();
    for field in &file.field {
        let fault = |(part, what)| (format!("field {}: {part}", field.key), what);
        artwork.extend(label(field, &file.labels));
        let cells = field.cells.as_ref().map(|cells| lay_cells(cells, field, &mut artwork));
        fields.push(Field {
            key: field.key.clone(),
            number: field.number,
            label: field.label.replace('\n', ""),
            kind: Kind::from(&field.kind),
            zone: rect(field.zone),
            required: field.required.into(),
            boxes: lay_boxes(field).map_err(fault)?,
            cells: cells.transpose().map_err(fault)?.unwrap_or_default(),
        });
    }
    artwork.extend(file.text.iter().flat_map(text));
    artwork.extend(file.line.iter().map(|line| {
        let ([x1, y1], [x2, y2], width) = (line.from, line.to, line.width);
        Artwork::Line { x1, y1, x2, y2, width }
    }));
    artwork
        .extend(file.frame.iter().map(|frame| Artwork::Frame { rect: rect(frame.rect), width: frame.width }));
    Ok(Form {
        id: file.id.clone(),
        number: file.number,
        version: file.version,
        title: file.title.clone(),
        page_mm: file.page_mm.into(),
        marks: marks(&file.marks),
        fields,
        sections: file.section.iter().map(|s| (s.from, s.title.clone())).collect(),
        artwork,
        checks: file.check.iter().map(check).collect(),
    })
}

fn check(check: &CheckRuleToml) -> Check {
    match check.clone() {
        CheckRuleToml::Age { birth, age, on } => Check::Age { birth, age, on },
        CheckRuleToml::Period { from, to } => Check::Period { from, to },
        CheckRuleToml::Town { address, begins, postal, prefixes } => {
            Check::Town { address, begins, postal, prefixes }
        }
    }
}

fn rect([x, y, w, h]: RectToml) -> Rect {
    Rect { x, y, w, h }
}

fn marks(file: &MarksToml) -> Marks {
    let timing = &file.timing;
    let [w, h] = timing.size;
    Marks {
        fiducials: file.fiducials.map(rect),
        orientation_bar: rect(file.orientation_bar),
        timing: timing.middles.iter().map(|middle| Rect { x: timing.x, y: middle - h / 2.0, w, h }).collect(),
        qr: file.qr.map(rect),
        code128: file.code128.map(rect),
        printed_id: file.printed_id.map(rect),
    }
}

/// The label, its lines in the middle of the zone's height.
fn label(field: &FieldToml, labels: &LabelsToml) -> Vec<Artwork> {
    let zone = rect(field.zone);
    let count = field.label.lines().count() as f64;
    let first = zone.y + zone.h / 2.0 + labels.size * (MIDDLE - LINE * (count - 1.0) / 2.0);
    let star = if Required::from(field.required) == Required::Always { &*labels.required } else { "" };
    let line = |(index, text): (usize, &str)| Artwork::Text {
        x: field.label_x.unwrap_or(labels.x),
        y: first + labels.size * LINE * index as f64,
        size: labels.size,
        text: if index == 0 { format!("{star}{text}") } else { text.to_owned() },
    };
    field.label.lines().enumerate().map(line).collect()
}

fn lay_boxes(field: &FieldToml) -> Result<Vec<CheckBox>, Fault> {
    let fault = |part: &str, what: String| Err((part.to_owned(), what));
    let Some(boxes) = &field.boxes else {
        return if field.options.is_empty() {
            Ok(Vec::new())
        } else {
            fault("boxes", "is missing: the options need boxes".into())
        };
    };
    let per_row = boxes.per_row.unwrap_or(usize::MAX).min(field.options.len()).max(1);
    let lefts = lefts(boxes, field.zone[0], per_row)?;
    if lefts.len() != per_row {
        return fault("boxes", format!("{} left edges are given for {per_row} boxes in a row", lefts.len()));
    }
    let rows = field.options.len().div_ceil(per_row);
    let height = boxes.row_pitch * (rows.max(1) - 1) as f64 + boxes.size;
    let top = field.zone[1] + (field.zone[3] - height) / 2.0;
    let place = |index: usize| {
        let y = top + boxes.row_pitch * (index / per_row) as f64;
        Rect { x: lefts[index % per_row], y, w: boxes.size, h: boxes.size }
    };
    let check_box =
        |(index, option): (usize, &String)| CheckBox { option: option.clone(), rect: place(index) };
    Ok(field.options.iter().enumerate().map(check_box).collect())
}

fn lefts(boxes: &BoxesToml, zone_x: f64, per_row: usize) -> Result<Vec<f64>, Fault> {
    match (&boxes.xs, boxes.x, boxes.pitch) {
        (Some(xs), None, None) => Ok(xs.clone()),
        (None, x, None) if per_row == 1 => Ok(vec![x.unwrap_or(zone_x)]),
        (None, x, Some(pitch)) => Ok((0..per_row).map(|n| x.unwrap_or(zone_x) + pitch * n as f64).collect()),
        _ => Err(("boxes".into(), "give either xs, or a pitch and perhaps x".into())),
    }
}

fn lay_cells(cells: &CellsToml, field: &FieldToml, artwork: &mut Vec<Artwork>) -> Result<Vec<Rect>, Fault> {
    let fault = |what: String| Err(("cells".to_owned(), what));
    if cells.groups.iter().fold(0, |sum: usize, count| sum.saturating_add(*count)) > 64 {
        return fault("there are more than 64".into());
    }
    if cells.units.len() > cells.groups.len() {
        return fault(format!("{} units follow {} groups", cells.units.len(), cells.groups.len()));
    }
    let [w, h] = cells.size;
    let (mut x, y) = (cells.x.unwrap_or(field.zone[0]), cells.y.unwrap_or(field.zone[1]));
    artwork.extend(printed_era(field).map(|era| {
        let text = era.name().to_owned();
        let size = UNIT_SIZE;
        Artwork::Text { x: x - ERA_GAP - ems(&text) * size, y: y + h - UNIT_RISE, size, text }
    }));
    let mut placed = Vec::new();
    for (index, count) in cells.groups.iter().enumerate() {
        placed.extend((0..*count).map(|n| Rect { x: x + w * n as f64, y, w, h }));
        x += w * *count as f64;
        artwork.extend(cells.units.get(index).map(|unit| Artwork::Text {
            x: x + (cells.gap - ems(unit) * UNIT_SIZE) / 2.0,
            y: y + h - UNIT_RISE,
            size: UNIT_SIZE,
            text: unit.clone(),
        }));
        x += cells.gap;
    }
    Ok(placed)
}

fn printed_era(field: &FieldToml) -> Option<Era> {
    match Kind::from(&field.kind) {
        Kind::Date { era } => era,
        _ => None,
    }
}

/// Width of print in character sizes: the Japanese gothics are square, their ASCII is half of it.
fn ems(text: &str) -> f64 {
    text.chars().map(|c| if c.is_ascii() { 0.5 } else { 1.0 }).sum()
}

fn text(text: &TextToml) -> Vec<Artwork> {
    let ([x, y], size) = (text.at, text.size);
    if !text.down {
        return vec![Artwork::Text { x, y, size, text: text.text.clone() }];
    }
    let character = |(index, character): (usize, char)| {
        let text = character.to_string();
        let inset = (1.0 - ems(&text)) / 2.0 * size;
        Artwork::Text { x: x + inset, y: y + size * LINE * index as f64, size, text }
    };
    text.text.chars().enumerate().map(character).collect()
}
