//! What a mail about one record holds, seen through another program's eyes: `mail_parser` takes it apart.

use std::collections::BTreeMap;

use kasasagi_ocr::field::Value;
use kasasagi_ocr::reading::State;
use kasasagi_routing::facts::Urgency;
use kasasagi_store::id::ItemId;
use mail_parser::MimeHeaders;
use proptest::prelude::*;

use super::super::*;
use super::scene::*;

#[test]
fn a_mail_has_words_twice_and_the_page() {
    let raw = sample_mail();
    let mail = parse(&raw);
    assert_eq!(
        kinds(&mail),
        ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/pdf"]
    );
    let page = mail.attachment(0).unwrap();
    assert_eq!(page.attachment_name(), Some("20261123-7K3QXD2M.1.pdf"));
    assert_eq!(page.contents(), PDF);
}

#[test]
fn the_headers_say_who_and_when_but_nothing_of_the_patient() {
    let raw = sample_mail();
    let mail = parse(&raw);
    assert_eq!(mail.subject(), Some("【至急】FAX受信のお知らせ 20261123-7K3QXD2M.1"));
    let from = mail.from().unwrap().first().unwrap();
    assert_eq!(from.name(), Some("鵲市医師会 FAX受付"));
    assert_eq!(from.address(), Some("fax@kasasagi.example.jp"));
    let to = mail.to().unwrap().first().unwrap();
    assert_eq!((to.name(), to.address()), (Some("天川 渡"), Some("amakawa@clinic.example.jp")));
    assert_eq!(mail.reply_to().unwrap().first().unwrap().address(), Some("fax@kasasagi.example.jp"));
    assert_eq!(mail.date().unwrap().to_rfc3339(), "2026-11-23T05:06:07Z");
    assert_eq!(mail.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"));
    assert_eq!(mail.header_raw("X-Kasasagi-Item").map(str::trim), Some("20261123-7K3QXD2M.1.P0013"));
    assert_eq!(mail.header_raw("Importance").map(str::trim), Some("high"));
    let headers: String = mail.headers_raw().map(|(_, value)| value).collect();
    let subject = mail.subject().unwrap();
    for private in ["カササギ", "ハシコ", "0865", "1234567890", "0586012345", "慢性心不全", "1938"]
    {
        assert!(!headers.contains(private) && !subject.contains(private), "{private}");
    }
}

#[test]
fn a_routine_mail_is_not_marked_urgent() {
    let scene = Scene::new();
    let raw = scene.raw(SheetSource { urgency: Urgency::Routine, ..scene.source() });
    assert_eq!(parse(&raw).subject(), Some("FAX受信のお知らせ 20261123-7K3QXD2M.1"));
    assert!(!header_names(&raw).contains(&"Importance".to_owned()));
    let raw = scene.raw(SheetSource { urgency: Urgency::Emergency, ..scene.source() });
    assert_eq!(parse(&raw).subject(), Some("【緊急】FAX受信のお知らせ 20261123-7K3QXD2M.1"));
}

#[test]
fn the_message_id_is_for_ever_the_same() {
    let item: ItemId = "20261123-7K3QXD2M.1.P0013".parse().unwrap();
    let id = message_id(&item, "kasasagi.example.jp");
    // First 160 bits of sha256("kasasagi message-id 1\n20261123-7K3QXD2M.1.P0013"). Changing them would
    // send every mail under way a second time under a new name.
    assert_eq!(id, "38866a4df6193327195354d0e6c7b4f8841d1256@kasasagi.example.jp");
    assert_eq!(parse(&sample_mail()).message_id(), Some(id.as_str()));
    assert!(!id.contains("P0013") && !id.contains("7K3QXD2M"));
    let other: ItemId = "20261123-7K3QXD2M.1.P0021".parse().unwrap();
    assert_ne!(message_id(&other, "kasasagi.example.jp"), id);
}

#[test]
fn the_same_letter_gives_the_same_bytes() {
    assert_eq!(sample_mail(), sample_mail());
}

#[test]
fn the_mail_is_seven_bit_and_every_line_ends_with_crlf_and_fits() {
    let raw = String::from_utf8(sample_mail()).unwrap();
    assert!(raw.is_ascii());
    assert!(raw.ends_with("\r\n"));
    for line in raw.split("\r\n") {
        assert!(!line.contains(['\r', '\n']) && line.len() <= 998, "{line:?}");
    }
}

#[test]
fn the_text_reads_top_down() {
    let expected = "\
【至急】FAX受信のお知らせ 20261123-7K3QXD2M.1

天川 渡 様（主治医）
鵲市医師会に届いたFAX「患者基本情報 共通様式」を機械で読み取り、お送りします。

緊急度: 至急（本日中にご確認ください）
受信日時: 令和8年11月23日（月）14時05分 (2026-11-23)
受付番号: 20261123-7K3QXD2M.1
様式: ICM-01 第01版
【要確認】の項目: 1件

■ 宛先
登録医コード: 0865

■ 患者
患者フリガナ: カササギ ハシコ
生年月日: 【要確認】昭和13年5月3日 (1938-05-03)（理由: 年齢と一致しません）
被保険者番号: 1234567890
患者電話: 0586-01-2345

■ 医療
主病名: 慢性心不全
医療処置: 酸素、吸引

■ 記入のない必須項目
・同意

■ 注意
・同意欄に記入がありません

■ お願い
・確認したら、このメールに「確認」と返信してください。
・【要確認】の項目は機械が確信をもって読み取れませんでした。原本または発信元にご確認ください。
・届いたFAXの画像をPDFで添付しています。判断の際は必ず画像をご確認ください。
・お心当たりのない内容、または宛先の誤りと思われるときは、転送・保存をせず下記までご連絡ください。
・問い合わせ先: 鵲市医師会 office@kasasagi.example.jp

-- 
このメールはFAX受信システム Kasasagi が自動で送信しました。
監査記録: 42 9f86d081
";
    assert_eq!(text(&parse(&sample_mail())).replace("\r\n", "\n"), expected);
}

#[test]
fn the_html_serves_phones_and_screen_readers_and_fetches_nothing() {
    let html = html(&parse(&sample_mail()));
    for needed in [
        "<html lang=\"ja\">",
        "name=\"viewport\"",
        "<th scope=\"row\">患者電話</th><td>0586-01-2345</td>",
        "<strong>【要確認】</strong>昭和13年5月3日 (1938-05-03)",
        "<li>同意</li>",
    ] {
        assert!(html.contains(needed), "{needed} is not in {html}");
    }
    for fetching in ["http:", "https:", "src=", "href=", "url(", "<script", "<img", "<link", "@import"] {
        assert!(!html.contains(fetching), "{fetching}");
    }
}

#[test]
fn a_hidden_field_appears_nowhere_and_takes_the_page_with_it() {
    let scene = Scene::new();
    let visible = |key: &str| !["disease", "tel", "consent"].contains(&key);
    let raw = scene.raw(SheetSource { visible: &visible, notes: &[], ..scene.source() });
    let all = everything(&raw);
    for private in ["慢性心不全", "0586012345", "0586-01-2345", "主病名", "患者電話", "同意", "%PDF"]
    {
        assert!(!all.contains(private), "{private} shows");
    }
    assert!(all.contains("カササギ ハシコ"));
    assert!(text(&parse(&raw)).contains("画像は添付していません"));
    assert_eq!(parse(&raw).attachment_count(), 0);
}

#[test]
fn a_masked_page_goes_along_although_fields_are_hidden() {
    let scene = Scene::new();
    let raw =
        scene.raw(SheetSource { visible: &|key| key != "disease", page_masked: true, ..scene.source() });
    assert_eq!(parse(&raw).attachment(0).unwrap().contents(), PDF);
    assert!(text(&parse(&raw)).contains("一部の欄は空欄にして"));
}

#[test]
fn without_a_page_there_is_no_attachment() {
    let scene = Scene::new();
    let raw = scene.raw(SheetSource { page_pdf: vec![], ..scene.source() });
    assert_eq!(parse(&raw).attachment_count(), 0);
    assert!(text(&parse(&raw)).contains("画像は添付していません"));
}

#[test]
fn who_reads_no_replies_names_no_address_for_them_and_asks_for_none() {
    let mut scene = Scene::new();
    scene.sender.contact = "0586-00-0000（平日9時から17時）".into();
    scene.sender.reply_to = String::new();
    let raw = scene.raw(scene.source());
    assert!(text(&parse(&raw)).contains("問い合わせ先: 鵲市医師会 0586-00-0000（平日9時から17時）"));
    assert!(parse(&raw).reply_to().is_none());
    assert!(!text(&parse(&raw)).contains("返信"));
}

#[test]
fn only_who_must_look_soon_is_asked_for_a_reply() {
    let scene = Scene::new();
    let raw = scene.raw(SheetSource { urgency: Urgency::Routine, ..scene.source() });
    assert!(!text(&parse(&raw)).contains("返信"));
    assert!(text(&parse(&sample_mail())).contains("このメールに「確認」と返信してください"));
}

#[test]
fn an_address_or_domain_that_cannot_be_used_is_an_error_naming_the_item() {
    let mut scene = Scene::new();
    for address in ["", "nobody", "a@b\r\nBcc: c@d.example", "<a@b.example>", "a@b.example, c@d.example"] {
        let to = Addressee { address, ..TO };
        let mail = single(&scene.sheet(), &scene.item, &to, &scene.sender, built_in(), CHECKPOINT, now());
        let told = mail.unwrap_err().to_string();
        assert!(told.contains("20261123-7K3QXD2M.1.P0013") && told.contains("recipient"), "{told}");
    }
    for domain in ["", "a b", "a\r\nX: y", "鵲.jp", "a>b.jp"] {
        scene.sender.domain = domain.into();
        let told = scene.mail(&scene.sheet()).unwrap_err().to_string();
        assert!(told.contains("domain"), "{domain:?}: {told}");
    }
}

#[test]
fn a_sheet_goes_out_under_its_own_item_only() {
    let scene = Scene::new();
    let other: ItemId = "20261123-7K3QXD2M.2.P0013".parse().unwrap();
    let mail = single(&scene.sheet(), &other, &TO, &scene.sender, built_in(), CHECKPOINT, now());
    assert!(mail.unwrap_err().to_string().contains("the sheet"));
}

#[test]
fn a_doubtful_field_comes_with_its_handwriting() {
    let scene = Scene::new();
    let crops = BTreeMap::from([
        ("birth".to_owned(), b"\x89PNG birth".to_vec()),
        ("tel".to_owned(), b"\x89PNG tel".to_vec()),
    ]);
    assert_eq!(scene.source().pictured(), ["birth"]);
    let raw = scene.raw(SheetSource { crops, ..scene.source() });
    let mail = parse(&raw);
    assert_eq!(
        kinds(&mail),
        [
            "multipart/mixed",
            "multipart/alternative",
            "text/plain",
            "multipart/related",
            "text/html",
            "image/png",
            "application/pdf"
        ]
    );
    let picture = mail.part(5).unwrap();
    assert_eq!(picture.contents(), b"\x89PNG birth", "the sure field has none");
    let shown = format!("<img src=\"cid:{}\" alt=\"生年月日の手書き画像\">", picture.content_id().unwrap());
    assert!(html(&mail).contains(&shown), "{shown} is not in {}", html(&mail));
}

#[test]
fn what_a_mail_may_not_say_no_picture_shows() {
    let mut scene = Scene::new();
    let insured = scene.reading.fields.get_mut("insured_no").unwrap();
    insured.state = State::Doubtful;
    insured.value = Some(Value::Digits("H123456789".into()));
    assert_eq!(scene.source().pictured(), ["birth"]);
}

#[test]
fn a_correction_says_what_was_and_what_is() {
    let scene = Scene::new();
    let mut before = sample_reading();
    before.fields.get_mut("tel").unwrap().value = Some(Value::Digits("0586012346".into()));
    let earlier = "20261122-7K3QXD2M.1".parse().unwrap();
    let differing = ["tel".to_owned(), "disease".to_owned()];
    let correction = Correction { record: &earlier, reading: &before, differing: &differing };
    let source = || SheetSource { correction: Some(&correction), ..scene.source() };
    let raw = scene.raw(source());
    assert_eq!(parse(&raw).subject(), Some("【至急】【訂正】FAX受信のお知らせ 20261123-7K3QXD2M.1"));
    let expected =
        "■ 前回のFAX 20261122-7K3QXD2M.1 からの変更\r\n患者電話: 前回 0586-01-2346 → 今回 0586-01-2345\r\n";
    assert!(text(&parse(&raw)).contains(expected), "{}", text(&parse(&raw)));
    let hidden = scene.raw(SheetSource { visible: &|key| key == "kana", ..source() });
    assert!(text(&parse(&hidden)).contains("このメールに表示している項目に変更はありません"));
    assert!(!everything(&hidden).contains("0586"));
}

fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        ".*",
        Just("x\r\nBcc: thief@example.net\r\n\r\n<script>alert(1)</script>".to_owned()),
        Just("=?utf-8?B?Qg==?= \"<a@b>\" \0 \u{202e} 👩‍⚕️ & ' -->".to_owned()),
        "[\\r\\n\\x00<>&\"'a=?:@あ👩]{0,60}",
    ]
}

