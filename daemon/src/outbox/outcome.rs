//! From what the next server said to what is written down.

use jiff::Timestamp;
use kasasagi_store::event::Event;
use kasasagi_store::id::ItemId;

use crate::deliver::Outcome;
use crate::post::Dispatch;

/// The events that settle a dispatch, an event for each of its items, to be appended together. `next` is when
/// the next try is due, or `None` when this was the last.
pub fn outcome_events(dispatch: &Dispatch, outcome: &Outcome, next: Option<Timestamp>) -> Vec<Event> {
    let attempt = dispatch.attempt.saturating_add(1);
    let event = |item: ItemId| match (outcome, next) {
        (Outcome::Sent { code }, _) => Event::Sent { item, code: code.clone() },
        (Outcome::Defer { code }, Some(next)) => Event::Deferred { item, attempt, code: code.clone(), next },
        (Outcome::Defer { code }, None) | (Outcome::Refuse { code }, _) => {
            Event::GaveUp { item, code: code.clone() }
        }
    };
    dispatch.items.iter().cloned().map(event).collect()
}

#[cfg(test)]
mod tests {
    use kasasagi_store::id::{FaxId, RecordId};

    use super::*;

    fn dispatch() -> Dispatch {
        let fax = FaxId::new(jiff::civil::date(2026, 11, 23), [1; 5]);
        let item = |n| ItemId::new(RecordId::new(fax.clone(), n), "0013").unwrap();
        Dispatch { items: vec![item(1), item(2)], recipient: "0013".into(), attempt: 2, digest: None }
    }

    #[test]
    fn all_items_of_a_dispatch_share_one_fate() {
        let code = || "x".to_owned();
        let soon = Some(Timestamp::UNIX_EPOCH);
        for (outcome, next, kind) in [
            (Outcome::Sent { code: code() }, soon, "sent"),
            (Outcome::Defer { code: code() }, soon, "deferred"),
            (Outcome::Defer { code: code() }, None, "gave_up"),
            (Outcome::Refuse { code: code() }, soon, "gave_up"),
        ] {
            let events = outcome_events(&dispatch(), &outcome, next);
            assert_eq!(events.iter().map(Event::kind).collect::<Vec<_>>(), [kind, kind], "{outcome:?}");
        }
    }

    #[test]
    fn a_deferral_counts_the_try() {
        let outcome = Outcome::Defer { code: "451".into() };
        let events = outcome_events(&dispatch(), &outcome, Some(Timestamp::UNIX_EPOCH));
        assert!(events.iter().all(|event| matches!(event, Event::Deferred { attempt: 3, .. })));
    }
}
