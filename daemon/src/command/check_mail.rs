//! `kasasagi check --mail`: what the gateway would make of one mail; nothing is stored.

use std::path::Path;

use kasasagi_config::Settings;
use kasasagi_config::senders::Proof;
use serde_json::{Value, json};

use super::table::table;
use super::{Desktop, Ending, print, words};
use crate::mail::{self, Envelope, Hints, MailFault, Opened, Sources, Trust, Verdict};

/// Everything there is to say about one mail.
struct Seen {
    /// As if its sender had been vouched for.
    opened: Opened,
    hints: Hints,
    verdict: Option<Verdict>,
    /// As it would end.
    outcome: Result<(), MailFault>,
}

/// Ends in 0 if the mail would be taken as a fax, in 1 if it would be held or refused.
pub(super) fn run(desktop: &Desktop, file: &Path) -> Ending {
    let settings = desktop.settings()?;
    let sources = Sources::open(&settings)?;
    let raw = std::fs::read(file).map_err(|source| crate::Error::File {
        action: "read",
        path: file.to_owned(),
        source,
    })?;
    let seen = Seen::of(&raw, &sources);
    if desktop.json {
        Desktop::print_json(&seen.json(&settings))?;
    } else {
        print(&seen.lines(&settings))?;
    }
    Ok(u8::from(seen.outcome.is_err()))
}

impl Seen {
    fn of(raw: &[u8], sources: &Sources) -> Self {
        let outcome = match mail::open(raw, sources, Trust::Ask) {
            Opened::Fax(_) => Ok(()),
            Opened::Hold(fault) | Opened::Refuse(fault) => Err(fault),
        };
        Self {
            opened: mail::open(raw, sources, Trust::Vouched),
            hints: mail::hints(raw, sources),
            verdict: mail::verdict(raw, sources),
            outcome,
        }
    }

    /// What it is by itself, whoever sent it.
    fn is(&self) -> (&'static str, Option<MailFault>) {
        match (&self.opened, self.outcome) {
            (_, Err(fault @ MailFault::UnknownSender)) => ("held", Some(fault)),
            (Opened::Fax(_), _) => ("fax", None),
            (Opened::Hold(fault), _) => ("held", Some(*fault)),
            (Opened::Refuse(fault), _) => ("refused", Some(*fault)),
        }
    }

    fn envelope(&self) -> Option<&Envelope> {
        match &self.opened {
            Opened::Fax(envelope) => Some(envelope),
            Opened::Hold(_) | Opened::Refuse(_) => None,
        }
    }

    fn values(&self, settings: &Settings) -> Vec<(&'static str, Option<String>)> {
        let hints = &self.hints;
        vec![
            ("profile", Some(hints.profile.clone())),
            ("from", hints.from.clone()),
            ("subject", hints.subject.clone()),
            ("message_id", hints.message_id.clone()),
            ("caller", hints.caller.clone()),
            ("station", hints.station.clone()),
            ("pages", hints.pages.map(|pages| pages.to_string())),
            ("notice", hints.notice.clone()),
            ("received", hints.received.map(|at| words::time(at, &settings.time_zone))),
        ]
    }

    fn lines(&self, settings: &Settings) -> String {
        let (is, fault) = self.is();
        let row = |key: &str, text: String| vec![key.to_owned(), text];
        let mut rows = vec![row(
            "result",
            fault.map_or_else(|| is.to_owned(), |fault| format!("{is}: {}", fault.code())),
        )];
        rows.extend(fault.map(|fault| row("", fault.ja().to_owned())));
        rows.extend(fault.map(|fault| row("", fault.en().to_owned())));
        rows.push(row("sender", self.verdict.as_ref().map_or_else(|| "cannot be read".to_owned(), judged)));
        for (key, value) in self.values(settings) {
            rows.push(row(key, value.unwrap_or_else(|| "-".to_owned())));
        }
        if let Some(envelope) = self.envelope() {
            for document in &envelope.documents {
                rows.push(row(
                    "document",
                    format!("{}, {} bytes", document.format.code(), document.bytes.len()),
                ));
            }
            for note in &envelope.notes {
                rows.push(row("note", format!("{}: {}", note.code(), note.en())));
            }
        }
        table("MAIL |", &rows)
    }

    fn json(&self, settings: &Settings) -> Value {
        let (is, fault) = self.is();
        let (documents, notes): (Vec<Value>, Vec<&str>) = self.envelope().map_or_else(Default::default, |envelope| {
            let document = |d: &mail::Document| json!({ "format": d.format.code(), "bytes": d.bytes.len(), "sha256": d.sha256 });
            (envelope.documents.iter().map(document).collect(), envelope.notes.iter().map(|note| note.code()).collect())
        });
        let hints: serde_json::Map<String, Value> =
            self.values(settings).into_iter().map(|(key, value)| (key.to_owned(), json!(value))).collect();
        let accepted = self.verdict.as_ref().is_some_and(|verdict| !matches!(verdict, Verdict::Unknown(_)));
        json!({
            "result": is,
            "reason": fault.map(MailFault::code),
            "sender": { "accepted": accepted, "why": self.verdict.as_ref().map(judged) },
            "hints": hints,
            "documents": documents,
            "notes": notes,
        })
    }
}

/// Why a sender is accepted or not.
fn judged(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Local => "accepted: no sender is listed, and no server has relayed the mail".to_owned(),
        Verdict::Listed { entry, proof } => {
            let by = match proof {
                Proof::Authenticated => "own_server vouches for the domain",
                Proof::Address => "by the address alone",
            };
            format!("accepted: entry {entry} of intake.senders, {by}")
        }
        Verdict::Unknown(doubt) => format!("unknown: {}", doubt.en()),
    }
}
