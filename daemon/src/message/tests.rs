//! What a composed mail holds, seen through another program's eyes: `mail_parser` takes it apart.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;
use kasasagi_ocr::field::Value;
use kasasagi_ocr::form::{CheckDigit, Field, Kind, Marks, Rect, Required};
use kasasagi_ocr::page::Dpi;
use kasasagi_ocr::reading::{FieldReading, Quality, State};
use mail_parser::{Message, MessageParser, MimeHeaders};
use proptest::prelude::*;

use super::*;

const PDF: &[u8] = b"%PDF-1.7\r\n\x00\xff\nnot really a page\n%%EOF\n";

fn form(fields: Vec<Field>) -> Form {
    let r = Rect { x: 0.0, y: 0.0, w: 1.0, h: 1.0 };
    Form {
        id: "ICM-01".into(),
        number: 1,
        version: 1,
        title: "患者基本情報 共通様式".into(),
        page_mm: (210.0, 297.0),
        marks: Marks {
            fiducials: [r; 4],
            orientation_bar: r,
            timing: vec![],
            qr: None,
            code128: None,
            printed_id: None,
        },
        fields,
        sections: vec![
            (1, "送付について".into()),
            (5, "宛先".into()),
            (7, "発信元".into()),
            (13, "患者".into()),
            (34, "医療".into()),
        ],
        artwork: vec![],
        checks: Vec::new(),
    }
}

fn field(number: u16, key: &str, label: &str, kind: Kind) -> Field {
    Field {
        key: key.into(),
        number,
        label: label.into(),
        kind,
        zone: Rect { x: 0.0, y: 0.0, w: 1.0, h: 1.0 },
        required: Required::Always,
        boxes: vec![],
        cells: vec![],
    }
}

fn sample_form() -> Form {
    let text = Kind::Text { max_chars: 40, lines: 1 };
    form(vec![
        field(5, "dr_code", "登録医コード", Kind::Code { check: CheckDigit::Damm }),
        field(13, "kana", "患者フリガナ", Kind::Kana),
        field(18, "birth", "生年月日", Kind::Date { era: None }),
        field(17, "insured_no", "被保険者番号", Kind::Code { check: CheckDigit::None }),
        field(23, "tel", "患者電話", Kind::Phone),
        field(34, "disease", "主病名", text),
        field(36, "care", "医療処置", Kind::Choices),
        field(48, "consent", "同意", Kind::Choices),
    ])
}

fn reading(values: Vec<(&str, State, Option<Value>, &str)>) -> FormReading {
    let fields: BTreeMap<_, _> = values
        .into_iter()
        .map(|(key, state, value, raw)| {
            let why = (state == State::Doubtful).then(|| "年齢と一致しません".to_owned());
            let by = vec!["ppocr".into()];
            (
                key.to_owned(),
                FieldReading { state, value, raw: raw.into(), confidence: 0.9, by, why, evidence: None },
            )
        })
        .collect();
    FormReading {
        form: "ICM-01".into(),
        version: 1,
        serial: None,
        quality: Quality { dpi: Dpi { x: 204.0, y: 196.0 }, skew_deg: 0.0, scale: 1.0 },
        fields,
    }
}

fn sample_reading() -> FormReading {
    use State::{Blank, Doubtful, Sure};
    reading(vec![
        ("dr_code", Sure, Some(Value::Digits("0865".into())), "0865"),
        ("kana", Sure, Some(Value::Text("カササギ ハシコ".into())), "カササギ ハシコ"),
        ("birth", Doubtful, Some(Value::Date(date(1938, 5, 3))), "昭130503"),
        ("insured_no", Sure, Some(Value::Digits("1234567890".into())), "1234567890"),
        ("tel", Sure, Some(Value::Digits("0586012345".into())), "0586012345"),
        ("disease", Sure, Some(Value::Text("慢性心不全".into())), "慢性心不全"),
        ("care", Sure, Some(Value::Choices(vec!["酸素".into(), "吸引".into()])), ""),
        ("consent", Blank, None, ""),
    ])
}

fn sender() -> Sender {
    Sender {
        name: "鵲市医師会 FAX受付".into(),
        address: "fax@kasasagi.example.jp".into(),
        domain: "kasasagi.example.jp".into(),
        organisation: "鵲市医師会".into(),
        contact: "office@kasasagi.example.jp".into(),
    }
}

/// What the letters of these tests are made of.
struct Sample {
    item: ItemId,
    form: Form,
    reading: FormReading,
    sender: Sender,
    notes: Vec<String>,
}

impl Sample {
    fn new() -> Self {
        Self {
            item: "20261123-7K3QXD2M.1.P0013".parse().unwrap(),
            form: sample_form(),
            reading: sample_reading(),
            sender: sender(),
            notes: vec!["同意欄に記入がありません".into()],
        }
    }

