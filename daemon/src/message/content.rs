//! What a mail says, before it is text or HTML. Every string in here is one printable line.

use kasasagi_ocr::form::{Field, Required};
use kasasagi_ocr::reading::{FormReading, State};

use super::plain::line;
use super::{Correction, Letter, Urgency, value};

/// The words of one mail, from top to bottom.
pub(super) struct Content {
    /// Subject and heading, without personal data.
    pub subject: String,
    /// Who it is for and what it is.
    pub opening: Vec<String>,
    /// Urgency, arrival, number, form.
    pub summary: Vec<Row>,
    /// What changed since the earlier fax of the same sheet.
    pub changes: Option<Section>,
    /// Doubtful fields below, counted.
    pub doubtful: usize,
    /// What was read, in form order.
    pub sections: Vec<Section>,
    /// Labels of required fields left empty.
    pub missing: Vec<String>,
    /// Remarks.
    pub notes: Vec<String>,
    /// What the recipient is asked to do.
    pub requests: Vec<String>,
    /// Audit head and origin.
    pub footer: Vec<String>,
    /// Whether the page goes along.
    pub page_attached: bool,
}

/// Fields under one heading.
pub(super) struct Section {
    pub heading: String,
    pub rows: Vec<Row>,
}

/// A label and its value.
pub(super) struct Row {
    pub label: String,
    pub value: String,
    /// Set when a person must check the value: why (may be empty).
    pub doubt: Option<String>,
}

/// Stands before a value that a person must check.
pub(super) const DOUBT_MARK: &str = "【要確認】";

impl Content {
    /// Decides what `letter` says; only fields its recipient may see are looked at.
    pub fn of(letter: &Letter<'_>) -> Self {
        let sections = sections(letter);
        let doubtful = sections.iter().flat_map(|s| &s.rows).filter(|r| r.doubt.is_some()).count();
        let page_attached = !letter.page_pdf.is_empty() && (letter.page_masked || sees_all(letter));
        Self {
            subject: subject(letter),
            opening: opening(letter),
            summary: summary(letter),
            changes: letter.correction.map(|correction| changes(letter, correction)),
            doubtful,
            sections,
            missing: missing(letter),
            notes: letter.notes.iter().map(|n| line(n)).filter(|n| !n.is_empty()).collect(),
            requests: requests(letter, doubtful > 0, page_attached),
            footer: footer(letter),
            page_attached,
        }
    }
}

fn sees_all(letter: &Letter<'_>) -> bool {
    letter.form.fields.iter().all(|field| (letter.visible)(&field.key))
}

fn subject(letter: &Letter<'_>) -> String {
    let mark = match letter.urgency {
        Urgency::Routine => "",
        Urgency::Today => "【至急】",
        Urgency::Emergency => "【緊急】",
    };
    let kind = if letter.correction.is_some() { "【訂正】" } else { "" };
    format!("{mark}{kind}FAX受信のお知らせ {}", letter.item.record())
}

fn opening(letter: &Letter<'_>) -> Vec<String> {
    let role = line(letter.role);
    let role = if role.is_empty() { role } else { format!("（{role}）") };
    vec![
        format!("{} 様{role}", line(letter.recipient_name)),
        format!(
            "{}に届いたFAX「{}」を機械で読み取り、お送りします。",
            line(&letter.sender.organisation),
            line(&letter.form.title)
        ),
    ]
}

fn summary(letter: &Letter<'_>) -> Vec<Row> {
    let urgency = match letter.urgency {
        Urgency::Routine => "通常",
        Urgency::Today => "至急（本日中にご確認ください）",
        Urgency::Emergency => "緊急（ただちにご確認ください）",
    };
    let form = format!("{} 第{:02}版", line(&letter.form.id), letter.reading.version);
    [
        ("緊急度", urgency.to_owned()),
        ("受信日時", value::moment(&letter.received_at)),
        ("受付番号", letter.item.record().to_string()),
        ("様式", form),
    ]
    .into_iter()
    .map(|(label, value)| Row { label: label.to_owned(), value, doubt: None })
    .collect()
}

