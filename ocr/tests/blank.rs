//! A blank is drawn where its form says: rendered by another program, ink and codes are in place.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use image::{GrayImage, Luma};
use kasasagi_ocr::Error;
use kasasagi_ocr::blank::{self, Filling, Mark, Typeface};
use kasasagi_ocr::code::Payload;
use kasasagi_ocr::form::{CheckBox, CheckDigit, Field, Form, Kind, Marks, Rect, Required};

fn rect(x: f64, y: f64, w: f64, h: f64) -> Rect {
    Rect { x, y, w, h }
}

fn slip() -> Form {
    let field = |key: &str, kind, zone| Field {
        key: key.into(),
        number: 1,
        label: key.into(),
        kind,
        zone,
        required: Required::Optional,
        boxes: Vec::new(),
        cells: Vec::new(),
    };
    let mut reply = field("reply", Kind::Choice, rect(20.0, 30.0, 40.0, 6.0));
    reply.boxes = [("はい", 20.0), ("いいえ", 40.0)]
        .map(|(option, x)| CheckBox { option: option.into(), rect: rect(x, 31.0, 4.0, 4.0) })
        .into();
    let mut code = field("code", Kind::Code { check: CheckDigit::Damm }, rect(20.0, 40.0, 20.0, 7.0));
    code.cells = (0..4).map(|n| rect(20.0 + 5.0 * f64::from(n), 40.0, 5.0, 7.0)).collect();
    let form = Form {
        id: "TST-09".into(),
        number: 9,
        version: 1,
        title: "試験".into(),
        page_mm: (140.0, 80.0),
        marks: Marks {
            fiducials: [(5.0, 5.0), (130.0, 5.0), (5.0, 70.0), (130.0, 70.0)]
                .map(|(x, y)| rect(x, y, 5.0, 5.0)),
            orientation_bar: rect(12.0, 5.0, 2.0, 5.0),
            timing: vec![rect(5.0, 32.0, 4.0, 1.5)],
            qr: Some(rect(95.0, 15.0, 25.0, 25.0)),
            code128: Some(rect(50.0, 60.0, 61.5, 7.0)),
            printed_id: Some(rect(12.0, 62.0, 30.0, 4.0)),
        },
        fields: vec![reply, code],
        sections: Vec::new(),
        artwork: Vec::new(),
        checks: Vec::new(),
    };
    form.checked().unwrap()
}

const PIXELS_PER_MM: f64 = 10.0;

fn render(pdf: Vec<u8>) -> GrayImage {
    let pdf = Pdf::new(pdf).unwrap();
    let scale = (PIXELS_PER_MM * 25.4 / 72.0) as f32;
    let settings = PixmapSettings {
        x_scale: scale,
        y_scale: scale,
        bg_color: hayro::vello_cpu::color::palette::css::WHITE,
    };
    let page = &pdf.pages()[0];
    let pixmap = hayro::render(
        page,
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &settings,
    );
    let pixels = pixmap.data();
    let width = u32::from(pixmap.width());
    GrayImage::from_fn(width, u32::from(pixmap.height()), |x, y| Luma([pixels[(y * width + x) as usize].r]))
}

/// Share of black in a rectangle of millimetres.
fn ink(page: &GrayImage, area: Rect) -> f64 {
    let pixel = |mm: f64| (mm * PIXELS_PER_MM).round() as u32;
    let mut black = 0;
    let mut all = 0;
    for y in pixel(area.y)..pixel(area.bottom()) {
        for x in pixel(area.x)..pixel(area.right()) {
            black += u32::from(page.get_pixel(x, y).0[0] < 128);
            all += 1;
        }
    }
    f64::from(black) / f64::from(all)
}

