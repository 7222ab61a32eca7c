//! Fields that are ticked.

use super::{blank, doubtful};
use crate::field::Value;
use crate::form::{Field, Kind};
use crate::reading::{FieldReading, State};

/// What the ink of one check box says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoxMark {
    /// Clearly marked.
    pub marked: bool,
    /// Neither clearly marked nor clearly empty.
    pub unclear: bool,
    /// Share of ink inside the frame, 0 to 1.
    pub ratio: f32,
}

/// Probability that clearly marked and clearly empty boxes were seen right: single choices of
/// simulated faxes were wrong in 0 to 0.8 % (domain.md 1.4).
const CLEAR: f32 = 0.99;
const UNCLEAR: f32 = 0.5;

/// An answer that excludes all others of its field.
const NONE: &str = "なし";

/// Settles a field of check boxes; `marks` in the order of the field's boxes.
pub fn settle_boxes(field: &Field, marks: &[BoxMark]) -> FieldReading {
    if marks.len() != field.boxes.len() {
        let why = format!("{}個の枠のうち{}個しか測れません", field.boxes.len(), marks.len());
        return by_ink(doubtful(String::new(), &why));
    }
    let chosen = options(field, marks, |mark| mark.marked);
    let unclear = options(field, marks, |mark| mark.unclear && !mark.marked);
    if chosen.is_empty() && unclear.is_empty() {
        return blank(field);
    }
    let why = match field.kind {
        Kind::Choice if chosen.len() > 1 => Some("印が2つ以上あります"),
        _ if !unclear.is_empty() => Some("印があるかはっきりしない枠があります"),
        Kind::Choices if chosen.len() > 1 && chosen.iter().any(|c| c == NONE) => {
            Some("「なし」とほかの印が両方あります")
        }
        _ => None,
    };
    FieldReading {
        state: if why.is_none() { State::Sure } else { State::Doubtful },
        value: value(&field.kind, &chosen, &unclear),
        raw: chosen.join("、"),
        confidence: if why.is_none() { CLEAR } else { UNCLEAR },
        by: vec!["ink".to_owned()],
        why: why.map(str::to_owned),
        evidence: None,
    }
}

fn options(field: &Field, marks: &[BoxMark], keep: impl Fn(&BoxMark) -> bool) -> Vec<String> {
    let kept = field.boxes.iter().zip(marks).filter(|(_, mark)| keep(mark));
    kept.map(|(b, _)| b.option.clone()).collect()
}

/// The answer, or for a single choice with nothing clear the only candidate.
fn value(kind: &Kind, chosen: &[String], unclear: &[String]) -> Option<Value> {
    match (kind, chosen, unclear) {
        (Kind::Choices, _, _) => Some(Value::Choices(chosen.to_vec())),
        (Kind::Check, _, _) => Some(Value::Check(!chosen.is_empty())),
        (_, [only], _) | (_, [], [only]) => Some(Value::Choice(only.clone())),
        _ => None,
    }
}

fn by_ink(reading: FieldReading) -> FieldReading {
    FieldReading { by: vec!["ink".to_owned()], ..reading }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consensus::tests::{boxes, field};
    use crate::form::Required;

    const EMPTY: BoxMark = BoxMark { marked: false, unclear: false, ratio: 0.01 };
    const MARKED: BoxMark = BoxMark { marked: true, unclear: false, ratio: 0.2 };
    const UNCLEAR: BoxMark = BoxMark { marked: false, unclear: true, ratio: 0.04 };

    fn sex(marks: &[BoxMark]) -> FieldReading {
        settle_boxes(&boxes(field(Kind::Choice, 0), &["男", "女", "他"]), marks)
    }

    #[test]
    fn one_clear_mark_is_sure() {
        let read = sex(&[EMPTY, MARKED, EMPTY]);
        assert_eq!((read.state, read.value), (State::Sure, Some(Value::Choice("女".into()))));
        assert_eq!((read.raw.as_str(), read.why), ("女", None));
    }

    #[test]
    fn two_marks_are_no_answer() {
        let read = sex(&[MARKED, MARKED, EMPTY]);
        assert_eq!((read.state, read.value), (State::Doubtful, None));
        assert_eq!((read.raw.as_str(), read.why.as_deref()), ("男、女", Some("印が2つ以上あります")));
    }

    #[test]
    fn an_unclear_box_beside_a_mark_or_alone_is_doubtful_with_a_candidate() {
        for marks in [[MARKED, EMPTY, UNCLEAR], [UNCLEAR, EMPTY, EMPTY]] {
            let read = sex(&marks);
            assert_eq!((read.state, read.value), (State::Doubtful, Some(Value::Choice("男".into()))));
        }
        assert_eq!(sex(&[UNCLEAR, UNCLEAR, EMPTY]).value, None);
    }

    #[test]
    fn an_empty_field_is_blank_and_says_so_when_it_must_not_be() {
        assert_eq!(sex(&[EMPTY; 3]).why.as_deref(), Some("必須の欄が空欄です"));
        let mut optional = boxes(field(Kind::Choice, 0), &["1割", "2割"]);
        optional.required = Required::Optional;
        let read = settle_boxes(&optional, &[EMPTY; 2]);
        assert_eq!((read.state, read.value, read.why), (State::Blank, None, None));
    }

    #[test]
    fn several_answers_keep_the_order_of_the_form() {
        let care = boxes(field(Kind::Choices, 0), &["なし", "点滴", "酸素"]);
        let read = settle_boxes(&care, &[EMPTY, MARKED, MARKED]);
        let both = Some(Value::Choices(vec!["点滴".into(), "酸素".into()]));
        assert_eq!((read.state, read.value), (State::Sure, both));
        assert_eq!(settle_boxes(&care, &[EMPTY, MARKED, UNCLEAR]).state, State::Doubtful);
        let contradicting = settle_boxes(&care, &[MARKED, MARKED, EMPTY]);
        assert_eq!(contradicting.why.as_deref(), Some("「なし」とほかの印が両方あります"));
    }

    #[test]
    fn a_single_box_is_ticked_blank_or_doubtful() {
        let notebook = boxes(field(Kind::Check, 0), &["添付"]);
        assert_eq!(settle_boxes(&notebook, &[MARKED]).value, Some(Value::Check(true)));
        assert_eq!(settle_boxes(&notebook, &[EMPTY]).state, State::Blank);
        assert_eq!(settle_boxes(&notebook, &[UNCLEAR]).state, State::Doubtful);
    }

    #[test]
    fn boxes_that_were_not_measured_are_doubtful() {
        assert_eq!(sex(&[MARKED]).state, State::Doubtful);
    }
}
