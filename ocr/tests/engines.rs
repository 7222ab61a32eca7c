//! The real engines on faxed lines (`tests/lines/`), and how far their scores can be trusted.
#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

use std::path::{Path, PathBuf};

use image::{GrayImage, Luma};
use kasasagi_ocr::Error;
use kasasagi_ocr::engine::{Alphabet, Engine, LineText};
use kasasagi_ocr::field::fold;
use kasasagi_ocr::ppocr::PpOcr;
use kasasagi_ocr::tesseract::Tesseract;

struct Case {
    file: String,
    text: String,
    image: GrayImage,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lines");
    let list = std::fs::read_to_string(folder.join("lines.tsv")).unwrap();
    let case = |line: &str| {
        let (file, text) = line.split_once('\t').unwrap();
        let image = image::open(folder.join(file)).unwrap().to_luma8();
        Case { file: file.into(), text: text.into(), image }
    };
    let cases: Vec<Case> = list.lines().map(case).collect();
    assert_eq!(cases.len(), 48, "every line of lines.tsv is a case");
    cases
}

fn model() -> PathBuf {
    let folder = std::env::var_os("KASASAGI_MODELS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("models"),
        PathBuf::from,
    );
    folder.join("ppocrv6_rec.onnx")
}

fn ppocr() -> PpOcr {
    PpOcr::open(&model())
        .expect("run ocr/fetch-models.sh, or name the folder of the models in KASASAGI_MODELS")
}

fn tesseract() -> Tesseract {
    Tesseract::open(None).expect("the Debian package tesseract-ocr-jpn is installed")
}

/// The cases of a file name part, read with an alphabet.
fn read(engine: &mut dyn Engine, part: &str, alphabet: Alphabet) -> Vec<(Case, LineText)> {
    let cases: Vec<Case> = cases().into_iter().filter(|case| case.file.contains(part)).collect();
    let images: Vec<GrayImage> = cases.iter().map(|case| case.image.clone()).collect();
    let texts = engine.read(&images, alphabet).unwrap();
    assert_eq!(texts.len(), cases.len());
    cases.into_iter().zip(texts).collect()
}

fn wrong(read: &[(Case, LineText)]) -> Vec<String> {
    let wrong = read.iter().filter(|(case, text)| fold(&case.text) != fold(&text.text()));
    wrong.map(|(case, text)| format!("{}: {} for {}", case.file, text.text(), case.text)).collect()
}

#[test]
fn ppocr_reads_most_lines_and_is_right_where_it_is_certain() {
    let read = read(&mut ppocr(), "", Alphabet::Any);
    let mistakes = wrong(&read);
    assert!(mistakes.len() <= 8, "{mistakes:#?}");
    let certain: Vec<_> = read.into_iter().filter(|(_, text)| text.lowest() >= 0.98).collect();
    assert!(certain.len() >= 16, "only {} of 48 lines are certain", certain.len());
    assert_eq!(wrong(&certain), Vec::<String>::new());
}

#[test]
fn ppocr_reads_digits_and_kana_in_their_alphabets() {
    let mut engine = ppocr();
    let digits = read(&mut engine, "digits", Alphabet::Digits);
    assert_eq!(wrong(&digits), Vec::<String>::new());
    assert!(digits.iter().all(|(_, text)| text.lowest() > 0.9));
    let kana = read(&mut engine, "kana", Alphabet::Katakana);
    assert!(wrong(&kana).len() <= 1, "{:#?}", wrong(&kana));
    let foreign = |c: char| !matches!(c, 'ァ'..='ヴ' | 'ー' | '・' | ' ');
    assert!(kana.iter().all(|(_, text)| !text.text().contains(foreign)));
}

#[test]
fn a_line_reads_the_same_alone_and_among_others() {
    let mut engine = ppocr();
    let together = read(&mut engine, "klee", Alphabet::Any);
    for (case, text) in &together {
        let alone = engine.read(std::slice::from_ref(&case.image), Alphabet::Any).unwrap();
        assert_eq!(alone[0].text(), text.text(), "{}", case.file);
        assert!((alone[0].lowest() - text.lowest()).abs() < 1e-3, "{}", case.file);
    }
}

#[test]
fn empty_lines_give_empty_texts_in_their_places() {
    let white = GrayImage::from_pixel(300, 40, Luma([255]));
    let digits = cases().into_iter().find(|case| case.file.contains("fine-digits")).unwrap();
    let lines = [white.clone(), digits.image, white, GrayImage::new(0, 0)];
    for engine in [&mut ppocr() as &mut dyn Engine, &mut tesseract()] {
        let texts: Vec<String> =
            engine.read(&lines, Alphabet::Digits).unwrap().iter().map(LineText::text).collect();
        assert_eq!(texts, ["", digits.text.as_str(), "", ""], "{}", engine.name());
        assert_eq!(engine.read(&[], Alphabet::Any).unwrap(), []);
    }
}

#[test]
fn lines_of_odd_shapes_are_read_without_harm() {
    let mut odd = Vec::new();
    for (width, height) in [(1, 1), (1, 400), (20_000, 3), (3, 3), (9_000, 60)] {
        let mut line = GrayImage::from_pixel(width, height, Luma([255]));
        line.put_pixel(width / 2, height / 2, Luma([0]));
        line.put_pixel(width - 1, height - 1, Luma([0]));
        line.put_pixel(0, 0, Luma([0]));
        odd.push(line);
    }
    for engine in [&mut ppocr() as &mut dyn Engine, &mut tesseract()] {
        assert_eq!(engine.read(&odd, Alphabet::Any).unwrap().len(), odd.len(), "{}", engine.name());
    }
}

#[test]
fn tesseract_reads_about_half_of_the_lines() {
    let read = read(&mut tesseract(), "", Alphabet::Any);
    let mistakes = wrong(&read);
    assert!(mistakes.len() <= 28, "{mistakes:#?}");
    assert!(read.iter().flat_map(|(_, text)| &text.chars).all(|(_, p)| (0.0..=1.0).contains(p)));
}

#[test]
fn a_missing_or_foreign_model_is_named_with_the_cure() {
    let missing = PpOcr::open(Path::new("nowhere/ppocrv6_rec.onnx")).err().unwrap();
    assert!(missing.to_string().contains("fetch-models.sh"), "{missing}");
    let folder = tempfile::tempdir().unwrap();
    let foreign = folder.path().join("ppocrv6_rec.onnx");
    std::fs::write(&foreign, b"no model at all").unwrap();
    assert!(matches!(PpOcr::open(&foreign), Err(Error::Resource { path, .. }) if path == foreign));
}

#[test]
fn a_missing_language_is_named_with_the_package() {
    let missing = Tesseract::open(Some(Path::new("nowhere"))).unwrap_err();
    assert!(matches!(&missing, Error::Resource { path, .. } if path.ends_with("nowhere/jpn.traineddata")));
    assert!(missing.to_string().contains("tesseract-ocr-jpn"), "{missing}");
}
