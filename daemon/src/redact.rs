//! The page as a recipient may see it.
//!
//! Who may see every field gets the page, upright and square. For everybody else the page is put
//! together anew: a clean blank, and on it only the zones of fields they may see. What is not
//! allowed is never copied, so handwriting that strays out of a hidden zone stays hidden too.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::imageops;
use image::{ExtendedColorType, GrayImage, ImageEncoder, ImageFormat};
use kasasagi_ocr::blank::{self, Typeface};
use kasasagi_ocr::form::{Form, Rect};
use kasasagi_ocr::page::{Dpi, Page};
use kasasagi_ocr::pdf;
use kasasagi_ocr::reader::ALIGNED_PX_PER_MM;
use kasasagi_routing::policy::FieldSet;

use crate::Result;

/// Handwriting may touch the frame of its zone; this much around it still belongs to the zone.
const MARGIN_MM: f64 = 0.3;

/// Paper shown around a zone in its picture.
const SURROUND_MM: f64 = 1.5;

/// Pixels per millimetre of a picture, the finest first: 150, 110 and 80 dpi.
const PICTURE_PX_PER_MM: [f64; 3] = [5.9, 4.3, 3.1];

/// Bytes of a picture that let a coarser one be tried.
const PICTURE_BYTES: usize = 6 * 1024;

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

    /// Small PNGs of the zones with these keys, cut from a record's page (aligned PNG), for somebody who may
    /// see these fields. Around a zone there is the blank form and never what strayed out of another one.
    ///
    /// # Errors
    /// When the image is none of ours or the blank cannot be drawn.
    pub fn crops<'a>(
        &self,
        form: &Form,
        aligned: &[u8],
        keys: impl Iterator<Item = &'a str>,
    ) -> Result<BTreeMap<String, Vec<u8>>> {
        let keys: BTreeSet<String> = keys.map(str::to_owned).collect();
        if keys.is_empty() {
            return Ok(BTreeMap::new());
        }
        let fields = FieldSet::Only(keys);
        let seen = self.allowed(form, &decoded(form, aligned)?, &fields)?;
        let allowed = form.fields.iter().filter(|field| fields.allows(&field.key));
        allowed.map(|field| Ok((field.key.clone(), picture(&seen, field.zone)?))).collect()
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

/// The zone and a little around it, as fine as fits.
fn picture(page: &GrayImage, zone: Rect) -> Result<Vec<u8>> {
    let px = |mm: f64| (mm * ALIGNED_PX_PER_MM).max(0.0) as u32;
    let (x, y) = (px(zone.x - SURROUND_MM), px(zone.y - SURROUND_MM));
    let (w, h) = (px(zone.w + 2.0 * SURROUND_MM), px(zone.h + 2.0 * SURROUND_MM));
    let (w, h) = (w.min(page.width().saturating_sub(x)), h.min(page.height().saturating_sub(y)));
    let cut = imageops::crop_imm(page, x, y, w.max(1), h.max(1)).to_image();
    let mut picture = Vec::new();
    for px_per_mm in PICTURE_PX_PER_MM {
        picture = small(&cut, px_per_mm / ALIGNED_PX_PER_MM)?;
        if picture.len() <= PICTURE_BYTES {
            break;
        }
    }
    Ok(picture)
}

/// Scaled, in four grays: pen strokes stay smooth and noise costs nothing.
fn small(cut: &GrayImage, scale: f64) -> Result<Vec<u8>> {
    let scaled = |length: u32| (f64::from(length) * scale).round().max(1.0) as u32;
    let (w, h) = (scaled(cut.width()), scaled(cut.height()));
    let mut small = imageops::resize(cut, w, h, imageops::FilterType::Triangle);
    small.pixels_mut().for_each(|pixel| pixel.0[0] = (pixel.0[0].saturating_add(42) / 85) * 85);
    let mut png = Vec::new();
    PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::NoFilter)
        .write_image(&small, w, h, ExtendedColorType::L8)
        .map_err(|e| kasasagi_ocr::Error::Unreadable { kind: "picture of a field", what: e.to_string() })?;
    Ok(png)
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

    fn opened(png: &[u8]) -> GrayImage {
        image::load_from_memory_with_format(png, ImageFormat::Png).unwrap().into_luma8()
    }

    #[test]
    fn a_crop_shows_its_zone_and_around_it_the_blank() {
        let (form, redactor) = (form(), Redactor::new(None));
        let crops = redactor.crops(&form, &black(&form), ["name", "no_such"].into_iter()).unwrap();
        assert_eq!(crops.keys().collect::<Vec<_>>(), ["name"]);
        let (crop, zone) = (opened(&crops["name"]), form.field("name").unwrap().zone);
        let px = |mm: f64| (mm * PICTURE_PX_PER_MM[0]) as u32;
        assert!(crop.width().abs_diff(px(zone.w + 2.0 * SURROUND_MM)) <= 2);
        let middle = px(SURROUND_MM + zone.h / 2.0);
        assert_eq!(crop.get_pixel(px(SURROUND_MM + 1.0), middle).0[0], 0, "the zone is as written");
        let edge = (0..crop.width()).filter(|x| crop.get_pixel(*x, 0).0[0] < 128).count();
        assert!(edge < crop.width() as usize / 2, "around it is no foreign ink: {edge} of {}", crop.width());
    }

    #[test]
    fn a_neighbour_of_a_crop_shows_the_blank() {
        let (form, redactor) = (form(), Redactor::new(None));
        let white = png(&GrayImage::from_pixel(1680, 2376, image::Luma([WHITE])));
        for field in &form.fields {
            let key = field.key.as_str();
            let [full, empty] = [black(&form), white.clone()]
                .map(|page| opened(&redactor.crops(&form, &page, std::iter::once(key)).unwrap()[key]));
            let border = (SURROUND_MM - MARGIN_MM) * PICTURE_PX_PER_MM[2] - 2.0;
            if full.dimensions() == empty.dimensions() {
                for x in 0..full.width() {
                    for y in 0..border.max(1.0) as u32 {
                        assert_eq!(full.get_pixel(x, y), empty.get_pixel(x, y), "{key} at {x},{y}");
                    }
                }
            }
        }
    }

    #[test]
    fn crops_of_handwriting_are_small() {
        let (form, redactor) = (form(), Redactor::new(None));
        // Strokes in every direction, and noise, on every zone.
        let ink = |x: u32, y: u32| {
            let stroke = (x * 7 + y * 3) % 61 < 4 || (x + 200 - y % 200) % 53 < 3;
            let noise = (x.wrapping_mul(2654435761) ^ y.wrapping_mul(40503)).is_multiple_of(97);
            if stroke || noise { image::Luma([0]) } else { image::Luma([WHITE]) }
        };
        let page = png(&GrayImage::from_fn(1680, 2376, ink));
        let keys: Vec<_> = form.fields.iter().map(|field| field.key.as_str()).collect();
        let crops = redactor.crops(&form, &page, keys.iter().copied()).unwrap();
        assert_eq!(crops.len(), keys.len());
        let longest = crops.values().map(Vec::len).max().unwrap();
        assert!(longest < 3 * PICTURE_BYTES, "{longest}");
        assert!(redactor.crops(&form, b"no picture", std::iter::empty()).unwrap().is_empty());
        assert!(redactor.crops(&form, b"no picture", ["name"].into_iter()).is_err());
    }

    #[test]
    fn a_picture_larger_than_its_form_is_refused_before_it_is_unpacked() {
        let form = form();
        let huge = png(&GrayImage::new(9000, 9000));
        assert!(Redactor::new(None).page(&form, &huge, &FieldSet::All).is_err());
        assert!(Redactor::new(None).page(&form, b"no picture", &FieldSet::All).is_err());
    }
}
