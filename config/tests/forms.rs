//! The embedded forms: what they ask, that nothing on them collides, and how faults in a file are told.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};

use kasasagi_config::forms::{self, FormFile};
use kasasagi_routing::facts::{ConsentMark, Urgency};
use kasasagi_ocr::blank::{self, Filling, OPTION_GAP, OPTION_SIZE, Typeface};
use kasasagi_ocr::field::Value;
use kasasagi_ocr::form::{Artwork, Era, Form, Rect, Required};

fn embedded(id: &str) -> FormFile {
    let all = forms::embedded().into_iter().map(|(name, text)| forms::parse(name, text).unwrap());
    all.into_iter().find(|file| file.form.id == id).unwrap()
}

fn icm01_text() -> &'static str {
    forms::embedded().into_iter().find(|(name, _)| *name == "icm-01.toml").unwrap().1
}

/// Number, key, kind, boxes, cells and need of every field of the common form.
const ICM01: [(u16, &str, &str, usize, usize, char); 50] = [
    (1, "urgency", "choice", 3, 0, 'M'),
    (2, "purpose", "choices", 6, 0, 'M'),
    (3, "written_on", "date", 0, 6, 'M'),
    (4, "pages", "number", 0, 2, 'M'),
    (5, "dr_code", "code", 0, 4, 'M'),
    (6, "addressee", "text", 0, 0, 'C'),
    (7, "sender_no", "code", 0, 10, 'M'),
    (8, "sender_name", "text", 0, 0, 'M'),
    (9, "sender_person", "text", 0, 0, 'M'),
    (10, "sender_role", "choice", 5, 0, 'M'),
    (11, "sender_tel", "phone", 0, 11, 'M'),
    (12, "sender_fax", "phone", 0, 11, 'M'),
    (13, "kana", "kana", 0, 20, 'C'),
    (14, "sex", "choice", 3, 0, 'M'),
    (15, "name", "text", 0, 0, 'C'),
    (16, "patient_id", "code", 0, 7, 'C'),
    (17, "insured_no", "code", 0, 10, 'C'),
    (18, "birth", "date", 5, 6, 'M'),
    (19, "age", "number", 0, 3, 'O'),
    (20, "insurer_no", "code", 0, 6, 'C'),
    (21, "postal", "postal", 0, 7, 'O'),
    (22, "address", "text", 0, 0, 'O'),
    (23, "tel", "phone", 0, 11, 'O'),
    (24, "household", "choices", 4, 0, 'O'),
    (25, "contact_name", "text", 0, 0, 'O'),
    (26, "contact_relation", "text", 0, 0, 'O'),
    (27, "contact_tel", "phone", 0, 11, 'O'),
    (28, "care_level", "choice", 10, 0, 'M'),
    (29, "cert_from", "date", 0, 6, 'C'),
    (30, "cert_to", "date", 0, 6, 'C'),
    (31, "copay", "choice", 3, 0, 'O'),
    (32, "adl_disabled", "choice", 9, 0, 'M'),
    (33, "adl_dementia", "choice", 8, 0, 'M'),
    (34, "disease", "text", 0, 0, 'O'),
    (35, "history", "text", 0, 0, 'O'),
    (36, "procedures", "choices", 14, 0, 'M'),
    (37, "allergy", "choice", 3, 0, 'M'),
    (37, "allergy_text", "text", 0, 0, 'C'),
    (38, "medication", "choice", 3, 0, 'O'),
    (39, "attachment", "check", 1, 0, 'O'),
    (40, "adl_move", "choice", 4, 0, 'M'),
    (41, "adl_transfer", "choice", 4, 0, 'M'),
    (42, "adl_meal", "choice", 4, 0, 'M'),
    (43, "adl_toilet", "choice", 4, 0, 'M'),
    (44, "adl_bath", "choice", 4, 0, 'M'),
    (45, "adl_dress", "choice", 4, 0, 'M'),
    (46, "services", "choices", 12, 0, 'O'),
    (47, "notes", "text", 0, 0, 'O'),
    (47, "notes_continued", "check", 1, 0, 'O'),
    (48, "consent", "choices", 5, 0, 'M'),
];

