//! When a written field is sure.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::form::{CheckBox, CheckDigit, Rect};

const ZONE: Rect = Rect { x: 0.0, y: 0.0, w: 1.0, h: 1.0 };

pub(super) fn field(kind: Kind, cells: usize) -> Field {
    Field {
        key: "sample".into(),
        number: 1,
        label: "見本".into(),
        kind,
        zone: ZONE,
        required: Required::Always,
        boxes: Vec::new(),
        cells: vec![ZONE; cells],
    }
}

pub(super) fn boxes(field: Field, options: &[&str]) -> Field {
    let boxes = options.iter().map(|o| CheckBox { option: (*o).into(), rect: ZONE }).collect();
    Field { boxes, ..field }
}

pub(super) fn line(text: &str, score: f32) -> LineText {
    LineText::of(text.chars().map(|c| (c, score)).collect())
}

fn text() -> Field {
    field(Kind::Text { max_chars: 16, lines: 1 }, 0)
}

fn patient_id() -> Field {
    field(Kind::Code { check: CheckDigit::Damm }, 7)
}

fn insured_no() -> Field {
    field(Kind::Code { check: CheckDigit::None }, 10)
}

fn why(read: &FieldReading) -> &str {
    read.why.as_deref().unwrap_or_default()
}

/// A calibration of round numbers: odds grow with the scores, agreement and a check digit raise them, and 0.99 is enough
/// for a budget of 0.2 %.
static ROUND: LazyLock<Calibration> = LazyLock::new(|| {
    let class = |weights: &[(&str, f32)]| {
        let weights: serde_json::Map<String, serde_json::Value> =
            weights.iter().map(|(name, weight)| ((*name).to_owned(), (*weight).into())).collect();
        serde_json::json!({ "bias": 0.0, "weights": weights, "bounds": [[0.002, 0.99], [0.01, 0.95]] })
    };
    let text = class(&[
        ("lowest", 1.0),
        ("confirmed", 3.0),
        ("outnumbered", -3.0),
        ("doubts", -5.0),
        ("gap", -10.0),
    ]);
    let kana = class(&[("lowest", 1.0), ("confirmed", 2.0)]);
    let comb = class(&[("product", 1.0), ("check_digit", 3.0), ("line_agrees", 3.0), ("line_opposes", -5.0)]);
    let classes = serde_json::json!({
        "text": text, "text-alone": text, "kana": kana, "kana-alone": kana, "comb": comb, "comb-alone": comb,
    });
    serde_json::from_value(serde_json::json!({ "classes": classes })).unwrap()
});

pub(super) fn judge() -> Judge<'static> {
    Judge { calibration: &ROUND, budget: 0.002, standard: false }
}