#[test]
fn ink_is_where_the_form_says() {
    let form = slip();
    let page = render(blank::draw(&form, None, &Typeface::printed().unwrap()).unwrap());
    for square in form.marks.fiducials.iter().chain(&form.marks.timing).chain([&form.marks.orientation_bar]) {
        assert!(ink(&page, square.grown(-0.1)) > 0.99, "{square:?} is solid");
        let around = square.grown(0.5);
        let edge = rect(around.x, around.y, around.w, 0.3);
        assert!(ink(&page, edge) < 0.01, "{square:?} ends where it should");
    }
    for check_box in &form.fields[0].boxes {
        let frame = check_box.rect;
        assert!(ink(&page, rect(frame.x, frame.y, frame.w, 0.2)) > 0.9, "the frame begins at its outer edge");
        assert!(ink(&page, check_box.inside().grown(-0.1)) < 0.01, "the inside is white");
    }
    for cell in &form.fields[1].cells {
        assert!(ink(&page, rect(cell.x + 0.3, cell.y, cell.w - 0.6, cell.h - 0.4)) < 0.01, "open at the top");
        assert!(ink(&page, rect(cell.x, cell.bottom() - 0.2, cell.w, 0.15)) > 0.9, "closed at the bottom");
    }
}

#[test]
fn both_codes_are_read_from_the_page() {
    let form = slip();
    let page = render(blank::draw(&form, Some(1234), &Typeface::printed().unwrap()).unwrap());
    let expected = Payload::new(9, 1, 1, 1, Some(1234)).unwrap();
    for (area, quiet) in [(form.marks.qr.unwrap(), 4.0), (form.marks.code128.unwrap(), 3.0)] {
        let crop = area.grown(quiet);
        let pixel = |mm: f64| (mm * PIXELS_PER_MM) as u32;
        let code =
            image::imageops::crop_imm(&page, pixel(crop.x), pixel(crop.y), pixel(crop.w), pixel(crop.h));
        let code = code.to_image();
        let (width, height) = code.dimensions();
        let found = rxing::helpers::detect_in_luma(code.into_raw(), width, height, None).unwrap();
        assert_eq!(Payload::parse(found.getText()).unwrap(), expected);
    }
}

#[test]
fn every_mark_shows_and_only_in_its_box() {
    let (form, face) = (slip(), Typeface::printed().unwrap());
    let [yes, no] = &form.fields[0].boxes[..] else { panic!("two boxes") };
    for mark in [Mark::Tick, Mark::Cross, Mark::Fill, Mark::Ring] {
        let filling = Filling::Boxes { answers: vec![yes.option.clone()], mark };
        let values = BTreeMap::from([("reply".to_owned(), filling)]);
        let page = render(blank::draw_filled(&form, None, &face, &face, &values).unwrap());
        let inside = ink(&page, yes.rect.grown(-0.8));
        match mark {
            Mark::Ring => assert!(inside < 0.01 && ink(&page, yes.rect.grown(1.0)) > 0.1),
            Mark::Fill => assert!(inside > 0.99),
            Mark::Tick | Mark::Cross => assert!(inside > 0.1, "{mark:?} {inside}"),
        }
        assert!(ink(&page, no.rect.grown(-0.8)) < 0.01);
    }
}

#[test]
fn digits_stand_in_the_middle_of_their_cells() {
    let (form, face) = (slip(), Typeface::printed().unwrap());
    let values = BTreeMap::from([("code".to_owned(), Filling::Cells("08 5".into()))]);
    let page = render(blank::draw_filled(&form, None, &face, &face, &values).unwrap());
    for (cell, written) in form.fields[1].cells.iter().zip([true, true, false, true]) {
        let middle = ink(&page, cell.grown(-0.6));
        assert_eq!(middle > 0.03, written, "{middle}");
        assert!(ink(&page, rect(cell.x + 0.3, cell.y, cell.w - 0.6, 0.6)) < 0.01, "clear of the upper edge");
        assert!(ink(&page, rect(cell.x - 0.3, cell.y, 0.6, 4.0)) < 0.01, "clear of its neighbour");
    }
}

#[test]
fn a_serial_that_does_not_fit_is_refused() {
    let drawn = blank::draw(&slip(), Some(100_000_000), &Typeface::printed().unwrap());
    assert!(matches!(drawn, Err(Error::Code { .. })));
}