#[test]
fn the_common_form_asks_all_forty_eight_questions() {
    let form = embedded("ICM-01").form;
    let numbers: BTreeSet<u16> = form.fields.iter().map(|field| field.number).collect();
    assert_eq!(numbers, (1..=48).collect());
    assert_eq!(form.fields.len(), ICM01.len());
    for (number, key, kind, boxes, cells, need) in ICM01 {
        let field = form.field(key).unwrap_or_else(|| panic!("no field {key}"));
        let found = (field.number, field.kind.name(), field.boxes.len(), field.cells.len());
        assert_eq!(found, (number, kind, boxes, cells), "{key}");
        let needed = match need {
            'M' => Required::Always,
            'C' => Required::Conditional,
            _ => Required::Optional,
        };
        assert_eq!(field.required, needed, "{key}");
    }
}

#[test]
fn the_reply_slip_shares_nothing_with_the_common_form_but_the_program() {
    let (sheet, slip) = (embedded("ICM-01").form, embedded("ICM-02").form);
    assert_eq!(slip.page_mm, (210.0, 148.0));
    assert_ne!(slip.number, sheet.number);
    assert_ne!(slip.marks.fiducials, sheet.marks.fiducials);
    assert!(slip.field("reply").unwrap().boxes.iter().map(|b| &*b.option).eq([
        "了解",
        "要相談",
        "受診希望",
        "電話希望"
    ]));
}

#[test]
fn cells_and_boxes_have_the_sizes_that_were_measured() {
    let form = embedded("ICM-01").form;
    for field in &form.fields {
        let cell = if field.key == "kana" { (6.0, 7.0) } else { (5.0, 7.0) };
        assert!(field.cells.iter().all(|c| (c.w, c.h) == cell), "{}", field.key);
        assert!(field.boxes.iter().all(|b| (b.rect.w, b.rect.h) == (4.0, 4.0)), "{}", field.key);
    }
}

#[test]
fn every_row_has_its_timing_mark() {
    for form in [embedded("ICM-01").form, embedded("ICM-02").form] {
        for field in &form.fields {
            let rows = field.boxes.iter().map(|b| b.rect).chain(field.cells.iter().copied());
            for row in rows.chain([field.zone]) {
                let marked =
                    form.marks.timing.iter().any(|mark| row.y < mark.bottom() && mark.y < row.bottom());
                assert!(marked, "{} {} at {}", form.id, field.key, row.y);
            }
        }
    }
}

/// A piece of print: what it is, and the area it covers.
type Print = (String, Rect);

fn text_area(face: &Typeface, x: f64, baseline: f64, size: f64, text: &str) -> Rect {
    // A character square reaches from 0.88 above the baseline to 0.12 below; ink stays a little inside.
    Rect { x, y: baseline - 0.85 * size, w: face.width(text, size), h: 0.93 * size }
}

fn texts(form: &Form, face: &Typeface) -> Vec<Print> {
    let artwork = form.artwork.iter().filter_map(|artwork| match artwork {
        Artwork::Text { x, y, size, text } => {
            Some((format!("text {text}"), text_area(face, *x, *y, *size, text)))
        }
        _ => None,
    });
    let options = form.fields.iter().flat_map(|field| &field.boxes).map(|b| {
        let baseline = b.rect.y + b.rect.h / 2.0 + 0.38 * OPTION_SIZE;
        let area = text_area(face, b.rect.right() + OPTION_GAP, baseline, OPTION_SIZE, &b.option);
        (format!("answer {}", b.option), area)
    });
    artwork.chain(options).collect()
}

fn lines(form: &Form) -> Vec<Print> {
    let line = |artwork: &Artwork| match *artwork {
        Artwork::Line { x1, y1, x2, y2, width } => {
            let area = Rect { x: x1.min(x2), y: y1.min(y2), w: (x2 - x1).abs(), h: (y2 - y1).abs() };
            Some((format!("line from {x1},{y1}"), area.grown(width / 2.0)))
        }
        _ => None,
    };
    form.artwork.iter().filter_map(line).collect()
}

/// Where a pen writes, or the reader looks.
fn places(form: &Form) -> Vec<Print> {
    let mut all = Vec::new();
    for field in &form.fields {
        let parts = field.boxes.iter().map(|b| b.rect).chain(field.cells.iter().copied());
        let parts: Vec<_> = if field.kind.name() == "text" { vec![field.zone] } else { parts.collect() };
        all.extend(parts.into_iter().map(|part| (format!("place of {}", field.key), part)));
    }
    all
}

