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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const WHITE: u8 = 255;

    fn form() -> Form {
        let (name, text) = kasasagi_config::forms::embedded()[0];
        kasasagi_config::forms::parse(name, text).unwrap().form
    }

    /// A page as a reader sends it, black all over: every zone is written full, and over its edges.
    fn black(form: &Form) -> Vec<u8> {
        let px = |mm: f64| (mm * ALIGNED_PX_PER_MM).round() as u32;
        png(&GrayImage::new(px(form.page_mm.0), px(form.page_mm.1)))
    }

    fn png(image: &GrayImage) -> Vec<u8> {
        let mut bytes = Vec::new();
        image.write_to(&mut std::io::Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
        bytes
    }

    /// What a recipient sees when they open the PDF.
    fn seen(redactor: &Redactor, form: &Form, fields: &FieldSet) -> GrayImage {
        let pdf = redactor.page(form, &black(form), fields).unwrap();
        let mut pages = Vec::new();
        kasasagi_ocr::document::read(&pdf, &Default::default(), &mut |page| pages.push(page.unwrap()))
            .unwrap();
        assert_eq!(pages.len(), 1);
        pages[0].pixels().clone()
    }

    fn only(keys: &[&str]) -> FieldSet {
        FieldSet::Only(keys.iter().map(|k| (*k).to_owned()).collect::<BTreeSet<_>>())
    }

    /// Share of dark pixels within a rectangle, its very edge left out.
    fn ink(page: &GrayImage, zone: Rect) -> f64 {
        let px = |mm: f64| (mm * ALIGNED_PX_PER_MM) as u32;
        let (mut dark, mut all) = (0.0, 0.0);
        for y in px(zone.y + 0.2)..px(zone.y + zone.h - 0.2) {
            for x in px(zone.x + 0.2)..px(zone.x + zone.w - 0.2) {
                all += 1.0;
                dark += f64::from(u8::from(page.get_pixel(x, y).0[0] < 128));
            }
        }
        dark / all
    }

    #[test]
    fn a_zone_shows_its_ink_to_those_who_may_see_it_and_the_blank_to_others() {
        let (form, redactor) = (form(), Redactor::new(None));
        let nothing = seen(&redactor, &form, &only(&[]));
        let some = seen(&redactor, &form, &only(&["name", "dr_code"]));
        assert_eq!(nothing.dimensions(), some.dimensions());
        for field in &form.fields {
            let shown = ["name", "dr_code"].contains(&field.key.as_str());
            if shown {
                assert!(ink(&some, field.zone) > 0.99, "{} is shown", field.key);
            } else {
                let blank = ink(&nothing, field.zone);
                assert!(blank < 0.6, "{}: {blank}", field.key);
                assert!((ink(&some, field.zone) - blank).abs() < 1e-9, "{} shows the blank", field.key);
            }
        }
    }

    #[test]
    fn nothing_outside_the_allowed_zones_differs_from_the_blank() {
        let (form, redactor) = (form(), Redactor::new(None));
        let (nothing, some) = (seen(&redactor, &form, &only(&[])), seen(&redactor, &form, &only(&["name"])));
        let zone = form.field("name").unwrap().zone;
        let px = |mm: f64| (mm * ALIGNED_PX_PER_MM) as u32;
        let reach = MARGIN_MM + 1.0 / ALIGNED_PX_PER_MM;
        let (left, right) = (px(zone.x - reach), px(zone.x + zone.w + reach));
        let (top, bottom) = (px(zone.y - reach), px(zone.y + zone.h + reach));
        for (x, y, pixel) in some.enumerate_pixels() {
            let near = (left..=right).contains(&x) && (top..=bottom).contains(&y);
            assert!(near || pixel == nothing.get_pixel(x, y), "{x},{y}");
        }
    }

    #[test]
    fn who_may_see_every_field_gets_the_page_itself() {
        let form = form();
        let page = seen(&Redactor::new(None), &form, &FieldSet::All);
        assert!(page.pixels().all(|p| p.0[0] != WHITE));
    }

    #[test]
    fn a_picture_larger_than_its_form_is_refused_before_it_is_unpacked() {
        let form = form();
        let huge = png(&GrayImage::new(9000, 9000));
        assert!(Redactor::new(None).page(&form, &huge, &FieldSet::All).is_err());
        assert!(Redactor::new(None).page(&form, b"no picture", &FieldSet::All).is_err());
    }
}
