//! The outbox worker: takes what is due, sends it, and writes down what the next server said.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kasasagi_store::event::Event;
use kasasagi_store::id::ItemId;
use kasasagi_store::{BlobName, ItemState, ItemView, Store};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::deliver::{Courier, Outcome, next_try};
use crate::journey::{ACTOR, blocking, chain};
use crate::{Error, Result, message};

/// Items sent at the same time.
const AT_ONCE: usize = 4;

/// Longest sleep between looks; a new decision wakes the worker at once.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// What sending needs.
pub struct Outbox {
    /// Items and their sealed messages.
    pub store: Arc<Store>,
    /// The line to the next server.
    pub courier: Courier,
    /// Envelope sender.
    pub from: String,
    /// Right-hand side of Message-IDs.
    pub domain: String,
    /// Time as an argument.
    pub clock: fn() -> Timestamp,
    /// Chance between 0 and 1, for spreading retries.
    pub chance: fn() -> f64,
    /// Rung when something may be due.
    pub bell: Arc<Notify>,
}

impl Outbox {
    /// Sends until shutdown.
    pub async fn run(self: Arc<Self>, shutdown: CancellationToken) {
        loop {
            let pause = match self.round().await {
                Ok(pause) => pause,
                Err(error) => {
                    tracing::error!(error = %chain(&error), "the outbox cannot work");
                    LONGEST_SLEEP
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.bell.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Sends everything due now; returns how long nothing will be due.
    async fn round(self: &Arc<Self>) -> Result<Duration> {
        loop {
            let now = (self.clock)();
            let due = self.store.due_items(now, AT_ONCE)?;
            if due.is_empty() {
                break;
            }
            self.send_all(due).await?;
        }
        let next = self.store.due_items(Timestamp::MAX, 1)?.into_iter().next();
        let wait = match next.map(|item| item.state) {
            Some(ItemState::Due { next, .. }) => next.duration_since((self.clock)()),
            _ => return Ok(LONGEST_SLEEP),
        };
        Ok(Duration::try_from(wait).unwrap_or(Duration::ZERO).min(LONGEST_SLEEP))
    }

    /// Sends some items side by side; one that fails does not stop the others.
    async fn send_all(self: &Arc<Self>, items: Vec<ItemView>) -> Result<()> {
        let mut sending = JoinSet::new();
        for item in items {
            let outbox = self.clone();
            sending.spawn(async move { outbox.send(item).await });
        }
        let mut end = Ok(());
        while let Some(sent) = sending.join_next().await {
            end = end.and(sent.unwrap_or(Err(Error::ShuttingDown)));
        }
        end
    }

    async fn send(&self, item: ItemView) -> Result<()> {
        let (store, id) = (self.store.clone(), item.id.clone());
        let parcel = blocking(move || {
            Parcel::from_bytes(&store.unseal(id.fax(), &Parcel::blob_name(&id)?)?).ok_or(Error::Parcel { item: id })
        })
        .await?;
        let message_id = message::message_id(&item.id, &self.domain);
        let outcome = self.courier.send(&self.from, &parcel.to, &message_id, &parcel.raw).await;
        let event = match outcome {
            Outcome::Sent { code } => Event::Sent { item: item.id, code },
            Outcome::Refuse { code } => Event::GaveUp { item: item.id, code },
            Outcome::Defer { code } => self.deferred(item, code),
        };
        let store = self.store.clone();
        blocking(move || Ok(store.append(ACTOR, &[event]).map(|_| ())?)).await
    }

    fn deferred(&self, item: ItemView, code: String) -> Event {
        let tried = if let ItemState::Due { attempt, .. } = item.state { attempt } else { 0 };
        let attempt = tried.saturating_add(1);
        match next_try(attempt, (self.chance)()) {
            Some(wait) => Event::Deferred { item: item.id, attempt, code, next: (self.clock)() + wait },
            None => Event::GaveUp { item: item.id, code },
        }
    }
}

/// A finished message with the address it goes to, sealed until it is sent.
pub struct Parcel {
    /// Envelope recipient, from the registry at the time of the decision.
    pub to: String,
    /// The message (RFC 5322).
    pub raw: Vec<u8>,
}

impl Parcel {
    /// The blob that holds the parcel of this item.
    ///
    /// # Errors
    /// When the item's name does not fit a blob; item names do.
    pub fn blob_name(item: &ItemId) -> Result<BlobName> {
        Ok(format!("message-{}-{}", item.record().number(), item.recipient()).parse()?)
    }

    /// One line with the address, then the message.
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.to.as_bytes(), b"\n", &self.raw].concat()
    }

    /// What [`Self::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|b| *b == b'\n')?;
        let (to, raw) = (bytes.get(..end)?, bytes.get(end + 1..)?);
        Some(Self { to: String::from_utf8(to.to_vec()).ok()?, raw: raw.to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parcel_comes_back_as_it_was_sealed() {
        let raw = b"Subject: x\r\n\r\nline\n".to_vec();
        let back = Parcel::from_bytes(&Parcel { to: "a@example.jp".into(), raw: raw.clone() }.to_bytes()).unwrap();
        assert_eq!((back.to.as_str(), back.raw), ("a@example.jp", raw));
        assert!(Parcel::from_bytes(b"no line end").is_none());
    }
}