fn assert_apart(form: &Form, these: &[Print], those: &[Print]) {
    for (one, a) in these {
        for (other, b) in those {
            assert!(!a.overlaps(b), "{}: {one} {a:?} and {other} {b:?}", form.id);
        }
    }
}

#[test]
fn nothing_printed_collides() {
    let face = Typeface::printed().unwrap();
    for form in [embedded("ICM-01").form, embedded("ICM-02").form] {
        let (texts, lines, places) = (texts(&form, &face), lines(&form), places(&form));
        let marks: Vec<Print> = form.marks.reserved().into_iter().map(|(name, r)| (name.into(), r)).collect();
        let zones: Vec<Print> =
            form.fields.iter().map(|field| (format!("zone of {}", field.key), field.zone)).collect();
        for (index, text) in texts.iter().enumerate() {
            assert_apart(&form, &texts[..index], std::slice::from_ref(text));
        }
        assert_apart(&form, &texts, &places);
        assert_apart(&form, &texts, &lines);
        assert_apart(&form, &texts, &marks);
        assert_apart(&form, &lines, &zones);
        assert_apart(&form, &lines, &marks);
        assert_apart(&form, &places, &marks);
    }
}

#[test]
fn print_keeps_clear_of_the_header_line_and_the_edges() {
    let face = Typeface::printed().unwrap();
    for form in [embedded("ICM-01").form, embedded("ICM-02").form] {
        let page = form.page();
        let inner = Rect { x: 8.0, y: 12.0, w: page.w - 16.0, h: page.h - 12.0 - 7.0 };
        let marks = form.marks.reserved().into_iter().map(|(name, rect)| (name.to_owned(), rect));
        for (name, area) in texts(&form, &face).into_iter().chain(lines(&form)).chain(marks) {
            assert!(inner.contains(&area), "{}: {name} {area:?}", form.id);
        }
    }
}

#[test]
fn a_fiducial_stands_alone() {
    for form in [embedded("ICM-01").form, embedded("ICM-02").form] {
        let near: Vec<Print> =
            form.marks.fiducials.iter().map(|square| ("a fiducial".into(), square.grown(1.5))).collect();
        assert_apart(&form, &near, &lines(&form));
        assert_apart(&form, &near, &texts(&form, &Typeface::printed().unwrap()));
    }
}

#[test]
fn routing_finds_its_facts() {
    let facts = embedded("ICM-01").facts;
    assert_eq!(facts.physician_code.as_deref(), Some("dr_code"));
    assert_eq!(facts.sender_office.as_deref(), Some("sender_no"));
    let urgency = facts.urgency.unwrap();
    assert_eq!(urgency.field, "urgency");
    assert_eq!(urgency.levels["緊急(電話済)"], Urgency::Emergency);
    assert_eq!(facts.consent.unwrap().levels["緊急のため未取得"], ConsentMark::EmergencyWithout);
    assert_eq!(embedded("ICM-02").facts.urgency, None);
}

