//! What the parts of a form promise each other.

use std::collections::BTreeSet;

use super::{CheckDigit, Era, Field, Form, Kind, Rect};
use crate::{Error, Result};

/// What is wrong, or nothing.
type Verdict = std::result::Result<(), String>;

impl Form {
    /// Checks what the parts promise each other: numbers that fit the machine codes, marks and
    /// zones on the page and apart from each other, unique keys and options, boxes and cells
    /// inside their zones, and as many of them as the kind of the field needs.
    ///
    /// # Errors
    /// [`Error::Form`] naming the form and the first part at fault.
    pub fn checked(self) -> Result<Self> {
        match check_head(&self).and_then(|()| check_marks(&self)).and_then(|()| check_fields(&self)) {
            Ok(()) => Ok(self),
            Err(what) => Err(Error::Form { form: self.id, what }),
        }
    }
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(what()) }
}

fn check_head(form: &Form) -> Verdict {
    let id_is_plain = !form.id.is_empty()
        && form.id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-');
    ensure(id_is_plain, || "the id is not made of capital letters, digits and hyphens".into())?;
    ensure((1..=99).contains(&form.number), || format!("number {} is outside 1 to 99", form.number))?;
    ensure((1..=99).contains(&form.version), || format!("version {} is outside 1 to 99", form.version))?;
    let paper = 50.0..=500.0;
    ensure(paper.contains(&form.page_mm.0) && paper.contains(&form.page_mm.1), || {
        format!("no paper is {} by {} mm", form.page_mm.0, form.page_mm.1)
    })?;
    ensure(!form.fields.is_empty(), || "it has no field".into())
}

fn check_marks(form: &Form) -> Verdict {
    let marks = &form.marks;
    let reserved = marks.reserved();
    for (name, rect) in &reserved {
        check_on(form.page(), rect, name)?;
    }
    let [top_left, top_right, bottom_left, bottom_right] = &marks.fiducials;
    let in_order = top_left.right() < top_right.x
        && bottom_left.right() < bottom_right.x
        && top_left.bottom() < bottom_left.y
        && top_right.bottom() < bottom_right.y;
    ensure(in_order, || {
        "the fiducials do not come as top left, top right, bottom left, bottom right".into()
    })?;
    let descending = marks.timing.is_sorted_by(|above, below| above.bottom() < below.y);
    ensure(descending, || "the timing marks do not run from top to bottom".into())?;
    let square = marks.qr.is_none_or(|qr| (qr.w - qr.h).abs() < 1e-6);
    ensure(square, || "the QR code is not square".into())?;
    each_pair(&reserved, |(one, a), (other, b)| ensure(!a.overlaps(b), || format!("{one} touches {other}")))
}

fn check_fields(form: &Form) -> Verdict {
    let mut keys = BTreeSet::new();
    for field in &form.fields {
        let key = &field.key;
        ensure(is_key(key), || format!("{key:?} is not lower-case ASCII with underscores"))?;
        ensure(keys.insert(key), || format!("two fields are called {key}"))?;
        check_field(form, field).map_err(|what| format!("field {key}: {what}"))?;
    }
    for key in form.checks.iter().flat_map(super::Check::keys) {
        ensure(form.field(key).is_some(), || format!("a check names {key}, which is no field"))?;
    }
    each_pair(&form.fields, |one, other| {
        ensure(!one.zone.overlaps(&other.zone), || {
            format!("the zones of {} and {} overlap", one.key, other.key)
        })
    })
}

fn is_key(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_lowercase())
        && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn check_field(form: &Form, field: &Field) -> Verdict {
    check_on(form.page(), &field.zone, "the zone")?;
    for (name, rect) in form.marks.reserved() {
        ensure(!field.zone.overlaps(&rect), || format!("the zone touches {name}"))?;
    }
    let mut options = BTreeSet::new();
    for check_box in &field.boxes {
        let option = &check_box.option;
        ensure(!option.trim().is_empty(), || "a box has no answer".into())?;
        ensure(options.insert(option), || format!("two boxes say {option}"))?;
        check_on(field.zone, &check_box.rect, &format!("the box {option}"))?;
    }
    for (index, cell) in field.cells.iter().enumerate() {
        check_on(field.zone, cell, &format!("cell {}", index + 1))?;
    }
    let rightward = field.cells.is_sorted_by(|left, right| left.right() <= right.x + super::ROUNDING);
    ensure(rightward, || "the cells do not run from left to right".into())?;
    let parts: Vec<_> = field.boxes.iter().map(|b| b.rect).chain(field.cells.iter().copied()).collect();
    each_pair(&parts, |a, b| ensure(!a.overlaps(b), || "boxes or cells overlap".into()))?;
    check_kind(field)
}

