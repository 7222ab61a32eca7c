//! The outbox worker: takes what is due, sends it, and writes down what the next server said.
//!
//! ```text
//! store ─▶ shelf ─▶ sorter ─▶ lane of a domain ─▶ carrier ─▶ post: compose ─▶ deliver ─▶ outcome ─▶ store
//! ```
//!
//! Each domain has a lane of its own, so that one that stalls delays nobody else. A carrier sends one mail after
//! another over one connection, and the outcome of each is durable before the next is offered: a crash repeats
//! at most one mail of each carrier.

mod carrier;
mod lanes;
mod outcome;
mod pace;
mod shelf;
mod sorter;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kasasagi_config::settings;
use kasasagi_store::Store;
use kasasagi_store::event::Event;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

pub(crate) use outcome::given_up;
pub use outcome::outcome_events;

use crate::Result;
use crate::deliver::Courier;
use crate::journey::{ACTOR, blocking, chain};
use crate::post::Post;
use sorter::Sorter;

/// Pause before an outcome that could not be written down is tried again.
const WRITE_AGAIN: Duration = Duration::from_secs(5);

/// What sending needs.
pub struct Outbox {
    /// Items and what became of them.
    pub store: Arc<Store>,
    /// Composes mails.
    pub post: Arc<Post>,
    /// The way to the next server.
    pub courier: Arc<Courier>,
    /// How many lanes, how fast, for how long.
    pub limits: settings::Outbox,
    /// Envelope sender.
    pub from: String,
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
    /// When the store can only be used again by a new process, or an outcome cannot be written down.
    pub async fn run(self: Arc<Self>, shutdown: CancellationToken) -> Result<()> {
        Sorter::new(self, shutdown).run().await
    }

    /// Writes down what became of a dispatch, however long the disk is full: an item that was sent and
    /// not written down would be sent again.
    async fn write_down(&self, events: Vec<Event>, shutdown: &CancellationToken) -> Result<()> {
        loop {
            let (store, events) = (self.store.clone(), events.clone());
            match blocking(move || Ok(store.append(ACTOR, &events).map(|_| ())?)).await {
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
}
