//! PDF: scans come out bit by bit, whatever the page does to them.

use std::sync::Arc;

use image::{GrayImage, Luma};
use kasasagi_ocr::ccitt;
use kasasagi_ocr::document::Options;
use kasasagi_ocr::page::{Dpi, Flaw, Page};
use kasasagi_ocr::pdf::{render_at, write::fax_pdf};
use lopdf::{Dictionary, Document, Object, Stream, dictionary};
use proptest::prelude::*;

use crate::sample::{
    Bench, FINE, STANDARD, SUPERFINE, assert_dpi, assert_same, ink, only, page, pages, pages_with,
};

/// A PDF of one page with this content and these named images.
pub fn one_page(page: Dictionary, content: &str, images: Vec<(&str, Stream)>) -> Vec<u8> {
    let mut pdf = Document::with_version("1.5");
    let tree = pdf.new_object_id();
    let mut named = Dictionary::new();
    for (name, image) in images {
        named.set(name, pdf.add_object(image));
    }
    let content = pdf.add_object(Stream::new(dictionary! {}, content.as_bytes().to_vec()));
    let mut dict = dictionary! {
        "Type" => "Page", "Parent" => tree, "Contents" => content,
        "Resources" => dictionary! { "XObject" => named },
    };
    put(&mut dict, page);
    let kid = pdf.add_object(dict);
    pdf.set_object(tree, dictionary! { "Type" => "Pages", "Kids" => vec![kid.into()], "Count" => 1 });
    let catalog = pdf.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    pdf.trailer.set("Root", catalog);
    let mut bytes = Vec::new();
    pdf.save_to(&mut bytes).unwrap();
    bytes
}

/// `Dictionary::extend` would keep both values of a key.
fn put(dict: &mut Dictionary, entries: Dictionary) {
    for (key, value) in entries {
        dict.set(key, value);
    }
}

pub fn media_box(width: f32, height: f32) -> Dictionary {
    dictionary! { "MediaBox" => vec![0.into(), 0.into(), Object::Real(width), Object::Real(height)] }
}

/// A Group 4 image; `extra` overrides its dictionary.
pub fn group4(pixels: &GrayImage, extra: Dictionary) -> Stream {
    let (width, height) = pixels.dimensions();
    let mut dict = dictionary! {
        "Type" => "XObject", "Subtype" => "Image", "ColorSpace" => "DeviceGray", "BitsPerComponent" => 1,
        "Width" => i64::from(width), "Height" => i64::from(height), "Filter" => "CCITTFaxDecode",
        "DecodeParms" => dictionary! { "K" => -1, "Columns" => i64::from(width), "Rows" => i64::from(height) },
    };
    put(&mut dict, extra);
    Stream::new(dict, ccitt::encode_group4(pixels).unwrap())
}

fn negative(pixels: &GrayImage) -> GrayImage {
    GrayImage::from_fn(pixels.width(), pixels.height(), |x, y| Luma([255 - pixels.get_pixel(x, y).0[0]]))
}

#[test]
fn a_written_fax_reads_back_bit_by_bit() {
    let faxes = [page(1728, 1143, STANDARD), page(1728, 2287, FINE), page(3456, 1200, SUPERFINE)];
    let made = pages(&fax_pdf(&faxes.each_ref()).unwrap());
    for (made, fax) in made.iter().map(|page| page.as_ref().unwrap()).zip(&faxes) {
        assert_same(made.pixels(), fax.pixels(), "fax_pdf");
        assert_dpi(made.dpi(), fax.dpi());
        assert_eq!(made.flaws(), []);
    }
}

#[test]
fn poppler_finds_the_same_pixels_in_a_written_fax() {
    let fax = page(1728, 600, FINE);
    let bench = Bench::empty();
    bench.write("fax.pdf", &fax_pdf(&[&fax]).unwrap());
    bench.run("pdfimages -png fax.pdf found");
    assert_same(only(&bench.read("found-000.png")).pixels(), fax.pixels(), "pdfimages");
}

