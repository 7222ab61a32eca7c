//! What is due, page by page, so that thousands of waiting mails are never all in memory.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use kasasagi_store::id::{DigestId, ItemId};
use kasasagi_store::{ItemKind, ItemState, ItemView, OutboxFilter, Store};

use crate::Result;
use crate::journey::blocking;
use crate::post::{Dispatch, is_last_digest};

/// The due list of the store.
pub(super) struct Shelf {
    store: Arc<Store>,
    /// How far [`Self::more`] has come.
    seen: Option<ItemId>,
}

/// A look at the shelf.
pub(super) struct Page {
    /// Due now, the longest due first.
    pub due: Vec<Dispatch>,
    /// When the first of the others becomes due, if that is known.
    pub next: Option<Timestamp>,
    /// Whether more is due that is not on this page.
    pub full: bool,
}

impl Shelf {
    pub fn new(store: Arc<Store>) -> Self {
        Self { store, seen: None }
    }

    /// What has been due for longest, `known` items and a page more.
    pub async fn first(&self, known: usize, now: Timestamp) -> Result<Page> {
        let (store, limit) = (self.store.clone(), known + PAGE);
        let (page, whole) = blocking(move || {
            let items = store.due_items(Timestamp::MAX, limit)?;
            let whole = items.len() < limit;
            Ok((Page::of(&store, items, now)?, whole))
        })
        .await?;
        Ok(Page { full: !whole && page.next.is_none(), ..page })
    }

    /// Another page of all that is due, in no order of time; from the beginning after the last.
    pub async fn more(&mut self, now: Timestamp) -> Result<Page> {
        let filter =
            OutboxFilter { kind: Some(ItemKind::Due), after: self.seen.take(), limit: PAGE, recipient: None };
        let store = self.store.clone();
        let (page, seen) = blocking(move || {
            let items = store.outbox(&filter)?;
            let seen = items.last().filter(|_| items.len() == PAGE).map(|item| item.id.clone());
            Ok((Page::of(&store, items, now)?, seen))
        })
        .await?;
        self.seen = seen;
        Ok(page)
    }
}

impl Page {
    fn of(store: &Store, items: Vec<ItemView>, now: Timestamp) -> Result<Self> {
        let (mut due, mut next) = (Vec::with_capacity(items.len()), None::<Timestamp>);
        let mut digests = BTreeSet::new();
        for item in items {
            match (&item.state, &item.digest) {
                (ItemState::Due { next: at, .. }, _) if *at > now => {
                    next = Some(next.map_or(*at, |next| next.min(*at)));
                }
                (ItemState::Due { .. }, Some(digest)) if !digests.insert(digest.clone()) => {}
                (ItemState::Due { attempt, .. }, digest) => {
                    due.push(dispatch(store, &item, *attempt, digest.as_ref())?);
                }
                _ => {}
            }
        }
        Ok(Self { due, next, full: false })
    }
}

/// An item by itself, or all items of its digest.
fn dispatch(store: &Store, item: &ItemView, attempt: u32, digest: Option<&DigestId>) -> Result<Dispatch> {
    let items = match digest {
        None => vec![item.clone()],
        Some(digest) => {
            let whole = store.digest_items(digest)?.into_iter();
            whole.filter(|other| other.state.kind() == ItemKind::Due).collect()
        }
    };
    let last = items.iter().filter(|item| is_last_digest(item)).map(|item| item.id.clone()).collect();
    Ok(Dispatch {
        items: items.into_iter().map(|item| item.id).collect(),
        recipient: item.recipient.clone(),
        role: item.role.clone(),
        attempt,
        digest: digest.cloned(),
        last,
    })
}

/// Items looked at together.
const PAGE: usize = 512;
