//! Forms drawn here, faxed by a simulated channel, must be found, placed to half a millimetre, and their marks read.

mod channel;
mod lost;
mod paper;
mod pen;

use channel::{Chance, Channel};
use kasasagi_ocr::clean::{self, Square};
use kasasagi_ocr::form::{Form, Rect};
use kasasagi_ocr::identify::{self, Placed, Search};
use kasasagi_ocr::ink::{self, ChoiceAnswer, Verdict};
use kasasagi_ocr::reading::NoForm;
use paper::{Paper, form, payload, rect};

const FINE: (f64, f64) = (204.0, 196.0);
const STANDARD: (f64, f64) = (204.0, 98.0);

fn found(page: &Square, forms: &[&Form]) -> Vec<Placed> {
    match identify::find(page, forms) {
        Search::Found(placed) => placed,
        Search::NoForm(why) => panic!("no form: {why:?}"),
    }
}

fn no_form(page: &Square, forms: &[&Form]) -> NoForm {
    match identify::find(page, forms) {
        Search::Found(placed) => panic!("found {}", placed[0].form),
        Search::NoForm(why) => why,
    }
}

fn corners(r: Rect) -> [(f64, f64); 4] {
    [(r.x, r.y), (r.x + r.w, r.y), (r.x, r.y + r.h), (r.x + r.w, r.y + r.h)]
}

/// How a box is answered.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Answer {
    Nothing,
    Filled,
    Tick,
    Cross,
}

fn answer(paper: &mut Paper, chance: &mut Chance, r: Rect) -> Answer {
    let mut at = |x: f64, y: f64| (r.x + x + chance.between(-0.3, 0.3), r.y + y + chance.between(-0.3, 0.3));
    let (tick, cross) = (
        [at(0.6, 2.0), at(1.7, 3.3), at(4.4, -0.2)],
        [at(0.7, 0.7), at(3.3, 3.3), at(3.3, 0.7), at(0.7, 3.3)],
    );
    let pen = chance.between(0.45, 0.7);
    match chance.below(6) {
        0 => {
            paper.fill(rect(r.x + 0.2, r.y + 0.3, 3.6, 3.4));
            Answer::Filled
        }
        1 => {
            paper.stroke(&tick, pen);
            Answer::Tick
        }
        2 => {
            paper.stroke(&cross[..2], pen);
            paper.stroke(&cross[2..], pen);
            Answer::Cross
        }
        _ => Answer::Nothing,
    }
}

/// Sends filled forms through rough channels: every one is found and placed, every serial read, no box taken for
/// its opposite, and hardly one left to a person.
///
/// On a sideways page lost lines are told by the boxes alone, which stand farther apart than timing marks.
fn rough_trips(dpi: (f64, f64), seeds: std::ops::Range<u64>) {
    let form = form(3);
    let (mut boxes, mut unclear) = (0, 0);
    for seed in seeds {
        let chance = &mut Chance(seed);
        let digits = payload(3, 1, 387);
        let mut paper = Paper::printed(&form, Some(digits));
        let answers: Vec<Vec<Answer>> = form
            .fields
            .iter()
            .map(|f| f.boxes.iter().map(|b| answer(&mut paper, chance, b.rect)).collect())
            .collect();
        let channel = Channel::rough(chance, dpi);
        let square = clean::square(&channel.send(&paper, chance));
        let placed = found(&square, &[&form]);
        assert_eq!(placed.len(), 1, "seed {seed} {channel:?}");
        let placed = &placed[0];
        assert_eq!(placed.serial, Some(387), "seed {seed} {:?} {channel:?}", placed.codes);
        for field in &form.fields {
            for (x, y) in corners(field.zone) {
                let (seen, truth) = (placed.placement.to_px(x, y), channel.truth(&paper, &square, (x, y)));
                let error = (seen.0 - truth.0).hypot(seen.1 - truth.1) / square.px_per_mm();
                let sideways = placed.placement.quarter_turns() % 2 == 1;
                let allowed = if sideways { 0.8 } else { 0.5 };
                assert!(error < allowed, "seed {seed}: {} is {error:.2} mm off, {channel:?}", field.key);
            }
        }
        for (field, answers) in form.fields.iter().zip(&answers) {
            let marks = ink::boxes(&square, &placed.placement, field);
            for (mark, answer) in marks.iter().zip(answers) {
                let never = if *answer == Answer::Nothing { Verdict::Marked } else { Verdict::Empty };
                assert_ne!(mark.verdict, never, "seed {seed}: {} {answer:?} {mark:?} {channel:?}", field.key);
                boxes += 1;
                unclear += u32::from(mark.verdict == Verdict::Unclear);
            }
        }
    }
    assert!(unclear * 1000 <= boxes, "{unclear} of {boxes} boxes are left to a person");
}

#[test]
fn fine_faxes_are_placed_and_their_boxes_read() {
    rough_trips(FINE, 0..100);
}

#[test]
fn standard_faxes_are_placed_and_their_boxes_read() {
    rough_trips(STANDARD, 1000..1100);
}