#[test]
fn what_tiff2pdf_makes_of_a_fax_keeps_every_pixel() {
    let faxes = [page(1728, 458, FINE), page(1728, 300, STANDARD)];
    let bench = Bench::new(&faxes.each_ref());
    for coding in ["g4", "g3:1d", "g4 -r 50", "zip -r 64", "none"] {
        bench.run(&format!("tiffcp -c {coding} fax.tif coded.tif"));
        for flags in ["", "-z", "-n", "-d"] {
            let what = format!("tiffcp -c {coding}, tiff2pdf {flags}");
            bench.run(&format!("tiff2pdf {flags} -o made coded.tif"));
            let made = pages(&bench.read("made"));
            assert_eq!(made.len(), 2, "{what}");
            for (made, fax) in made.iter().zip(&faxes) {
                let made = made.as_ref().unwrap();
                assert_same(made.pixels(), fax.pixels(), &what);
                assert_dpi(made.dpi(), fax.dpi());
                assert_eq!(made.flaws(), [], "{what}");
            }
        }
    }
}

#[test]
fn a_turned_page_is_drawn_upright() {
    let pixels = ink(700, 400);
    let image = || vec![("Im", group4(&pixels, dictionary! {}))];
    let content = "q 252 0 0 150 0 0 cm /Im Do Q";
    for (rotate, wanted, dpi) in [
        (90, image::imageops::rotate90(&pixels), Dpi { x: 192.0, y: 200.0 }),
        (180, image::imageops::rotate180(&pixels), Dpi { x: 200.0, y: 192.0 }),
        (-90, image::imageops::rotate270(&pixels), Dpi { x: 192.0, y: 200.0 }),
    ] {
        let mut page = media_box(252.0, 150.0);
        page.set("Rotate", rotate);
        let made = only(&one_page(page, content, image()));
        assert_same(made.pixels(), &wanted, &format!("Rotate {rotate}"));
        assert_dpi(made.dpi(), dpi);
    }
    let turned_by_matrix = only(&one_page(media_box(150.0, 252.0), "0 252 -150 0 150 0 cm /Im Do", image()));
    assert_same(turned_by_matrix.pixels(), &image::imageops::rotate270(&pixels), "cm");
}

/// A page of 1728x1000 pixels in strips of 32 rows, placed with so many decimals of a point.
fn in_strips(pixels: &GrayImage, decimals: usize) -> Vec<u8> {
    let (width, height, rows) = (pixels.width(), pixels.height(), 32);
    let names: Vec<String> = (0..height.div_ceil(rows)).map(|n| format!("S{n}")).collect();
    let mut images = Vec::new();
    let mut content = String::new();
    for (n, name) in (0u32..).zip(&names) {
        let tall = rows.min(height - n * rows);
        let part = image::imageops::crop_imm(pixels, 0, n * rows, width, tall).to_image();
        images.push((name.as_str(), group4(&part, dictionary! {})));
        let points = |rows: u32| f64::from(rows) * 72.0 / 196.0;
        let foot = points(height - n * rows - tall);
        content +=
            &format!("q 609.8824 0 0 {:.decimals$} 0 {foot:.decimals$} cm /{name} Do Q\n", points(tall));
    }
    one_page(media_box(609.8824, 367.3469), &content, images)
}

#[test]
fn strips_become_one_page() {
    let pixels = ink(1728, 1000);
    let made = only(&in_strips(&pixels, 4));
    assert_same(made.pixels(), &pixels, "strips");
    assert_dpi(made.dpi(), FINE);
}

#[test]
fn strips_in_rounded_places_differ_at_their_seams_only() {
    let pixels = ink(1728, 1000);
    let made = only(&in_strips(&pixels, 2));
    assert_eq!(made.pixels().dimensions(), (1728, 1000));
    for (y, (found, wanted)) in (0..).zip(made.pixels().rows().zip(pixels.rows())) {
        let at_seam = y % 32 == 31 || y % 32 == 0;
        assert!(at_seam || found.eq(wanted), "row {y}");
    }
}

