//! Sheets whose marks are cut off, punched out, covered, or belong to another sheet.

use kasasagi_ocr::clean::{self, Square};
use kasasagi_ocr::form::{Form, Rect};
use kasasagi_ocr::identify::CodesRead;
use kasasagi_ocr::reading::NoForm;

use crate::channel::{Chance, Channel};
use crate::paper::{Paper, form, payload, rect};
use crate::{FINE, STANDARD, corners, found, no_form};

const PAIRS: [[usize; 2]; 6] = [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]];

/// A slightly skewed and shrunken fax.
fn channel(dpi: (f64, f64), degrees: f64) -> Channel {
    Channel { degrees, scale: 0.97, speckle: 0.002, ..Channel::clear(dpi) }
}

fn without(paper: &mut Paper, form: &Form, fiducials: &[usize]) {
    for &corner in fiducials {
        paper.cover(form.marks.fiducials[corner].grown(1.0));
    }
}

fn without_codes(paper: &mut Paper, form: &Form) {
    paper.cover(form.marks.qr.expect("the form has one").grown(1.0));
    paper.cover(form.marks.code128.expect("the form has one").grown(1.0));
}

/// The only form on the page: its codes, and the largest error of placement (mm).
fn placed(paper: &Paper, channel: &Channel, form: &Form) -> (CodesRead, f64) {
    let square: Square = clean::square(&channel.send(paper, &mut Chance(5)));
    let placed = found(&square, &[form]);
    assert_eq!(placed.len(), 1, "{channel:?}");
    let zones = form.fields.iter().flat_map(|f| corners(f.zone));
    let errors = zones.map(|(x, y)| {
        let (seen, truth) = (placed[0].placement.to_px(x, y), channel.truth(paper, &square, (x, y)));
        (seen.0 - truth.0).hypot(seen.1 - truth.1) / square.px_per_mm()
    });
    (placed[0].codes, errors.fold(0.0, f64::max))
}

#[test]
fn any_two_fiducials_may_be_lost() {
    let form = form(3);
    for (pair, dpi) in PAIRS.iter().zip([FINE, STANDARD].into_iter().cycle()) {
        let mut paper = Paper::printed(&form, Some(payload(3, 1, 5)));
        without(&mut paper, &form, pair);
        let (codes, error) = placed(&paper, &channel(dpi, -2.0), &form);
        assert!(codes != CodesRead::default() && error < 0.5, "{pair:?} {dpi:?} {error:.2} mm");
    }
}

#[test]
fn two_fiducials_and_both_codes_may_be_lost() {
    let form = form(3);
    for (pair, dpi) in PAIRS.iter().zip([STANDARD, FINE].into_iter().cycle()) {
        let mut paper = Paper::printed(&form, Some(payload(3, 1, 5)));
        without(&mut paper, &form, pair);
        without_codes(&mut paper, &form);
        let (codes, error) = placed(&paper, &channel(dpi, 181.5), &form);
        assert!(codes == CodesRead::default() && error < 0.5, "{pair:?} {dpi:?} {error:.2} mm");
    }
}

#[test]
fn every_edge_may_be_cut_off() {
    let form = form(3);
    let (w, h) = form.page_mm;
    let edges = [
        rect(0.0, 0.0, 21.0, h),
        rect(129.0, 0.0, 21.0, h),
        rect(0.0, 0.0, w, 23.0),
        rect(0.0, 177.0, w, 23.0),
    ];
    for edge in edges {
        for dpi in [FINE, STANDARD] {
            let mut paper = Paper::printed(&form, Some(payload(3, 1, 5)));
            paper.cover(edge);
            let (_, error) = placed(&paper, &channel(dpi, 1.5), &form);
            assert!(error < 0.5, "{edge:?} {dpi:?} {error:.2} mm");
        }
    }
}

#[test]
fn lines_lost_on_a_sheet_cut_off_at_the_left_are_told_by_its_boxes() {
    let form = form(3);
    let mut paper = Paper::printed(&form, Some(payload(3, 1, 5)));
    paper.cover(rect(0.0, 0.0, 21.0, 200.0));
    let lost_rows = vec![300, 500, 520, 700, 701, 900];
    let channel = Channel { lost_rows, ..channel(FINE, 0.0) };
    let (_, error) = placed(&paper, &channel, &form);
    assert!(error < 0.5, "{error:.2} mm");
}

#[test]
fn a_blot_on_the_last_timing_mark_does_not_bend_the_form() {
    let form = form(3);
    let mut paper = Paper::printed(&form, Some(payload(3, 1, 5)));
    let last = *form.marks.timing.last().unwrap();
    paper.cover(last.grown(0.3));
    paper.fill(Rect { y: last.y + 2.0, ..last });
    let (_, error) = placed(&paper, &channel(FINE, 0.5), &form);
    assert!(error < 0.4, "{error:.2} mm");
}

#[test]
fn a_slip_without_fiducials_beside_a_whole_one_is_not_left_out() {
    let form = form(3);
    let mut torn = Paper::printed(&form, Some(payload(3, 1, 8)));
    without(&mut torn, &form, &[0, 3]);
    let mut sheet = Paper::blank(300.0, 200.0);
    sheet.paste(&Paper::printed(&form, Some(payload(3, 1, 7))), 0.0, 0.0);
    sheet.paste(&torn, 150.0, 0.0);
    let square = clean::square(&channel(FINE, 1.0).send(&sheet, &mut Chance(1)));
    let mut serials: Vec<_> = found(&square, &[&form]).iter().map(|p| p.serial).collect();
    serials.sort_unstable();
    assert_eq!(serials, [Some(7), Some(8)]);
}

#[test]
fn a_code_does_not_make_a_form_of_what_is_none() {
    let form = form(3);
    let mut letter = Paper::blank(150.0, 200.0);
    for y in 0..20 {
        letter.stroke(&[(20.0, 45.0 + 7.0 * f64::from(y)), (120.0, 46.0 + 7.0 * f64::from(y))], 0.6);
    }
    letter.qr(form.marks.qr.expect("the form has one"), payload(3, 1, 5));
    assert_eq!(sent(&letter, &[&form]), NoForm::Unknown);

    let mut marked = Paper::blank(150.0, 200.0);
    for mark in form.marks.fiducials.iter().chain([&form.marks.orientation_bar]).chain(&form.marks.timing) {
        marked.fill(*mark);
    }
    marked.qr(form.marks.qr.expect("the form has one"), payload(3, 1, 5));
    assert_eq!(sent(&marked, &[&form]), NoForm::Unknown);
}

#[test]
fn codes_of_two_sheets_on_one_disagree() {
    let form = form(3);
    let mut paper = Paper::printed(&form, Some(payload(3, 1, 5)));
    paper.cover(form.marks.qr.expect("the form has one"));
    paper.qr(form.marks.qr.expect("the form has one"), payload(3, 1, 6));
    assert_eq!(sent(&paper, &[&form]), NoForm::CodesDisagree);
    without(&mut paper, &form, &[1, 2]);
    assert_eq!(sent(&paper, &[&form]), NoForm::CodesDisagree);
}

#[test]
fn an_unknown_version_is_named_without_its_fiducials_too() {
    let form = form(3);
    let mut paper = Paper::printed(&form, Some(payload(3, 2, 5)));
    without(&mut paper, &form, &[0, 1, 2, 3]);
    assert_eq!(sent(&paper, &[&form]), NoForm::UnknownVersion);
}

fn sent(paper: &Paper, forms: &[&Form]) -> NoForm {
    no_form(&clean::square(&channel(FINE, 1.0).send(paper, &mut Chance(2))), forms)
}
