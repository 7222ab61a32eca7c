//! `kasasagi audit`: the trail, and the proof that it is whole.

use kasasagi_store::id::FaxId;
use kasasagi_store::{AuditQuery, Checkpoint, PublicKey, checkpoints_in};
use mail_parser::MessageParser;

use super::{Desktop, Ending, Failure, print, registry, trace, unexpected};
use crate::control::client;
use crate::control::request::{Answer, Request};
use crate::language::{self, chosen};
use crate::{Error, say};

mod export;
mod found;

pub(super) use found::told;

/// Events in a list when nobody says how many.
const LISTED: usize = 1000;

/// Signed heads that fit into one question.
const MOST: usize = 150;

#[derive(clap::Subcommand)]
pub(super) enum Verb {
    /// List events.
    List(Filter),
    /// Show one event whole.
    Show {
        /// Its number.
        seq: u64,
    },
    /// Write events to standard output for another program, the oldest first.
    Export {
        /// One JSON object a line, or a table.
        #[arg(long, default_value = "jsonl")]
        format: export::Format,
        #[command(flatten)]
        filter: Filter,
    },
    /// Check the chain, the checkpoints, the sealed files and the view.
    Verify(Proof),
    /// Print the signed head of the trail.
    Head {
        /// As a signed note, which tools of transparency logs read (c2sp.org/signed-note).
        #[arg(long)]
        note: bool,
    },
    /// Print the public key that checks signed heads; keep it somewhere else.
    Key {
        /// As the readers of signed notes want it.
        #[arg(long)]
        note: bool,
    },
}

#[derive(clap::Args)]
pub(super) struct Proof {
    /// A signed head that left this machine, in a mail or a report: as text, or a file with any number of them; a mail
    /// as it was saved (.eml) will do if it is not encrypted.
    #[arg(long = "checkpoint", value_name = "FILE|TEXT")]
    checkpoints: Vec<String>,
    /// The public key that signed them, as `audit key` printed it when all was well.
    #[arg(long, value_name = "HEX")]
    key: Option<PublicKey>,
}

#[derive(clap::Args)]
pub(super) struct Filter {
    /// Since: a date, a time, or an age such as 2d.
    #[arg(long)]
    since: Option<String>,
    /// Until: as --since.
    #[arg(long)]
    until: Option<String>,
    /// Only of this fax.
    #[arg(long)]
    fax: Option<FaxId>,
    /// Only of this registered patient: a number, or the name in the registry in force.
    #[arg(long)]
    patient: Option<String>,
    /// Only to this registered physician or office: a code, or the name.
    #[arg(long)]
    physician: Option<String>,
    /// Only of this kind, such as decided or sent.
    #[arg(long)]
    kind: Option<String>,
    /// Only by this actor.
    #[arg(long)]
    actor: Option<String>,
    /// Only after this number.
    #[arg(long, default_value_t = 0)]
    after: u64,
    /// At most this many; 1000 in a list, all in an export.
    #[arg(long)]
    limit: Option<usize>,
}

pub(super) fn run(desktop: &Desktop, verb: Verb) -> Ending {
    match verb {
        Verb::List(filter) => entries(desktop, Request::AuditList(query(desktop, filter, LISTED)?)),
        Verb::Show { seq } => show(desktop, seq),
        Verb::Export { format, filter } => export::run(desktop, format, query(desktop, filter, usize::MAX)?),
        Verb::Verify(proof) => verify(desktop, &proof),
        Verb::Head { note: false } => head(desktop),
        Verb::Head { note: true } => note(desktop),
        Verb::Key { note } => key(desktop, note),
    }
}

fn query(desktop: &Desktop, filter: Filter, most: usize) -> Result<AuditQuery, Failure> {
    Ok(AuditQuery {
        since: filter.since.map(|text| desktop.moment(&text)).transpose()?,
        until: filter.until.map(|text| desktop.moment(&text)).transpose()?,
        fax: filter.fax,
        patient: (filter.patient.map(|text| registry::code_of(desktop, text, |kind| kind == "patient")))
            .transpose()?,
        physician: (filter.physician.map(|text| registry::code_of(desktop, text, |kind| kind != "patient")))
            .transpose()?,
        kind: filter.kind,
        actor: filter.actor,
        after_seq: filter.after,
        limit: filter.limit.unwrap_or(most),
    })
}

