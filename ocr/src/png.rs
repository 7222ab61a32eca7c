//! PNG in, one page out.

use std::io::Cursor;

use image::codecs::png::PngDecoder;
use image::{DynamicImage, GrayImage, ImageDecoder, ImageError, Limits, Luma};

use crate::document::{MAX_IMAGE_BYTES, check_image_size};
use crate::page::{Dpi, Page};
use crate::{Error, Result};

/// Decodes a PNG; transparent pixels are paper. The resolution comes from `pHYs` when it is credible.
///
/// # Errors
/// [`Error::Unreadable`] when it is broken, [`Error::OverLimit`] when it is larger than a page.
pub fn read(bytes: &[u8]) -> Result<Page> {
    let decoder = PngDecoder::with_limits(Cursor::new(bytes), limits()).map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    check_image_size(width.into(), height.into())?;
    if decoder.total_bytes() > MAX_IMAGE_BYTES {
        return Err(too_many_bytes());
    }
    let image = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    Page::fitted(on_paper(image), Dpi::credible(resolution(bytes), width, height), Vec::new())
}

fn on_paper(image: DynamicImage) -> GrayImage {
    if !image.color().has_alpha() {
        return image.into_luma8();
    }
    let layered = image.into_luma_alpha8();
    GrayImage::from_fn(layered.width(), layered.height(), |x, y| {
        let [gray, alpha] = layered.get_pixel(x, y).0.map(u16::from);
        let mixed = (gray * alpha + 255 * (255 - alpha)) / 255;
        // A mean of two bytes is a byte.
        Luma([mixed.min(255) as u8])
    })
}

/// `pHYs` of the PNG specification, section 11.3.4.3: pixels per unit, the unit 1 being the metre.
fn resolution(bytes: &[u8]) -> Option<Dpi> {
    let mut rest = bytes.get(8..)?;
    loop {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let (kind, body) = after.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        match kind {
            b"pHYs" => {
                let (x, body) = body.split_first_chunk::<4>()?;
                let (y, body) = body.split_first_chunk::<4>()?;
                let dpi = |per_metre: &[u8; 4]| f64::from(u32::from_be_bytes(*per_metre)) * 0.0254;
                return (body.first() == Some(&1)).then(|| Dpi { x: dpi(x), y: dpi(y) });
            }
            b"IDAT" => return None,
            _ => rest = body.get(length.checked_add(4)?..)?,
        }
    }
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    // Chunks beside the picture unpack into buffers that double; the picture itself is weighed above.
    limits.max_alloc = Some(MAX_IMAGE_BYTES / 4);
    limits
}

fn unreadable(error: ImageError) -> Error {
    match error {
        ImageError::Limits(_) => too_many_bytes(),
        other => Error::Unreadable { kind: "PNG", what: other.to_string() },
    }
}

fn too_many_bytes() -> Error {
    Error::OverLimit { limit: MAX_IMAGE_BYTES, of: "bytes in an image" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgba, RgbaImage};

    fn png(image: &DynamicImage) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    /// Inserts a `pHYs` chunk after the header; its checksum is computed as PNG annex D does.
    fn with_resolution(png: &[u8], x: u32, y: u32) -> Vec<u8> {
        let mut chunk = b"pHYs".to_vec();
        chunk.extend(x.to_be_bytes());
        chunk.extend(y.to_be_bytes());
        chunk.push(1);
        let mut crc = u32::MAX;
        for byte in &chunk {
            crc ^= u32::from(*byte);
            (0..8).for_each(|_| crc = if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 });
        }
        let (head, tail) = png.split_at(33);
        [head, &9u32.to_be_bytes()[..], &chunk[..], &(!crc).to_be_bytes()[..], tail].concat()
    }

    #[test]
    fn grays_survive_and_the_resolution_is_read() {
        let pixels = GrayImage::from_fn(90, 40, |x, y| Luma([(x * 2 + y) as u8]));
        let bytes = with_resolution(&png(&DynamicImage::ImageLuma8(pixels.clone())), 8031, 3858);
        let page = read(&bytes).unwrap();
        assert!(page.pixels() == &pixels);
        assert!((page.dpi().x - 204.0).abs() < 0.1 && (page.dpi().y - 98.0).abs() < 0.1);
    }

    #[test]
    fn a_png_of_fax_width_is_a_fax() {
        let page = read(&png(&DynamicImage::ImageLuma8(GrayImage::new(1728, 1143)))).unwrap();
        assert_eq!(page.dpi(), Dpi { x: 204.0, y: 98.0 });
    }

    #[test]
    fn transparent_is_paper() {
        let clear = RgbaImage::from_pixel(30, 30, Rgba([0, 0, 0, 0]));
        let page = read(&png(&DynamicImage::ImageRgba8(clear))).unwrap();
        assert!(page.pixels().pixels().all(|p| p.0 == [255]));
    }

    #[test]
    fn a_cut_or_huge_png_is_refused() {
        let whole = png(&DynamicImage::ImageLuma8(GrayImage::new(300, 300)));
        assert!(matches!(read(&whole[..whole.len() / 2]), Err(Error::Unreadable { .. })));
        let mut huge = whole;
        huge[16..24].copy_from_slice(&[0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60]);
        assert!(read(&huge).is_err());
    }
}