fn check_kind(field: &Field) -> Verdict {
    let (boxes, cells) = (field.boxes.len(), field.cells.len());
    let count = |what: &str, found: usize, wanted: std::ops::RangeInclusive<usize>| {
        ensure(wanted.contains(&found), || match (*wanted.start(), *wanted.end()) {
            (least, most) if least == most => format!("it has {found} {what} and needs {least}"),
            (least, most) => format!("it has {found} {what} and needs {least} to {most}"),
        })
    };
    match &field.kind {
        Kind::Choice | Kind::Choices => count("boxes", boxes, 2..=64)?,
        Kind::Check => count("boxes", boxes, 1..=1)?,
        Kind::Date { era: None } => {
            count("boxes", boxes, 1..=Era::ALL.len())?;
            let stranger = field.boxes.iter().find(|b| Era::from_option(&b.option).is_none());
            ensure(stranger.is_none(), || "a box names no era".into())?;
        }
        _ => count("boxes", boxes, 0..=0)?,
    }
    match &field.kind {
        Kind::Choice | Kind::Choices | Kind::Check => count("cells", cells, 0..=0),
        Kind::Number { max } => {
            count("cells", cells, 1..=9)?;
            let written = max.checked_ilog10().map_or(1, |digits| digits as usize + 1);
            ensure(written <= cells, || format!("{max} does not fit {cells} cells"))
        }
        Kind::Code { check: CheckDigit::None } => count("cells", cells, 1..=32),
        Kind::Code { check: CheckDigit::Damm | CheckDigit::Mod10w21 } => count("cells", cells, 2..=32),
        Kind::Phone => count("cells", cells, 11..=11),
        Kind::Postal => count("cells", cells, 7..=7),
        Kind::Date { .. } => count("cells", cells, 6..=6),
        Kind::Kana => count("cells", cells, 2..=64),
        Kind::Text { max_chars, lines } => {
            count("cells", cells, 0..=0)?;
            ensure(*max_chars > 0 && *lines > 0, || "it has no room for a character".into())
        }
    }
}

fn check_on(outer: Rect, inner: &Rect, name: &str) -> Verdict {
    let drawn = [inner.x, inner.y, inner.w, inner.h].iter().all(|n| n.is_finite());
    ensure(drawn && inner.w > 0.0 && inner.h > 0.0, || format!("{name} has no area"))?;
    ensure(outer.contains(inner), || {
        format!("{name} at ({}, {}), {} by {} mm, sticks out", inner.x, inner.y, inner.w, inner.h)
    })
}

