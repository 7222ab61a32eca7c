//! A sheet filled in by another program, faxed, comes back as it was written.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Output;

use kasasagi_tests::damage::Header;
use kasasagi_tests::fax::{self, Coding};
use kasasagi_tests::font::Font;
use kasasagi_tests::raster::{FINE, Raster, STANDARD};
use kasasagi_tests::sheet::{Entry, Pen};
use kasasagi_tests::{Damage, Gateway};
use serde_json::Value;

use crate::paper::{Blank, Hand};
use crate::room::{room, said, settings, text};
use crate::town::Town;

/// One faxed page: what is on it, what became of it on the way.
struct Case {
    name: &'static str,
    entries: Vec<Entry>,
    file: Vec<u8>,
    /// Least share of the written fields that must be read as sure.
    least: f64,
}

#[test]
fn a_faxed_sheet_gives_its_values_back() {
    come_back_as_written(cases);
}

/// PP-OCR reads 千秋やまばと医院纐纈涼 without its 纐 and gives the rest 0.980, a hair above the bound for one reader.
#[test]
fn no_character_of_a_sure_text_is_dropped() {
    come_back_as_written(|blank| vec![crooked(blank, "0005341")]);
}

fn come_back_as_written(cases: impl FnOnce(&Blank) -> Vec<Case>) {
    let gateway = room(settings);
    let cases = cases(&Blank::of(&gateway, "ICM-01"));
    let paths: Vec<String> = cases.iter().map(|case| put(gateway.room(), case.name, &case.file)).collect();
    let found = read(&gateway, &paths);
    assert_eq!(found.status.code(), Some(0), "{}", said(&found));
    let answers = answers(&found);
    assert_eq!(answers.len(), cases.len(), "one form on every page");
    let faults: Vec<String> = cases.iter().zip(&answers).flat_map(|(c, a)| faults(c, a)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn cases(blank: &Blank) -> Vec<Case> {
    let standard = Hand { dpi: STANDARD, ..printed() };
    let turned = Damage { upside_down: true, skew_deg: -0.4, ..Damage::none() };
    let header = Header { text: "2026-11-23 14:05  0586-25-2010  P.01".into(), lengthens: true };
    let headed = Damage { header: Some(header), ..Damage::none() };
    vec![
        case("clean.pdf", blank, "0003943", &printed(), &Damage::none(), g4_pdf),
        crooked(blank, "0008071"),
        Case { least: 0.75, ..case("standard.tif", blank, "0004788", &standard, &Damage::none(), mr_tiff) },
        case("upside-down.pdf", blank, "0004224", &printed(), &turned, g4_pdf),
        case("header-line.tif", blank, "0004716", &pencil(), &headed, mr_tiff),
    ]
}

fn crooked(blank: &Blank, patient: &str) -> Case {
    let damage = Damage { skew_deg: 1.5, speckle: 0.0003, seed: 5, ..Damage::none() };
    case("crooked.tif", blank, patient, &pencil(), &damage, mh_tiff)
}

fn case(
    name: &'static str,
    blank: &Blank,
    patient: &str,
    hand: &Hand,
    damage: &Damage,
    file: fn(&[Raster]) -> Vec<u8>,
) -> Case {
    let entries = whole_sheet(&Town::sample(), patient);
    let file = file(&[damage.apply(&blank.filled(&entries, hand))]);
    Case { name, entries, file, least: 0.85 }
}

fn printed() -> Hand {
    Hand { font: Font::printed().expect("the font"), pen: Pen::Ticks, dpi: FINE }
}

fn pencil() -> Hand {
    Hand { font: Font::by_pencil().expect("the font"), pen: Pen::Fills, dpi: FINE }
}

/// Every field of the form.
fn whole_sheet(town: &Town, patient: &str) -> Vec<Entry> {
    let mut entries = town.sheet(patient, "至急(本日中)");
    entries.retain(|entry| entry.key != "allergy");
    entries.extend([
        Entry::number("age", 84, 3),
        Entry::text("contact_name", "山本春子"),
        Entry::text("contact_relation", "長女"),
        Entry::digits("contact_tel", "09012345678"),
        Entry::date("cert_from", "2026-04-01", false),
        Entry::date("cert_to", "2028-03-31", false),
        Entry::choice("allergy", "あり"),
        Entry::text("allergy_text", "卵、造影剤"),
        Entry::check("attachment", "添付あり"),
        Entry::text("notes", "昨日から食欲がありません。水分は取れています。"),
    ]);
    entries
}

/// Everything wrong with what was read of one page.
fn faults(case: &Case, answer: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let written: BTreeMap<&str, &Entry> = case.entries.iter().map(|e| (e.key.as_str(), e)).collect();
    let fields = answer["fields"].as_object().cloned().unwrap_or_default();
    let mut sure = 0;
    for (key, field) in &fields {
        let entry = written.get(key.as_str());
        let value = entry.map(|e| plain(&e.value));
        let right = value.as_ref() == Some(&plain(&field["value"]));
        match (text(&field["state"]), entry) {
            ("sure", Some(_)) if right => sure += 1,
            // An empty box may be called surely empty.
            ("sure", None) if field["value"] == false => {}
            ("blank", None) => {}
            ("doubtful", Some(entry)) if !is_box(entry) => {}
            (state, _) => faults.push(format!("{}: {key} is {state} {field}, written {value:?}", case.name)),
        }
    }
    let least = (case.entries.len() as f64 * case.least).ceil() as usize;
    if sure < least {
        let unsure = fields.iter().filter(|(_, f)| f["state"] == "doubtful");
        let unsure: Vec<String> = unsure.map(|(k, f)| format!("{k} {} {}", f["raw"], f["why"])).collect();
        let all = case.entries.len();
        faults.push(format!("{}: {sure} of {all} sure, {least} wanted; doubtful {unsure:?}", case.name));
    }
    faults
}

/// A value with the spaces of its text left out: nobody can see how wide a gap was meant.
fn plain(value: &Value) -> Value {
    match value {
        Value::String(text) => text.replace([' ', '\u{3000}'], "").into(),
        other => other.clone(),
    }
}

/// Whether nothing but boxes carries the answer.
fn is_box(entry: &Entry) -> bool {
    entry.is_marked_only()
}

fn read(gateway: &Gateway, paths: &[String]) -> Output {
    let mut arguments = vec!["read", "--json"];
    arguments.extend(paths.iter().map(String::as_str));
    gateway.run(&arguments)
}

/// One object per line.
fn answers(output: &Output) -> Vec<Value> {
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e} in {line}")))
        .collect()
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    fs::write(&path, bytes).expect("writing a fax");
    path.display().to_string()
}

fn g4_pdf(pages: &[Raster]) -> Vec<u8> {
    fax::pdf(pages, Coding::Mmr).expect("a PDF")
}

fn mh_tiff(pages: &[Raster]) -> Vec<u8> {
    fax::tiff(pages, Coding::Mh).expect("a TIFF")
}

fn mr_tiff(pages: &[Raster]) -> Vec<u8> {
    fax::tiff_lowest_bit_first(pages, Coding::Mr).expect("a TIFF")
}
