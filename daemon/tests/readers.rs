//! The pool of readers against real child processes, and against programs that are no readers.
#![allow(clippy::unwrap_used)]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use image::{GrayImage, Luma};
use kasasagi::library::Library;
use kasasagi::reader::child::Setup;
use kasasagi::reader::walls::Strength;
use kasasagi::reader::{Outcome, PageRead, Readers};
use kasasagi_ocr::blank::{self, Typeface};
use kasasagi_ocr::page::{Dpi, Page};
use kasasagi_ocr::pdf;
use kasasagi_ocr::reading::{Found, NoForm, State};
use kasasagi_ocr::tiff;

const FINE: Dpi = Dpi { x: 204.0, y: 196.0 };
const LONG: Duration = Duration::from_secs(120);
const KASASAGI: &str = env!("CARGO_BIN_EXE_kasasagi");

fn setup() -> Setup {
    Setup {
        forms: Library::open(None).unwrap().texts().to_vec(),
        model: Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/ppocrv6_rec.onnx"),
        tessdata: None,
        fallback_font: None,
        threads: 1,
        budget: 0.002,
        memory: 400 << 20,
        cpu: LONG,
    }
}

fn readers(program: impl Into<PathBuf>, wall: Duration) -> Readers {
    Readers::new(program.into(), &setup(), 1, wall)
}

fn white() -> Page {
    Page::new(GrayImage::from_pixel(1728, 2200, Luma([255])), FINE, Vec::new()).unwrap()
}

fn white_pdf() -> Vec<u8> {
    pdf::write::fax_pdf(&[&white()]).unwrap()
}

/// A program that does what the shell is told.
fn script(dir: &Path, body: &str) -> PathBuf {
    let path = dir.join("program");
    std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    path
}

/// A reader that leaves its process id in a file.
fn named(dir: &Path) -> PathBuf {
    script(dir, &format!("echo $$ >> {}\nexec {KASASAGI} \"$@\"", dir.join("pids").display()))
}

fn pids(dir: &Path) -> Vec<i32> {
    let text = std::fs::read_to_string(dir.join("pids")).unwrap();
    text.lines().map(|line| line.parse().unwrap()).collect()
}

fn kill(pid: i32) {
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

/// Whether a process still runs; one that ended whole, its threads too, and was not collected yet does not.
fn runs(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).map_or(0, Iterator::count);
    stat.rsplit_once(')').is_some_and(|(_, rest)| threads > 1 || !rest.trim_start().starts_with('Z'))
}

fn is_blank(page: &PageRead) -> bool {
    matches!(page, PageRead::Sheet { reading, .. } if matches!(reading.found, Found::NoForm(NoForm::Blank)))
}

#[tokio::test]
async fn every_page_comes_with_its_pictures() {
    let library = Library::open(None).unwrap();
    let form = &library.newest("ICM-01").unwrap().form;
    let sheet = blank::draw(form, None, &Typeface::find(None).unwrap()).unwrap();
    let sheet = pdf::render_at(&sheet, 0, FINE).unwrap();
    let fax = tiff::write::fax_tiff(&[&white(), &sheet]).unwrap();
    let Outcome::Pages(pages) = readers(KASASAGI, LONG).read(&fax).await.unwrap() else {
        panic!("the document is sound");
    };
    assert_eq!(pages.len(), 2);
    assert!(is_blank(&pages[0]));
    let PageRead::Sheet { reading, pdf, aligned } = &pages[1] else { panic!("the form is a page") };
    let Found::Forms(forms) = &reading.found else { panic!("the form is found") };
    assert_eq!((forms.len(), aligned.len()), (1, 1));
    assert_eq!((forms[0].form.as_str(), forms[0].fields.len()), ("ICM-01", form.fields.len()));
    assert!(pdf.starts_with(b"%PDF-") && aligned[0].starts_with(b"\x89PNG"));
}

