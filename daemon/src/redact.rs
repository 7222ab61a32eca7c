//! The page as a recipient may see it.
//!
//! Who may see every field gets the page, upright and square. For everybody else the page is put
//! together anew: a clean blank, and on it only the zones of fields they may see. What is not
//! allowed is never copied, so handwriting that strays out of a hidden zone stays hidden too.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use image::{GrayImage, ImageFormat};
use kasasagi_ocr::blank::{self, Typeface};
use kasasagi_ocr::form::{Form, Rect};
use kasasagi_ocr::page::{Dpi, Page};
use kasasagi_ocr::pdf;
use kasasagi_ocr::reader::ALIGNED_PX_PER_MM;
use kasasagi_routing::policy::FieldSet;

use crate::Result;

/// Handwriting may touch the frame of its zone; this much around it still belongs to the zone.
const MARGIN_MM: f64 = 0.3;

const DPI: Dpi = Dpi { x: ALIGNED_PX_PER_MM * 25.4, y: ALIGNED_PX_PER_MM * 25.4 };

/// Puts pages together; keeps the drawn blanks.
pub struct Redactor {
    font: Option<PathBuf>,
    blanks: Mutex<HashMap<(u8, u8), Arc<GrayImage>>>,
}

impl Redactor {
    /// Draws blanks with this font, or the first one found.
    pub fn new(font: Option<PathBuf>) -> Self {
        Self { font, blanks: Mutex::new(HashMap::new()) }
    }

    /// The PDF of a record's page (aligned PNG) for somebody who may see these fields.
    ///
    /// # Errors
    /// When the image is none of ours or the blank cannot be drawn.
    pub fn page(&self, form: &Form, aligned: &[u8], fields: &FieldSet) -> Result<Vec<u8>> {
        let page = decoded(form, aligned)?;
        let seen = if fields.allows_page() { page } else { self.allowed(form, &page, fields)? };
        Ok(pdf::write::fax_pdf(&[&Page::new(seen, DPI, Vec::new())?])?)
    }

    fn allowed(&self, form: &Form, page: &GrayImage, fields: &FieldSet) -> Result<GrayImage> {
        let blank = self.blank(form)?;
        let mut seen = (*blank).clone();
        let (allowed, hidden): (Vec<_>, Vec<_>) = form.fields.iter().partition(|f| fields.allows(&f.key));
        for field in allowed {
            copy_zone(page, &mut seen, field.zone, MARGIN_MM);
        }
        // The margin of one zone may reach into the next.
        for field in hidden {
            copy_zone(&blank, &mut seen, field.zone, 0.0);
        }
        Ok(seen)
    }

    fn blank(&self, form: &Form) -> Result<Arc<GrayImage>> {
        let key = (form.number, form.version);
        if let Some(blank) = self.blanks.lock().ok().and_then(|blanks| blanks.get(&key).cloned()) {
            return Ok(blank);
        }
        let face = Typeface::find(self.font.as_deref())?;
        let drawn = pdf::render_at(&blank::draw(form, None, &face)?, 0, DPI)?;
        let blank = Arc::new(drawn.pixels().clone());
        if let Ok(mut blanks) = self.blanks.lock() {
            blanks.insert(key, blank.clone());
        }
        Ok(blank)
    }
}

/// The page as a reader sent it; a reader that read a hostile fax may send anything.
fn decoded(form: &Form, aligned: &[u8]) -> Result<GrayImage> {
    let unreadable = |what: String| kasasagi_ocr::Error::Unreadable { kind: "aligned page", what };
    let most = |mm: f64| (mm * ALIGNED_PX_PER_MM).ceil() as u32 + 1;
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(most(form.page_mm.0));
    limits.max_image_height = Some(most(form.page_mm.1));
    let mut reader = image::ImageReader::with_format(std::io::Cursor::new(aligned), ImageFormat::Png);
    reader.limits(limits);
    Ok(reader.decode().map_err(|e| unreadable(e.to_string()))?.into_luma8())
}

fn copy_zone(from: &GrayImage, to: &mut GrayImage, zone: Rect, margin_mm: f64) {
    let px = |mm: f64| (mm * ALIGNED_PX_PER_MM).max(0.0) as u32;
    let (width, height) = (from.width().min(to.width()), from.height().min(to.height()));
    for y in px(zone.y - margin_mm)..px(zone.y + zone.h + margin_mm).min(height) {
        for x in px(zone.x - margin_mm)..px(zone.x + zone.w + margin_mm).min(width) {
            to.put_pixel(x, y, *from.get_pixel(x, y));
        }
    }
}