#[test]
fn a_fault_in_a_file_is_told_by_file_and_key() {
    let cases = [
        ("id = \"ICM-01\"", "colour = \"red\"\nid = \"ICM-01\"", "colour"),
        ("key = \"urgency\"", "key = \"urgency\"\ncolumns = 2", "columns"),
        ("kind = \"kana\"", "kind = \"hiragana\"", "hiragana"),
        ("kind = { number = { max = 99 } }", "kind = { number = { min = 9 } }", "min"),
        ("name = \"name\"", "name = \"full_name\"", "facts.name: there is no field full_name"),
        ("\"口頭\" = \"oral\"\n", "", "facts.consent: the answer 口頭 of consent has no level"),
        (
            "\"通常\" = \"routine\",",
            "\"通常\" = \"routine\", \"いつか\" = \"today\",",
            "has no answer いつか",
        ),
        ("\"通常\" = \"routine\"", "\"通常\" = \"someday\"", "someday"),
        ("boxes = { xs = [40, 60, 92] }", "boxes = { xs = [40, 60] }", "field urgency: boxes: 2 left edges"),
        ("boxes = { xs = [40, 60, 92] }", "boxes = { xs = [40, 60, 154] }", "緊急(電話済)"),
        ("boxes = { xs = [40, 60, 92] }", "boxes = { xs = [40], pitch = 20 }", "give either xs, or a pitch"),
        ("boxes = { xs = [40, 60, 92] }\n", "", "field urgency: boxes: is missing"),
        ("key = \"purpose\"", "key = \"urgency\"", "two fields are called urgency"),
        (
            "cells = { groups = [11] }",
            "cells = { groups = [10] }",
            "field sender_tel: it has 10 cells and needs 11",
        ),
        (
            "cells = { groups = [2], units = [\"枚\"] }",
            "cells = { groups = [99999999999999] }",
            "more than 64",
        ),
    ];
    for (sound, wrong, expected) in cases {
        assert!(icm01_text().contains(sound), "{sound}");
        let text = icm01_text().replacen(sound, wrong, 1);
        let said = forms::parse("mine.toml", &text).unwrap_err().to_string();
        assert!(said.contains("mine.toml") && said.contains(expected), "{expected}: {said}");
    }
}

#[test]
fn other_programs_get_the_geometry_as_json() {
    let json = serde_json::to_value(embedded("ICM-01").form.description()).unwrap();
    let field = |key: &str| {
        json["fields"].as_array().unwrap().iter().find(|field| field["key"] == key).unwrap().clone()
    };
    assert_eq!(json["page_mm"], serde_json::json!([210.0, 297.0]));
    assert_eq!(json["code128_mm"], serde_json::json!([74.0, 283.0, 61.5, 7.0]));
    let written = field("written_on");
    assert_eq!((&written["type"], &written["era"]), (&"date".into(), &"令和".into()));
    assert_eq!(written["cell_rects_mm"][2], serde_json::json!([54.0, 36.0, 5.0, 7.0]));
    assert_eq!((&written["required"], &written["conditional"]), (&true.into(), &false.into()));
    let urgency = field("urgency");
    assert_eq!(urgency["options"], serde_json::json!(["通常", "至急(本日中)", "緊急(電話済)"]));
    assert_eq!(
        urgency["boxes"][0],
        serde_json::json!({ "option": "通常", "rect_mm": [40.0, 23.0, 4.0, 4.0] })
    );
    assert_eq!(urgency.get("lines"), None);
    assert_eq!((&field("notes")["lines"], &field("notes")["max_chars"]), (&2.into(), &80.into()));
    assert_eq!(field("kana")["conditional"], true);
}

/// The pages of a PDF as (width, height) in millimetres, and how many font files it holds.
fn pages_and_fonts(pdf: &[u8]) -> (Vec<(f64, f64)>, usize) {
    let document = lopdf::Document::load_mem(pdf).unwrap();
    let size = |id: lopdf::ObjectId| {
        let corners = document.get_dictionary(id).unwrap().get(b"MediaBox").unwrap().as_array().unwrap();
        let millimetres = |n: usize| f64::from(corners[n].as_float().unwrap()) * 25.4 / 72.0;
        (millimetres(2), millimetres(3))
    };
    let fonts = document.objects.values().filter_map(|object| object.as_dict().ok()).filter(|dictionary| {
        [&b"FontFile"[..], b"FontFile2", b"FontFile3"].iter().any(|key| dictionary.has(key))
    });
    (document.get_pages().into_values().map(size).collect(), fonts.count())
}

#[test]
fn a_blank_is_one_page_of_its_size_with_its_font_inside() {
    let face = Typeface::printed().unwrap();
    for (id, wide, high) in [("ICM-01", 210.0, 297.0), ("ICM-02", 210.0, 148.0)] {
        let pdf = blank::draw(&embedded(id).form, Some(387), &face).unwrap();
        let (pages, fonts) = pages_and_fonts(&pdf);
        let [(w, h)] = pages[..] else { panic!("{id} has {} pages", pages.len()) };
        assert!((w - wide).abs() < 0.1 && (h - high).abs() < 0.1, "{id}: {w} by {h} mm");
        assert_eq!(fonts, 1, "{id}");
    }
}