#[test]
fn polarity_is_kept_to_the_letter() {
    let pixels = ink(800, 300);
    let with = |extra| {
        only(&one_page(
            media_box(288.0, 108.0),
            "288 0 0 108 0 0 cm /Im Do",
            vec![("Im", group4(&pixels, extra))],
        ))
    };
    let black_is_1 = || dictionary! { "K" => -1, "Columns" => 800, "Rows" => 300, "BlackIs1" => true };
    let inverse = || vec![1.into(), 0.into()];
    assert_same(with(dictionary! {}).pixels(), &pixels, "plain");
    let twice = dictionary! { "DecodeParms" => black_is_1(), "Decode" => inverse() };
    assert_same(with(twice).pixels(), &pixels, "BlackIs1 and Decode");
    assert_same(with(dictionary! { "DecodeParms" => black_is_1() }).pixels(), &negative(&pixels), "BlackIs1");
    assert_same(with(dictionary! { "Decode" => inverse() }).pixels(), &negative(&pixels), "Decode");
    let palette = vec!["Indexed".into(), "DeviceGray".into(), 1.into(), Object::string_literal(vec![255, 0])];
    assert_same(with(dictionary! { "ColorSpace" => palette }).pixels(), &negative(&pixels), "Indexed");
}

#[test]
fn a_scan_that_misses_the_edge_by_a_hair_is_not_resampled() {
    let pixels = ink(1728, 1000);
    let made = only(&one_page(
        media_box(610.5, 367.0),
        "609.9 0 0 367.3 0.2 0 cm /Im Do",
        vec![("Im", group4(&pixels, dictionary! {}))],
    ));
    assert_same(made.pixels(), &pixels, "hair");
}

#[test]
fn a_scan_inside_margins_keeps_its_pixels() {
    let pixels = ink(800, 600);
    let made = only(&one_page(
        media_box(400.0, 300.0),
        "288 0 0 216 50.3 40.7 cm /Im Do",
        vec![("Im", group4(&pixels, dictionary! {}))],
    ));
    assert_dpi(made.dpi(), Dpi { x: 200.0, y: 200.0 });
    assert_eq!(made.pixels().dimensions(), (1111, 833));
    let (left, top) = (
        (50.3f64 * 800.0 / 288.0).round() as u32,
        ((300.0 - 40.7 - 216.0) * 600.0 / 216.0f64).round() as u32,
    );
    let inner = image::imageops::crop_imm(made.pixels(), left, top, 800, 600).to_image();
    assert_same(&inner, &pixels, "margins");
}

#[test]
fn what_is_printed_over_a_scan_is_seen() {
    let pixels = GrayImage::from_pixel(800, 600, Luma([255]));
    let content = "q 288 0 0 216 0 0 cm /Im Do Q 10 200 50 5 re f";
    let made =
        only(&one_page(media_box(288.0, 216.0), content, vec![("Im", group4(&pixels, dictionary! {}))]));
    assert_eq!(made.pixels().dimensions(), (800, 600));
    assert_eq!(made.pixels().get_pixel(100, 37).0, [0]);
    assert_eq!(made.pixels().get_pixel(100, 60).0, [255]);
}

#[test]
fn an_impossible_paper_size_is_a_fax_at_72_dpi() {
    let pixels = ink(1728, 1143);
    let made = only(&one_page(
        media_box(1728.0, 1143.0),
        "1728 0 0 1143 0 0 cm /Im Do",
        vec![("Im", group4(&pixels, dictionary! {}))],
    ));
    assert_same(made.pixels(), &pixels, "72 dpi");
    assert_dpi(made.dpi(), STANDARD);
}

#[test]
fn a_drawn_page_is_drawn_at_fine_resolution() {
    let made = only(&one_page(media_box(595.0, 842.0), "72 700 144 72 re f", vec![]));
    assert_dpi(made.dpi(), FINE);
    assert_eq!(made.pixels().dimensions(), (1686, 2292));
    let ink_at = |x: f64, y: f64| {
        made.pixels().get_pixel((x / 72.0 * 204.0) as u32, ((842.0 - y) / 72.0 * 196.0) as u32).0[0]
    };
    assert_eq!((ink_at(75.0, 705.0), ink_at(213.0, 769.0)), (0, 0));
    assert_eq!((ink_at(69.0, 705.0), ink_at(219.0, 769.0), ink_at(100.0, 775.0)), (255, 255, 255));
}

