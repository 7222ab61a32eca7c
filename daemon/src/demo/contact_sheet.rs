//! One picture for a person: every page read beside the fields read from it.

use image::{GrayImage, ImageFormat, Luma, imageops};
use kasasagi_ocr::blank::{self, Typeface};
use kasasagi_ocr::form::{Artwork, Form};
use kasasagi_ocr::page::Dpi;
use kasasagi_ocr::pdf;
use kasasagi_ocr::reading::{FormReading, State};

use crate::Result;
use crate::command::value_text;

/// Entries side by side.
const COLUMNS: u32 = 2;

/// Pixels per inch of the picture.
const DPI: Dpi = Dpi { x: 110.0, y: 110.0 };

/// Width (mm) of the column of fields beside a page.
const COLUMN_MM: f64 = 140.0;

/// Height (mm) of one field.
const ROW_MM: f64 = 5.4;

/// A page and what was read from it.
pub(super) struct Entry<'a> {
    /// What the fax shows and became.
    pub title: String,
    /// The form.
    pub form: &'a Form,
    /// The page, upright and square, as PNG.
    pub aligned: Vec<u8>,
    /// Its fields.
    pub reading: FormReading,
}

/// Draws the entries, two side by side, as PNG.
///
/// # Errors
/// When a page is no PNG of ours or the text cannot be drawn.
pub(super) fn draw(entries: &[Entry<'_>], face: &Typeface) -> Result<Vec<u8>> {
    let mut strips = Vec::new();
    for entry in entries {
        strips.push(strip(entry, face)?);
    }
    let width = strips.iter().map(GrayImage::width).max().unwrap_or(1);
    let height = strips.iter().map(GrayImage::height).max().unwrap_or(1);
    let rows = (strips.len() as u32).div_ceil(COLUMNS).max(1);
    let mut sheet = GrayImage::from_pixel(width * COLUMNS, height * rows, Luma([255]));
    for (place, strip) in (0u32..).zip(&strips) {
        let (column, row) = (place % COLUMNS, place / COLUMNS);
        imageops::replace(&mut sheet, strip, i64::from(column * width), i64::from(row * height));
    }
    let mut png = Vec::new();
    sheet.write_to(&mut std::io::Cursor::new(&mut png), ImageFormat::Png).map_err(unreadable)?;
    Ok(png)
}

fn strip(entry: &Entry<'_>, face: &Typeface) -> Result<GrayImage> {
    let page = image::load_from_memory_with_format(&entry.aligned, ImageFormat::Png).map_err(unreadable)?;
    let (width_mm, height_mm) = entry.form.page_mm;
    let px = |mm: f64| (mm / 25.4 * DPI.x).round() as u32;
    let small =
        imageops::resize(&page.into_luma8(), px(width_mm), px(height_mm), imageops::FilterType::Triangle);
    let lines = lines(entry);
    let tall_mm = height_mm.max(20.0 + ROW_MM * lines.len() as f64);
    let text = blank::draw_artwork((COLUMN_MM, tall_mm), "fields", &lines, face)?;
    let text = pdf::render_at(&text, 0, DPI)?;
    let mut strip =
        GrayImage::from_pixel(small.width() + text.pixels().width(), px(tall_mm) + 12, Luma([255]));
    imageops::replace(&mut strip, &small, 0, 0);
    imageops::replace(&mut strip, text.pixels(), i64::from(small.width()), 0);
    for x in 0..strip.width() {
        let y = strip.height() - 6;
        strip.put_pixel(x, y, Luma([0]));
    }
    Ok(strip)
}

fn lines(entry: &Entry<'_>) -> Vec<Artwork> {
    let at = |row: usize, size: f64, text: String| Artwork::Text {
        x: 4.0,
        y: 10.0 + ROW_MM * row as f64,
        size,
        text,
    };
    let mut lines = vec![at(0, 4.2, entry.title.clone())];
    let filled = entry.form.fields.iter().filter_map(|field| {
        let read = entry.reading.fields.get(&field.key)?;
        let mark = match read.state {
            State::Sure => "○",
            State::Doubtful => "？",
            State::Blank => return None,
        };
        let value = read.value.as_ref().map_or_else(|| read.raw.clone(), value_text);
        let why = read.why.as_ref().map(|why| format!("（{why}）")).unwrap_or_default();
        Some(format!("{mark} {}: {value}{why}", field.label))
    });
    for (row, text) in filled.enumerate() {
        lines.push(at(row + 2, 3.2, text.chars().filter(|c| !c.is_control()).take(52).collect()));
    }
    lines
}

#[allow(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn unreadable(error: image::ImageError) -> crate::Error {
    kasasagi_ocr::Error::Unreadable { kind: "aligned page", what: error.to_string() }.into()
}
