//! Answers other than a tick: circles, corrections, ticks beside the box, and ink that is no answer.

use kasasagi_ocr::clean;
use kasasagi_ocr::form::Rect;
use kasasagi_ocr::ink::{self, Verdict};

use crate::channel::{Chance, Channel};
use crate::paper::{Paper, form, payload, rect};
use crate::{FINE, STANDARD, found};

/// The verdicts on the first row of boxes after drawing on its third box.
fn verdicts(dpi: (f64, f64), degrees: f64, draw: impl Fn(&mut Paper, Rect)) -> Vec<Verdict> {
    let form = form(3);
    let field = form.field("a").expect("the form has it");
    let mut paper = Paper::printed(&form, Some(payload(3, 1, 5)));
    draw(&mut paper, field.boxes[2].rect);
    let channel = Channel { degrees, speckle: 0.002, ..Channel::clear(dpi) };
    let square = clean::square(&channel.send(&paper, &mut Chance(3)));
    let placed = &found(&square, &[&form])[0];
    ink::boxes(&square, &placed.placement, field).iter().map(|mark| mark.verdict).collect()
}

fn only_third(verdict: Verdict) -> Vec<Verdict> {
    (0..7).map(|i| if i == 2 { verdict } else { Verdict::Empty }).collect()
}

fn ellipse(paper: &mut Paper, (x, y): (f64, f64), (a, b): (f64, f64)) {
    let turn = |k: i32| f64::from(k) * std::f64::consts::TAU / 60.0;
    let points: Vec<(f64, f64)> = (0..=60).map(|k| (x + a * turn(k).cos(), y + b * turn(k).sin())).collect();
    paper.stroke(&points, 0.5);
}

fn tick(paper: &mut Paper, r: Rect) {
    paper.stroke(&[(r.x + 0.6, r.y + 2.0), (r.x + 1.7, r.y + 3.3), (r.x + 3.9, r.y + 0.2)], 0.5);
}

#[test]
fn a_circle_around_box_and_label_or_label_alone_is_for_a_person() {
    for dpi in [FINE, STANDARD] {
        let both = verdicts(dpi, 1.0, |paper, r| ellipse(paper, (r.x + 5.4, r.y + 2.0), (6.5, 3.0)));
        assert_eq!(both, only_third(Verdict::Unclear), "{dpi:?}");
        let label = verdicts(dpi, -1.0, |paper, r| ellipse(paper, (r.x + 7.6, r.y + 2.0), (3.7, 2.6)));
        assert_eq!(label, only_third(Verdict::Unclear), "{dpi:?}");
    }
}

#[test]
fn a_struck_out_answer_is_for_a_person() {
    for dpi in [FINE, STANDARD] {
        let struck = verdicts(dpi, 1.0, |paper, r| {
            tick(paper, r);
            for y in [1.5, 2.5] {
                paper.stroke(&[(r.x - 0.8, r.y + y), (r.x + 11.9, r.y + y - 0.2)], 0.4);
            }
        });
        assert_eq!(struck, only_third(Verdict::Unclear), "{dpi:?}");
        let scribbled = verdicts(dpi, 1.0, |paper, r| {
            tick(paper, r);
            let zigzag =
                |k: i32| (r.x - 0.8 + 1.4 * f64::from(k), r.y + 2.0 + if k % 2 == 0 { 1.6 } else { -1.6 });
            paper.stroke(&(0..10).map(zigzag).collect::<Vec<_>>(), 0.4);
        });
        assert_eq!(scribbled, only_third(Verdict::Unclear), "{dpi:?}");
    }
}

#[test]
fn a_tick_that_flies_over_the_label_stays_a_tick() {
    for dpi in [FINE, STANDARD] {
        let long = verdicts(dpi, 1.0, |paper, r| {
            paper.stroke(&[(r.x + 0.5, r.y + 1.6), (r.x + 1.7, r.y + 3.6), (r.x + 8.2, r.y - 1.6)], 0.5);
        });
        assert_eq!(long, only_third(Verdict::Marked), "{dpi:?}");
    }
}

#[test]
fn a_tick_along_the_frame_is_not_empty() {
    for dpi in [FINE, STANDARD] {
        let hugging = verdicts(dpi, 0.5, |paper, r| {
            let curve = [
                (0.3, 1.2),
                (0.5, 2.6),
                (0.9, 3.6),
                (1.6, 3.8),
                (2.6, 3.2),
                (3.9, 2.2),
                (6.0, 0.4),
                (8.0, -1.4),
            ];
            paper.stroke(&curve.map(|(x, y)| (r.x + x, r.y + y)), 0.5);
        });
        assert_ne!(hugging[2], Verdict::Empty, "{dpi:?} {hugging:?}");
    }
}

#[test]
fn a_scanner_streak_through_boxes_is_no_mark() {
    for (dpi, degrees) in [(FINE, 0.0), (STANDARD, 0.0), (FINE, 4.0)] {
        let form = form(3);
        let paper = Paper::printed(&form, Some(payload(3, 1, 5)));
        let channel = Channel { degrees, ..Channel::clear(dpi) };
        let page = channel.send(&paper, &mut Chance(3));
        let place = form.field("a").expect("the form has it").boxes[2].rect;
        let clean_page = clean::square(&page);
        let (x, _) = channel.truth(&paper, &clean_page, (place.x + 2.0, place.y + 2.0));
        let mut pixels = page.pixels().clone();
        for y in 0..pixels.height() {
            for dx in 0..2 {
                pixels.put_pixel(x as u32 + dx, y, image::Luma([0]));
            }
        }
        let page = kasasagi_ocr::page::Page::new(pixels, page.dpi(), vec![]).unwrap();
        let square = clean::square(&page);
        let placed = &found(&square, &[&form])[0];
        for field in &form.fields {
            let marks = ink::boxes(&square, &placed.placement, field);
            assert!(marks.iter().all(|m| m.verdict == Verdict::Empty), "{dpi:?} {degrees} {marks:?}");
        }
    }
}

#[test]
fn a_box_cut_off_by_the_edge_is_for_a_person() {
    for dpi in [FINE, STANDARD] {
        let cut = verdicts(dpi, 0.5, |paper, r| paper.cover(rect(r.x - 0.5, r.y + 2.0, 5.0, 3.0)));
        assert_eq!(cut, only_third(Verdict::Unclear), "{dpi:?}");
    }
}
