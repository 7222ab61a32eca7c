//! `kasasagi check --mail`: what the gateway would make of one mail; nothing is stored.

use std::path::Path;

use kasasagi_config::Settings;
use kasasagi_config::senders::Proof;
use serde_json::{Value, json};

use super::table::table;
use super::{Desktop, Ending, print, words};
use crate::language::{Language, Phrase, chosen};
use crate::mail::{self, Doubt, Envelope, Hints, MailFault, Opened, Sources, Trust, Verdict};
use crate::reason::sentence;
use crate::{phrase, say};

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
        let row = |key: &str, text: String| vec![key.to_owned(), text];
        let mut rows = vec![row("result", self.result())];
        if let (_, Some(fault)) = self.is() {
            rows.push(row("", sentence(fault.code(), chosen())));
        }
        let judged = |verdict: &Verdict| judged(verdict).told();
        let sender = self.verdict.as_ref().map_or_else(|| say!("check-mail-unreadable"), judged);
        rows.push(row("sender", sender));
        for (key, value) in self.values(settings) {
            rows.push(row(key, value.unwrap_or_else(|| "-".to_owned())));
        }
        for document in self.envelope().iter().flat_map(|envelope| &envelope.documents) {
            let (format, bytes) = (document.format.code(), document.bytes.len());
            rows.push(row("document", say!("check-mail-document", format = format, bytes = %bytes)));
        }
        for note in self.envelope().iter().flat_map(|envelope| &envelope.notes) {
            let words = sentence(note.code(), chosen());
            rows.push(row("note", say!("check-mail-note", code = note.code(), words = words)));
        }
        table(&say!("check-mail-columns"), &rows)
    }

    fn result(&self) -> String {
        match self.is() {
            ("held", Some(fault)) => say!("check-mail-held", code = fault.code()),
            (_, Some(fault)) => say!("check-mail-refused", code = fault.code()),
            (_, None) => say!("check-mail-fax"),
        }
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
        let why = self.verdict.as_ref().map(|verdict| judged(verdict).to(Language::En));
        json!({
            "result": is,
            "reason": fault.map(MailFault::code),
            "sender": { "accepted": accepted, "why": why },
            "hints": hints,
            "documents": documents,
            "notes": notes,
        })
    }
}

/// Why a sender is accepted or not.
fn judged(verdict: &Verdict) -> Phrase {
    match verdict {
        Verdict::Local => phrase!("check-mail-local"),
        Verdict::Listed { entry, proof: Proof::Authenticated } => {
            phrase!("check-mail-vouched", entry = *entry)
        }
        Verdict::Listed { entry, proof: Proof::Address } => phrase!("check-mail-address", entry = *entry),
        Verdict::Unknown(Doubt::NoAddress) => phrase!("check-mail-no-address"),
        Verdict::Unknown(Doubt::Relayed) => phrase!("check-mail-relayed"),
        Verdict::Unknown(Doubt::NotListed) => phrase!("check-mail-not-listed"),
        Verdict::Unknown(Doubt::OtherProfile) => phrase!("check-mail-other-profile"),
        Verdict::Unknown(Doubt::NotProved) => phrase!("check-mail-not-proved"),
    }
}
