//! Sheets become a mail: one at once, or several by patient.

use jiff::Timestamp;
use kasasagi_routing::facts::Urgency;
use kasasagi_store::id::ItemId;

use super::entity::{Parts, Picture};
use super::mail::{Head, Mail};
use super::plain::line;
use super::templates::{Templates, Told};
use super::view::{Digest, DigestSubject, Frame, Message, MessageSubject, Patient, Record, mark};
use super::{About, Addressee, Sender, Sheet};
use crate::{Error, Result};

/// Largest entity in bytes. Encryption and base64 make it half as large again and 20 MB pass everywhere.
pub const LARGEST: usize = 12 * 1024 * 1024;

/// The mail about one record.
///
/// # Errors
/// [`Error::Letter`] when an address or the Message-ID domain cannot stand in a mail header, or the sheet is
/// of another record; [`Error::Template`]; [`Error::MailTooLarge`].
pub fn single(
    sheet: &Sheet,
    item: &ItemId,
    to: &Addressee<'_>,
    by: &Sender,
    templates: &Templates,
    checkpoint: &str,
    now: Timestamp,
) -> Result<Mail> {
    let about = About::Item(item);
    if item.record() != &sheet.record {
        return Err(about.unusable("the sheet", "it is of another record"));
    }
    let words = message_words(sheet, to, by, templates, checkpoint, Told::KindOnly)?;
    let head =
        Head { about, to, by, now, subject: &words.subject, urgent: is_urgent(sheet), of_records: true };
    built(&head, &words, &[sheet])
}

/// The mail about several records: patients in order of their newest record, its newest first.
/// `id` names the digest: 1 to 100 printable ASCII characters.
///
/// # Errors
/// As [`single`]; [`Error::MailTooLarge`] asks for fewer sheets, see [`Sheet::weight`].
pub fn digest(
    sheets: &[(ItemId, Sheet)],
    id: &str,
    to: &Addressee<'_>,
    by: &Sender,
    templates: &Templates,
    checkpoint: &str,
    now: Timestamp,
) -> Result<Mail> {
    let about = About::Digest(id);
    about.checked()?;
    if sheets.is_empty() || sheets.iter().any(|(item, sheet)| item.record() != &sheet.record) {
        return Err(about.unusable("the sheets", "there are none, or one is of another record"));
    }
    let mut sheets: Vec<&Sheet> = sheets.iter().map(|(_, sheet)| sheet).collect();
    sheets.sort_by_key(|sheet| std::cmp::Reverse((sheet.received_at, &sheet.record)));
    let words = digest_words(&sheets, id, to, by, templates, checkpoint, Told::KindOnly)?;
    let urgent = sheets.iter().any(|sheet| is_urgent(sheet));
    let head = Head { about, to, by, now, subject: &words.subject, urgent, of_records: true };
    built(&head, &words, &sheets)
}

/// The words of a mail.
pub(super) struct Words {
    pub subject: String,
    pub text: String,
    pub html: String,
}

pub(super) fn message_words(
    sheet: &Sheet,
    to: &Addressee<'_>,
    by: &Sender,
    templates: &Templates,
    checkpoint: &str,
    told: Told,
) -> Result<Words> {
    let subject = MessageSubject {
        mark: mark(sheet.urgency),
        urgency: sheet.urgency.code(),
        correction: sheet.corrects.is_some(),
        record: sheet.record.to_string(),
        organisation: line(&by.organisation),
    };
    let subject = templates.subject("message.subject", &subject, told)?;
    let checkpoint = line(checkpoint);
    let values = Message {
        frame: Frame::of(&[sheet], subject.clone(), to, by, &checkpoint),
        record: Record::of(sheet, &|key| content_id(sheet, key, &by.domain)),
    };
    let text = templates.render("message.txt", &values, told)?;
    Ok(Words { subject, text, html: templates.render("message.html", &values, told)? })
}

/// Sheets come newest first.
pub(super) fn digest_words(
    sheets: &[&Sheet],
    id: &str,
    to: &Addressee<'_>,
    by: &Sender,
    templates: &Templates,
    checkpoint: &str,
    told: Told,
) -> Result<Words> {
    let patients = by_patient(sheets, &by.domain);
    let urgency = sheets.iter().map(|sheet| sheet.urgency).max().unwrap_or(Urgency::Routine);
    let subject = DigestSubject {
        mark: mark(urgency),
        urgency: urgency.code(),
        count: sheets.len(),
        patients: patients.len(),
        corrections: sheets.iter().filter(|sheet| sheet.corrects.is_some()).count(),
        id,
        organisation: line(&by.organisation),
    };
    let subject = templates.subject("digest.subject", &subject, told)?;
    let checkpoint = line(checkpoint);
    let frame = Frame::of(sheets, subject.clone(), to, by, &checkpoint);
    let values = Digest { frame, count: sheets.len(), patients };
    let text = templates.render("digest.txt", &values, told)?;
    Ok(Words { subject, text, html: templates.render("digest.html", &values, told)? })
}

fn by_patient<'a>(sheets: &[&'a Sheet], domain: &str) -> Vec<Patient<'a>> {
    let mut patients: Vec<(&str, Patient<'a>)> = Vec::new();
    for sheet in sheets {
        let record = Record::of(sheet, &|key| content_id(sheet, key, domain));
        let (id, name) = (sheet.patient.id.as_str(), sheet.patient.name.as_deref());
        match patients.iter_mut().find(|(other, _)| *other == id) {
            Some((_, patient)) => patient.records.push(record),
            None => {
                let id_shown = sheet.patient_shown.then_some(id).filter(|id| !id.is_empty());
                patients.push((id, Patient { name, id: id_shown, records: vec![record] }));
            }
        }
    }
    patients.into_iter().map(|(_, patient)| patient).collect()
}

fn built(head: &Head<'_>, words: &Words, sheets: &[&Sheet]) -> Result<Mail> {
    let domain = &head.by.domain;
    let crops = sheets.iter().flat_map(|sheet| sheet.crops.iter().map(move |crop| (sheet, crop)));
    let pictures =
        crops.map(|(sheet, (key, png))| Picture { content_id: content_id(sheet, key, domain), png });
    let pages = sheets.iter().filter(|sheet| !sheet.page_pdf.is_empty());
    let parts = Parts {
        text: &words.text,
        html: &words.html,
        pictures: pictures.collect(),
        pages: pages.map(|sheet| (format!("{}.pdf", sheet.record), sheet.page_pdf.as_slice())).collect(),
    };
    let mail = Mail::new(head, parts.assembled(&head.about))?;
    let bytes = mail.entity().len();
    if bytes > LARGEST {
        return Err(Error::MailTooLarge { mail: head.about.to_string(), bytes, limit: LARGEST });
    }
    Ok(mail)
}

/// Names a picture within its mail; a digest, so that it tells nothing.
fn content_id(sheet: &Sheet, key: &str, domain: &str) -> String {
    super::hidden(&format!("kasasagi content-id 1\n{}\n{key}", sheet.record), domain)
}

fn is_urgent(sheet: &Sheet) -> bool {
    sheet.urgency != Urgency::Routine
}
