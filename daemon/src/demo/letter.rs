//! A page that is no form: the covering letter that offices send along.

use kasasagi_ocr::blank::{self, Typeface};
use kasasagi_ocr::form::Artwork;
use kasasagi_ocr::page::Page;
use kasasagi_ocr::pdf;

use super::channel::FINE;
use crate::Result;

const LINES: [(f64, &str); 8] = [
    (8.0, "送付状"),
    (4.5, "○○クリニック　御中"),
    (4.5, "いつも大変お世話になっております。"),
    (4.5, "下記の書類をお送りいたしますので、ご査収くださいますよう"),
    (4.5, "お願い申し上げます。"),
    (4.5, "記"),
    (4.5, "１．サービス担当者会議の開催のご案内　　１枚"),
    (4.5, "以上"),
];

/// The letter as it leaves the machine.
pub(super) fn page(face: &Typeface) -> Result<Page> {
    let mut y = 40.0;
    let mut artwork = Vec::new();
    for (size, text) in LINES {
        artwork.push(Artwork::Text { x: 30.0, y, size, text: text.to_owned() });
        y += size * 2.2;
    }
    let pdf = blank::draw_artwork((210.0, 297.0), "letter", &artwork, face)?;
    Ok(pdf::render_at(&pdf, 0, FINE)?)
}