#[test]
fn a_form_is_drawn_at_the_resolution_asked_for() {
    let pdf = one_page(media_box(360.0, 144.0), "36 36 72 72 re f", vec![]);
    let made = render_at(&pdf, 0, STANDARD).unwrap();
    assert_eq!((made.pixels().dimensions(), made.dpi()), ((1020, 196), STANDARD));
    let black = made.pixels().pixels().filter(|p| p.0[0] < 128).count();
    assert_eq!(black, 204 * 98);
    assert!(render_at(&pdf, 1, FINE).is_err());
    assert!(render_at(&pdf, 0, Dpi { x: 90_000.0, y: 90_000.0 }).is_err());
    assert!(render_at(&pdf, 0, Dpi { x: f64::NAN, y: 1.0 }).is_err());
}

#[test]
fn an_empty_page_says_so() {
    assert_eq!(only(&one_page(media_box(595.0, 842.0), "q Q", vec![])).flaws(), [Flaw::BlankNothingDrawn]);
}

#[test]
fn a_scan_cut_short_says_so() {
    let whole = group4(&ink(800, 600), dictionary! {});
    let mut cut = whole.clone();
    cut.set_content(whole.content[..whole.content.len() / 2].to_vec());
    let made = only(&one_page(media_box(288.0, 216.0), "288 0 0 216 0 0 cm /Im Do", vec![("Im", cut)]));
    assert_eq!(made.flaws(), [Flaw::Damaged, Flaw::RowsMissing]);
    let above = |pixels: &GrayImage| image::imageops::crop_imm(pixels, 0, 0, 800, 250).to_image();
    assert_same(&above(made.pixels()), &above(&ink(800, 600)), "the part above the cut");
    assert!(made.pixels().rows().next_back().unwrap().all(|p| p.0 == [255]), "what is missing is paper");
}

#[test]
fn japanese_text_without_its_font_needs_the_fallback() {
    let font = "/F << /Type /Font /Subtype /Type0 /BaseFont /HeiseiMin-W3 /Encoding /90ms-RKSJ-H /DescendantFonts \
        [ << /Type /Font /Subtype /CIDFontType0 /BaseFont /HeiseiMin-W3 /CIDSystemInfo << /Registry (Adobe) \
        /Ordering (Japan1) /Supplement 2 >> /DW 1000 >> ] >>";
    let content = "BT /F 40 Tf 40 40 Td <8AB38ED2> Tj ET";
    let pdf = format!(
        "%PDF-1.4\n1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj\n\
         3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 200 120] /Contents 4 0 R /Resources << /Font << {font} >> >> >> endobj\n\
         4 0 obj << /Length {} >> stream\n{content}\nendstream endobj\ntrailer << /Root 1 0 R >>\n",
        content.len()
    );
    let without = only(pdf.as_bytes());
    assert!(without.flaws().contains(&Flaw::DecodeWarning));
    assert!(without.pixels().pixels().all(|p| p.0 == [255]));
    let path = "/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf";
    let font = std::fs::read(path).expect("Debian's fonts-ipaexfont-gothic is installed");
    let options = Options { fallback_font: Some(Arc::new(font)) };
    let with = pages_with(pdf.as_bytes(), &options).unwrap().remove(0).unwrap();
    assert_eq!(with.flaws(), []);
    let black = with.pixels().pixels().filter(|p| p.0[0] < 128).count();
    assert!(black > 1000, "two characters of 40 points have {black} black pixels");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn any_page_survives_both_writers(
        (width, height) in (40u32..300, 40u32..120), seed in any::<u32>(), x in 60.0..420.0, y in 60.0..420.0,
    ) {
        let noise = GrayImage::from_fn(width, height, |x, y| {
            let n = (x / 5 + 31 * y).wrapping_mul(seed | 1).wrapping_mul(2_654_435_761);
            Luma([if n >> 30 == 0 { 0 } else { 255 }])
        });
        let page = Page::new(noise, Dpi { x, y }, Vec::new()).unwrap();
        for bytes in [fax_pdf(&[&page]).unwrap(), kasasagi_ocr::tiff::write::fax_tiff(&[&page]).unwrap()] {
            let back = only(&bytes);
            assert_same(back.pixels(), page.pixels(), "round trip");
            assert_dpi(back.dpi(), page.dpi());
            prop_assert_eq!(back.flaws(), []);
        }
    }
}