#[tokio::test]
async fn rows_that_the_line_lost_cost_their_fields_and_no_other() {
    let library = Library::open(None).unwrap();
    let form = &library.newest("ICM-01").unwrap().form;
    let sheet = blank::draw(form, None, &Typeface::find(None).unwrap()).unwrap();
    let sheet = pdf::render_at(&sheet, 0, FINE).unwrap();
    let mut fax = tiff::write::fax_tiff(&[&sheet]).unwrap();
    let directory = u32::from_le_bytes(fax[4..8].try_into().unwrap()) as usize;
    // The strip lies between the head and the directory.
    fax[directory * 7 / 10..directory - 24].fill(0);
    let Outcome::Pages(pages) = readers(KASASAGI, LONG).read(&fax).await.unwrap() else {
        panic!("the document is sound");
    };
    let PageRead::Sheet { reading, .. } = &pages[0] else { panic!("the page is read") };
    let Found::Forms(forms) = &reading.found else { panic!("the form is found: {:?}", reading.flaws) };
    for field in &form.fields {
        let state = forms[0].fields[&field.key].state;
        if field.zone.y < 100.0 {
            assert_ne!(state, State::Sure, "{}: nothing is filled in", field.key);
        } else if field.zone.y > 260.0 {
            assert_eq!(state, State::Doubtful, "{}: it was not seen", field.key);
        }
    }
    assert_eq!(forms[0].fields["addressee"].state, State::Blank);
}

#[tokio::test]
async fn a_reader_stands_behind_its_walls_with_every_thread() {
    let dir = tempfile::tempdir().unwrap();
    let readers = readers(named(dir.path()), LONG);
    let ready = readers.probe().await.unwrap();
    assert_eq!(ready.walls.calls, Strength::Whole);
    for thread in std::fs::read_dir(format!("/proc/{}/task", pids(dir.path())[0])).unwrap() {
        let status = std::fs::read_to_string(thread.unwrap().path().join("status")).unwrap();
        let filtered = status.contains("\nNoNewPrivs:\t1\n") && status.contains("\nSeccomp:\t2\n");
        assert!(filtered, "{status}");
    }
}

#[tokio::test]
async fn a_document_that_is_none_is_refused_by_code_and_the_child_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let readers = readers(named(dir.path()), LONG);
    for (bytes, code) in [
        (&b"<html>busy</html>"[..], "unknown_format"),
        (b"%PDF-1.4\nnothing more", "unreadable"),
        (b"II*\0", "unreadable"),
        (b"", "unknown_format"),
    ] {
        match readers.read(bytes).await.unwrap() {
            Outcome::Refused { pages, fault } => assert_eq!((pages.len(), fault.code.as_str()), (0, code)),
            other => panic!("{code}: {other:?}"),
        }
    }
    assert!(matches!(readers.read(&white_pdf()).await.unwrap(), Outcome::Pages(_)));
    assert_eq!(pids(dir.path()).len(), 1, "one child read them all");
}

#[tokio::test]
async fn a_child_that_died_while_idle_costs_no_document_its_try() {
    let dir = tempfile::tempdir().unwrap();
    let readers = readers(named(dir.path()), LONG);
    assert!(readers.probe().await.is_ok());
    kill(pids(dir.path())[0]);
    while runs(pids(dir.path())[0]) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(matches!(readers.read(&white_pdf()).await.unwrap(), Outcome::Pages(_)));
    assert_eq!(pids(dir.path()).len(), 2);
}

