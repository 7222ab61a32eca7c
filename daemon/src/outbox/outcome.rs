//! From what the next server said to what is written down.

use jiff::Timestamp;
use kasasagi_store::event::Event;
use kasasagi_store::id::ItemId;

use crate::deliver::Outcome;
use crate::post::Dispatch;

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
    if dispatch.digest.is_none() {
        return given_up(&dispatch.items, code);
    }
    let items: Vec<ItemId> =
        dispatch.items.iter().filter(|item| !dispatch.last.contains(item)).cloned().collect();
    let carried =
        (!items.is_empty()).then(|| Event::CarriedOver { items: items.clone(), code: code.to_owned() });
    carried.into_iter().chain(given_up(&dispatch.last, code)).collect()
}

/// The events by which items wait for a person.
pub(crate) fn given_up(items: &[ItemId], code: &str) -> Vec<Event> {
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

    /// Of a digest of two, so many of the items are in their last.
    fn dispatch(digest: bool, last: usize) -> Dispatch {
        let day = jiff::civil::date(2026, 11, 23);
        let item = |n| ItemId::new(RecordId::new(FaxId::new(day, [1; 5]), n), "0013").unwrap();
        let items = if digest { vec![item(1), item(2)] } else { vec![item(1)] };
        Dispatch {
            last: items[..last].to_vec(),
            items,
            recipient: "0013".into(),
            role: "physician".into(),
            attempt: 2,
            digest: digest.then(|| DigestId::new(day, [2; 5])),
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
    fn each_item_is_left_to_a_person_after_its_own_third_digest() {
        let outcome = Outcome::Refuse { code: "550".into() };
        for (last, expected) in [
            (0, vec![("carried_over", 2)]),
            (1, vec![("carried_over", 1), ("gave_up", 1)]),
            (2, vec![("gave_up", 1), ("gave_up", 1)]),
        ] {
            let events = outcome_events(&dispatch(true, last), &outcome, None);
            let told: Vec<_> = events.iter().map(|event| (event.kind(), event.items().count())).collect();
            assert_eq!(told, expected);
        }
    }

    #[test]
    fn a_deferral_counts_the_try() {
        let outcome = Outcome::Defer { code: "451".into() };
        let events = outcome_events(&dispatch(false, 0), &outcome, Some(Timestamp::UNIX_EPOCH));
        assert!(matches!(&events[..], [Event::Deferred { attempt: 3, .. }]));
    }
}