#[test]
fn other_grids_are_placed_too() {
    for (seed, dpi) in [(1, (200.0, 200.0)), (2, (300.0, 300.0)), (3, (408.0, 391.0)), (4, (200.0, 100.0))] {
        rough_trips(dpi, seed..seed + 1);
    }
}

#[test]
fn every_quarter_turn_is_undone() {
    let form = form(3);
    let paper = Paper::printed(&form, Some(payload(3, 1, 5)));
    for turns in 0..4u8 {
        let channel = Channel { degrees: f64::from(turns) * 90.0 + 1.5, ..Channel::clear(FINE) };
        let square = clean::square(&channel.send(&paper, &mut Chance(1)));
        let placed = &found(&square, &[&form])[0];
        assert_eq!(placed.placement.quarter_turns(), turns);
        assert!((placed.skew_deg - 1.5).abs() < 0.1, "{}", placed.skew_deg);
        assert!((placed.scale - 1.0).abs() < 0.01);
        assert_eq!(placed.codes.qr, placed.codes.code128);
        assert!(placed.codes.qr.is_some());
    }
}

#[test]
fn one_fiducial_may_be_lost() {
    let form = form(3);
    for corner in 0..4 {
        let mut paper = Paper::printed(&form, Some(payload(3, 1, 5)));
        let r = form.marks.fiducials[corner];
        paper.stroke(&[(r.x - 4.0, r.y + 3.0), (r.x + 10.0, r.y + 3.0)], 9.0);
        let channel = Channel { degrees: 2.0, ..Channel::clear(STANDARD) };
        let square = clean::square(&channel.send(&paper, &mut Chance(1)));
        let placed = &found(&square, &[&form])[0];
        let truth = channel.truth(&paper, &square, (75.0, 100.0));
        let seen = placed.placement.to_px(75.0, 100.0);
        assert!((truth.0 - seen.0).hypot(truth.1 - seen.1) < 4.0, "corner {corner}");
    }
}

#[test]
fn a_form_cut_off_on_the_left_is_found_by_its_qr_code() {
    let form = form(3);
    let mut paper = Paper::printed(&form, Some(payload(3, 1, 5)));
    paper.cover(rect(0.0, 0.0, 21.0, 200.0));
    let square = clean::square(&Channel::clear(FINE).send(&paper, &mut Chance(1)));
    assert_eq!(found(&square, &[&form])[0].serial, Some(5));
}

#[test]
fn resolutions_taken_for_each_other_do_not_hide_a_form() {
    let form = form(3);
    let paper = Paper::printed(&form, Some(payload(3, 1, 5)));
    let sent = Channel::clear(STANDARD).send(&paper, &mut Chance(1));
    let told = kasasagi_ocr::page::Dpi { x: 204.0, y: 196.0 };
    let lying = kasasagi_ocr::page::Page::new(sent.pixels().clone(), told, vec![]).unwrap();
    assert_eq!(found(&clean::square(&lying), &[&form])[0].serial, Some(5));
}

#[test]
fn two_slips_on_one_scan_are_both_found() {
    let form = form(3);
    let mut sheet = Paper::blank(300.0, 200.0);
    sheet.paste(&Paper::printed(&form, Some(payload(3, 1, 7))), 0.0, 0.0);
    sheet.paste(&Paper::printed(&form, Some(payload(3, 1, 8))), 150.0, 0.0);
    let channel = Channel { degrees: 1.0, speckle: 0.003, ..Channel::clear(FINE) };
    let square = clean::square(&channel.send(&sheet, &mut Chance(1)));
    let mut serials: Vec<_> = found(&square, &[&form]).iter().map(|p| p.serial).collect();
    serials.sort_unstable();
    assert_eq!(serials, [Some(7), Some(8)]);
}

#[test]
fn forms_with_the_same_fiducials_are_told_apart() {
    let (three, four) = (form(3), form(4));
    let forms = [&three, &four];
    let channel = Channel { degrees: -2.0, speckle: 0.005, ..Channel::clear(STANDARD) };
    for (index, form) in forms.iter().enumerate() {
        let coded = Paper::printed(form, Some(payload(form.number, 1, 0)));
        let placed = &found(&clean::square(&channel.send(&coded, &mut Chance(9))), &forms)[0];
        assert_eq!((placed.form, placed.serial), (index, None));
        let uncoded = Paper::printed(form, None);
        let placed = &found(&clean::square(&channel.send(&uncoded, &mut Chance(9))), &forms)[0];
        assert_eq!((placed.form, placed.codes), (index, identify::CodesRead::default()));
    }
}

