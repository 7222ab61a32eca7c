//! From what the next server said to what is written down.

use jiff::Timestamp;
use kasasagi_store::event::Event;
use kasasagi_store::id::ItemId;

use crate::deliver::Outcome;
use crate::post::Dispatch;

/// Digests with which an item may fail before it waits for a person.
pub const DIGESTS: u32 = 3;

/// The events that settle a dispatch, to be appended together. Items of a digest share one event, so that all of
/// them or none has moved on. `next` is when the next try is due, or `None` when this was the last.
pub fn outcome_events(dispatch: &Dispatch, outcome: &Outcome, next: Option<Timestamp>) -> Vec<Event> {
    let attempt = dispatch.attempt.saturating_add(1);
    match (outcome, next) {
        (Outcome::Sent { code }, _) => together(dispatch, |item, with| {
            let code = code.clone();
            Event::Sent { item, with, code }
        }),
        (Outcome::Defer { code }, Some(next)) => deferred(dispatch, attempt, code, next),
        (Outcome::Defer { code }, None) | (Outcome::Refuse { code }, _) => failed(dispatch, code),
    }
}

/// The events by which a dispatch is tried again at `next`, as try number `attempt` plus one.
pub(super) fn deferred(dispatch: &Dispatch, attempt: u32, code: &str, next: Timestamp) -> Vec<Event> {
    together(dispatch, |item, with| Event::Deferred { item, with, attempt, code: code.to_owned(), next })
}

/// What fails with a digest goes into the next one, but not for ever.
fn failed(dispatch: &Dispatch, code: &str) -> Vec<Event> {
    if dispatch.digest.is_some() && dispatch.carried + 1 < DIGESTS {
        return vec![Event::CarriedOver { items: dispatch.items.clone(), code: code.to_owned() }];
    }
    given_up(&dispatch.items, code)
}

/// The events by which items wait for a person.
pub(super) fn given_up(items: &[ItemId], code: &str) -> Vec<Event> {
    items.iter().map(|item| Event::GaveUp { item: item.clone(), code: code.to_owned() }).collect()
}

fn together(dispatch: &Dispatch, event: impl Fn(ItemId, Vec<ItemId>) -> Event) -> Vec<Event> {
    let Some((item, with)) = dispatch.items.split_first() else { return Vec::new() };
    vec![event(item.clone(), with.to_vec())]
}

#[cfg(test)]
mod tests {
    use kasasagi_store::id::{DigestId, FaxId, RecordId};

    use super::*;

    fn dispatch(digest: bool, carried: u32) -> Dispatch {
        let day = jiff::civil::date(2026, 11, 23);
        let item = |n| ItemId::new(RecordId::new(FaxId::new(day, [1; 5]), n), "0013").unwrap();
        Dispatch {
            items: if digest { vec![item(1), item(2)] } else { vec![item(1)] },
            recipient: "0013".into(),
            role: "physician".into(),
            attempt: 2,
            digest: digest.then(|| DigestId::new(day, [2; 5])),
            carried,
        }
    }

    #[test]
    fn all_items_of_a_digest_share_one_event() {
        let code = || "x".to_owned();
        let soon = Some(Timestamp::UNIX_EPOCH);
        for (outcome, next, single, digest) in [
            (Outcome::Sent { code: code() }, soon, "sent", "sent"),
            (Outcome::Defer { code: code() }, soon, "deferred", "deferred"),
            (Outcome::Defer { code: code() }, None, "gave_up", "carried_over"),
            (Outcome::Refuse { code: code() }, soon, "gave_up", "carried_over"),
        ] {
            for (dispatch, kind) in [(dispatch(false, 0), single), (dispatch(true, 0), digest)] {
                let events = outcome_events(&dispatch, &outcome, next);
                assert_eq!(events.iter().map(Event::kind).collect::<Vec<_>>(), [kind], "{outcome:?}");
                assert_eq!(events[0].items().count(), dispatch.items.len());
            }
        }
    }

    #[test]
    fn the_third_digest_that_fails_leaves_its_items_to_a_person() {
        let outcome = Outcome::Refuse { code: "550".into() };
        let kinds = |carried| {
            outcome_events(&dispatch(true, carried), &outcome, None)
                .iter()
                .map(Event::kind)
                .collect::<Vec<_>>()
        };
        assert_eq!((kinds(1), kinds(2)), (vec!["carried_over"], vec!["gave_up", "gave_up"]));
    }

    #[test]
    fn a_deferral_counts_the_try() {
        let outcome = Outcome::Defer { code: "451".into() };
        let events = outcome_events(&dispatch(false, 0), &outcome, Some(Timestamp::UNIX_EPOCH));
        assert!(matches!(&events[..], [Event::Deferred { attempt: 3, .. }]));
    }
}
