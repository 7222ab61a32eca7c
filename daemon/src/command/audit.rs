//! `kasasagi audit`: the trail, and the proof that it is whole.

use kasasagi_store::id::FaxId;
use kasasagi_store::{AuditQuery, Verification};

use super::{Desktop, Ending, Failure, print, trace, unexpected};
use crate::Error;
use crate::control::client;
use crate::control::request::{Answer, Request};
use crate::journey::chain;

#[derive(clap::Subcommand)]
pub(super) enum Verb {
    /// List events.
    List(Filter),
    /// Show one event whole.
    Show {
        /// Its number.
        seq: u64,
    },
    /// Check the chain, the checkpoints, the sealed files and the view.
    Verify,
    /// Print the signed head of the trail.
    Head,
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
    /// Only of this registered patient.
    #[arg(long)]
    patient: Option<String>,
    /// Only to this registered physician or office.
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
    /// At most this many.
    #[arg(long, default_value_t = 1000)]
    limit: usize,
}

pub(super) fn run(desktop: &Desktop, verb: Verb) -> Ending {
    match verb {
        Verb::List(filter) => entries(desktop, Request::AuditList(query(desktop, filter)?)),
        Verb::Show { seq } => show(desktop, seq),
        Verb::Verify => verify(desktop),
        Verb::Head => head(desktop),
    }
}

fn query(desktop: &Desktop, filter: Filter) -> Result<AuditQuery, Failure> {
    Ok(AuditQuery {
        since: filter.since.map(|text| desktop.moment(&text)).transpose()?,
        until: filter.until.map(|text| desktop.moment(&text)).transpose()?,
        fax: filter.fax,
        patient: filter.patient,
        physician: filter.physician,
        kind: filter.kind,
        actor: filter.actor,
        after_seq: filter.after,
        limit: filter.limit,
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

fn verify(desktop: &Desktop) -> Ending {
    let found = match client::ask(&desktop.settings()?, Request::AuditVerify, None) {
        Ok(Answer::Verified(found)) => found,
        Ok(Answer::Refused { exit, message }) => return Err(Failure { exit, message }),
        Ok(_) => return Err(unexpected()),
        // A journal too damaged to open is what verification is there to find.
        Err(error @ Error::Store(kasasagi_store::Error::Damaged { .. })) => {
            return Err(Failure { exit: 1, message: chain(&error) });
        }
        Err(error) => return Err(error.into()),
    };
    if desktop.json {
        Desktop::print_json(&found)?;
    } else {
        print(&proof(&found))?;
    }
    Ok(u8::from(!found.passed()))
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

/// What verification found, the good in one line, every fault in one of its own.
pub(super) fn proof(found: &Verification) -> String {
    let mut lines = vec![format!(
        "{}: {} events, head {}, {} checkpoints, {} sealed files, view {}",
        if found.passed() { "ok" } else { "NOT WHOLE" },
        found.events,
        found.head,
        found.checkpoints,
        found.blobs,
        if found.view_agrees { "agrees" } else { "DISAGREES" },
    )];
    lines.extend(found.first_bad.iter().map(|(seq, what)| format!("  event {seq}: {what}")));
    lines.extend(found.bad_checkpoints.iter().map(|what| format!("  checkpoint: {what}")));
    lines.extend(found.bad_blobs.iter().map(|(fax, what)| format!("  content of {fax}: {what}")));
    lines.extend(found.bad_registries.iter().map(|(version, what)| format!("  registry {version}: {what}")));
    lines.extend(found.ignored.iter().map(|(seq, what)| format!("  event {seq} changes nothing: {what}")));
    lines.join("\n")
}
