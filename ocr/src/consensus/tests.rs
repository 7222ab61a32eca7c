//! When a written field is sure.

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

#[test]
fn free_text_is_sure_when_one_good_reader_is_certain() {
    let read = settle(&text(), &[("ppocr", line("佐藤 ヒサ子", 0.985))], None);
    assert_eq!((read.state, read.value), (State::Sure, Some(Value::Text("佐藤 ヒサ子".into()))));
    assert_eq!(read.by, ["ppocr"]);
    assert_eq!(settle(&text(), &[("ppocr", line("佐藤", 0.97))], None).state, State::Doubtful);
}

#[test]
fn agreement_makes_a_fair_reading_sure_but_not_a_poor_one() {
    let both = |score| {
        settle(&text(), &[("ppocr", line("佐藤　ﾋｻ子", score)), ("tesseract", line("佐藤ヒサ子", 0.4))], None)
    };
    assert_eq!((both(0.75).state, both(0.75).by), (State::Sure, vec!["ppocr".into(), "tesseract".into()]));
    assert_eq!(both(0.6).state, State::Doubtful);
    assert_eq!(why(&both(0.6)), "文字がはっきりしません");
}

#[test]
fn a_different_text_of_the_weak_reader_does_not_shake_a_certain_one() {
    let readings = [("ppocr", line("高血圧症", 0.99)), ("tesseract", line("商血圧症", 0.99))];
    assert_eq!(settle(&text(), &readings, None).state, State::Sure);
}

#[test]
fn a_text_in_which_another_reader_saw_more_characters_is_doubtful_unless_nearly_certain() {
    let read = |score| {
        settle(&text(), &[("ppocr", line("医院纈涼", score)), ("tesseract", line("医院織編涼", 0.4))], None)
    };
    assert_eq!((read(0.981).state, why(&read(0.981))), (State::Doubtful, "文字が抜けている可能性があります"));
    assert_eq!(read(0.996).state, State::Sure);
}

#[test]
fn two_certain_readings_that_differ_are_doubtful() {
    let readings = [("ppocr", line("1234567890", 0.99)), ("digits", line("1234567898", 0.99))];
    let read = settle(&insured_no(), &readings, Some(10));
    assert_eq!((read.state, why(&read)), (State::Doubtful, "読み取り結果が分かれました"));
    assert_eq!(read.value, Some(Value::Digits("1234567898".into())));
}

#[test]
fn a_right_check_digit_lowers_the_bar_and_a_wrong_one_is_never_sure() {
    let read = |digits, score| settle(&patient_id(), &[("ppocr", line(digits, score))], Some(7));
    assert_eq!(read("0003878", 0.91).state, State::Sure);
    assert_eq!(read("0003878", 0.89).state, State::Doubtful);
    let wrong = read("0003879", 0.999);
    assert_eq!(
        (wrong.state, wrong.value.clone(), why(&wrong)),
        (State::Doubtful, None, "検査数字が合いません")
    );
    assert_eq!(wrong.raw, "0003879");
}

#[test]
fn the_reading_whose_check_digit_is_right_is_taken() {
    let readings = [("ppocr", line("0003879", 0.7)), ("digits", line("0003878", 0.95))];
    let read = settle(&patient_id(), &readings, Some(7));
    assert_eq!((read.state, read.value), (State::Sure, Some(Value::Digits("0003878".into()))));
}

#[test]
fn a_code_without_check_digit_needs_certainty_or_agreement() {
    let one = settle(&insured_no(), &[("ppocr", line("0012345678", 0.95))], Some(10));
    assert_eq!(one.state, State::Doubtful);
    let readers = [("ppocr", line("0012345678", 0.75)), ("tesseract", line("0012345678", 0.8))];
    assert_eq!(settle(&insured_no(), &readers, Some(10)).state, State::Sure);
}

#[test]
fn two_views_of_one_reader_count_for_less_than_two_readers() {
    let views = |one, other| {
        let views = [("ppocr", line("0012345678", one)), ("ppocr", line("0012345678", other))];
        settle(&insured_no(), &views, Some(10))
    };
    assert_eq!((views(0.92, 0.6).state, views(0.92, 0.6).by), (State::Sure, vec!["ppocr".to_owned()]));
    assert_eq!(views(0.92, 0.4).state, State::Doubtful);
    assert_eq!(views(0.8, 0.95).state, State::Doubtful);
}