fn settle(field: &Field, readings: &[(&'static str, LineText)], inked: Option<usize>) -> FieldReading {
    judge().settle(field, readings, inked)
}

#[test]
fn free_text_is_sure_when_it_is_probable_enough() {
    let read = settle(&text(), &[("ppocr", line("佐藤 ヒサ子", 0.995))], None);
    assert_eq!((read.state, read.value), (State::Sure, Some(Value::Text("佐藤 ヒサ子".into()))));
    assert_eq!(read.by, ["ppocr"]);
    assert!((read.confidence - 0.995).abs() < 1e-3, "{}", read.confidence);
    assert_eq!(settle(&text(), &[("ppocr", line("佐藤", 0.97))], None).state, State::Doubtful);
}

#[test]
fn a_larger_budget_makes_more_fields_sure_and_none_makes_none() {
    let readings = [("ppocr", line("佐藤", 0.97))];
    let state = |budget| Judge { budget, ..judge() }.settle(&text(), &readings, None).state;
    assert_eq!((state(0.002), state(0.01), state(0.0)), (State::Doubtful, State::Sure, State::Doubtful));
}

#[test]
fn agreement_makes_a_fair_reading_sure_but_not_a_poor_one() {
    let both = |score| {
        settle(&text(), &[("ppocr", line("佐藤　ﾋｻ子", score)), ("tesseract", line("佐藤ヒサ子", 0.4))], None)
    };
    assert_eq!((both(0.9).state, both(0.9).by), (State::Sure, vec!["ppocr".into(), "tesseract".into()]));
    assert_eq!((both(0.6).state, why(&both(0.6))), (State::Doubtful, "文字がはっきりしません"));
}

#[test]
fn a_text_in_which_another_reader_saw_more_characters_is_doubtful() {
    let read =
        settle(&text(), &[("ppocr", line("医院纈涼", 0.997)), ("tesseract", line("医院織編涼", 0.4))], None);
    assert_eq!((read.state, why(&read)), (State::Doubtful, "文字が抜けている可能性があります"));
}

#[test]
fn room_for_another_character_makes_a_text_doubtful() {
    let spaced = LineText { widest_gap: 1.1, ..line("慢性炎", 0.9999) };
    let read = settle(&text(), &[("ppocr", spaced)], None);
    assert_eq!((read.state, why(&read)), (State::Doubtful, "文字が抜けている可能性があります"));
}

#[test]
fn look_alikes_are_settled_by_their_neighbours_and_doubted_between_two_scripts() {
    let read = settle(&text(), &[("ppocr", line("江ロ信子", 0.999))], None);
    assert_eq!((read.state, read.value), (State::Sure, Some(Value::Text("江口信子".into()))));
    assert_eq!(read.raw, "江ロ信子", "the raw text is kept");
    let open = settle(&text(), &[("ppocr", line("七タクリニック", 0.999))], None);
    assert_eq!((open.state, why(&open)), (State::Doubtful, "形の似た別の文字かもしれません"));
}

#[test]
fn a_right_check_digit_raises_belief_and_a_wrong_one_is_never_sure() {
    let read = |digits, score| settle(&patient_id(), &[("digits", line(digits, score))], Some(7));
    assert_eq!(read("0003878", 0.99).state, State::Sure);
    assert_eq!(
        settle(&insured_no(), &[("digits", line("0012345678", 0.99))], Some(10)).state,
        State::Doubtful
    );
    let wrong = read("0003879", 0.9999);
    assert_eq!(
        (wrong.state, wrong.value.clone(), why(&wrong)),
        (State::Doubtful, None, "検査数字が合いません")
    );
    assert_eq!(wrong.raw, "0003879");
}

#[test]
fn cells_read_alike_by_a_reader_of_lines_are_believed_sooner() {
    let digits = ("digits", line("0012345678", 0.985));
    let with = |text: &str| settle(&insured_no(), &[digits.clone(), ("ppocr", line(text, 0.9))], Some(10));
    assert_eq!((with("0012345678").state, with("0012345678").by.len()), (State::Sure, 2));
    let opposed = with("0012345673");
    assert_eq!((opposed.state, why(&opposed)), (State::Doubtful, "読み取り結果が分かれました"));
    assert_eq!(opposed.value, Some(Value::Digits("0012345678".into())));
}

#[test]
fn no_line_reader_is_sure_against_the_reader_of_cells() {
    let readings = [("ppocr", line("0003878", 0.9999)), ("digits", line("0003879", 0.4))];
    let read = settle(&patient_id(), &readings, Some(7));
    assert_eq!((read.state, read.value), (State::Doubtful, Some(Value::Digits("0003878".into()))));
    assert!(read.confidence < 0.5);
}

#[test]
fn a_character_lost_between_the_cells_is_noticed() {
    let phone = field(Kind::Phone, 11);
    let read = settle(&phone, &[("digits", line("0586717531", 0.9999))], Some(11));
    assert_eq!((read.state, why(&read)), (State::Doubtful, "記入のあるマスは11個ですが10文字と読めました"));
}

#[test]
fn tesseract_alone_is_never_sure() {
    let read = settle(&text(), &[("tesseract", line("佐藤", 0.9999))], None);
    assert_eq!((read.state, why(&read)), (State::Doubtful, "文字がはっきりしません"));
    assert_eq!(
        settle(&patient_id(), &[("tesseract", line("0003878", 0.9999))], Some(7)).state,
        State::Doubtful
    );
}

#[test]
fn an_empty_zone_is_blank_and_unreadable_ink_is_doubtful() {
    assert_eq!(settle(&text(), &[], None).state, State::Blank);
    assert_eq!(settle(&patient_id(), &[("digits", line("1", 0.3))], Some(0)).state, State::Blank);
    for (readings, inked) in [(vec![("ppocr", line("", 1.0))], None), (Vec::new(), Some(3))] {
        let read = settle(&text(), &readings, inked);
        assert_eq!((read.state, why(&read)), (State::Doubtful, "記入がありますが文字を読み取れません"));
    }
}

#[test]
fn the_embedded_calibration_knows_every_class_and_every_feature() {
    let embedded: serde_json::Value =
        serde_json::from_str(include_str!("../../models/calibration.json")).unwrap();
    let _ = Calibration::embedded();
    for class in ["text", "text-alone", "kana", "kana-alone", "comb", "comb-alone"] {
        let weights =
            embedded["classes"][class]["weights"].as_object().unwrap_or_else(|| panic!("no {class}"));
        let mut fitted: Vec<&str> = weights.keys().map(String::as_str).collect();
        let mut weighed = evidence::names(class).to_vec();
        fitted.sort_unstable();
        weighed.sort_unstable();
        assert_eq!(fitted, weighed, "{class}: run make calibrate");
        let bounds = embedded["classes"][class]["bounds"].as_array().unwrap();
        let falling = bounds.is_sorted_by(|a, b| a[1].as_f64() >= b[1].as_f64());
        assert!(falling, "{class}: a larger budget needs no more certainty");
    }
}

fn any_line() -> impl Strategy<Value = LineText> {
    prop::collection::vec(
        (prop::sample::select(vec!['0', '3', '7', '8', 'ア', ' ', '山']), 0.0f32..=1.0),
        0..9,
    )
    .prop_map(LineText::of)
}

fn any_readings() -> impl Strategy<Value = Vec<(&'static str, LineText)>> {
    let reader = prop::sample::select(vec!["digits", "ppocr", "tesseract"]);
    prop::collection::vec((reader, any_line()), 0..4)
}

proptest! {
    #[test]
    fn sure_has_a_value_and_doubt_has_a_reason(readings in any_readings(), inked in prop::option::of(0usize..9)) {
        for field in [text(), patient_id(), insured_no(), field(Kind::Kana, 20), field(Kind::Phone, 11)] {
            let read = settle(&field, &readings, inked);
            prop_assert!((0.0..=1.0).contains(&read.confidence));
            match read.state {
                State::Sure => prop_assert!(read.value.is_some() && read.why.is_none()),
                State::Doubtful => prop_assert!(read.why.is_some()),
                State::Blank => prop_assert!(read.value.is_none()),
            }
        }
    }

    #[test]
    fn the_order_of_different_readers_does_not_matter(a in any_line(), b in any_line()) {
        let one = settle(&patient_id(), &[("ppocr", a.clone()), ("tesseract", b.clone())], Some(7));
        let other = settle(&patient_id(), &[("tesseract", b), ("ppocr", a)], Some(7));
        prop_assert_eq!(one, other);
    }
}