/// The differing fields that this recipient may see, as they were and as they are.
fn changes(letter: &Letter<'_>, correction: &Correction<'_>) -> Section {
    let shown = |field: &Field, reading: &FormReading| {
        let text = reading.fields.get(&field.key).and_then(|read| value::shown(field, read));
        text.unwrap_or_else(|| "（記入なし）".to_owned())
    };
    let differs = |field: &&Field| correction.differing.contains(&field.key) && (letter.visible)(&field.key);
    let rows = letter.form.fields.iter().filter(differs).map(|field| Row {
        label: line(&field.label),
        value: format!("前回 {} → 今回 {}", shown(field, correction.reading), shown(field, letter.reading)),
        doubt: None,
    });
    let mut rows: Vec<Row> = rows.collect();
    if rows.is_empty() {
        let (label, value) =
            ("変更".to_owned(), "このメールに表示している項目に変更はありません。".to_owned());
        rows.push(Row { label, value, doubt: None });
    }
    Section { heading: format!("前回のFAX {} からの変更", correction.record), rows }
}

fn sections(letter: &Letter<'_>) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for field in letter.form.fields.iter().filter(|f| (letter.visible)(&f.key)) {
        let Some(reading) = letter.reading.fields.get(&field.key) else { continue };
        let Some(value) = value::shown(field, reading) else { continue };
        let doubt =
            (reading.state == State::Doubtful).then(|| reading.why.as_deref().map(line).unwrap_or_default());
        let row = Row { label: line(&field.label), value, doubt };
        let heading = letter.form.heading(field).unwrap_or("記載内容");
        match sections.iter_mut().find(|s| s.heading == heading) {
            Some(section) => section.rows.push(row),
            None => sections.push(Section { heading: heading.to_owned(), rows: vec![row] }),
        }
    }
    sections
}

fn missing(letter: &Letter<'_>) -> Vec<String> {
    let blank = |key: &str| letter.reading.fields.get(key).is_none_or(|r| r.state == State::Blank);
    letter
        .form
        .fields
        .iter()
        .filter(|f| f.required == Required::Always && (letter.visible)(&f.key) && blank(&f.key))
        .map(|f| line(&f.label))
        .collect()
}

fn requests(letter: &Letter<'_>, doubtful: bool, page_attached: bool) -> Vec<String> {
    let mut requests = Vec::new();
    if doubtful {
        requests.push(format!(
            "{DOUBT_MARK}の項目は機械が確信をもって読み取れませんでした。原本または発信元にご確認ください。"
        ));
    }
    requests.push(
        if page_attached && letter.page_masked {
            "届いたFAXの画像をPDFで添付しています。お立場に応じて、一部の欄は空欄にして表示しています。"
        } else if page_attached {
            "届いたFAXの画像をPDFで添付しています。判断の際は必ず画像をご確認ください。"
        } else {
            "届いたFAXの画像は添付していません。必要なときは下記までお問い合わせください。"
        }
        .to_owned(),
    );
    requests.push(
        "お心当たりのない内容、または宛先の誤りと思われるときは、転送・保存をせず下記までご連絡ください。"
            .to_owned(),
    );
    let contact = line(&letter.sender.contact);
    if !contact.is_empty() {
        requests.push(format!("問い合わせ先: {} {contact}", line(&letter.sender.organisation)));
    }
    requests
}

fn footer(letter: &Letter<'_>) -> Vec<String> {
    let checkpoint = line(letter.checkpoint);
    let mut footer = vec!["このメールはFAX受信システム Kasasagi が自動で送信しました。".to_owned()];
    if !checkpoint.is_empty() {
        footer.push(format!("監査記録: {checkpoint}"));
    }
    footer
}
