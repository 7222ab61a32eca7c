//! The reader of digits reads what stands in comb cells, and is not certain of what is no digit.
#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

use std::collections::BTreeMap;

use image::{GrayImage, Luma};
use kasasagi_ocr::align::{Placement, Plane};
use kasasagi_ocr::blank::{Filling, Typeface, draw_artwork, draw_filled};
use kasasagi_ocr::digits::Digits;
use kasasagi_ocr::engine::{Alphabet, Engine, LineText};
use kasasagi_ocr::field::Value;
use kasasagi_ocr::form::{Artwork, CheckDigit, Field, Form, Kind, Marks, Rect, Required};
use kasasagi_ocr::page::{Dpi, Page};
use kasasagi_ocr::reader::{Engines, Reader};
use kasasagi_ocr::reading::{Found, State};
use kasasagi_ocr::{Result, clean, document, ink};
use proptest::prelude::*;

type Line = Vec<(f64, f64)>;

fn read(cells: &[Option<GrayImage>]) -> LineText {
    Digits::embedded().unwrap().read(cells).unwrap()
}

/// Ten cells of 5 × 7 mm at 10 mm from the left and the top.
fn comb() -> Field {
    let cell = |i: u32| Rect { x: 10.0 + 5.0 * f64::from(i), y: 10.0, w: 5.0, h: 7.0 };
    Field {
        key: "number".into(),
        number: 1,
        label: "番号".into(),
        kind: Kind::Code { check: CheckDigit::None },
        zone: Rect { x: 10.0, y: 10.0, w: 50.0, h: 7.0 },
        required: Required::Optional,
        boxes: Vec::new(),
        cells: (0..10).map(cell).collect(),
    }
}

fn cut(page: &Page) -> Vec<Option<GrayImage>> {
    let square = clean::square(page);
    let scale = square.px_per_mm();
    let to = |(x, y): (f64, f64)| ((x, y), (x * scale, y * scale));
    let plane = Plane::affine(&[(0.0, 0.0), (50.0, 0.0), (0.0, 50.0)].map(to)).unwrap();
    ink::cells(&square, &Placement::new(plane), &comb(), 8.0)
}

/// The comb with digits in a typeface, as a PDF drawn by our own printer.
fn typed(digits: &str, face: &Typeface) -> LineText {
    let mut artwork: Vec<Artwork> = Vec::new();
    for (digit, cell) in digits.chars().zip(&comb().cells) {
        let text = digit.to_string();
        let x = cell.x + (cell.w - face.width(&text, 5.0)) / 2.0;
        artwork.push(Artwork::Text { x, y: cell.y + 5.3, size: 5.0, text });
        let (x2, y) = (cell.x + cell.w, cell.y + cell.h);
        artwork.push(Artwork::Line { x1: cell.x, y1: y, x2, y2: y, width: 0.25 });
        artwork.push(Artwork::Line { x1: cell.x, y1: y - 2.5, x2: cell.x, y2: y, width: 0.25 });
    }
    let pdf = draw_artwork((70.0, 30.0), "digits", &artwork, face).unwrap();
    read(&cut(&page(&pdf)))
}

fn page(pdf: &[u8]) -> Page {
    let mut pages = Vec::new();
    document::read(pdf, &document::Options::default(), &mut |page| pages.push(page.unwrap())).unwrap();
    pages.remove(0)
}

/// Strokes of a pen 0.5 mm wide in cells of a fax of 204 × `lines` dpi; millimetres from the corner of the cell.
fn written(cells: &[Vec<Line>], lines: f64) -> Vec<Option<GrayImage>> {
    faxed(cells, 0.25, |_| false, lines)
}

/// Floor and ticks as forms print them, a quarter of a millimetre thick; millimetres from the corner of the comb.
fn ruling((x, y): (f64, f64)) -> bool {
    let floor = (y - 7.0).abs() <= 0.125 && (0.0..=50.0).contains(&x);
    let tick =
        (x - 5.0 * (x / 5.0).round()).abs() <= 0.125 && (4.5..=7.0).contains(&y) && (-1.0..51.0).contains(&x);
    floor || tick
}

