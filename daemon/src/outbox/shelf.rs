//! What is due, page by page, so that thousands of waiting mails are never all in memory.

use std::sync::Arc;

use jiff::Timestamp;
use kasasagi_store::id::ItemId;
use kasasagi_store::{ItemKind, ItemState, ItemView, OutboxFilter, Store};

use crate::Result;
use crate::journey::blocking;
use crate::post::Dispatch;

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
        let items = blocking(move || Ok(store.due_items(Timestamp::MAX, limit)?)).await?;
        let whole = items.len() < limit;
        let page = Page::of(items, now);
        Ok(Page { full: !whole && page.next.is_none(), ..page })
    }

    /// Another page of all that is due, in no order of time; from the beginning after the last.
    pub async fn more(&mut self, now: Timestamp) -> Result<Page> {
        let filter =
            OutboxFilter { kind: Some(ItemKind::Due), after: self.seen.take(), limit: PAGE, recipient: None };
        let store = self.store.clone();
        let items = blocking(move || Ok(store.outbox(&filter)?)).await?;
        if items.len() == PAGE {
            self.seen = items.last().map(|item| item.id.clone());
        }
        Ok(Page::of(items, now))
    }
}

impl Page {
    fn of(items: Vec<ItemView>, now: Timestamp) -> Self {
        let (mut due, mut next) = (Vec::with_capacity(items.len()), None::<Timestamp>);
        for item in items {
            match item.state {
                ItemState::Due { next: at, attempt } if at <= now => {
                    due.push(Dispatch {
                        items: vec![item.id],
                        recipient: item.recipient,
                        attempt,
                        digest: None,
                    });
                }
                ItemState::Due { next: at, .. } => next = Some(next.map_or(at, |next| next.min(at))),
                ItemState::Sent { .. } | ItemState::GaveUp { .. } => {}
            }
        }
        Self { due, next, full: false }
    }
}

/// Items looked at together.
const PAGE: usize = 1024;