#[test]
fn what_is_no_known_form_says_why() {
    let (three, five) = (form(3), form(5));
    let send = |paper: &Paper| clean::square(&Channel::clear(FINE).send(paper, &mut Chance(2)));
    let blank = Channel { header: true, speckle: 0.005, ..Channel::clear(FINE) };
    let empty = clean::square(&blank.send(&Paper::blank(150.0, 200.0), &mut Chance(2)));
    assert_eq!(no_form(&empty, &[&three]), NoForm::Blank);

    let mut letter = Paper::blank(150.0, 200.0);
    for y in 0..20 {
        letter.stroke(&[(20.0, 30.0 + 7.0 * f64::from(y)), (120.0, 31.0 + 7.0 * f64::from(y))], 0.6);
    }
    assert_eq!(no_form(&send(&letter), &[&three]), NoForm::Unknown);

    let newer = Paper::printed(&three, Some(payload(3, 2, 1)));
    assert_eq!(no_form(&send(&newer), &[&three]), NoForm::UnknownVersion);

    let stranger = Paper::printed(&five, None);
    assert_eq!(no_form(&send(&stranger), &[&three]), NoForm::Unknown);

    let mut elsewhere = form(6);
    elsewhere.marks.fiducials[3].y -= 30.0;
    let mislabelled = Paper::printed(&three, Some(payload(6, 1, 1)));
    assert_eq!(no_form(&send(&mislabelled), &[&three, &elsewhere]), NoForm::CodesDisagree);

    let mut torn = Paper::printed(&three, None);
    torn.qr(three.marks.qr.unwrap(), payload(3, 1, 1));
    torn.code128(three.marks.code128.unwrap(), payload(3, 1, 2));
    assert_eq!(no_form(&send(&torn), &[&three]), NoForm::CodesDisagree);
}

#[test]
fn a_circle_around_a_box_is_for_a_person() {
    let form = form(3);
    let field = form.field("a").unwrap();
    for (radius, dpi) in [(3.0, FINE), (3.4, FINE), (3.2, STANDARD), (3.5, STANDARD)] {
        let mut paper = Paper::printed(&form, Some(payload(3, 1, 5)));
        let r = field.boxes[2].rect;
        paper.ring(r.x + 2.0, r.y + 2.0, radius, 0.5);
        let channel = Channel { degrees: 1.0, speckle: 0.003, ..Channel::clear(dpi) };
        let square = clean::square(&channel.send(&paper, &mut Chance(3)));
        let marks = ink::boxes(&square, &found(&square, &[&form])[0].placement, field);
        assert_eq!(marks[2].verdict, Verdict::Unclear, "{radius} {:?}", marks[2]);
        assert!(marks.iter().enumerate().all(|(i, m)| i == 2 || m.verdict == Verdict::Empty), "{marks:?}");
        assert!(matches!(ink::choice(&marks), ChoiceAnswer::One(2, sure) if sure < 0.9));
    }
}

#[test]
fn written_cells_are_cut_out_and_empty_ones_are_none() {
    let form = form(3);
    let field = form.field("e").unwrap();
    for (seed, dpi) in (0..12).zip([FINE, STANDARD].into_iter().cycle()) {
        let chance = &mut Chance(seed);
        let mut paper = Paper::printed(&form, Some(payload(3, 1, 5)));
        let written: Vec<bool> = field
            .cells
            .iter()
            .map(|c| {
                let (x, y) = (c.x + chance.between(-0.4, 0.4), c.y + chance.between(-0.4, 0.4));
                match chance.below(4) {
                    0 => paper.stroke(&[(x + 2.5, y + 1.0), (x + 2.3, y + 6.0)], 0.5),
                    1 => paper.ring(x + 2.5, y + 3.5, 1.8, 0.5),
                    2 => paper.stroke(&[(x + 0.8, y + 1.2), (x + 4.0, y + 1.2), (x + 1.5, y + 6.8)], 0.5),
                    _ => return false,
                }
                true
            })
            .collect();
        let channel = Channel::rough(chance, dpi);
        let square = clean::square(&channel.send(&paper, chance));
        let placed = &found(&square, &[&form])[0];
        let cells = ink::cells(&square, &placed.placement, field, 8.0);
        let seen: Vec<bool> = cells.iter().map(Option::is_some).collect();
        assert_eq!(seen, written, "seed {seed} {channel:?}");
        let empty = ink::cells(&square, &placed.placement, form.field("c").unwrap(), 8.0);
        assert!(empty.iter().all(Option::is_none), "seed {seed}");
    }
}

#[test]
fn text_zones_come_without_their_frame() {
    let form = form(3);
    let field = form.field("g").unwrap();
    let mut paper = Paper::printed(&form, Some(payload(3, 1, 5)));
    let bare =
        clean::square(&Channel { degrees: 2.0, ..Channel::clear(STANDARD) }.send(&paper, &mut Chance(3)));
    let placement = found(&bare, &[&form])[0].placement.clone();
    assert!(ink::zone_ink(&bare, &placement, field) < 0.001, "{}", ink::zone_ink(&bare, &placement, field));
    for i in 0..10 {
        let x = 35.0 + 6.0 * f64::from(i);
        paper.stroke(&[(x, 131.5), (x + 3.0, 136.5), (x, 136.5), (x + 3.0, 131.5)], 0.5);
    }
    let filled =
        clean::square(&Channel { degrees: 2.0, ..Channel::clear(STANDARD) }.send(&paper, &mut Chance(3)));
    assert!(ink::zone_ink(&filled, &placement, field) > 0.05);
    let line = ink::line(&filled, &placement, field.zone, 8.0);
    assert_eq!(line.dimensions(), (728, 72));
}
