//! The printable PDF of a form, empty or with answers in it.
//!
//! Everything is solid black: a fax has two colours, and grey turns into speckle.

mod filling;
mod sheet;
mod typeface;

use std::collections::BTreeMap;

pub use filling::{Filling, Mark};
pub use typeface::Typeface;

use crate::code::{CODE128_MODULES, Payload, QR_MODULES, code128_bars};
use crate::form::{Artwork, FRAME, Field, Form, Kind, Rect};
use crate::{Error, Result};
use sheet::Sheet;

/// Character size of the answers beside the boxes, in millimetres.
pub const OPTION_SIZE: f64 = 3.0;

/// White between a box and its answer, in millimetres.
pub const OPTION_GAP: f64 = 0.9;

/// Height of the ticks between comb cells and at the ends of writing lines.
const TICK: f64 = 2.5;

/// Middle of a character above its baseline, in character sizes.
const MIDDLE: f64 = 0.38;

/// Draws an empty form as a PDF of one page with embedded type.
///
/// The serial tells printed sheets apart; `None` is a blank meant to be photocopied.
///
/// # Errors
/// [`Error::Code`] for a serial that does not fit; [`Error::Draw`] when the typeface lacks a character.
pub fn draw(form: &Form, serial: Option<u32>, face: &Typeface) -> Result<Vec<u8>> {
    draw_filled(form, serial, face, face, &BTreeMap::new())
}

/// Draws a form with answers in the type of `hand`, by field key.
///
/// # Errors
/// As [`draw`]; [`Error::Draw`] also for an answer that the form has no place for, naming the field.
pub fn draw_filled(
    form: &Form,
    serial: Option<u32>,
    face: &Typeface,
    hand: &Typeface,
    values: &BTreeMap<String, Filling>,
) -> Result<Vec<u8>> {
    let payload = Payload::new(form.number, form.version, 1, 1, serial)?;
    let mut sheet = Sheet::new();
    print_marks(&mut sheet, form, &payload, face);
    for artwork in &form.artwork {
        print_artwork(&mut sheet, artwork, face);
    }
    for field in &form.fields {
        print_field(&mut sheet, field, face);
    }
    for (key, filling) in values {
        let refuse =
            |why: String| Error::Draw { what: format!("an answer into field {key} of {}: {why}", form.id) };
        let field = form.field(key).ok_or_else(|| refuse("there is no such field".into()))?;
        filling.write(&mut sheet, field, hand).map_err(refuse)?;
    }
    sheet.to_pdf(form.page_mm, &format!("{} {}", form.id, form.title))
}

/// Draws text and lines that belong to no form, on one page of this size in millimetres.
///
/// # Errors
/// [`Error::Draw`] when the typeface lacks a character.
pub fn draw_artwork(page_mm: (f64, f64), title: &str, artwork: &[Artwork], face: &Typeface) -> Result<Vec<u8>> {
    let mut sheet = Sheet::new();
    for artwork in artwork {
        print_artwork(&mut sheet, artwork, face);
    }
    sheet.to_pdf(page_mm, title)
}

fn print_marks<'a>(sheet: &mut Sheet<'a>, form: &Form, payload: &Payload, face: &'a Typeface) {
    let marks = &form.marks;
    sheet.solid(marks.fiducials.to_vec());
    sheet.solid(vec![marks.orientation_bar]);
    sheet.solid(marks.timing.clone());
    if let Some(qr) = marks.qr {
        sheet.solid(qr_squares(qr, payload));
    }
    if let Some(code) = marks.code128 {
        let module = code.w / f64::from(CODE128_MODULES);
        let bar = |(start, width)| Rect {
            x: code.x + module * f64::from(start),
            w: module * f64::from(width),
            ..code
        };
        sheet.solid(code128_bars(payload).into_iter().map(bar).collect());
    }
    if let Some(place) = marks.printed_id {
        let text = printed_id(form, payload);
        let size = (place.h * 0.8).min(place.w / face.width(&text, 1.0));
        sheet.text((place.x, middle_line(&place, size)), size, text, face);
    }
}

fn qr_squares(place: Rect, payload: &Payload) -> Vec<Rect> {
    let module = place.w / QR_MODULES as f64;
    let square = |index: usize| Rect {
        x: place.x + module * (index % QR_MODULES) as f64,
        y: place.y + module * (index / QR_MODULES) as f64,
        w: module,
        h: module,
    };
    let modules = payload.qr_modules();
    modules.iter().enumerate().filter(|(_, black)| **black).map(|(index, _)| square(index)).collect()
}

/// Read by people, and by the reader when both machine codes are lost.
fn printed_id(form: &Form, payload: &Payload) -> String {
    let Payload { version, page, total, .. } = payload;
    let number = payload.serial.map(|serial| format!("  No.{serial:08}")).unwrap_or_default();
    format!("様式{} 第{version:02}版 {page}/{total}{number}", form.id)
}

fn print_artwork<'a>(sheet: &mut Sheet<'a>, artwork: &Artwork, face: &'a Typeface) {
    match artwork {
        Artwork::Text { x, y, size, text } => sheet.text((*x, *y), *size, text.clone(), face),
        Artwork::Line { x1, y1, x2, y2, width } => sheet.stroke(vec![(*x1, *y1), (*x2, *y2)], *width),
        Artwork::Frame { rect, width } => sheet.frame(*rect, *width),
    }
}

fn print_field<'a>(sheet: &mut Sheet<'a>, field: &Field, face: &'a Typeface) {
    for check_box in &field.boxes {
        let rect = check_box.rect;
        sheet.frame(rect, FRAME);
        let start = (rect.right() + OPTION_GAP, middle_line(&rect, OPTION_SIZE));
        sheet.text(start, OPTION_SIZE, check_box.option.clone(), face);
    }
    for cell in &field.cells {
        print_trough(sheet, cell);
    }
    if let Kind::Text { lines, .. } = field.kind {
        for line in writing_lines(&field.zone, lines) {
            print_trough(sheet, &line);
        }
    }
}

/// A bottom line with a short tick at either end, open at the top for the pen.
fn print_trough(sheet: &mut Sheet, place: &Rect) {
    let inner = place.grown(-FRAME / 2.0);
    let top = inner.bottom() - TICK.min(place.h / 2.0);
    // The side ticks of neighbouring cells fall on the edge they share.
    let (left, right, bottom) = (place.x, place.right(), inner.bottom());
    sheet.stroke(vec![(left, top), (left, bottom), (right, bottom), (right, top)], FRAME);
}

/// The lines of a text zone, top to bottom.
fn writing_lines(zone: &Rect, lines: u8) -> Vec<Rect> {
    let height = zone.h / f64::from(lines);
    (0..lines).map(|n| Rect { y: zone.y + height * f64::from(n), h: height, ..*zone }).collect()
}

/// The baseline that sets characters in the middle of a place.
fn middle_line(place: &Rect, size: f64) -> f64 {
    place.y + place.h / 2.0 + size * MIDDLE
}
