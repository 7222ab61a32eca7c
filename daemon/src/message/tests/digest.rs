//! Several records in one mail.

use std::collections::BTreeMap;

use kasasagi_routing::facts::Urgency;
use kasasagi_store::id::ItemId;
use mail_parser::MimeHeaders;

use super::super::*;
use super::scene::*;
use crate::Result;

const ID: &str = "20261123.P0013.2";

/// A record of a patient that arrived this many minutes after the first.
fn record(number: u16, minutes: i64, patient: &str, name: &str) -> (ItemId, Sheet) {
    let mut scene = Scene::new();
    scene.item = format!("20261123-7K3QXD2M.{number}.P0013").parse().unwrap();
    scene.patient = PatientLabel { id: patient.into(), name: Some(name.into()) };
    scene.received_at += jiff::SignedDuration::from_mins(minutes);
    scene.urgency = Urgency::Routine;
    let sheet = scene.sheet();
    (scene.item, sheet)
}

fn composed(sheets: &[(ItemId, Sheet)]) -> Result<Mail> {
    digest(sheets, ID, &TO, &sender(), built_in(), CHECKPOINT, now())
}

fn three() -> Vec<(ItemId, Sheet)> {
    vec![
        record(1, 0, "0003878", "鵲 橋子"),
        record(2, 10, "0000019", "天野 織江"),
        record(3, 20, "0003878", "鵲 橋子"),
    ]
}

fn place(text: &str, of: &str) -> usize {
    text.find(of).unwrap_or_else(|| panic!("{of} is not in {text}"))
}

#[test]
fn patients_come_by_their_newest_record_and_the_newest_first() {
    let raw = composed(&three()).unwrap().clear();
    for words in [text(&parse(&raw)), html(&parse(&raw))] {
        let places = [
            "鵲 橋子（連携ID 0003878） 2件",
            "20261123-7K3QXD2M.3",
            "20261123-7K3QXD2M.1",
            "天野 織江（連携ID 0000019） 1件",
            "20261123-7K3QXD2M.2",
        ]
        .map(|of| place(&words, of));
        assert!(places.is_sorted(), "{places:?} in {words}");
    }
}

#[test]
fn the_text_of_a_digest_reads_top_down() {
    let raw = composed(&three()[1..2]).unwrap().clear();
    let expected = "\
FAX受信のまとめ 1件 20261123.P0013.2

天川 渡 様（主治医）
鵲市医師会に届いたFAX 1件を機械で読み取り、患者ごとにまとめてお送りします。

■■ 天野 織江（連携ID 0000019） 1件

■ 患者基本情報 共通様式
緊急度: 通常
受信日時: 令和8年11月23日（月）14時15分 (2026-11-23)
受付番号: 20261123-7K3QXD2M.2
様式: ICM-01 第01版
【要確認】の項目: 1件

□ 宛先
登録医コード: 0865
";
    let text = text(&parse(&raw)).replace("\r\n", "\n");
    assert!(text.starts_with(expected), "{text}");
    assert!(text.contains("\n■■ お願い\n・【要確認】の項目は"), "{text}");
}

#[test]
fn each_record_brings_its_page_and_each_doubtful_field_its_own_picture() {
    let scene = Scene::new();
    let pictured = |number: u16| {
        let item: ItemId = format!("20261123-7K3QXD2M.{number}.P0013").parse().unwrap();
        let crops = BTreeMap::from([("birth".to_owned(), vec![number as u8])]);
        let sheet = Sheet::of(SheetSource { record: item.record(), crops, ..scene.source() });
        (item, sheet)
    };
    let raw = composed(&[pictured(1), pictured(2)]).unwrap().clear();
    let mail = parse(&raw);
    let names: Vec<_> = mail.attachments().filter_map(|part| part.attachment_name()).collect();
    assert_eq!(names, ["20261123-7K3QXD2M.2.pdf", "20261123-7K3QXD2M.1.pdf"]);
    let shown: Vec<_> = mail.parts.iter().filter_map(|part| part.content_id()).collect();
    assert_eq!(shown.len(), 2);
    assert_ne!(shown[0], shown[1]);
    assert!(shown.iter().all(|id| html(&mail).contains(&format!("cid:{id}"))));
}

#[test]
fn the_headers_of_a_digest_name_it_and_nobody_in_it() {
    let raw = composed(&three()).unwrap().clear();
    let mail = parse(&raw);
    assert_eq!(mail.subject(), Some("FAX受信のまとめ 3件 20261123.P0013.2"));
    assert_eq!(mail.header_raw(DIGEST_FIELD).map(str::trim), Some(ID));
    assert!(mail.header_raw(ITEM_FIELD).is_none());
    assert_eq!(mail.message_id(), Some(About::Digest(ID).message_id("kasasagi.example.jp").as_str()));
    let headers: String = mail.headers_raw().map(|(_, value)| value).collect();
    for private in ["橋子", "織江", "0003878", "0000019", "0586", "慢性"] {
        assert!(!headers.contains(private) && !mail.subject().unwrap().contains(private), "{private}");
    }
}

#[test]
fn a_digest_is_as_urgent_as_its_most_urgent_record() {
    let mut sheets = three();
    sheets[1].1.urgency = Urgency::Today;
    let raw = composed(&sheets).unwrap().clear();
    assert!(parse(&raw).subject().unwrap().starts_with("【至急】"));
    assert!(text(&parse(&raw)).contains("「確認」と返信"));
}

#[test]
fn who_may_not_see_the_name_sees_no_number_either() {
    let scene = Scene::new();
    let sheet = Sheet::of(SheetSource { visible: &|key| key == "kana", ..scene.source() });
    let raw = composed(&[(scene.item.clone(), sheet)]).unwrap().clear();
    assert!(text(&parse(&raw)).contains("■■ 患者 1 1件"), "{}", text(&parse(&raw)));
    assert!(!everything(&raw).contains("0003878") && !everything(&raw).contains("橋子"));
}

#[test]
fn a_digest_too_large_for_a_mail_server_says_so() {
    let mut sheets = three();
    sheets[0].1.page_pdf = vec![7; LARGEST * 3 / 4];
    let told = composed(&sheets).unwrap_err().to_string();
    assert!(told.contains(ID) && told.contains("send fewer records"), "{told}");
    assert!(sheets[0].1.weight() > LARGEST, "its weight foretells it");
}

#[test]
fn a_digest_of_nothing_or_without_a_usable_name_is_an_error() {
    assert!(composed(&[]).is_err());
    for id in ["", "a b", "a\r\nBcc: x", "あ", &"x".repeat(101)] {
        let mail = digest(&three(), id, &TO, &sender(), built_in(), CHECKPOINT, now());
        assert!(mail.unwrap_err().to_string().contains("its name"), "{id:?}");
    }
}

#[test]
fn a_hundred_records_are_within_the_bounds_of_rendering() {
    let sheets: Vec<_> =
        (1..=100).map(|n| record(n, i64::from(n), &format!("{:07}", n % 9), "鵲 橋子")).collect();
    let raw = composed(&sheets).unwrap().clear();
    assert_eq!(parse(&raw).attachment_count(), 100);
}

#[test]
fn the_same_sheets_give_the_same_bytes_in_any_order() {
    let mut turned = three();
    turned.reverse();
    assert_eq!(composed(&three()).unwrap().clear(), composed(&turned).unwrap().clear());
}
