//! What the mails of these tests are made of, and how they are looked at.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;
use jiff::{Timestamp, Zoned};
use kasasagi_ocr::field::Value;
use kasasagi_ocr::form::{CheckDigit, Field, Form, Kind, Marks, Rect, Required};
use kasasagi_ocr::page::Dpi;
use kasasagi_ocr::reading::{FieldReading, FormReading, Quality, State};
use kasasagi_routing::facts::Urgency;
use kasasagi_store::id::ItemId;
use mail_parser::{Message, MessageParser, MimeHeaders};

use super::super::*;
use crate::Result;

pub(super) const PDF: &[u8] = b"%PDF-1.7\r\n\x00\xff\nnot really a page\n%%EOF\n";

pub(super) fn form(fields: Vec<Field>) -> Form {
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

pub(super) fn field(number: u16, key: &str, label: &str, kind: Kind) -> Field {
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

pub(super) fn sample_form() -> Form {
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

pub(super) fn reading(values: Vec<(&str, State, Option<Value>, &str)>) -> FormReading {
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

pub(super) fn sample_reading() -> FormReading {
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

pub(super) fn sender() -> Sender {
    Sender {
        name: "鵲市医師会 FAX受付".into(),
        address: "fax@kasasagi.example.jp".into(),
        domain: "kasasagi.example.jp".into(),
        organisation: "鵲市医師会".into(),
        contact: "office@kasasagi.example.jp".into(),
        reply_to: "fax@kasasagi.example.jp".into(),
    }
}

/// A record as it was read.
pub(super) struct Scene {
    pub item: ItemId,
    pub form: Form,
    pub reading: FormReading,
    pub sender: Sender,
    pub notes: Vec<String>,
    pub patient: PatientLabel,
    pub received_at: Zoned,
    pub urgency: Urgency,
}

pub(super) const TO: Addressee<'_> =
    Addressee { name: "天川 渡", address: "amakawa@clinic.example.jp", role_ja: "主治医" };

impl Scene {
    pub fn new() -> Self {
        Self {
            item: "20261123-7K3QXD2M.1.P0013".parse().unwrap(),
            form: sample_form(),
            reading: sample_reading(),
            sender: sender(),
            notes: vec!["同意欄に記入がありません".into()],
            patient: PatientLabel { id: "0003878".into(), name: Some("鵲 橋子".into()) },
            received_at: date(2026, 11, 23).at(14, 5, 0, 0).in_tz("Asia/Tokyo").unwrap(),
            urgency: Urgency::Today,
        }
    }

    pub fn source(&self) -> SheetSource<'_> {
        SheetSource {
            record: self.item.record(),
            form: &self.form,
            reading: &self.reading,
            visible: &|_| true,
            urgency: self.urgency,
            received_at: &self.received_at,
            notes: &self.notes,
            correction: None,
            patient: &self.patient,
            crops: BTreeMap::new(),
            page_pdf: PDF.to_vec(),
            page_masked: false,
        }
    }

    pub fn sheet(&self) -> Sheet {
        Sheet::of(self.source())
    }

    /// The mail about a sheet of this scene.
    pub fn mail(&self, sheet: &Sheet) -> Result<Mail> {
        single(sheet, &self.item, &TO, &self.sender, built_in(), CHECKPOINT, now())
    }

    pub fn raw(&self, source: SheetSource<'_>) -> Vec<u8> {
        self.mail(&Sheet::of(source)).unwrap().clear()
    }
}

pub(super) const CHECKPOINT: &str = "42 9f86d081";

pub(super) fn now() -> Timestamp {
    "2026-11-23T05:06:07Z".parse().unwrap()
}

/// Parsing them takes longer than a mail.
pub(super) fn built_in() -> &'static Templates {
    static TEMPLATES: std::sync::OnceLock<Templates> = std::sync::OnceLock::new();
    TEMPLATES.get_or_init(|| Templates::open(None).unwrap())
}

/// The sample mail as it is.
pub(super) fn sample_mail() -> Vec<u8> {
    let scene = Scene::new();
    scene.raw(scene.source())
}

pub(super) fn parse(raw: &[u8]) -> Message<'_> {
    MessageParser::default().parse(raw).unwrap()
}

pub(super) fn text(mail: &Message<'_>) -> String {
    mail.body_text(0).unwrap().into_owned()
}

pub(super) fn html(mail: &Message<'_>) -> String {
    mail.body_html(0).unwrap().into_owned()
}

/// Every byte a reader can come to: the mail as sent and each part decoded.
pub(super) fn everything(raw: &[u8]) -> String {
    let mail = parse(raw);
    let parts = mail.parts.iter().map(|p| String::from_utf8_lossy(p.contents()).into_owned());
    std::iter::once(String::from_utf8_lossy(raw).into_owned())
        .chain(mail.subject().map(str::to_owned))
        .chain(parts)
        .collect::<Vec<_>>()
        .join("\n")
}

pub(super) fn header_names(raw: &[u8]) -> Vec<String> {
    parse(raw).headers().iter().map(|h| h.name().to_owned()).collect()
}

pub(super) fn kinds(mail: &Message<'_>) -> Vec<String> {
    let kind = |part: u32| {
        let kind = mail.part(part).unwrap().content_type().unwrap();
        format!("{}/{}", kind.ctype(), kind.subtype().unwrap())
    };
    (0..mail.parts.len() as u32).map(kind).collect()
}

/// Every tag of a document, attributes included.
pub(super) fn tags(html: &str) -> BTreeSet<String> {
    html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or(rest).to_owned()).collect()
}