#[test]
fn a_blank_is_pure_black_and_the_same_every_time() {
    let (form, face) = (embedded("ICM-01").form, Typeface::printed().unwrap());
    let pdf = blank::draw(&form, None, &face).unwrap();
    assert_eq!(pdf, blank::draw(&form, None, &face).unwrap());
    assert_ne!(pdf, blank::draw(&form, Some(1), &face).unwrap());
    let document = lopdf::Document::load_mem(&pdf).unwrap();
    let page = document.get_pages()[&1];
    let content = lopdf::content::Content::decode(&document.get_page_content(page)).unwrap();
    let colours: Vec<_> = content
        .operations
        .iter()
        .filter(|operation| {
            matches!(&*operation.operator, "g" | "G" | "rg" | "RG" | "k" | "K" | "sc" | "SC" | "scn" | "SCN")
        })
        .collect();
    assert!(!colours.is_empty());
    for colour in colours {
        assert!(colour.operands.iter().all(|n| n.as_float().is_ok_and(|n| n == 0.0)), "{colour:?}");
    }
}

fn filled(answers: Vec<(&str, Filling)>) -> kasasagi_ocr::Result<Vec<u8>> {
    let values: BTreeMap<_, _> = answers.into_iter().map(|(key, answer)| (key.to_owned(), answer)).collect();
    let (print, hand) = (Typeface::printed().unwrap(), Typeface::handwritten().unwrap());
    blank::draw_filled(&embedded("ICM-01").form, None, &print, &hand, &values)
}

#[test]
fn answers_are_written_in_a_hand_of_their_own() {
    let pdf = filled(vec![
        ("urgency", Filling::ticked(["至急(本日中)"])),
        ("birth", Filling::EraDate { era: Era::Showa, digits: "100203".into(), mark: blank::Mark::Fill }),
        ("kana", Filling::Cells("カササギ ハナコ".into())),
        ("name", Filling::Text("鵲 花子".into())),
        ("notes", Filling::Text("退院後の訪問看護の回数について、担当者会議でご相談したい。".into())),
    ]);
    let (pages, fonts) = pages_and_fonts(&pdf.unwrap());
    assert_eq!((pages.len(), fonts), (1, 2));
}

#[test]
fn an_answer_without_a_place_is_refused_by_field_and_never_quoted() {
    let era = |era, digits: &str| Filling::EraDate { era, digits: digits.into(), mark: blank::Mark::Tick };
    let cases = [
        ("nickname", Filling::Text("花子".into()), "no such field"),
        ("urgency", Filling::ticked(["花子"]), "no such box"),
        ("patient_id", Filling::Cells("花子花子花子花子".into()), "8 characters for 7 cells"),
        ("sex", Filling::Text("花子".into()), "not a text"),
        ("contact_relation", Filling::Text("花子".repeat(12)), "does not fit"),
        ("name", Filling::Text("花子\u{1F9FF}".into()), "a character is not in"),
        ("written_on", era(Era::Heisei, "310101"), "the form prints 令和"),
    ];
    for (key, answer, expected) in cases {
        let said = filled(vec![(key, answer)]).unwrap_err().to_string();
        assert!(said.contains(&format!("field {key} of ICM-01")) && said.contains(expected), "{key}: {said}");
        assert!(!said.contains("花子"), "{said}");
    }
    assert!(!format!("{:?}", Filling::Text("花子".into())).contains("花子"));
}

#[test]
fn a_typed_value_knows_how_it_stands_on_the_paper() {
    let form = embedded("ICM-01").form;
    let of = |key: &str, value: Value| Filling::of(form.field(key).unwrap(), &value);
    let day = Value::Date(jiff::civil::date(1935, 2, 3));
    let born = Filling::EraDate { era: Era::Showa, digits: "100203".into(), mark: blank::Mark::Tick };
    assert_eq!(of("birth", day.clone()), Some(born));
    assert_eq!(of("age", Value::Number(91)), Some(Filling::Cells(" 91".into())));
    assert_eq!(of("attachment", Value::Check(true)), Some(Filling::ticked(["添付あり"])));
    assert_eq!(of("attachment", Value::Check(false)), Some(Filling::ticked(Vec::<String>::new())));
    assert_eq!(of("name", day), None);
    assert_eq!(of("dr_code", Value::Text("0865".into())), None);
}
