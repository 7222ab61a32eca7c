//! `kasasagi trace`: the whole story of one fax, in order.

use kasasagi_store::Entry;
use kasasagi_store::event::{Decision, Event};
use kasasagi_store::id::FaxId;

use super::{Desktop, Ending, print, unexpected, words};
use crate::control::request::{Answer, Request};

#[derive(clap::Args)]
pub(super) struct Args {
    /// The fax.
    fax: FaxId,
}

pub(super) fn run(desktop: &Desktop, args: &Args) -> Ending {
    let Answer::Story(fax, entries) = desktop.ask(Request::Trace { fax: args.fax.clone() }, None)? else {
        return Err(unexpected());
    };
    if desktop.json {
        Desktop::print_json(&serde_json::json!({ "fax": fax, "events": entries }))?;
        return Ok(0);
    }
    let zone = desktop.settings()?.time_zone;
    print(&format!("{}  {}  {}", fax.id, words::state_word(fax.state), words::remark(&fax)))?;
    for entry in &entries {
        print(&line(entry, &zone))?;
    }
    Ok(0)
}

/// One event on one line.
pub(super) fn line(entry: &Entry, zone: &jiff::tz::TimeZone) -> String {
    format!(
        "{:>8}  {}  {:<10}  {}",
        entry.seq,
        words::time(entry.at, zone),
        entry.actor,
        sentence(&entry.event)
    )
}

fn sentence(event: &Event) -> String {
    match event {
        Event::Received { source, bytes, .. } => {
            format!("received {} bytes by {}", bytes, words::source(*source))
        }
        Event::ReceivedAgain { source, .. } => {
            format!("the same mail again by {}", words::source(*source))
        }
        Event::MailboxBegun { validity, first, .. } => {
            format!("mailbox seen, UIDVALIDITY {validity}: taken from UID {first} on")
        }
        Event::Opened { documents, .. } => {
            let formats: Vec<&str> = documents.iter().map(|d| d.format.as_str()).collect();
            format!("opened: {} document(s): {}", documents.len(), formats.join(", "))
        }
        Event::ReadingFailed { attempt, reason, .. } => {
            format!("reading failed, attempt {attempt}: {reason}")
        }
        Event::Read { pages, records, .. } => {
            let held =
                pages.iter().filter_map(|p| p.held.as_ref().map(|why| format!("page {}: {why}", p.page)));
            let read = records.iter().map(|r| {
                format!(
                    "{} on page {}: {} v{}, {} sure, {} doubtful, {} blank",
                    r.record, r.page, r.form, r.version, r.sure, r.doubtful, r.blank
                )
            });
            let parts: Vec<String> = read.chain(held).collect();
            format!("read {} page(s): {}", pages.len(), parts.join("; "))
        }
        Event::Decided { record, decision: Decision::Deliver { patient, evidence, urgency, items } } => {
            let to: Vec<String> = items.iter().map(|i| format!("{} ({})", i.recipient, i.role)).collect();
            format!(
                "{record} to be delivered, {urgency}: patient {patient} by {}; to {}",
                evidence.join(" + "),
                to.join(", ")
            )
        }
        Event::Decided { record, decision: Decision::Repeat { of } } => {
            format!("{record} repeats {of}: nothing is sent")
        }
        Event::Resent { record, of } => {
            let told = |keys: &[String]| if keys.is_empty() { "nothing".to_owned() } else { keys.join(", ") };
            format!(
                "{record} is the sheet of {} again; differing: {}; unclear: {}",
                of.record,
                told(&of.differing),
                told(&of.unclear)
            )
        }
        Event::Decided { record, decision: Decision::Hold { reasons } } => {
            format!("{record} held: {}", reasons.join(", "))
        }
        Event::Deferred { item, attempt, code, next } => {
            format!("{item} deferred, attempt {attempt}: {code}; again at {next}")
        }
        Event::Sent { item, code } => format!("{item} sent: {code}"),
        Event::GaveUp { item, code } => format!("{item} given up: {code}"),
        Event::FaxHeld { reason, .. } => format!("held: {reason}"),
        Event::Admitted { .. } => "the sender was vouched for".to_owned(),
        Event::Duplicate { of, .. } => format!("the same documents as {of}"),
        Event::Refused { reason, .. } => format!("refused: {reason}"),
        Event::Erased { .. } => "content erased".to_owned(),
        Event::Looked { what, about } => {
            format!("looked: {what}{}", about.as_ref().map(|a| format!(" {a}")).unwrap_or_default())
        }
        Event::Started { version } => format!("started, version {version}"),
        Event::Stopped => "stopped".to_owned(),
        Event::ViewRebuilt { reason } => format!("view rebuilt: {reason}"),
    }
}