fn cells(text: &str, digits: f32, other: Option<(&'static str, &str, f32)>) -> FieldReading {
    let mut readings = vec![("digits", line(text, digits))];
    readings.extend(other.map(|(reader, text, score)| (reader, line(text, score))));
    settle(&insured_no(), &readings, Some(10))
}

#[test]
fn the_reader_of_cells_is_believed_alone_when_certain_and_with_agreement_when_fair() {
    let agreeing = Some(("ppocr", "0012345678", 0.3));
    assert_eq!(cells("0012345678", THRESHOLDS.digits_alone, None).state, State::Sure);
    assert_eq!(cells("0012345678", THRESHOLDS.digits_alone - 0.01, None).state, State::Doubtful);
    let fair = cells("0012345678", THRESHOLDS.digits_agreed, agreeing);
    assert_eq!((fair.state, fair.by), (State::Sure, vec!["digits".to_owned(), "ppocr".to_owned()]));
    assert_eq!(cells("0012345678", THRESHOLDS.digits_agreed - 0.01, agreeing).state, State::Doubtful);
}

#[test]
fn the_reader_of_cells_is_doubted_when_a_line_reader_is_certain_of_another_value() {
    let against = |score| cells("0012345678", 0.999, Some(("ppocr", "0012345673", score)));
    assert_eq!(against(THRESHOLDS.digits_opposed - 0.01).state, State::Sure);
    assert_eq!(why(&against(THRESHOLDS.digits_opposed)), "読み取り結果が分かれました");
}

#[test]
fn no_line_reader_is_sure_against_the_reader_of_cells() {
    let readings = [("ppocr", line("0003878", 0.999)), ("digits", line("0003879", 0.4))];
    let read = settle(&patient_id(), &readings, Some(7));
    assert_eq!((read.state, read.value), (State::Doubtful, Some(Value::Digits("0003878".into()))));
}

#[test]
fn the_confidence_of_cells_is_that_of_all_of_them_together() {
    let confidence = cells("0012345678", 0.99, None).confidence;
    assert!((confidence - 0.99f32.powi(10)).abs() < 1e-4, "{confidence}");
}

#[test]
fn a_character_lost_between_the_cells_is_noticed() {
    let phone = field(Kind::Phone, 11);
    let read = settle(&phone, &[("ppocr", line("0586717531", 0.99))], Some(11));
    assert_eq!((read.state, why(&read)), (State::Doubtful, "記入のあるマスは11個ですが10文字と読めました"));
}

#[test]
fn tesseract_alone_needs_a_proof_in_the_value() {
    let alone = |field: &Field, text, score| {
        settle(field, &[("tesseract", line(text, score))], Some(field.cells.len()).filter(|n| *n > 0)).state
    };
    assert_eq!(alone(&text(), "佐藤", 0.99), State::Doubtful);
    assert_eq!(alone(&insured_no(), "0012345678", 0.99), State::Doubtful);
    assert_eq!(alone(&patient_id(), "0003878", 0.985), State::Sure);
    assert_eq!(alone(&patient_id(), "0003878", 0.95), State::Doubtful);
}

#[test]
fn tesseract_is_not_alone_when_a_better_reader_disagrees() {
    let readings = [("ppocr", line("000387", 0.5)), ("tesseract", line("0003878", 0.99))];
    let read = settle(&patient_id(), &readings, Some(7));
    assert_eq!((read.state, read.value), (State::Doubtful, Some(Value::Digits("0003878".into()))));
}

#[test]
fn an_empty_zone_is_blank_and_unreadable_ink_is_doubtful() {
    assert_eq!(settle(&text(), &[], None).state, State::Blank);
    assert_eq!(settle(&patient_id(), &[("ppocr", line("1", 0.3))], Some(0)).state, State::Blank);
    for (readings, inked) in [(vec![("ppocr", line("", 1.0))], None), (Vec::new(), Some(3))] {
        let read = settle(&text(), &readings, inked);
        assert_eq!((read.state, why(&read)), (State::Doubtful, "記入がありますが文字を読み取れません"));
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
    fn a_sure_field_was_read_well_by_the_reader_it_names(readings in any_readings()) {
        let read = settle(&text(), &readings, None);
        if read.state == State::Sure {
            let good = |(name, text): &&(&str, LineText)| *name == read.by[0] && text.lowest() >= THRESHOLDS.agreed;
            prop_assert!(readings.iter().any(|reading| good(&reading)));
        }
    }

    #[test]
    fn the_order_of_different_readers_does_not_matter(a in any_line(), b in any_line()) {
        let one = settle(&patient_id(), &[("ppocr", a.clone()), ("tesseract", b.clone())], Some(7));
        let other = settle(&patient_id(), &[("tesseract", b), ("ppocr", a)], Some(7));
        prop_assert_eq!(one, other);
    }
}