fn entries(desktop: &Desktop, request: Request) -> Ending {
    let Answer::Entries(entries) = desktop.ask(request, None)? else { return Err(unexpected()) };
    if desktop.json {
        Desktop::print_json(&entries)?;
        return Ok(0);
    }
    let zone = desktop.settings()?.time_zone;
    for entry in &entries {
        print(&trace::line(entry, &zone))?;
    }
    Ok(0)
}

fn show(desktop: &Desktop, seq: u64) -> Ending {
    let Answer::Entries(entries) = desktop.ask(Request::AuditShow { seq }, None)? else {
        return Err(unexpected());
    };
    for entry in &entries {
        Desktop::print_json(entry)?;
    }
    Ok(0)
}

fn verify(desktop: &Desktop, proof: &Proof) -> Ending {
    let settings = desktop.settings()?;
    let checkpoints = brought(&proof.checkpoints)?;
    let key = proof.key.as_ref().map(ToString::to_string);
    let request = Request::AuditVerify { checkpoints: checkpoints.clone(), key };
    let found = match client::ask(&settings, request, None) {
        Ok(Answer::Verified(found)) => found,
        Ok(Answer::Refused { exit, message }) => return Err(Failure { exit, message }),
        Ok(_) => return Err(unexpected()),
        // A journal too damaged to open is what verification is there to find.
        Err(error @ Error::Store(kasasagi_store::Error::Damaged { .. })) => {
            let known = kasasagi_store::vouch(&settings.store_dir, &checkpoints, proof.key.as_ref());
            for line in known.iter().flatten().map(found::vouched) {
                print(&line)?;
            }
            return Err(Failure { exit: 1, message: language::told(&error, chosen()) });
        }
        Err(error) => return Err(error.into()),
    };
    if desktop.json {
        Desktop::print_json(&found)?;
    } else {
        print(&told(&found))?;
    }
    Ok(u8::from(!found.passed()))
}

/// The checkpoints in texts and files.
fn brought(places: &[String]) -> Result<Vec<Checkpoint>, Failure> {
    let mut all = Vec::new();
    for place in places {
        let bytes = match std::fs::read(place) {
            // A checkpoint is no name of a file, and far too long for one.
            Err(_) => place.clone().into_bytes(),
            Ok(bytes) => bytes,
        };
        let found = in_text_or_mail(&bytes);
        if found.is_empty() {
            return Err(Failure { exit: 2, message: say!("audit-no-head", place = format!("{place:?}")) });
        }
        all.extend(found);
    }
    all.sort_by_key(|checkpoint| checkpoint.seq);
    all.dedup();
    if all.len() > MOST {
        let message = say!("audit-too-many-heads", count = all.len(), most = MOST);
        return Err(Failure { exit: 2, message });
    }
    Ok(all)
}

/// A mail may be coded so that the head cannot be seen in its bytes.
fn in_text_or_mail(bytes: &[u8]) -> Vec<Checkpoint> {
    let found = checkpoints_in(&String::from_utf8_lossy(bytes));
    if !found.is_empty() {
        return found;
    }
    let Some(mail) = MessageParser::default().parse(bytes) else { return found };
    let texts = (0..mail.text_body_count()).filter_map(|part| mail.body_text(part));
    texts.flat_map(|text| checkpoints_in(&text)).collect()
}

fn key(desktop: &Desktop, note: bool) -> Ending {
    let dir = desktop.settings()?.store_dir;
    let key = kasasagi_store::public_key(&dir)?.ok_or(Error::NoStore { dir })?;
    let key = if note { key.verifier() } else { key.to_string() };
    if desktop.json {
        Desktop::print_json(&serde_json::json!({ "key": key }))?;
    } else {
        print(&key)?;
    }
    Ok(0)
}

fn head(desktop: &Desktop) -> Ending {
    let Answer::Head(checkpoint) = desktop.ask(Request::AuditHead, None)? else { return Err(unexpected()) };
    if desktop.json {
        Desktop::print_json(&checkpoint)?;
    } else {
        print(&checkpoint.to_string())?;
    }
    Ok(0)
}

fn note(desktop: &Desktop) -> Ending {
    let Answer::Note(note) = desktop.ask(Request::AuditNote, None)? else { return Err(unexpected()) };
    if desktop.json {
        Desktop::print_json(&serde_json::json!({ "note": note }))?;
    } else {
        print(note.trim_end())?;
    }
    Ok(0)
}
