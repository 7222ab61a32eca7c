//! What is sealed at the decision, and that it stays readable.

use std::collections::BTreeMap;

use super::super::*;
use super::scene::*;

#[test]
fn a_sheet_comes_back_as_it_was_sealed() {
    let scene = Scene::new();
    let crops = BTreeMap::from([("birth".to_owned(), vec![0, 255, 7])]);
    let sheet = Sheet::of(SheetSource { crops, ..scene.source() });
    let back = Sheet::from_bytes(&sheet.to_bytes().unwrap()).unwrap();
    assert!(back == sheet);
    assert_eq!(back.record(), scene.item.record());
    assert_eq!(back.received_at(), scene.received_at.timestamp());
    assert_eq!((back.doubtful(), back.is_correction()), (1, false));
    assert!(back.weight() > PDF.len());
}

/// Sheets are sealed for as long as a mail may wait: what an older version wrote must stay readable.
#[test]
fn a_sheet_of_the_first_version_stays_readable() {
    let stored = r#"{"record":"20261123-7K3QXD2M.1","urgency":"today","received_at":"2026-11-23T05:05:00Z",
        "received":"令和8年11月23日（月）14時05分 (2026-11-23)",
        "form":{"id":"ICM-01","version":1,"title":"患者基本情報 共通様式"},
        "patient":{"id":"0003878","name":"鵲 橋子"},"patient_shown":true,
        "corrects":{"record":"20261122-7K3QXD2M.1","changes":[{"label":"患者電話","before":"1","now":"2"}]},
        "sections":[{"heading":"患者","rows":[{"key":"kana","label":"患者フリガナ","value":"ハシコ","doubt":null},
        {"key":"birth","label":"生年月日","value":"x","doubt":"y"}]}],
        "missing":["同意"],"notes":["n"],"crops":{"birth":"iVBORw=="},"page_pdf":"JVBERg==","page_masked":false}"#;
    let sheet = Sheet::from_bytes(stored.as_bytes()).unwrap();
    assert_eq!((sheet.doubtful(), sheet.is_correction()), (1, true));
    let raw = Scene::new().mail(&sheet).unwrap().clear();
    assert!(everything(&raw).contains("生年月日: 【要確認】x（理由: y）"));
    assert_eq!(parse(&raw).attachment(1).unwrap().contents(), b"%PDF");
}

#[test]
fn a_sheet_holds_nothing_that_its_recipient_may_not_see() {
    let scene = Scene::new();
    let visible = |key: &str| key == "kana";
    let crops = BTreeMap::from([("birth".to_owned(), b"picture".to_vec())]);
    let sheet = Sheet::of(SheetSource { visible: &visible, crops, notes: &[], ..scene.source() });
    let sealed = String::from_utf8(sheet.to_bytes().unwrap()).unwrap();
    for hidden in ["慢性心不全", "0586", "昭和", "鵲 橋子", "JVBER", "cGljdHVyZQ"] {
        assert!(!sealed.contains(hidden), "{hidden} is in {sealed}");
    }
    assert!(sealed.contains("カササギ ハシコ"));
}

#[test]
fn debug_output_tells_the_record_and_nothing_of_it() {
    let scene = Scene::new();
    let (sheet, source) = (scene.sheet(), &scene.patient);
    let shown = format!("{sheet:?} {source:?} {:?}", scene.mail(&sheet).unwrap());
    assert!(shown.contains("20261123-7K3QXD2M.1"));
    for private in ["ハシコ", "橋子", "0003878", "慢性心不全", "0586", "天川"] {
        assert!(!shown.contains(private), "{private} is in {shown}");
    }
}

#[test]
fn a_fault_in_a_sealed_sheet_quotes_nothing_of_it() {
    let told = format!("{:?}", Sheet::from_bytes("{\"record\":\"鵲 橋子\"}".as_bytes()).unwrap_err());
    assert!(!told.contains("橋子"), "{told}");
}

#[test]
fn the_invented_sheet_can_be_sent() {
    let sheet = sample();
    let item = ItemId::new(sheet.record().clone(), "P0013").unwrap();
    let mail = single(&sheet, &item, &TO, &Scene::new().sender, built_in(), CHECKPOINT, now()).unwrap();
    assert!(text(&parse(&mail.clear())).contains("見本"));
}
