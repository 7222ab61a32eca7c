//! Finds and places the built-in forms on raw pages and looks at their boxes, for measuring on thousands of pages.
//!
//! Standard input holds pages, one after the other, little-endian: width and height (u32), dots per inch across and
//! down (f32), then the pixels (0 ink, 255 paper). Standard output holds one JSON line per page: `no_form`, or
//! `forms` with the serial, the codes, every box (`key`, `option`, `at` in millimetres of the page, `ratio`, `ring`,
//! `verdict`), and each field of boxes as settled; `ms` without decoding.

use std::io::{self, ErrorKind, Read, Write};
use std::time::Instant;

use image::GrayImage;
use kasasagi_config::forms;
use kasasagi_ocr::clean::{self, Square};
use kasasagi_ocr::consensus::{BoxMark, settle_boxes};
use kasasagi_ocr::form::Form;
use kasasagi_ocr::identify::{self, Placed, Search};
use kasasagi_ocr::ink::{self, Mark, Verdict};
use kasasagi_ocr::page::{Dpi, Page};
use serde_json::{Value, json};

type Fault = Box<dyn std::error::Error>;

fn main() -> Result<(), Fault> {
    let files: Result<Vec<_>, _> =
        forms::embedded().into_iter().map(|(name, text)| forms::parse(name, text)).collect();
    let known: Vec<Form> = files?.into_iter().map(|file| file.form).collect();
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    while let Some(page) = next(&mut input)? {
        writeln!(output, "{}", seen(&page, &known))?;
        output.flush()?;
    }
    Ok(())
}

fn next(input: &mut impl Read) -> Result<Option<Page>, Fault> {
    let mut head = [0u8; 16];
    match input.read_exact(&mut head) {
        Err(end) if end.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let four = |i: usize| -> Result<[u8; 4], Fault> { Ok(head[i..i + 4].try_into()?) };
    let (w, h) = (u32::from_le_bytes(four(0)?), u32::from_le_bytes(four(4)?));
    let dpi = Dpi { x: f64::from(f32::from_le_bytes(four(8)?)), y: f64::from(f32::from_le_bytes(four(12)?)) };
    let mut pixels = vec![0u8; w as usize * h as usize];
    input.read_exact(&mut pixels)?;
    let image = GrayImage::from_raw(w, h, pixels).ok_or("a page of no size")?;
    Ok(Some(Page::new(image, dpi, vec![])?))
}

fn seen(page: &Page, known: &[Form]) -> Value {
    let start = Instant::now();
    let square = clean::square(page);
    let cleaned = start.elapsed();
    let search = identify::find(&square, &known.iter().collect::<Vec<_>>());
    let ms = (start.elapsed() - cleaned).as_secs_f64() * 1e3;
    match search {
        Search::NoForm(why) => json!({ "no_form": why, "ms": ms }),
        Search::Found(placed) => {
            let forms: Vec<Value> = placed.iter().map(|p| form(&square, &known[p.form], p)).collect();
            let boxes_ms = (start.elapsed() - cleaned).as_secs_f64() * 1e3 - ms;
            json!({ "forms": forms, "ms": ms, "boxes_ms": boxes_ms })
        }
    }
}

fn form(page: &Square, form: &Form, placed: &Placed) -> Value {
    let mut boxes = Vec::new();
    let mut fields = Vec::new();
    for field in form.fields.iter().filter(|f| !f.boxes.is_empty()) {
        let marks = ink::boxes(page, &placed.placement, field);
        for (check, mark) in field.boxes.iter().zip(&marks) {
            let r = &check.rect;
            let (x, y) = placed.placement.to_px(r.x + r.w / 2.0, r.y + r.h / 2.0);
            let at = [x / page.px_per_mm(), y / page.px_per_mm()];
            let verdict = format!("{:?}", mark.verdict);
            boxes.push(json!({
                "key": field.key, "option": check.option, "at": at,
                "ratio": mark.ratio, "ring": mark.ring, "verdict": verdict,
            }));
        }
        let settled = settle_boxes(field, &marks.iter().map(as_settled).collect::<Vec<_>>());
        fields.push(json!({ "key": field.key, "state": settled.state, "chosen": settled.raw }));
    }
    let codes = &placed.codes;
    json!({
        "form": form.id, "serial": placed.serial, "skew": placed.skew_deg, "scale": placed.scale,
        "qr": codes.qr.is_some(), "code128": codes.code128.is_some(), "boxes": boxes, "fields": fields,
    })
}

fn as_settled(mark: &Mark) -> BoxMark {
    BoxMark {
        marked: mark.verdict == Verdict::Marked,
        unclear: mark.verdict == Verdict::Unclear,
        ratio: mark.ratio,
    }
}
