//! Mails of ours that come back: a report that one failed for good makes its item visible as given up.

use kasasagi_store::event::Event;
use kasasagi_store::{ItemKind, Store};

use crate::{Result, mail, message};

/// What follows from a delivery report. Nothing from one that is foreign, not understood, or tells of anything
/// but a failure for good. A report is not signed by anybody: it counts only if it returns the Message-ID of
/// the item, which nobody but the recipient and the servers on the way has seen.
///
/// # Errors
/// When the store cannot be read.
pub fn given_up(store: &Store, domain: &str, raw: &[u8]) -> Result<Option<Event>> {
    let Some(report) = mail::report(raw) else { return Ok(None) };
    let Some(status) = report.failed else { return Ok(None) };
    let item = report.item;
    let ours = format!("<{}>", message::message_id(&item, domain));
    let view = store.fax(item.fax())?;
    let state = view.as_ref().and_then(|fax| fax.items().find(|i| i.id == item)).map(|i| i.state.kind());
    let may_fail = matches!(state, Some(ItemKind::Due | ItemKind::Sent));
    if report.message_id != ours || !may_fail {
        tracing::warn!(%item, "a delivery report that does not fit the item changes nothing");
        return Ok(None);
    }
    Ok(Some(Event::GaveUp { item, code: format!("bounced_{status}") }))
}