/// The same with a pen of another radius (mm), over what is printed.
fn faxed(
    cells: &[Vec<Line>],
    radius: f64,
    printed: fn((f64, f64)) -> bool,
    lines: f64,
) -> Vec<Option<GrayImage>> {
    let (x_mm, y_mm) = (25.4 / 204.0, 25.4 / lines);
    let near = |p: (f64, f64), (a, b): (&(f64, f64), &(f64, f64))| {
        let along = (b.0 - a.0, b.1 - a.1);
        let length = (along.0 * along.0 + along.1 * along.1).max(1e-9);
        let t = (((p.0 - a.0) * along.0 + (p.1 - a.1) * along.1) / length).clamp(0.0, 1.0);
        (p.0 - a.0 - t * along.0).hypot(p.1 - a.1 - t * along.1) <= radius
    };
    let inked = |x: u32, y: u32| {
        let at = ((f64::from(x) + 0.5) * x_mm - 10.0, (f64::from(y) + 0.5) * y_mm - 10.0);
        printed(at)
            || cells.iter().enumerate().any(|(i, strokes)| {
                let p = (at.0 - 5.0 * i as f64, at.1);
                strokes.iter().any(|s| s.iter().zip(&s[1..]).any(|segment| near(p, segment)))
            })
    };
    let pixels = GrayImage::from_fn((70.0 / x_mm) as u32, (30.0 / y_mm) as u32, |x, y| {
        Luma([if inked(x, y) { 0 } else { 255 }])
    });
    cut(&Page::new(pixels, Dpi { x: 204.0, y: lines }, Vec::new()).unwrap())
}

fn oval(x: f64, y: f64, rx: f64, ry: f64) -> Line {
    (0..=24)
        .map(|i| f64::from(i) / 24.0 * std::f64::consts::TAU)
        .map(|a| (x + rx * a.sin(), y - ry * a.cos()))
        .collect()
}

/// Digits as Japanese people write them: a bare 1, a 4 open at the top, a 7 with a hook.
fn hand() -> Vec<(char, Vec<Line>)> {
    vec![
        ('0', vec![oval(2.5, 3.5, 1.1, 2.0)]),
        ('1', vec![vec![(2.6, 1.4), (2.4, 5.5)]]),
        ('2', vec![vec![(1.4, 2.2), (1.9, 1.5), (2.8, 1.5), (3.4, 2.3), (3.0, 3.3), (1.4, 5.4), (3.7, 5.4)]]),
        ('3', vec![vec![(1.4, 1.7), (2.4, 1.4), (3.2, 2.2), (2.2, 3.3), (3.4, 4.3), (2.6, 5.4), (1.4, 5.2)]]),
        ('4', vec![vec![(1.7, 1.5), (1.4, 4.1), (3.8, 4.1)], vec![(3.0, 2.3), (3.0, 5.6)]]),
        (
            '5',
            vec![
                vec![(1.7, 1.5), (1.5, 3.3), (2.8, 3.1), (3.4, 4.2), (2.7, 5.3), (1.4, 5.2)],
                vec![(1.7, 1.5), (3.5, 1.5)],
            ],
        ),
        (
            '6',
            vec![vec![
                (3.0, 1.4),
                (1.9, 2.8),
                (1.5, 4.4),
                (2.2, 5.5),
                (3.2, 5.1),
                (3.3, 4.2),
                (2.5, 3.6),
                (1.6, 4.3),
            ]],
        ),
        ('7', vec![vec![(1.4, 2.6), (1.4, 1.5), (3.6, 1.5), (2.4, 5.5)]]),
        ('8', vec![oval(2.5, 2.4, 0.8, 1.0), oval(2.5, 4.5, 1.0, 1.1)]),
        ('9', vec![oval(2.4, 2.5, 1.0, 1.1), vec![(3.4, 2.4), (3.2, 4.0), (2.8, 5.6)]]),
    ]
}

#[test]
fn digits_of_two_typefaces_are_read_with_certainty() {
    for face in [Typeface::printed().unwrap(), Typeface::handwritten().unwrap()] {
        for digits in ["0123456789", "9876543210"] {
            let read = typed(digits, &face);
            assert_eq!(read.text(), digits, "{}", face.path().display());
            assert!(read.lowest() > 0.9, "{}: {:?}", face.path().display(), read.chars);
        }
    }
}

