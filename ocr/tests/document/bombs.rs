//! Files that ask for more than a fax needs: each is refused by name, before anything is allocated for it.

use image::DynamicImage;
use kasasagi_ocr::Error;
use kasasagi_ocr::document::Options;
use lopdf::{Object, Stream, dictionary};

use crate::pdf::{group4, media_box, one_page};
use crate::sample::{ink, only, pages_with};

#[track_caller]
fn refused(bytes: &[u8], what: &str) {
    let error = match pages_with(bytes, &Options::default()) {
        Err(error) => error,
        Ok(mut pages) => pages.remove(0).expect_err(what),
    };
    assert!(matches!(error, Error::OverLimit { .. }), "{what}: {error}");
}

/// A page of one image that its dictionary says to be 1728 by 2200.
fn coded(filter: impl Into<Object>, data: Vec<u8>) -> Vec<u8> {
    let dict = dictionary! {
        "Type" => "XObject", "Subtype" => "Image", "Width" => 1728, "Height" => 2200,
        "BitsPerComponent" => 8, "ColorSpace" => "DeviceGray", "Filter" => filter,
    };
    let image = Stream::new(dict, data).with_compression(false);
    one_page(media_box(595.0, 842.0), "595 0 0 842 0 0 cm /Im Do", vec![("Im", image)])
}

/// The head of a JPEG of one component; SOF0 is baseline, SOF2 progressive.
fn jpeg(frame: u8, width: u16, height: u16) -> Vec<u8> {
    let ([w1, w0], [h1, h0]) = (width.to_be_bytes(), height.to_be_bytes());
    vec![0xFF, 0xD8, 0xFF, frame, 0, 11, 8, h1, h0, w1, w0, 1, 1, 0x11, 0, 0xFF, 0xD9]
}

fn jpeg2000(width: u32, height: u32, tile: u32, parts: u16) -> Vec<u8> {
    let mut data = vec![0xFF, 0x4F, 0xFF, 0x51, 0, 41, 0, 0];
    [width, height, 0, 0, tile, tile, 0, 0].iter().for_each(|n| data.extend(n.to_be_bytes()));
    data.extend(parts.to_be_bytes());
    data.extend([7, 1, 1].repeat(parts.into()));
    data
}

fn jbig2_segment(number: u32, kind: u8, data: &[u8]) -> Vec<u8> {
    let mut segment = number.to_be_bytes().to_vec();
    segment.extend([kind, 0, 1]);
    segment.extend((data.len() as u32).to_be_bytes());
    segment.extend(data);
    segment
}

fn jbig2(page: (u32, u32), region: (u32, u32)) -> Vec<u8> {
    let head = |(width, height): (u32, u32)| [width.to_be_bytes(), height.to_be_bytes()].concat();
    let page = [head(page), vec![0; 11]].concat();
    let region = [head(region), vec![0; 80]].concat();
    [jbig2_segment(0, 48, &page), jbig2_segment(1, 38, &region)].concat()
}

#[test]
fn a_code_stream_that_is_larger_than_its_dictionary_says_is_refused() {
    for (what, filter, data) in [
        ("JPEG", "DCTDecode", jpeg(0xC0, 60_000, 60_000)),
        ("progressive JPEG", "DCTDecode", jpeg(0xC2, 9_000, 7_500)),
        ("JPEG 2000", "JPXDecode", jpeg2000(60_000, 60_000, 60_000, 1)),
        ("JPEG 2000 in tiles of a pixel", "JPXDecode", jpeg2000(5_000, 5_000, 1, 1)),
        ("JBIG2", "JBIG2Decode", jbig2((60_000, 60_000), (9, 9))),
        ("JBIG2 region", "JBIG2Decode", jbig2((1728, 2200), (60_000, 60_000))),
        ("JBIG2 of unknown height", "JBIG2Decode", jbig2((1728, u32::MAX), (1728, 4_000_000))),
    ] {
        refused(&coded(filter, data), what);
    }
    let padded = [jpeg(0xC0, 60_000, 60_000), vec![0; 1000]].concat();
    let mut packed = Stream::new(dictionary! {}, padded);
    packed.compress().unwrap();
    let filters: Vec<Object> = vec!["FlateDecode".into(), "DCTDecode".into()];
    let packed = packed.content.clone();
    refused(&coded(filters, packed), "JPEG in Flate");
}

#[test]
fn drawing_that_would_fill_the_memory_is_refused() {
    let zigzag = format!("0 0 m {} S", "595 842 l 0 842 l ".repeat(20_000));
    for (what, content) in [
        ("dashes", "[0.0001 0.0001] 0 d 0 0 m 595 842 l S"),
        ("lines", zigzag.as_str()),
        ("rectangles", &"0 0 595 842 re f ".repeat(30_000)),
    ] {
        refused(&one_page(media_box(595.0, 842.0), content, vec![]), what);
    }
    let image = || vec![("Im", group4(&ink(500, 500), dictionary! {}))];
    let often = "q 595 0 0 842 0 0 cm /Im Do Q ".repeat(1900);
    refused(&one_page(media_box(595.0, 842.0), &often, image()), "an image over and over");
}

#[test]
fn a_ruled_sheet_is_no_bomb() {
    let grid: String = (0..300).map(|n| format!("0 {0} m 595 {0} l S {0} 0 m {0} 842 l S ", n * 2)).collect();
    let cells = "10 10 9 4 re f ".repeat(2000);
    let made = only(&one_page(
        media_box(595.0, 842.0),
        &format!("{grid}{cells}[2 2] 0 d 0 0 m 595 842 l S"),
        vec![],
    ));
    assert!(made.pixels().pixels().any(|p| p.0 == [0]));
}

#[test]
fn a_png_of_more_bytes_than_a_page_has_is_refused() {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let picture = DynamicImage::ImageRgba16(image::ImageBuffer::new(4400, 4400));
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    refused(&bytes.into_inner(), "16 bits of four channels");
}
