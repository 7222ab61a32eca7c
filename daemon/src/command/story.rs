//! One event as a sentence for a person.

use kasasagi_store::event::{Decision, Event, PageNote, Receipt, RecordNote};

use super::words;
use crate::say;

/// What happened; registry codes stand in it, names never do.
pub(super) fn sentence(event: &Event) -> String {
    match event {
        Event::Received { .. }
        | Event::ReceivedAgain { .. }
        | Event::MailboxBegun { .. }
        | Event::Opened { .. }
        | Event::ReadingFailed { .. }
        | Event::Read { .. } => reading(event),
        Event::Decided { record, decision, .. } => decided(&record.to_string(), decision),
        Event::Resent { record, of } => say!(
            "story-resent",
            record = %record,
            of = %of.record,
            differing = fields(&of.differing),
            unclear = fields(&of.unclear)
        ),
        Event::Corrected { record, fields, .. } => {
            say!("story-corrected", record = %record, fields = listed(fields))
        }
        Event::Routed { record, patient } => say!("story-routed", record = %record, patient = %patient),
        Event::Rejected { reason, .. } => say!("story-rejected", reason = %reason),
        Event::FaxHeld { reason, .. } => say!("story-fax-held", reason = %reason),
        Event::Admitted { .. } => say!("story-admitted"),
        Event::Duplicate { of, .. } => say!("story-duplicate", of = %of),
        Event::Refused { reason, .. } => say!("story-refused", reason = %reason),
        event if event.items().next().is_some() => sending(event),
        other => office(other),
    }
}

/// From the door to the fields.
fn reading(event: &Event) -> String {
    match event {
        Event::Received { source, bytes, .. } => {
            say!("story-received", bytes = *bytes, source = words::source(*source))
        }
        Event::ReceivedAgain { source, .. } => say!("story-received-again", source = words::source(*source)),
        Event::MailboxBegun { validity, first, .. } => {
            say!("story-mailbox-begun", validity = *validity, first = *first)
        }
        Event::Opened { documents, .. } => {
            let formats: Vec<String> = documents.iter().map(|document| document.format.clone()).collect();
            say!("story-opened", count = formats.len(), formats = listed(&formats))
        }
        Event::ReadingFailed { attempt, reason, .. } => {
            say!("story-reading-failed", attempt = *attempt, reason = %reason)
        }
        Event::Read { pages, records, .. } => {
            let found: Vec<String> =
                records.iter().map(record).chain(pages.iter().filter_map(held_page)).collect();
            say!("story-read", pages = pages.len(), found = found.join(&say!("general-semicolon")))
        }
        other => other.kind().to_owned(),
    }
}

fn record(read: &RecordNote) -> String {
    say!(
        "story-read-record",
        record = %read.record,
        page = read.page,
        form = %read.form,
        version = read.version,
        sure = read.sure,
        doubtful = read.doubtful,
        blank = read.blank
    )
}

fn held_page(page: &PageNote) -> Option<String> {
    let why = page.held.as_ref()?;
    Some(say!("story-read-held", page = page.page, why = %why))
}

fn decided(record: &str, decision: &Decision) -> String {
    match decision {
        Decision::Deliver { patient, evidence, urgency, items } => {
            let to: Vec<String> = items.iter().map(|i| format!("{} ({})", i.recipient, i.role)).collect();
            say!(
                "story-deliver",
                record = %record,
                urgency = %urgency,
                patient = %patient,
                evidence = evidence.join(" + "),
                to = listed(&to)
            )
        }
        Decision::Repeat { of } => say!("story-repeat", record = %record, of = %of),
        Decision::Hold { reasons, .. } => {
            say!("story-hold", record = %record, reasons = listed(reasons))
        }
        Decision::Reject { reason } => {
            say!("story-record-rejected", record = %record, reason = %reason)
        }
    }
}

/// What happened to items of the outbox.
fn sending(event: &Event) -> String {
    let items: Vec<String> = event.items().map(ToString::to_string).collect();
    let items = listed(&items);
    match event {
        Event::Digested { digest, .. } => say!("story-digested", items = items, digest = %digest),
        Event::CarriedOver { code, .. } => say!("story-carried-over", items = items, code = %code),
        Event::Deferred { attempt, code, next, .. } => {
            say!("story-deferred", items = items, attempt = *attempt, code = %code, next = %next)
        }
        Event::Sent { code, .. } => say!("story-sent", items = items, code = %code),
        Event::GaveUp { code, .. } => say!("story-gave-up", items = items, code = %code),
        Event::Acknowledged { how: Receipt::Displayed, .. } => say!("story-displayed", items = items),
        Event::Acknowledged { how: Receipt::Replied, .. } => say!("story-replied", items = items),
        Event::Escalated { to, .. } if to.is_empty() => say!("story-no-backup", items = items),
        Event::Escalated { to, .. } => {
            let to: Vec<String> = to.iter().map(|note| note.recipient.clone()).collect();
            say!("story-escalated", items = items, to = listed(&to))
        }
        Event::Retried { .. } => say!("story-retried", items = items),
        Event::Cancelled { .. } => say!("story-cancelled", items = items),
        Event::Alerted { .. } => say!("story-alerted", items = items),
        other => format!("{}: {items}", other.kind()),
    }
}

/// What people and the gateway did besides.
fn office(event: &Event) -> String {
    match event {
        Event::Looked { what, about: None } => say!("story-looked", what = %what),
        Event::Looked { what, about: Some(about) } => {
            say!("story-looked-about", what = %what, about = %about)
        }
        Event::Erased { .. } => say!("story-erased"),
        Event::Kept { .. } => say!("story-kept"),
        Event::Released { .. } => say!("story-released"),
        Event::BackedUp { seq } => say!("story-backed-up", seq = *seq),
        Event::Restored { seq, in_doubt } => say!("story-restored", seq = *seq, in_doubt = *in_doubt),
        Event::KeyRotated => say!("story-key-rotated"),
        Event::Started { version } => say!("story-started", version = %version),
        Event::Stopped => say!("story-stopped"),
        Event::ViewRebuilt { reason } => say!("story-view-rebuilt", reason = %reason),
        Event::Reported { day } => say!("story-reported", day = %day),
        Event::RegistryProposed { version, effective, added, changed, removed, .. } => say!(
            "story-registry-proposed",
            version = *version,
            added = *added,
            changed = *changed,
            removed = *removed,
            from = effective.map_or_else(|| "none".to_owned(), |day| day.to_string())
        ),
        Event::RegistryApproved { version } => say!("story-registry-approved", version = *version),
        Event::RegistryTurnedDown { version } => say!("story-registry-turned-down", version = *version),
        other => other.kind().to_owned(),
    }
}

fn fields(keys: &[String]) -> String {
    if keys.is_empty() { say!("story-no-fields") } else { listed(keys) }
}

fn listed(parts: &[String]) -> String {
    parts.join(&say!("general-comma"))
}