#[test]
fn digits_of_a_pen_are_read_from_fine_and_standard_faxes() {
    let (digits, strokes): (String, Vec<Vec<Line>>) = hand().into_iter().unzip();
    for lines in [196.0, 98.0] {
        let read = read(&written(&strokes, lines));
        assert_eq!(read.text(), digits, "{lines}: {:?}", read.chars);
        assert!(read.lowest() > 0.8, "{lines}: {:?}", read.chars);
    }
}

#[test]
fn empty_cells_are_spaces_in_their_places() {
    let strokes: Vec<Vec<Line>> =
        hand().into_iter().map(|(digit, s)| if digit < '7' { Vec::new() } else { s }).collect();
    let read = read(&written(&strokes, 196.0));
    assert_eq!(read.text(), "       789");
    assert!(read.chars.iter().take(7).all(|c| *c == (' ', 1.0)));
}

#[test]
fn an_empty_comb_is_empty() {
    for lines in [196.0, 98.0] {
        assert_eq!(faxed(&[], 0.25, ruling, lines), vec![None; 10]);
    }
}

#[test]
fn a_thin_1_on_a_tick_is_no_tick() {
    let one = vec![vec![(5.0, 1.0), (5.0, 6.8)]];
    for lines in [196.0, 98.0] {
        let cells = faxed(&[Vec::new(), one.clone()], 0.15, ruling, lines);
        assert_eq!(cells.iter().flatten().count(), 1, "{lines}");
        assert!(cells[1].is_some() || cells[2].is_some(), "{lines}");
    }
}

#[test]
fn digits_that_touch_are_read_each() {
    let wide = vec![oval(2.5, 3.5, 2.5, 2.4)];
    let five = hand()[5].1.clone();
    let two = vec![vec![(1.2, 2.2), (1.9, 1.4), (2.8, 1.5), (3.4, 2.3), (3.0, 3.3), (1.2, 5.4), (5.1, 5.3)]];
    for lines in [196.0, 98.0] {
        let cells = vec![wide.clone(), wide.clone(), five.clone(), two.clone(), wide.clone()];
        let read = read(&faxed(&cells, 0.25, ruling, lines));
        assert_eq!(read.text(), "00520     ", "{lines}: {:?}", read.chars);
    }
}

#[test]
fn a_digit_alone_is_read_as_among_others() {
    let strokes: Vec<Vec<Line>> = hand().into_iter().map(|(_, strokes)| strokes).collect();
    let cells = written(&strokes, 98.0);
    let together = read(&cells);
    for (cell, (digit, score)) in cells.iter().zip(together.chars) {
        let alone = read(std::slice::from_ref(cell));
        assert_eq!(alone.chars[0].0, digit);
        assert!((alone.chars[0].1 - score).abs() < 1e-4);
    }
}

#[test]
fn what_is_no_digit_is_never_certain() {
    let eight = [oval(2.5, 2.4, 0.8, 1.0), oval(2.5, 4.5, 1.0, 1.1)];
    let zigzag = vec![(1.0, 5.0), (1.5, 2.0), (2.0, 5.0), (2.5, 2.0), (3.0, 5.0), (3.5, 2.0), (4.0, 5.0)];
    let others: Vec<(&str, Vec<Line>)> = vec![
        ("zigzag", vec![zigzag.clone()]),
        ("cross", vec![vec![(1.0, 1.5), (4.0, 5.5)], vec![(4.0, 1.5), (1.0, 5.5)]]),
        ("dash", vec![vec![(1.0, 3.5), (4.0, 3.6)]]),
        ("tick", vec![vec![(1.0, 4.0), (1.8, 5.2), (4.2, 1.5)]]),
        (
            "8 struck out",
            [&eight[..], &[vec![(0.8, 2.9), (4.3, 2.7)], vec![(0.8, 4.0), (4.3, 3.8)]]].concat(),
        ),
        ("8 scribbled over", [&eight[..], &[zigzag]].concat()),
        ("A", vec![vec![(1.2, 5.5), (2.5, 1.5), (3.8, 5.5)], vec![(1.7, 4.2), (3.3, 4.2)]]),
        ("H", vec![vec![(1.3, 1.5), (1.3, 5.5)], vec![(3.7, 1.5), (3.7, 5.5)], vec![(1.3, 3.5), (3.7, 3.5)]]),
    ];
    let strokes: Vec<Vec<Line>> = others.iter().map(|(_, strokes)| strokes.clone()).collect();
    for lines in [196.0, 98.0] {
        let read = read(&written(&strokes, lines));
        for ((what, _), (digit, score)) in others.iter().zip(&read.chars) {
            assert!(*score < 0.7, "{what} is {digit} with {score} at {lines}");
        }
    }
}

