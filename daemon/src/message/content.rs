//! What one recipient may see of one record, said in words. Every string made here is one printable line.

use kasasagi_ocr::form::{Field, Required};
use kasasagi_ocr::reading::{FieldReading, FormReading, State};
use serde::{Deserialize, Serialize};

use super::plain::line;
use super::{Correction, SheetSource, value};

/// Fields under one heading.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Section {
    pub heading: String,
    pub rows: Vec<Row>,
}

/// A field and its value.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Row {
    pub key: String,
    pub label: String,
    pub value: String,
    /// Set when a person must check the value: why (may be empty).
    pub doubt: Option<String>,
}

/// What differs from the earlier fax of the same sheet.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Corrects {
    pub record: String,
    /// May be empty: what differs is not for this recipient.
    pub changes: Vec<Change>,
}

/// A field as it was and as it is.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Change {
    pub label: String,
    pub before: String,
    pub now: String,
}

/// What was read, in form order.
pub(super) fn sections(source: &SheetSource<'_>) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for (field, reading) in seen(source) {
        let Some(value) = value::shown(field, reading) else { continue };
        let doubt =
            (reading.state == State::Doubtful).then(|| reading.why.as_deref().map(line).unwrap_or_default());
        let row = Row { key: field.key.clone(), label: line(&field.label), value, doubt };
        let heading = line(source.form.heading(field).unwrap_or("記載内容"));
        match sections.iter_mut().find(|section| section.heading == heading) {
            Some(section) => section.rows.push(row),
            None => sections.push(Section { heading, rows: vec![row] }),
        }
    }
    sections
}

/// Keys of doubtful fields whose picture may be shown.
pub(super) fn pictured<'a>(source: &'a SheetSource<'_>) -> impl Iterator<Item = &'a str> {
    seen(source)
        .filter(|(field, reading)| reading.state == State::Doubtful && !value::is_withheld(field, reading))
        .map(|(field, _)| field.key.as_str())
}

/// The differing fields that this recipient may see.
pub(super) fn corrects(source: &SheetSource<'_>, correction: &Correction<'_>) -> Corrects {
    let shown = |field: &Field, reading: &FormReading| {
        let text = reading.fields.get(&field.key).and_then(|read| value::shown(field, read));
        text.unwrap_or_else(|| "（記入なし）".to_owned())
    };
    let differs = |field: &&Field| correction.differing.contains(&field.key) && (source.visible)(&field.key);
    let changes = source.form.fields.iter().filter(differs).map(|field| Change {
        label: line(&field.label),
        before: shown(field, correction.reading),
        now: shown(field, source.reading),
    });
    Corrects { record: correction.record.to_string(), changes: changes.collect() }
}

/// Labels of required fields left empty.
pub(super) fn missing(source: &SheetSource<'_>) -> Vec<String> {
    let blank = |key: &str| source.reading.fields.get(key).is_none_or(|r| r.state == State::Blank);
    let is_missing = |f: &&Field| f.required == Required::Always && (source.visible)(&f.key) && blank(&f.key);
    source.form.fields.iter().filter(is_missing).map(|f| line(&f.label)).collect()
}

/// Visible fields that were read.
fn seen<'a>(source: &'a SheetSource<'_>) -> impl Iterator<Item = (&'a Field, &'a FieldReading)> {
    let visible = source.form.fields.iter().filter(|field| (source.visible)(&field.key));
    visible.filter_map(|field| Some((field, source.reading.fields.get(&field.key)?)))
}