    fn letter(&self) -> Letter<'_> {
        Letter {
            item: &self.item,
            form: &self.form,
            reading: &self.reading,
            visible: &|_| true,
            urgency: Urgency::Today,
            recipient_name: "天川 渡",
            recipient_address: "amakawa@clinic.example.jp",
            role: "主治医",
            received_at: date(2026, 11, 23).at(14, 5, 0, 0).in_tz("Asia/Tokyo").unwrap(),
            notes: &self.notes,
            correction: None,
            page_pdf: PDF,
            page_masked: false,
            sender: &self.sender,
            checkpoint: "42 9f86d081",
            now: "2026-11-23T05:06:07Z".parse().unwrap(),
        }
    }
}

/// The sample letter as it is.
fn sample() -> Vec<u8> {
    compose(&Sample::new().letter()).unwrap()
}

fn parse(raw: &[u8]) -> Message<'_> {
    MessageParser::default().parse(raw).unwrap()
}

fn text(mail: &Message<'_>) -> String {
    mail.body_text(0).unwrap().into_owned()
}

fn html(mail: &Message<'_>) -> String {
    mail.body_html(0).unwrap().into_owned()
}

/// Every byte a reader can come to: the mail as sent and each part decoded.
fn everything(raw: &[u8]) -> String {
    let mail = parse(raw);
    let parts = mail.parts.iter().map(|p| String::from_utf8_lossy(p.contents()).into_owned());
    std::iter::once(String::from_utf8_lossy(raw).into_owned())
        .chain(mail.subject().map(str::to_owned))
        .chain(parts)
        .collect::<Vec<_>>()
        .join("\n")
}

fn header_names(raw: &[u8]) -> Vec<String> {
    parse(raw).headers().iter().map(|h| h.name().to_owned()).collect()
}

#[test]
fn a_mail_has_words_twice_and_the_page() {
    let raw = sample();
    let mail = parse(&raw);
    let kind = |part: u32| {
        let kind = mail.part(part).unwrap().content_type().unwrap();
        format!("{}/{}", kind.ctype(), kind.subtype().unwrap())
    };
    let kinds: Vec<_> = (0..mail.parts.len() as u32).map(kind).collect();
    assert_eq!(
        kinds,
        ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/pdf"]
    );
    let page = mail.attachment(0).unwrap();
    assert_eq!(page.attachment_name(), Some("20261123-7K3QXD2M.1.pdf"));
    assert_eq!(page.contents(), PDF);
}

#[test]
fn the_headers_say_who_and_when_but_nothing_of_the_patient() {
    let raw = sample();
    let mail = parse(&raw);
    assert_eq!(mail.subject(), Some("【至急】FAX受信のお知らせ 20261123-7K3QXD2M.1"));
    let from = mail.from().unwrap().first().unwrap();
    assert_eq!(from.name(), Some("鵲市医師会 FAX受付"));
    assert_eq!(from.address(), Some("fax@kasasagi.example.jp"));
    let to = mail.to().unwrap().first().unwrap();
    assert_eq!((to.name(), to.address()), (Some("天川 渡"), Some("amakawa@clinic.example.jp")));
    assert_eq!(mail.reply_to().unwrap().first().unwrap().address(), Some("office@kasasagi.example.jp"));
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
    let sample = Sample::new();
    let raw = compose(&Letter { urgency: Urgency::Routine, ..sample.letter() }).unwrap();
    assert_eq!(parse(&raw).subject(), Some("FAX受信のお知らせ 20261123-7K3QXD2M.1"));
    assert!(!header_names(&raw).contains(&"Importance".to_owned()));
    let raw = compose(&Letter { urgency: Urgency::Emergency, ..sample.letter() }).unwrap();
    assert_eq!(parse(&raw).subject(), Some("【緊急】FAX受信のお知らせ 20261123-7K3QXD2M.1"));
}

#[test]
fn the_message_id_is_for_ever_the_same() {
    let item: ItemId = "20261123-7K3QXD2M.1.P0013".parse().unwrap();
    let id = message_id(&item, "kasasagi.example.jp");
    // First 160 bits of sha256("kasasagi message-id 1\n20261123-7K3QXD2M.1.P0013"). Changing them would
    // send every mail under way a second time under a new name.
    assert_eq!(id, "38866a4df6193327195354d0e6c7b4f8841d1256@kasasagi.example.jp");
    assert_eq!(parse(&sample()).message_id(), Some(id.as_str()));
    assert!(!id.contains("P0013") && !id.contains("7K3QXD2M"));
    let other: ItemId = "20261123-7K3QXD2M.1.P0021".parse().unwrap();
    assert_ne!(message_id(&other, "kasasagi.example.jp"), id);
}