/// A reader of lines that sees nothing.
struct Blind;

impl Engine for Blind {
    fn name(&self) -> &'static str {
        "blind"
    }

    fn read(&mut self, lines: &[GrayImage], _: Alphabet) -> Result<Vec<LineText>> {
        Ok(vec![LineText::default(); lines.len()])
    }
}

#[test]
fn the_comb_of_a_form_is_read_by_its_own_reader() {
    let rect = |x, y, w, h| Rect { x, y, w, h };
    let form = Form {
        id: "TST-09".into(),
        number: 9,
        version: 1,
        title: "試験".into(),
        page_mm: (140.0, 100.0),
        marks: Marks {
            fiducials: [(5.0, 5.0), (130.0, 5.0), (5.0, 90.0), (130.0, 90.0)]
                .map(|(x, y)| rect(x, y, 5.0, 5.0)),
            orientation_bar: rect(12.0, 5.0, 2.0, 5.0),
            timing: vec![rect(5.0, 42.0, 4.0, 1.5)],
            qr: Some(rect(100.0, 15.0, 25.0, 25.0)),
            code128: Some(rect(40.0, 80.0, 61.5, 7.0)),
            printed_id: None,
        },
        sections: vec![],
        fields: vec![Field {
            zone: rect(20.0, 40.0, 50.0, 7.0),
            cells: (0..10).map(|i| rect(20.0 + 5.0 * f64::from(i), 40.0, 5.0, 7.0)).collect(),
            ..comb()
        }],
        artwork: Vec::new(),
        checks: Vec::new(),
    };
    let form = form.checked().unwrap();
    let filling = BTreeMap::from([("number".to_owned(), Filling::Cells("0012345678".into()))]);
    let faces = (Typeface::printed().unwrap(), Typeface::handwritten().unwrap());
    let pdf = draw_filled(&form, Some(7), &faces.0, &faces.1, &filling).unwrap();
    let engines = Engines::of(vec![Box::new(Blind)]).with_digits(Digits::embedded().unwrap());
    let sheet = Reader::new(vec![form], engines, 0.002).page(1, &page(&pdf)).unwrap();
    let Found::Forms(forms) = sheet.reading.found else { panic!("the form was not found") };
    let read = &forms[0].fields["number"];
    assert_eq!(read.value, Some(Value::Digits("0012345678".into())), "{read:?}");
    assert_eq!((read.state, read.by.as_slice()), (State::Sure, &["digits".to_owned()][..]), "{read:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_cells_give_a_digit_or_a_space_each(cells in prop::collection::vec(prop::option::of(
        (1u32..90, 1u32..90, prop::collection::vec((0u32..90, 0u32..90), 0..60))), 0..6))
    {
        let draw = |(w, h, dots): (u32, u32, Vec<(u32, u32)>)| {
            let mut cell = GrayImage::from_pixel(w, h, Luma([255]));
            dots.into_iter().for_each(|(x, y)| cell.put_pixel(x % w, y % h, Luma([0])));
            cell
        };
        let cells: Vec<Option<GrayImage>> = cells.into_iter().map(|cell| cell.map(draw)).collect();
        let read = read(&cells);
        prop_assert_eq!(read.chars.len(), cells.len());
        for (cell, (character, score)) in cells.iter().zip(&read.chars) {
            prop_assert!((0.0..=1.0).contains(score));
            prop_assert!(character.is_ascii_digit() || *character == ' ');
            prop_assert!(cell.is_some() || (*character, *score) == (' ', 1.0));
        }
    }
}
