//! Mails without the content of a record: notices to recipients, reports and alerts to the office.

use jiff::Timestamp;
use jiff::civil::Date;
use kasasagi_routing::facts::Urgency;
use kasasagi_store::id::RecordId;
use serde::{Deserialize, Serialize};

use super::mail::{Head, Mail};
use super::plain::line;
use super::templates::{Templates, Told};
use super::view::{Recipient, mark, urgency_words};
use super::{About, Addressee, Sender, entity};
use crate::Result;

/// A day in figures and what waits for somebody. Every text in it must be free of personal data.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// The day.
    pub day: Date,
    /// Things that wait for somebody, counted; in the subject.
    pub attention: usize,
    /// Counts of the day.
    pub figures: Vec<Figure>,
    /// What waits, by kind.
    pub sections: Vec<ReportSection>,
    /// Signed head of the audit journal; may be empty.
    pub checkpoint: String,
}

/// One count of a report.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Figure {
    /// What was counted.
    pub label: String,
    /// How many, with their unit.
    pub value: String,
}

/// Lines under one heading of a report.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReportSection {
    /// The heading.
    pub heading: String,
    /// One line each.
    pub entries: Vec<String>,
}

/// Something that the office must look at now. Every text in it must be free of personal data.
#[derive(Clone, Debug, Serialize)]
pub struct Alert {
    /// In the subject; a fixed word of the program, so that nothing else can get there.
    pub title: &'static str,
    /// When it was noticed, as people write it.
    pub at: String,
    /// What is wrong.
    pub what: String,
    /// Where, one line each.
    pub entries: Vec<String>,
    /// What to do; may be empty.
    pub cure: String,
}

/// Tells a recipient that faxes wait for them, and nothing of what is in them.
///
/// # Errors
/// As [`super::single`].
pub fn notice(
    about: About<'_>,
    records: &[RecordId],
    urgency: Urgency,
    to: &Addressee<'_>,
    by: &Sender,
    templates: &Templates,
    now: Timestamp,
) -> Result<Mail> {
    let (subject, text) = notice_words(records, urgency, to, by, templates, Told::KindOnly)?;
    let urgent = urgency != Urgency::Routine;
    let head = Head { about, to, by, now, subject: &subject, urgent, of_records: false };
    Mail::new(&head, entity::plain(&text))
}

/// The daily mail to the office. `id` makes its Message-ID: `report-2026-11-23`.
///
/// # Errors
/// As [`super::single`].
pub fn report(
    report: &Report,
    id: &str,
    to: &Addressee<'_>,
    by: &Sender,
    templates: &Templates,
    now: Timestamp,
) -> Result<Mail> {
    let (subject, text) = report_words(report, by, templates, Told::KindOnly)?;
    office(id, &subject, &text, false, to, by, now)
}

/// An urgent mail to the office. `id` makes its Message-ID.
///
/// # Errors
/// As [`super::single`].
pub fn alert(
    alert: &Alert,
    id: &str,
    to: &Addressee<'_>,
    by: &Sender,
    templates: &Templates,
    now: Timestamp,
) -> Result<Mail> {
    let (subject, text) = alert_words(alert, by, templates, Told::KindOnly)?;
    office(id, &subject, &text, true, to, by, now)
}

fn office(
    id: &str,
    subject: &str,
    text: &str,
    urgent: bool,
    to: &Addressee<'_>,
    by: &Sender,
    now: Timestamp,
) -> Result<Mail> {
    // A reply to it is no receipt of a record.
    let by = Sender { reply_to: String::new(), ..by.clone() };
    let head = Head { about: About::Admin(id), to, by: &by, now, subject, urgent, of_records: false };
    Mail::new(&head, entity::plain(text))
}

pub(super) fn notice_words(
    records: &[RecordId],
    urgency: Urgency,
    to: &Addressee<'_>,
    by: &Sender,
    templates: &Templates,
    told: Told,
) -> Result<(String, String)> {
    #[derive(Serialize)]
    struct Subject<'a> {
        mark: &'a str,
        urgency: &'a str,
        count: usize,
        records: &'a [RecordId],
        organisation: String,
    }
    #[derive(Serialize)]
    struct Body<'a> {
        subject: &'a str,
        recipient: Recipient,
        organisation: String,
        contact: String,
        urgency: &'a str,
        urgency_words: &'a str,
        count: usize,
        records: &'a [RecordId],
    }
    let (count, organisation) = (records.len(), line(&by.organisation));
    let subject = Subject {
        mark: mark(urgency),
        urgency: urgency.code(),
        count,
        records,
        organisation: organisation.clone(),
    };
    let subject = templates.subject("notice.subject", &subject, told)?;
    let body = Body {
        subject: &subject,
        recipient: Recipient::of(to),
        organisation,
        contact: line(&by.contact),
        urgency: urgency.code(),
        urgency_words: urgency_words(urgency),
        count,
        records,
    };
    let text = templates.render("notice.txt", &body, told)?;
    Ok((subject, text))
}

pub(super) fn report_words(
    report: &Report,
    by: &Sender,
    templates: &Templates,
    told: Told,
) -> Result<(String, String)> {
    #[derive(Serialize)]
    struct Subject<'a> {
        day: &'a Date,
        attention: usize,
        organisation: &'a str,
    }
    let organisation = line(&by.organisation);
    let subject = Subject { day: &report.day, attention: report.attention, organisation: &organisation };
    let subject = templates.subject("report.subject", &subject, told)?;
    let text = templates.render("report.txt", &with_subject(&subject, &organisation, report), told)?;
    Ok((subject, text))
}

pub(super) fn alert_words(
    alert: &Alert,
    by: &Sender,
    templates: &Templates,
    told: Told,
) -> Result<(String, String)> {
    #[derive(Serialize)]
    struct Subject<'a> {
        title: &'a str,
        organisation: &'a str,
    }
    let organisation = line(&by.organisation);
    let subject = Subject { title: alert.title, organisation: &organisation };
    let subject = templates.subject("alert.subject", &subject, told)?;
    let text = templates.render("alert.txt", &with_subject(&subject, &organisation, alert), told)?;
    Ok((subject, text))
}

fn with_subject<'a, T: Serialize>(
    subject: &'a str,
    organisation: &'a str,
    values: &'a T,
) -> impl Serialize + use<'a, T> {
    #[derive(Serialize)]
    struct Whole<'a, T> {
        subject: &'a str,
        organisation: &'a str,
        #[serde(flatten)]
        values: &'a T,
    }
    Whole { subject, organisation, values }
}