#[tokio::test]
async fn a_document_that_takes_too_long_ends_its_child_and_the_next_has_a_fresh_one() {
    let dir = tempfile::tempdir().unwrap();
    // It reads nothing and says nothing after it is ready.
    let program = script(
        dir.path(),
        &format!(
            "echo $$ >> {}\nprintf 'r\\000\\000\\000\\002{{}}'\nexec sleep 1000",
            dir.path().join("pids").display()
        ),
    );
    let readers = readers(program, Duration::from_millis(200));
    for tries in 1..=2 {
        let outcome = readers.read(&white_pdf()).await.unwrap();
        assert!(matches!(outcome, Outcome::Died { code: "reader_timeout", .. }), "{outcome:?}");
        assert_eq!(pids(dir.path()).len(), tries);
    }
    for pid in pids(dir.path()) {
        while runs(pid) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test]
async fn a_child_that_dies_floods_or_lies_has_died_and_nothing_of_it_is_believed() {
    let ready = "printf 'r\\000\\000\\000\\002{}'\n";
    for (how, rest) in [
        ("dies", "exit 1"),
        ("ends its half of a frame", "printf 'j\\000\\000\\001\\000half'"),
        ("speaks something else", "printf 'hello, hello'"),
        ("announces more than there can be", "printf 'j\\017\\377\\377\\377'; exec cat /dev/zero"),
        ("sends a picture without a page", "printf 'a\\000\\000\\000\\001x'; exec sleep 1000"),
        ("says nonsense", "printf 'j\\000\\000\\000\\002{}'; exec sleep 1000"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let readers = readers(script(dir.path(), &format!("{ready}head -c 200 >/dev/null\n{rest}")), LONG);
        match readers.read(&white_pdf()).await.unwrap() {
            Outcome::Died { pages, code: "reader_died" } => assert_eq!(pages.len(), 0, "{how}"),
            other => panic!("{how}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn what_is_no_reader_is_an_error_of_the_machine_and_not_of_the_document() {
    let dir = tempfile::tempdir().unwrap();
    for program in
        [script(dir.path(), "exit 0"), dir.path().join("not-there"), script(dir.path(), "echo hello")]
    {
        assert!(readers(program, LONG).read(&white_pdf()).await.is_err());
    }
}

/// A page whose colours are computed, in 20,000 steps a pixel.
fn endless_shading() -> Vec<u8> {
    let steps = "dup mul ".repeat(20_000);
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Shading << /S 5 0 R >> >> >>"
            .to_owned(),
        "<< /Length 5 >>\nstream\n/S sh\nendstream".to_owned(),
        "<< /ShadingType 1 /ColorSpace /DeviceRGB /Matrix [595 0 0 842 0 0] /Function 6 0 R >>".to_owned(),
        format!(
            "<< /FunctionType 4 /Domain [0 1 0 1] /Range [0 1 0 1 0 1] /Length {} >>\n\
             stream\n{{ {steps} dup dup }}\nendstream",
            steps.len() + 12
        ),
    ];
    let numbered = (1..).zip(&objects).map(|(n, object)| format!("{n} 0 obj\n{object}\nendobj\n"));
    format!("%PDF-1.4\n{}trailer << /Root 1 0 R >>\n", numbered.collect::<String>()).into_bytes()
}

#[tokio::test]
async fn a_child_beyond_its_processor_time_has_died() {
    let setup = Setup { cpu: Duration::ZERO, ..setup() };
    let readers = Readers::new(KASASAGI.into(), &setup, 1, LONG);
    let outcome = readers.read(&endless_shading()).await.unwrap();
    assert!(matches!(outcome, Outcome::Died { code: "reader_timeout", .. }), "{outcome:?}");
    assert!(matches!(readers.read(b"no document").await.unwrap(), Outcome::Refused { .. }));
}

#[tokio::test]
async fn a_child_without_room_for_its_engines_is_an_error_of_the_machine() {
    let setup = Setup { memory: 16 << 20, ..setup() };
    assert!(Readers::new(KASASAGI.into(), &setup, 1, LONG).read(&white_pdf()).await.is_err());
}

/// The most memory that a process ever had resident, in MB.
fn peak(pid: i32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() >> 10
}

#[tokio::test]
async fn the_largest_pages_are_read_within_the_memory_of_a_reader() {
    let dir = tempfile::tempdir().unwrap();
    let readers = readers(named(dir.path()), LONG);
    let pixels =
        GrayImage::from_fn(4677, 6614, |x, y| Luma([if x % 90 < 3 || y % 90 < 3 { 0 } else { 255 }]));
    let page = Page::new(pixels, Dpi { x: 400.0, y: 400.0 }, Vec::new()).unwrap();
    for fax in [tiff::write::fax_tiff(&[&page]).unwrap(), pdf::write::fax_pdf(&[&page]).unwrap()] {
        let outcome = readers.read(&fax).await.unwrap();
        let Outcome::Pages(pages) = outcome else { panic!("{outcome:?}") };
        assert!(matches!(&pages[..], [PageRead::Sheet { reading, .. }] if reading.flaws.is_empty()));
    }
    let [child] = pids(dir.path())[..] else { panic!("one child reads them all") };
    assert!(peak(child) <= 400, "{} MB", peak(child));
}

#[tokio::test]
async fn dropping_the_pool_leaves_no_process() {
    let dir = tempfile::tempdir().unwrap();
    let readers = readers(named(dir.path()), LONG);
    readers.probe().await.unwrap();
    drop(readers);
    let pid = pids(dir.path())[0];
    while runs(pid) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
