//! Every template, tried on invented values of every kind.

use kasasagi_routing::facts::Urgency;

use super::admin::{Alert, Figure, Report, ReportSection};
use super::sample::{MARKUP, bare, hidden_correction, sample};
use super::templates::{Templates, Told};
use super::{Addressee, Sender, Sheet, admin, compose};
use crate::Result;

/// Renders everything once.
pub(super) fn run(templates: &Templates) -> Result<()> {
    for (role_ja, contact, reply_to, checkpoint) in
        [("登録医", "0586-00-0000", "fax@example.jp", "1 abc"), ("", "", "", "")]
    {
        let by = sender(contact, reply_to);
        let name = format!("見本 太郎 {MARKUP}");
        let to = Addressee { name: &name, address: "mihon@example.jp", role_ja };
        for sheet in [sample(), bare(), hidden_correction()] {
            messages(templates, &sheet, &to, &by, checkpoint)?;
        }
        digests(templates, &to, &by, checkpoint)?;
        notices(templates, &to, &by)?;
        admins(templates, &by, checkpoint)?;
    }
    Ok(())
}

fn messages(
    templates: &Templates,
    sheet: &Sheet,
    to: &Addressee<'_>,
    by: &Sender,
    checkpoint: &str,
) -> Result<()> {
    let words = compose::message_words(sheet, to, by, templates, checkpoint, Told::Everything)?;
    escaped(templates, "message.html", &words.html)
}

fn digests(templates: &Templates, to: &Addressee<'_>, by: &Sender, checkpoint: &str) -> Result<()> {
    let named = Sheet { patient_shown: true, ..sample() };
    for sheets in [vec![&named], vec![&bare()], vec![&named, &hidden_correction(), &bare()]] {
        let words = compose::digest_words(&sheets, "D1", to, by, templates, checkpoint, Told::Everything)?;
        escaped(templates, "digest.html", &words.html)?;
    }
    Ok(())
}

fn notices(templates: &Templates, to: &Addressee<'_>, by: &Sender) -> Result<()> {
    let records = vec![sample().record; 5];
    for (count, urgency) in [(1, Urgency::Routine), (5, Urgency::Today)] {
        let records = records.get(..count).unwrap_or_default();
        admin::notice_words(records, urgency, to, by, templates, Told::Everything)?;
    }
    Ok(())
}

fn admins(templates: &Templates, by: &Sender, checkpoint: &str) -> Result<()> {
    let day = jiff::civil::date(2026, 11, 23);
    let figures = vec![Figure { label: "受信".into(), value: "12件".into() }];
    let entries = vec!["見本".to_owned()];
    let section = ReportSection { heading: "要対応".into(), entries: entries.clone() };
    let nothing = ReportSection { heading: "要対応".into(), entries: vec![] };
    let checkpoint = checkpoint.to_owned();
    for report in [
        Report { day, attention: 1, figures, sections: vec![section, nothing], checkpoint },
        Report { day, attention: 0, figures: vec![], sections: vec![], checkpoint: String::new() },
    ] {
        admin::report_words(&report, by, templates, Told::Everything)?;
    }
    let alert = |cure: &str, entries| Alert {
        title: "見本",
        at: "2026-11-23 14:05".into(),
        what: "見本".into(),
        entries,
        cure: cure.into(),
    };
    for alert in [alert("見本", entries), alert("", vec![])] {
        admin::alert_words(&alert, by, templates, Told::Everything)?;
    }
    Ok(())
}

fn escaped(templates: &Templates, name: &'static str, html: &str) -> Result<()> {
    let line = html.lines().position(|line| line.contains(MARKUP));
    match line {
        None => Ok(()),
        Some(_) => Err(templates.wrong(
            name,
            None,
            "switches the escaping of HTML off; leave that to the program, values come from anybody",
        )),
    }
}

fn sender(contact: &str, reply_to: &str) -> Sender {
    Sender {
        name: "見本".into(),
        address: "fax@example.jp".into(),
        domain: "example.jp".into(),
        organisation: format!("見本医師会 {MARKUP}"),
        contact: contact.to_owned(),
        reply_to: reply_to.to_owned(),
    }
}
