//! Answers that boxes stand for, as a person types them.

use unicode_normalization::UnicodeNormalization;

use super::{Refusal, Value};
use crate::form::Field;

/// One option of the field.
pub(super) fn one(field: &Field, raw: &str) -> Result<Value, Refusal> {
    option(field, raw).map(Value::Choice)
}

/// Options parted by commas, in form order, each once.
pub(super) fn several(field: &Field, raw: &str) -> Result<Value, Refusal> {
    let parts = raw.split(['、', ',', '，', '\n']).filter(|part| !part.trim().is_empty());
    let named: Vec<String> = parts.map(|part| option(field, part)).collect::<Result<_, _>>()?;
    let options = field.boxes.iter().map(|b| b.option.clone());
    Ok(Value::Choices(options.filter(|option| named.contains(option)).collect()))
}

/// Whether a box is ticked.
pub(super) fn tick(raw: &str) -> Result<Value, Refusal> {
    match key(raw).as_str() {
        "あり" | "はい" | "有" | "✓" | "☑" | "レ" | "YES" | "TRUE" | "1" => Ok(Value::Check(true)),
        "なし" | "いいえ" | "無" | "□" | "☐" | "NO" | "FALSE" | "0" => Ok(Value::Check(false)),
        _ => Err(Refusal::new("「あり」か「なし」を入れてください")),
    }
}

fn option(field: &Field, raw: &str) -> Result<String, Refusal> {
    let wanted = key(raw);
    let found = field.boxes.iter().find(|b| key(&b.option) == wanted);
    found.map(|b| b.option.clone()).ok_or_else(|| {
        let options: Vec<&str> = field.boxes.iter().map(|b| b.option.as_str()).collect();
        Refusal::new(format!("選択肢にありません（{}）", options.join("・")))
    })
}

/// Widths, cases and the ways to write a grade made one: Ⅱ, ⅱ, II and 2 are the same.
fn key(raw: &str) -> String {
    let plain: String = raw.nfkc().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect();
    plain.replace("III", "3").replace("II", "2").replace("IV", "4").replace('I', "1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::{CheckBox, Kind, Rect, Required};

    fn field(options: &[&str]) -> Field {
        let zone = Rect { x: 0.0, y: 0.0, w: 1.0, h: 1.0 };
        let boxes = options.iter().map(|o| CheckBox { option: (*o).into(), rect: zone }).collect();
        Field {
            key: "grade".into(),
            number: 33,
            label: "認知症自立度".into(),
            kind: Kind::Choice,
            zone,
            required: Required::Always,
            boxes,
            cells: Vec::new(),
        }
    }

    #[test]
    fn grades_may_be_typed_in_any_way() {
        let grades = field(&["自立", "Ⅰ", "Ⅱa", "Ⅱb", "Ⅲa", "Ⅲb", "Ⅳ", "M"]);
        for raw in ["Ⅱa", "IIa", "ⅱａ", "2A", " 2 a "] {
            assert_eq!(one(&grades, raw), Ok(Value::Choice("Ⅱa".into())), "{raw}");
        }
        assert_eq!(one(&grades, "iv"), Ok(Value::Choice("Ⅳ".into())));
    }

    #[test]
    fn a_foreign_answer_is_refused_with_the_options() {
        let refused = one(&field(&["男", "女", "他"]), "不明").unwrap_err();
        assert_eq!(refused.why, "選択肢にありません（男・女・他）");
    }

    #[test]
    fn several_options_come_back_in_form_order_and_once() {
        let services = field(&["訪診", "訪看", "ICT", "他"]);
        let read = several(&services, "他、ict，訪看, 訪看");
        assert_eq!(read, Ok(Value::Choices(vec!["訪看".into(), "ICT".into(), "他".into()])));
        assert_eq!(several(&services, " "), Ok(Value::Choices(Vec::new())));
    }

    #[test]
    fn a_tick_is_yes_or_no() {
        assert_eq!(tick("あり"), Ok(Value::Check(true)));
        assert_eq!(tick("ＮＯ"), Ok(Value::Check(false)));
        assert!(tick("たぶん").is_err());
    }
}
