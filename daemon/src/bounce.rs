//! Mails of ours that come back: a report that one failed for good makes its item visible as given up.

use jiff::civil::Date;
use jiff::{Span, Zoned};
use kasasagi_store::event::Event;
use kasasagi_store::id::{FaxId, ItemId, RecordId};
use kasasagi_store::{ItemKind, OutboxFilter, Store};

use crate::mail::{self, Report};
use crate::{Result, message};

/// How long after a mail a report without its header is still understood; servers give up after five days.
const LOOK_BACK_DAYS: i64 = 10;

/// Most items looked through for one report.
const ITEMS: usize = 20_000;

/// What follows from a delivery report. Nothing from one that is foreign, not understood, or tells of anything
/// but a failure for good. A report is not signed by anybody: it counts only if it knows the Message-ID of the
/// item, which nobody but the recipient and the servers on the way has seen.
///
/// # Errors
/// When the store cannot be read.
pub fn given_up(store: &Store, domain: &str, now: &Zoned, raw: &[u8]) -> Result<Option<Event>> {
    let Some(report) = mail::report(raw) else { return Ok(None) };
    let Some(status) = report.failed.clone() else { return Ok(None) };
    let is_meant = |item: &ItemId| report.message_ids.contains(&message::message_id(item, domain));
    let item = match &report {
        Report { item: Some(item), .. } => Some(item.clone()).filter(is_meant),
        _ => recent(store, now.date())?.into_iter().find(is_meant),
    };
    let Some(item) = item else { return Ok(None) };
    let view = store.fax(item.fax())?;
    let state = view.as_ref().and_then(|fax| fax.items().find(|i| i.id == item)).map(|i| i.state.kind());
    let may_fail = matches!(state, Some(ItemKind::Due | ItemKind::Sent));
    Ok(may_fail.then(|| Event::GaveUp { item, code: format!("bounced_{status}") }))
}

/// Items of the last days: their names begin with the day.
fn recent(store: &Store, today: Date) -> Result<Vec<ItemId>> {
    let first = today.saturating_sub(Span::new().days(LOOK_BACK_DAYS));
    let after = ItemId::new(RecordId::new(FaxId::new(first, [0; 5]), 1), "0").ok();
    let mut items = Vec::new();
    for kind in [ItemKind::Sent, ItemKind::Due] {
        let filter = OutboxFilter { kind: Some(kind), after: after.clone(), limit: ITEMS, recipient: None };
        items.extend(store.outbox(&filter)?.into_iter().map(|item| item.id));
    }
    Ok(items)
}