proptest! {
    #[test]
    fn hostile_words_change_neither_headers_nor_markup(
        value in hostile(), raw in hostile(), why in hostile(), name in hostile(), note in hostile(),
    ) {
        let mut scene = Scene::new();
        let fields = &mut scene.reading.fields;
        fields.get_mut("disease").unwrap().value = Some(Value::Text(value));
        let birth = fields.get_mut("birth").unwrap();
        (birth.value, birth.raw, birth.why) = (None, raw, Some(why));
        (scene.sender.name, scene.sender.organisation) = (name.clone(), name.clone());
        scene.notes = vec![note];
        let to = Addressee { name: &name, role_ja: &name, ..TO };
        let sheet = scene.sheet();
        let mail = single(&sheet, &scene.item, &to, &scene.sender, built_in(), CHECKPOINT, now());
        let mail = mail.unwrap().clear();

        prop_assert_eq!(header_names(&mail), header_names(&sample_mail()));
        let parsed = parse(&mail);
        prop_assert_eq!(parsed.parts.len(), 5);
        prop_assert_eq!(parsed.to().unwrap().first().unwrap().address(), Some("amakawa@clinic.example.jp"));
        prop_assert_eq!(parsed.to().unwrap().iter().count(), 1);
        prop_assert!(tags(&html(&parsed)).is_subset(&tags(&html(&parse(&sample_mail())))));
        let lines = text(&parsed);
        prop_assert!(!lines.chars().any(|c| c.is_control() && c != '\r' && c != '\n'));
        prop_assert!(lines.lines().filter(|l| l.starts_with("主病名:")).count() <= 1);
        prop_assert!(!lines.lines().any(|l| l.starts_with("Bcc:")));
    }
}