#[test]
fn the_same_letter_gives_the_same_bytes() {
    assert_eq!(sample(), sample());
}

#[test]
fn the_mail_is_seven_bit_and_every_line_ends_with_crlf_and_fits() {
    let raw = String::from_utf8(sample()).unwrap();
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
・【要確認】の項目は機械が確信をもって読み取れませんでした。原本または発信元にご確認ください。
・届いたFAXの画像をPDFで添付しています。判断の際は必ず画像をご確認ください。
・お心当たりのない内容、または宛先の誤りと思われるときは、転送・保存をせず下記までご連絡ください。
・問い合わせ先: 鵲市医師会 office@kasasagi.example.jp

-- 
このメールはFAX受信システム Kasasagi が自動で送信しました。
監査記録: 42 9f86d081
";
    assert_eq!(text(&parse(&sample())).replace("\r\n", "\n"), expected);
}

#[test]
fn the_html_serves_phones_and_screen_readers_and_fetches_nothing() {
    let html = html(&parse(&sample()));
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
    let sample = Sample::new();
    let visible = |key: &str| !["disease", "tel", "consent"].contains(&key);
    let letter = Letter { visible: &visible, notes: &[], ..sample.letter() };
    let raw = compose(&letter).unwrap();
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
    let sample = Sample::new();
    let letter = Letter { visible: &|key| key != "disease", page_masked: true, ..sample.letter() };
    assert_eq!(parse(&compose(&letter).unwrap()).attachment(0).unwrap().contents(), PDF);
}

#[test]
fn without_a_page_there_is_no_attachment() {
    let sample = Sample::new();
    let raw = compose(&Letter { page_pdf: &[], ..sample.letter() }).unwrap();
    assert_eq!(parse(&raw).attachment_count(), 0);
    assert!(text(&parse(&raw)).contains("画像は添付していません"));
}

#[test]
fn a_contact_that_is_no_mail_address_is_shown_but_not_replied_to() {
    let mut sample = Sample::new();
    sample.sender.contact = "0586-00-0000（平日9時から17時）".into();
    let raw = compose(&sample.letter()).unwrap();
    assert!(text(&parse(&raw)).contains("問い合わせ先: 鵲市医師会 0586-00-0000（平日9時から17時）"));
    assert!(parse(&raw).reply_to().is_none());
}

#[test]
fn an_address_or_domain_that_cannot_be_used_is_an_error_naming_the_item() {
    let mut sample = Sample::new();
    for address in ["", "nobody", "a@b\r\nBcc: c@d.example", "<a@b.example>", "a@b.example, c@d.example"] {
        let told =
            compose(&Letter { recipient_address: address, ..sample.letter() }).unwrap_err().to_string();
        assert!(told.contains("20261123-7K3QXD2M.1.P0013") && told.contains("recipient"), "{told}");
    }
    for domain in ["", "a b", "a\r\nX: y", "鵲.jp", "a>b.jp"] {
        sample.sender.domain = domain.into();
        let told = compose(&sample.letter()).unwrap_err().to_string();
        assert!(told.contains("domain"), "{domain:?}: {told}");
    }
}

/// Every tag of a document, attributes included.
fn tags(html: &str) -> BTreeSet<String> {
    html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or(rest).to_owned()).collect()
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
        let mut sample = Sample::new();
        let fields = &mut sample.reading.fields;
        fields.get_mut("disease").unwrap().value = Some(Value::Text(value));
        let birth = fields.get_mut("birth").unwrap();
        (birth.value, birth.raw, birth.why) = (None, raw, Some(why));
        (sample.sender.name, sample.sender.organisation) = (name.clone(), name.clone());
        sample.notes = vec![note];
        let mail = compose(&Letter { recipient_name: &name, role: &name, ..sample.letter() }).unwrap();

        prop_assert_eq!(header_names(&mail), header_names(&self::sample()));
        let parsed = parse(&mail);
        prop_assert_eq!(parsed.parts.len(), 5);
        prop_assert_eq!(parsed.to().unwrap().first().unwrap().address(), Some("amakawa@clinic.example.jp"));
        prop_assert_eq!(parsed.to().unwrap().iter().count(), 1);
        prop_assert!(tags(&html(&parsed)).is_subset(&tags(&html(&parse(&self::sample())))));
        let lines = text(&parsed);
        prop_assert!(!lines.chars().any(|c| c.is_control() && c != '\r' && c != '\n'));
        prop_assert!(lines.lines().filter(|l| l.starts_with("主病名:")).count() <= 1);
        prop_assert!(!lines.lines().any(|l| l.starts_with("Bcc:")));
    }
}
