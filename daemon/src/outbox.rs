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

/// Pause before an outcome that could not be written down is tried again.
const WRITE_AGAIN: Duration = Duration::from_secs(5);

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
    ///
    /// # Errors
    /// When the store can only be used again by a new process.
    pub async fn run(self: Arc<Self>, shutdown: CancellationToken) -> Result<()> {
        while !shutdown.is_cancelled() {
            let pause = match self.round(&shutdown).await {
                Ok(pause) => pause,
                Err(error) if error.is_broken_store() => return Err(error),
                Err(error) => {
                    tracing::error!(error = %chain(&error), "the outbox cannot work");
                    LONGEST_SLEEP
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = self.bell.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        Ok(())
    }

    /// Sends everything due now; returns how long nothing will be due.
    async fn round(self: &Arc<Self>, shutdown: &CancellationToken) -> Result<Duration> {
        while !shutdown.is_cancelled() {
            let due = self.store.due_items((self.clock)(), AT_ONCE)?;
            if due.is_empty() {
                break;
            }
            self.send_all(due, shutdown).await?;
        }
        let next = self.store.due_items(Timestamp::MAX, 1)?.into_iter().next();
        let wait = match next.map(|item| item.state) {
            Some(ItemState::Due { next, .. }) => next.duration_since((self.clock)()),
            _ => return Ok(LONGEST_SLEEP),
        };
        Ok(Duration::try_from(wait).unwrap_or(Duration::ZERO).min(LONGEST_SLEEP))
    }

    /// Sends some items side by side; one that fails does not stop the others.
    async fn send_all(self: &Arc<Self>, items: Vec<ItemView>, shutdown: &CancellationToken) -> Result<()> {
        let mut sending = JoinSet::new();
        for item in items {
            let (outbox, shutdown) = (self.clone(), shutdown.clone());
            sending.spawn(async move { outbox.send(item, &shutdown).await });
        }
        let mut end = Ok(());
        while let Some(sent) = sending.join_next().await {
            end = end.and(sent.unwrap_or(Err(Error::PartEnded)));
        }
        end
    }

    async fn send(self: &Arc<Self>, item: ItemView, shutdown: &CancellationToken) -> Result<()> {
        let (outbox, id) = (self.clone(), item.id.clone());
        let outcome = match tokio::spawn(async move { outbox.hand_over(&id).await }).await {
            Ok(outcome) => outcome?,
            // Another try would panic again, maybe after the server took the mail again.
            Err(_) => Outcome::Refuse { code: "internal".to_owned() },
        };
        let event = match outcome {
            Outcome::Sent { code } => Event::sent(item.id, code),
            Outcome::Refuse { code } => Event::GaveUp { item: item.id, code },
            Outcome::Defer { code } => self.deferred(item, code),
        };
        self.write_down(event, shutdown).await
    }

    /// Opens the parcel and offers it once. A parcel that is gone is given up, for a person to see.
    async fn hand_over(&self, id: &ItemId) -> Result<Outcome> {
        let (store, item) = (self.store.clone(), id.clone());
        let opened = blocking(move || {
            Parcel::from_bytes(&store.unseal(item.fax(), &Parcel::blob_name(&item)?)?)
                .ok_or(Error::Parcel { item })
        });
        let parcel = match opened.await {
            Ok(parcel) => parcel,
            Err(error) if error.is_broken_store() => return Err(error),
            Err(error) => {
                tracing::error!(item = %id, error = %chain(&error), "cannot open a sealed message");
                return Ok(if error.may_pass() {
                    Outcome::Defer { code: "store".to_owned() }
                } else {
                    Outcome::Refuse { code: "parcel".to_owned() }
                });
            }
        };
        let message_id = message::message_id(id, &self.domain);
        Ok(self.courier.send(&self.from, &parcel.to, &message_id, &parcel.raw).await)
    }

    /// Writes down what became of an item, however long the disk is full: an item that was sent and
    /// not written down would be sent again.
    async fn write_down(&self, event: Event, shutdown: &CancellationToken) -> Result<()> {
        loop {
            let (store, event) = (self.store.clone(), event.clone());
            match blocking(move || Ok(store.append(ACTOR, &[event]).map(|_| ())?)).await {
                Err(error) if error.may_pass() && !shutdown.is_cancelled() => {
                    tracing::error!(error = %chain(&error), "cannot write down what became of a mail; trying again");
                    tokio::select! {
                        () = shutdown.cancelled() => {}
                        () = tokio::time::sleep(WRITE_AGAIN) => {}
                    }
                }
                end => return end,
            }
        }
    }

    fn deferred(&self, item: ItemView, code: String) -> Event {
        let tried = if let ItemState::Due { attempt, .. } = item.state { attempt } else { 0 };
        let attempt = tried.saturating_add(1);
        match next_try(attempt, (self.chance)()) {
            Some(wait) => Event::deferred(item.id, attempt, code, (self.clock)() + wait),
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
        let back =
            Parcel::from_bytes(&Parcel { to: "a@example.jp".into(), raw: raw.clone() }.to_bytes()).unwrap();
        assert_eq!((back.to.as_str(), back.raw), ("a@example.jp", raw));
        assert!(Parcel::from_bytes(b"no line end").is_none());
    }
}
