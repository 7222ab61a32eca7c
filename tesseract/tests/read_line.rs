//! The engine reads lines of digits in BIZ UD Gothic, and refuses images that lie about their size.
#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

use kasasagi_tesseract::{Error, MAX_EDGE, Tesseract};

const PHONE: &[u8] = include_bytes!("phone.pbm"); // 0586717531
const OFFICE: &[u8] = include_bytes!("office.pbm"); // 2372200010
const DIGITS: Option<&str> = Some("0123456789");

fn engine() -> Tesseract {
    Tesseract::new(None, "jpn").expect("the Debian package tesseract-ocr-jpn is installed")
}

/// Width, height and one byte per pixel of a packed PBM (P4), where a set bit is black.
fn line(pbm: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut parts = pbm.splitn(3, |b| *b == b'\n');
    assert_eq!(parts.next(), Some(&b"P4"[..]));
    let size = std::str::from_utf8(parts.next().unwrap()).unwrap();
    let (width, height) = size.split_once(' ').unwrap();
    let (width, height) = (width.parse::<usize>().unwrap(), height.parse::<usize>().unwrap());
    let bits = parts.next().unwrap();
    let stride = width.div_ceil(8);
    let pixel = |x: usize, y: usize| if bits[y * stride + x / 8] >> (7 - x % 8) & 1 == 1 { 0 } else { 255 };
    let gray = (0..height).flat_map(|y| (0..width).map(move |x| pixel(x, y))).collect();
    (u32::try_from(width).unwrap(), u32::try_from(height).unwrap(), gray)
}

fn read(engine: &mut Tesseract, pbm: &[u8], whitelist: Option<&str>) -> String {
    let (width, height, gray) = line(pbm);
    let symbols = engine.read_line(width, height, &gray, 200, whitelist).unwrap();
    assert!(symbols.iter().all(|(_, p)| (0.0..=1.0).contains(p)), "{symbols:?}");
    symbols.into_iter().map(|(symbol, _)| symbol).collect()
}

#[test]
fn digits_are_read() {
    let mut engine = engine();
    assert_eq!(read(&mut engine, PHONE, DIGITS), "0586717531");
    assert_eq!(read(&mut engine, OFFICE, DIGITS), "2372200010");
}

#[test]
fn a_clear_line_scores_high() {
    let (width, height, gray) = line(PHONE);
    let symbols = engine().read_line(width, height, &gray, 200, DIGITS).unwrap();
    assert!(symbols.iter().all(|(_, p)| *p > 0.7), "{symbols:?}");
}

#[test]
fn a_whitelist_holds_for_one_call_only() {
    let mut engine = engine();
    assert!(!read(&mut engine, PHONE, Some("アイウ")).contains(|c: char| c.is_ascii_digit()));
    assert_eq!(read(&mut engine, PHONE, None), "0586717531");
}

#[test]
fn an_image_of_one_shade_is_empty_even_after_a_line_with_text() {
    let mut engine = engine();
    read(&mut engine, PHONE, None);
    for shade in [0, 128, 255] {
        assert_eq!(engine.read_line(100, 50, &[shade; 5000], 200, None).unwrap(), []);
    }
}

#[test]
fn an_engine_may_move_to_another_thread() {
    let mut engine = engine();
    let reader = std::thread::spawn(move || read(&mut engine, OFFICE, DIGITS));
    assert_eq!(reader.join().unwrap(), "2372200010");
}

#[test]
fn sizes_that_do_not_fit_the_bytes_are_refused() {
    let mut engine = engine();
    for (width, height, bytes) in [
        (0, 10, 0),
        (10, 0, 0),
        (10, 10, 99),
        (10, 10, 101),
        (u32::MAX, u32::MAX, 1),
        (MAX_EDGE + 1, 1, 32_768),
    ] {
        let refused = engine.read_line(width, height, &vec![255; bytes], 200, None);
        assert!(matches!(refused, Err(Error::Size { .. })), "{width}x{height}");
    }
}

#[test]
fn a_missing_language_is_named() {
    let refused = Tesseract::new(Some(std::path::Path::new("/nonexistent")), "jpn");
    assert!(matches!(refused, Err(Error::Language { language }) if language == "jpn"));
    assert!(matches!(Tesseract::new(None, "j\0pn"), Err(Error::Nul(_))));
}
