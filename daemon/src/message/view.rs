//! What templates are given. Subjects get a view of their own, in which no value of a person stands.

use kasasagi_routing::facts::Urgency;
use serde::Serialize;

use super::content::{Change, Row, Section};
use super::plain::line;
use super::{Addressee, Sender, Sheet};

/// Values of `message.subject`.
#[derive(Serialize)]
pub(super) struct MessageSubject<'a> {
    pub mark: &'a str,
    pub urgency: &'a str,
    pub correction: bool,
    pub record: String,
    pub organisation: String,
}

/// Values of `digest.subject`.
#[derive(Serialize)]
pub(super) struct DigestSubject<'a> {
    pub mark: &'a str,
    pub urgency: &'a str,
    pub count: usize,
    pub patients: usize,
    pub corrections: usize,
    pub id: &'a str,
    pub organisation: String,
}

/// Values of `message.txt` and `message.html`.
#[derive(Serialize)]
pub(super) struct Message<'a> {
    #[serde(flatten)]
    pub frame: Frame<'a>,
    pub record: Record<'a>,
}

/// Values of `digest.txt` and `digest.html`.
#[derive(Serialize)]
pub(super) struct Digest<'a> {
    #[serde(flatten)]
    pub frame: Frame<'a>,
    pub count: usize,
    pub patients: Vec<Patient<'a>>,
}

/// What stands around the records.
#[derive(Serialize)]
pub(super) struct Frame<'a> {
    pub subject: String,
    pub recipient: Recipient,
    pub organisation: String,
    pub contact: String,
    pub urgent: bool,
    /// Whether a reply counts as taken note, and is asked for.
    pub acknowledge: bool,
    pub doubtful: usize,
    pub pages: Pages,
    pub checkpoint: &'a str,
}

#[derive(Serialize)]
pub(super) struct Recipient {
    pub name: String,
    pub role: String,
}

/// Records by what goes along of their page.
#[derive(Default, Serialize)]
pub(super) struct Pages {
    pub whole: usize,
    pub masked: usize,
    pub none: usize,
}

/// The records of one patient; name and id are there for who may see them.
#[derive(Serialize)]
pub(super) struct Patient<'a> {
    pub name: Option<&'a str>,
    pub id: Option<&'a str>,
    pub records: Vec<Record<'a>>,
}

#[derive(Serialize)]
pub(super) struct Record<'a> {
    pub number: String,
    pub urgency: &'a str,
    pub urgency_words: &'a str,
    pub received: &'a str,
    pub form: String,
    pub title: &'a str,
    pub doubtful: usize,
    pub correction: Option<Correction<'a>>,
    pub sections: Vec<SectionView<'a>>,
    pub missing: &'a [String],
    pub notes: &'a [String],
    pub page: &'static str,
}

#[derive(Serialize)]
pub(super) struct Correction<'a> {
    pub record: &'a str,
    pub changes: &'a [Change],
}

#[derive(Serialize)]
pub(super) struct SectionView<'a> {
    pub heading: &'a str,
    pub rows: Vec<RowView<'a>>,
}

#[derive(Serialize)]
pub(super) struct RowView<'a> {
    pub key: &'a str,
    pub label: &'a str,
    pub value: &'a str,
    pub doubtful: bool,
    /// Why it is doubtful; may be empty.
    pub why: &'a str,
    /// Content-ID of the picture of its handwriting.
    pub picture: Option<String>,
}

impl Recipient {
    pub fn of(to: &Addressee<'_>) -> Self {
        Self { name: line(to.name), role: line(to.role_ja) }
    }
}

impl<'a> Frame<'a> {
    /// Around these sheets.
    pub fn of(
        sheets: &[&Sheet],
        subject: String,
        to: &Addressee<'_>,
        by: &Sender,
        checkpoint: &'a str,
    ) -> Self {
        let urgent = sheets.iter().any(|sheet| sheet.urgency != Urgency::Routine);
        let mut pages = Pages::default();
        for sheet in sheets {
            match page(sheet) {
                "whole" => pages.whole += 1,
                "masked" => pages.masked += 1,
                _ => pages.none += 1,
            }
        }
        Self {
            subject,
            recipient: Recipient::of(to),
            organisation: line(&by.organisation),
            contact: line(&by.contact),
            urgent,
            acknowledge: urgent && !by.reply_to.is_empty(),
            doubtful: sheets.iter().map(|sheet| sheet.doubtful()).sum(),
            pages,
            checkpoint,
        }
    }
}

impl<'a> Record<'a> {
    /// What is said of a sheet; `cid` names the pictures.
    pub fn of(sheet: &'a Sheet, cid: &dyn Fn(&str) -> String) -> Self {
        let row = |row: &'a Row| RowView {
            key: &row.key,
            label: &row.label,
            value: &row.value,
            doubtful: row.doubt.is_some(),
            why: row.doubt.as_deref().unwrap_or_default(),
            picture: sheet.crops.contains_key(&row.key).then(|| cid(&row.key)),
        };
        let section = |section: &'a Section| SectionView {
            heading: &section.heading,
            rows: section.rows.iter().map(row).collect(),
        };
        Self {
            number: sheet.record.to_string(),
            urgency: sheet.urgency.code(),
            urgency_words: urgency_words(sheet.urgency),
            received: &sheet.received,
            form: format!("{} 第{:02}版", sheet.form.id, sheet.form.version),
            title: &sheet.form.title,
            doubtful: sheet.doubtful(),
            correction: sheet
                .corrects
                .as_ref()
                .map(|corrects| Correction { record: &corrects.record, changes: &corrects.changes }),
            sections: sheet.sections.iter().map(section).collect(),
            missing: &sheet.missing,
            notes: &sheet.notes,
            page: page(sheet),
        }
    }
}

/// Stands before a subject.
pub(super) fn mark(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Routine => "",
        Urgency::Today => "【至急】",
        Urgency::Emergency => "【緊急】",
    }
}

/// How soon to look, for a person.
pub(super) fn urgency_words(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Routine => "通常",
        Urgency::Today => "至急（本日中にご確認ください）",
        Urgency::Emergency => "緊急（ただちにご確認ください）",
    }
}

fn page(sheet: &Sheet) -> &'static str {
    match (sheet.page_pdf.is_empty(), sheet.page_masked) {
        (true, _) => "none",
        (false, true) => "masked",
        (false, false) => "whole",
    }
}
