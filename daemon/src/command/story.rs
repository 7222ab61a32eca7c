//! One event as a sentence for a person.

use kasasagi_store::event::{Decision, Event, Receipt};

use super::words;

/// What happened; registry codes stand in it, names never do.
pub(super) fn sentence(event: &Event) -> String {
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
        Event::Decided {
            record, decision: Decision::Deliver { patient, evidence, urgency, items }, ..
        } => {
            let to: Vec<String> = items.iter().map(|i| format!("{} ({})", i.recipient, i.role)).collect();
            format!(
                "{record} to be delivered, {urgency}: patient {patient} by {}; to {}",
                evidence.join(" + "),
                to.join(", ")
            )
        }
        Event::Decided { record, decision: Decision::Repeat { of }, .. } => {
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
        Event::Decided { record, decision: Decision::Hold { reasons, .. }, .. } => {
            format!("{record} held: {}", reasons.join(", "))
        }
        Event::Decided { record, decision: Decision::Reject { reason }, .. } => {
            format!("{record} settled without a delivery: {reason}")
        }
        Event::Corrected { record, fields, .. } => format!("{record} corrected: {}", fields.join(", ")),
        Event::Routed { record, patient } => format!("{record} is about patient {patient}, by hand"),
        Event::Rejected { reason, .. } => format!("settled without a delivery: {reason}"),
        Event::Looked { what, about } => {
            format!("looked: {what}{}", about.as_ref().map(|a| format!(" {a}")).unwrap_or_default())
        }
        event if event.items().next().is_some() => sending(event),
        Event::FaxHeld { reason, .. } => format!("held: {reason}"),
        Event::Admitted { .. } => "a person let it go on".to_owned(),
        Event::Duplicate { of, .. } => format!("the same documents as {of}"),
        Event::Refused { reason, .. } => format!("refused: {reason}"),
        Event::Erased { .. } => "content erased".to_owned(),
        Event::Kept { .. } => "content must stay".to_owned(),
        Event::Released { .. } => "content need not stay".to_owned(),
        Event::BackedUp { seq } => format!("copied up to event {seq}"),
        Event::Restored { seq, in_doubt } => {
            format!(
                "brought back from a copy that ends with event {seq}; {in_doubt} faxes and messages in doubt"
            )
        }
        Event::KeyRotated => "all keys wrapped under a new master key".to_owned(),
        Event::Started { version } => format!("started, version {version}"),
        Event::Stopped => "stopped".to_owned(),
        Event::ViewRebuilt { reason } => format!("view rebuilt: {reason}"),
        Event::Reported { day } => format!("report of {day} sent"),
        Event::RegistryProposed { version, effective, added, changed, removed, .. } => format!(
            "registry {version} handed in: {added} rows added, {changed} changed, {removed} removed{}",
            effective.map(|day| format!("; from {day} on")).unwrap_or_default()
        ),
        Event::RegistryApproved { version } => format!("registry {version} approved"),
        Event::RegistryTurnedDown { version } => format!("registry {version} turned down"),
        other => other.kind().to_owned(),
    }
}

/// What happened to items of the outbox.
fn sending(event: &Event) -> String {
    let names: Vec<String> = event.items().map(ToString::to_string).collect();
    let names = names.join(", ");
    match event {
        Event::Digested { digest, .. } => format!("{names} in digest {digest}"),
        Event::CarriedOver { code, .. } => format!("{names} left for the next digest: {code}"),
        Event::Deferred { attempt, code, next, .. } => {
            format!("{names} deferred, attempt {attempt}: {code}; again at {next}")
        }
        Event::Sent { code, .. } => format!("{names} sent: {code}"),
        Event::GaveUp { code, .. } => format!("{names} given up: {code}"),
        Event::Acknowledged { how: Receipt::Displayed, .. } => format!("{names} displayed to the recipient"),
        Event::Acknowledged { how: Receipt::Replied, .. } => format!("{names} taken note of, by reply"),
        Event::Escalated { to, .. } if to.is_empty() => {
            format!("{names} not taken note of in time; no backup")
        }
        Event::Escalated { to, .. } => {
            let to: Vec<&str> = to.iter().map(|note| note.recipient.as_str()).collect();
            format!("{names} not taken note of in time; also to {}", to.join(", "))
        }
        Event::Retried { .. } => format!("{names} to be sent again, by hand"),
        Event::Cancelled { .. } => format!("{names} cancelled"),
        Event::Alerted { .. } => format!("the office was told of {names}"),
        other => format!("{}: {names}", other.kind()),
    }
}