fn each_pair<T>(all: &[T], check: impl Fn(&T, &T) -> Verdict) -> Verdict {
    let pairs =
        all.iter().enumerate().flat_map(|(index, one)| all[..index].iter().map(move |other| (other, one)));
    for (one, other) in pairs {
        check(one, other)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{CheckBox, Marks, Required};
    use super::*;

    fn rect(x: f64, y: f64, w: f64, h: f64) -> Rect {
        Rect { x, y, w, h }
    }

    fn field(key: &str, kind: Kind, y: f64) -> Field {
        Field {
            key: key.into(),
            number: 1,
            label: key.into(),
            kind,
            zone: rect(20.0, y, 60.0, 8.0),
            required: Required::Optional,
            boxes: Vec::new(),
            cells: Vec::new(),
        }
    }

    fn box_of(option: &str, x: f64, y: f64) -> CheckBox {
        CheckBox { option: option.into(), rect: rect(x, y, 4.0, 4.0) }
    }

    fn slip() -> Form {
        let corner = |x, y| rect(x, y, 5.0, 5.0);
        let mut reply = field("reply", Kind::Choice, 30.0);
        reply.boxes = vec![box_of("はい", 22.0, 32.0), box_of("いいえ", 40.0, 32.0)];
        let mut code = field("code", Kind::Code { check: CheckDigit::Damm }, 40.0);
        code.cells = (0..4).map(|n| rect(20.0 + 5.0 * f64::from(n), 40.0, 5.0, 7.0)).collect();
        Form {
            id: "TST-09".into(),
            number: 9,
            version: 1,
            title: "試験".into(),
            page_mm: (100.0, 80.0),
            marks: Marks {
                fiducials: [corner(5.0, 5.0), corner(90.0, 5.0), corner(5.0, 70.0), corner(90.0, 70.0)],
                orientation_bar: rect(12.0, 5.0, 2.0, 5.0),
                timing: vec![rect(5.0, 33.0, 4.0, 1.5), rect(5.0, 43.0, 4.0, 1.5)],
                qr: None,
                code128: None,
                printed_id: None,
            },
            fields: vec![reply, code],
            sections: Vec::new(),
            artwork: Vec::new(),
            checks: Vec::new(),
        }
    }

    fn complaint(change: impl FnOnce(&mut Form)) -> String {
        let mut form = slip();
        change(&mut form);
        form.checked().expect_err("the change makes the form wrong").to_string()
    }

    #[test]
    fn a_sound_form_passes() {
        slip().checked().unwrap();
    }

    #[test]
    fn each_fault_is_named() {
        type Change = fn(&mut Form);
        let cases: [(&str, Change); 18] = [
            ("number 0", |f| f.number = 0),
            ("version 100", |f| f.version = 100),
            ("no paper", |f| f.page_mm.0 = f64::NAN),
            ("no field", |f| f.fields.clear()),
            ("fiducial at (99, 5)", |f| f.marks.fiducials[1].x = 99.0),
            ("do not come as", |f| f.marks.fiducials.swap(0, 3)),
            ("timing marks do not run", |f| f.marks.timing.reverse()),
            ("not square", |f| f.marks.qr = Some(rect(60.0, 10.0, 10.0, 9.0))),
            ("a fiducial touches the orientation bar", |f| f.marks.orientation_bar.x = 9.0),
            ("field reply: the zone touches the QR code", |f| {
                f.marks.qr = Some(rect(81.0, 20.0, 10.0, 10.0));
            }),
            ("two fields are called reply", |f| f.fields[1].key = "reply".into()),
            ("\"Reply\" is not lower-case", |f| f.fields[0].key = "Reply".into()),
            ("zones of reply and code overlap", |f| f.fields[0].zone.h = 10.5),
            ("two boxes say はい", |f| f.fields[0].boxes[1].option = "はい".into()),
            ("field reply: the box いいえ at (78, 32)", |f| f.fields[0].boxes[1].rect.x = 78.0),
            ("boxes or cells overlap", |f| f.fields[0].boxes[1].rect.x = 24.0),
            ("do not run from left to right", |f| f.fields[1].cells.reverse()),
            ("it has 1 cells and needs 2 to 32", |f| f.fields[1].cells.truncate(1)),
        ];
        for (expected, change) in cases {
            let said = complaint(change);
            assert!(said.contains("TST-09") && said.contains(expected), "{expected}: {said}");
        }
    }

    #[test]
    fn every_kind_wants_its_boxes_and_cells() {
        let cases = [
            (Kind::Check, "2 boxes and needs 1"),
            (Kind::Phone, "2 boxes and needs 0"),
            (Kind::Date { era: None }, "names no era"),
            (Kind::Text { max_chars: 9, lines: 1 }, "2 boxes and needs 0"),
        ];
        for (kind, expected) in cases {
            let said = complaint(|f| f.fields[0].kind = kind);
            assert!(said.contains(expected), "{expected}: {said}");
        }
        let cases = [
            (Kind::Number { max: 10_000 }, "10000 does not fit 4 cells"),
            (Kind::Phone, "4 cells and needs 11"),
            (Kind::Postal, "4 cells and needs 7"),
            (Kind::Date { era: Some(Era::Reiwa) }, "4 cells and needs 6"),
            (Kind::Text { max_chars: 9, lines: 1 }, "4 cells and needs 0"),
        ];
        for (kind, expected) in cases {
            let said = complaint(|f| f.fields[1].kind = kind);
            assert!(said.contains(expected), "{expected}: {said}");
        }
    }
}
