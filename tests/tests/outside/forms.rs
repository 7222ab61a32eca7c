//! Forms as paper and as geometry.

use std::path::Path;
use std::process::Command;

use kasasagi_tests::Gateway;
use serde_json::Value;

use crate::room::{json, room, rows, said, settings, text};

#[test]
fn a_printed_form_is_one_a4_page_with_its_fonts_inside() {
    let gateway = room(settings);
    let pdf = gateway.room().join("x.pdf");
    print(&gateway, &["ICM-01", "-o", &pdf.display().to_string()]);
    let facts = poppler("pdfinfo", &pdf);
    let fact = |name: &str| {
        let line = facts.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.trim_start_matches(':').trim().to_owned()
    };
    assert_eq!(fact("Pages"), "1");
    assert!(fact("Page size").ends_with("(A4)"), "{facts}");
    assert_eq!(fact("Encrypted"), "no");
    assert_eq!(fact("JavaScript"), "no");

    // Two lines of head; then, counted from the right: object ID (two columns), uni, sub, emb.
    let fonts = poppler("pdffonts", &pdf);
    let embedded: Vec<Option<&str>> =
        fonts.lines().skip(2).map(|line| line.split_whitespace().rev().nth(4)).collect();
    assert!(!embedded.is_empty() && embedded.iter().all(|e| *e == Some("yes")), "{fonts}");
}

#[test]
fn a_form_goes_to_standard_output_when_no_file_is_named() {
    let gateway = room(settings);
    let output = gateway.run(&["form", "print", "ICM-02"]);
    assert!(output.status.success() && output.stdout.starts_with(b"%PDF-"), "{}", said(&output));
}

#[test]
fn a_serial_number_stands_on_the_sheet_or_is_refused_when_out_of_range() {
    let gateway = room(settings);
    let pdf = gateway.room().join("serial.pdf");
    for serial in ["1", "20260042", "99999999"] {
        print(&gateway, &["ICM-01", "-o", &pdf.display().to_string(), "--serial", serial]);
        let words = Command::new("pdftotext").args(["-raw"]).arg(&pdf).arg("-").output().expect("pdftotext");
        let words = String::from_utf8_lossy(&words.stdout).replace(['-', ' '], "");
        assert!(words.contains(serial), "{serial} in {words}");
    }
    for serial in ["0", "100000000", "-1", "x"] {
        let output = gateway.run(&["form", "print", "ICM-01", "--serial", serial]);
        assert_eq!(output.status.code(), Some(2), "{serial}: {}", said(&output));
    }
}

#[test]
fn an_unknown_form_is_an_error_that_names_the_known_ones() {
    let gateway = room(settings);
    for verb in ["print", "fields"] {
        let output = gateway.run(&["form", verb, "ICM-99"]);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(["ICM-99", "ICM-01", "ICM-02"].iter().all(|name| error.contains(name)), "{error}");
    }
}

#[test]
fn the_list_names_every_form() {
    let gateway = room(settings);
    let list = gateway.run(&["form", "list"]);
    assert!(said(&list).contains("ICM-01") && said(&list).contains("患者基本情報"), "{}", said(&list));
    let listed = json(&gateway, &["form", "list"]);
    let ids: Vec<&str> = rows(&listed).iter().map(|form| text(&form["id"])).collect();
    assert_eq!(ids, ["ICM-01", "ICM-02"]);
}

#[test]
fn the_description_of_a_form_is_whole_and_stays_on_the_page() {
    let gateway = room(settings);
    for (id, page, fields) in [("ICM-01", [210.0, 297.0], 50), ("ICM-02", [210.0, 148.0], 11)] {
        let form = json(&gateway, &["form", "fields", id]);
        assert_eq!((text(&form["id"]), form["version"].as_u64()), (id, Some(1)));
        assert_eq!(form["page_mm"], serde_json::json!(page));
        assert_eq!(rows(&form["fields"]).len(), fields, "{id}");
        let numbers: Vec<u64> = rows(&form["fields"]).iter().filter_map(|f| f["number"].as_u64()).collect();
        let last = numbers.iter().max().copied().unwrap_or_default();
        assert!((1..=last).all(|n| numbers.contains(&n)), "{id} leaves a number out: {numbers:?}");
        let mut zones = Vec::new();
        for field in rows(&form["fields"]) {
            describes_itself(field);
            let zone = rect(&field["zone_mm"]);
            assert!(inside(zone, [0.0, 0.0, page[0], page[1]]), "{field}");
            zones.push((text(&field["key"]).to_owned(), zone));
        }
        for (n, (key, zone)) in zones.iter().enumerate() {
            for (other, second) in &zones[n + 1..] {
                assert!(key != other && apart(*zone, *second), "{id}: {key} and {other} overlap");
            }
        }
    }
}

const TYPES: [&str; 10] =
    ["choice", "choices", "check", "number", "code", "phone", "postal", "date", "kana", "text"];

/// Every key of the contract, of its type; boxes and cells in the zone and apart from each other.
fn describes_itself(field: &Value) {
    assert!(TYPES.contains(&text(&field["type"])), "{field}");
    assert!(!text(&field["key"]).is_empty() && field["label"].is_string(), "{field}");
    assert!(field["required"].is_boolean(), "{field}");
    let zone = rect(&field["zone_mm"]);
    let options: Vec<&str> = rows(&field["options"]).iter().map(text).collect();
    let boxed: Vec<&str> = rows(&field["boxes"]).iter().map(|b| text(&b["option"])).collect();
    assert_eq!(options, boxed, "a box for every option: {field}");
    let cells: Vec<[f64; 4]> = rows(&field["cell_rects_mm"]).iter().map(rect).collect();
    assert_eq!(field["cells"].as_u64(), Some(cells.len() as u64), "{field}");
    let boxes = rows(&field["boxes"]).iter().map(|b| rect(&b["rect_mm"]));
    let parts: Vec<[f64; 4]> = boxes.chain(cells).collect();
    for (n, part) in parts.iter().enumerate() {
        assert!(inside(*part, zone), "{part:?} leaves its zone: {field}");
        assert!(parts[n + 1..].iter().all(|other| apart(*part, *other)), "{part:?} overlaps: {field}");
    }
}

fn rect(value: &Value) -> [f64; 4] {
    let numbers: Vec<f64> = rows(value).iter().filter_map(Value::as_f64).collect();
    let rect: [f64; 4] = numbers.try_into().unwrap_or_else(|_| panic!("no rectangle: {value}"));
    assert!(rect[2] > 0.0 && rect[3] > 0.0, "{value}");
    rect
}

/// Lengths are given in decimals; a sum of them may be a hair longer.
const HAIR: f64 = 1e-6;

fn inside([x, y, w, h]: [f64; 4], [left, top, width, height]: [f64; 4]) -> bool {
    x >= left - HAIR && y >= top - HAIR && x + w <= left + width + HAIR && y + h <= top + height + HAIR
}

fn apart([x, y, w, h]: [f64; 4], [left, top, width, height]: [f64; 4]) -> bool {
    x + w <= left + HAIR || left + width <= x + HAIR || y + h <= top + HAIR || top + height <= y + HAIR
}

fn print(gateway: &Gateway, arguments: &[&str]) {
    let output = gateway.run(&[&["form", "print"], arguments].concat());
    assert!(output.status.success(), "{}", said(&output));
}

fn poppler(program: &str, pdf: &Path) -> String {
    let output = Command::new(program).arg(pdf).output().expect("poppler-utils: run setup.sh");
    assert!(output.status.success(), "{program}: {}", said(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
