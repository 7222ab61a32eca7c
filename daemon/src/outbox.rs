//! The outbox worker: takes what is due, sends it, and writes down what the next server said.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kasasagi_store::event::Event;
use kasasagi_store::{ItemView, Store};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::deliver::{Courier, Outcome, next_try};
use crate::journey::{ACTOR, blocking, chain};
use crate::message;
use crate::Result;

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
    /// Rung when something may be due.
    pub bell: Arc<Notify>,
}

impl Outbox {
    /// Sends until shutdown.
    pub async fn run(self, shutdown: CancellationToken) {
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
    async fn round(&self) -> Result<Duration> {
        loop {
            let now = (self.clock)();
            let due = self.store.due_items(now, AT_ONCE)?;
            if due.is_empty() {
                break;
            }
            let mut sending = Vec::new();
            for item in due {
                sending.push(self.send(item));
            }
            for done in futures_lite_join(sending).await {
                done?;
            }
        }
        let wait = match self.store.next_due()? {
            Some(next) => Duration::try_from(next.duration_since((self.clock)())).unwrap_or(Duration::ZERO),
            None => LONGEST_SLEEP,
        };
        Ok(wait.min(LONGEST_SLEEP))
    }

    async fn send(&self, item: ItemView) -> Result<()> {
        let (store, id) = (self.store.clone(), item.id.clone());
        let raw = blocking(move || Ok(store.unseal(id.fax(), &message::blob_name(&id)?)?)).await?;
        let message_id = message::message_id(&item.id, &self.domain);
        let outcome = self.courier.send(&self.from, &item.address, &message_id, &raw).await;
        let event = match outcome {
            Outcome::Sent { code } => Event::Sent { item: item.id, code },
            Outcome::Refuse { code } => Event::GaveUp { item: item.id, code },
            Outcome::Defer { code } => self.deferred(item, code),
        };
        let store = self.store.clone();
        blocking(move || Ok(store.append(ACTOR, &[event]).map(|_| ())?)).await
    }

    fn deferred(&self, item: ItemView, code: String) -> Event {
        let attempt = item.attempt + 1;
        match next_try(attempt, chance()) {
            Some(wait) => Event::Deferred { item: item.id, attempt, code, next: (self.clock)() + wait },
            None => Event::GaveUp { item: item.id, code },
        }
    }
}
