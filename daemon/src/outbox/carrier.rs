//! Sends one mail after another over one connection. What became of each is durable before the next comes to its
//! end: a crash leaves one mail in doubt.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use jiff::Timestamp;
use kasasagi_store::event::Event;
use kasasagi_store::id::ItemId;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::Outbox;
use super::lanes::Settled;
use super::outcome::{deferred, given_up, outcome_events};
use super::pace::Pace;
use crate::Result;
use crate::deliver::{Gate, Line, Outcome, next_try};
use crate::post::{Composed, Dispatch};

/// One carrier of a lane.
pub(super) struct Carrier {
    pub outbox: Arc<Outbox>,
    /// The lane, and which of its carriers this is.
    pub place: (Arc<str>, usize),
    pub line: Line,
    /// Shared by the carriers of a lane.
    pub pace: Arc<Pace>,
    pub queue: UnboundedReceiver<Dispatch>,
    pub settled: UnboundedSender<Settled>,
    pub shutdown: CancellationToken,
    /// What became of the mail before, on its way to the disk.
    pub settling: Option<JoinHandle<Result<()>>>,
}

/// A dispatch whose mail is being composed.
struct Begun {
    dispatch: Dispatch,
    mail: JoinHandle<Result<Composed>>,
}

impl Carrier {
    /// Until the lane is closed or the gateway stops; what is on the wire then is settled first.
    pub async fn run(mut self) -> Result<()> {
        let mut ahead = None;
        let end = loop {
            ahead = ahead.or_else(|| self.queue.try_recv().ok().map(|dispatch| self.begin(dispatch)));
            // With nothing to offer meanwhile, an outcome that cannot be kept is noticed here.
            if ahead.is_none()
                && let Err(error) = self.gate().closed().await
            {
                break Err(error);
            }
            let Some(begun) = self.next(ahead.take()).await else { break Ok(()) };
            // The next mail is composed while this one is on the wire.
            ahead = self.queue.try_recv().ok().map(|dispatch| self.begin(dispatch));
            if let Err(error) = self.carry(begun).await {
                break Err(error);
            }
        };
        let end = end.and(self.gate().closed().await);
        self.line.hang_up().await;
        end
    }

    /// Opens when what became of the mail before is durable.
    fn gate(&mut self) -> Gate {
        self.settling.take().map_or_else(Gate::open, Gate::after)
    }

    /// The next dispatch, when its turn has come; none when it is time to end. A connection that has nothing
    /// to carry for a while is given back.
    async fn next(&mut self, ahead: Option<Begun>) -> Option<Begun> {
        let shutdown = self.shutdown.clone();
        let turn = async {
            let begun = match ahead {
                Some(begun) => begun,
                None => self.wait().await?,
            };
            self.pace.turn().await;
            Some(begun)
        };
        tokio::select! {
            biased;
            () = shutdown.cancelled() => None,
            begun = turn => begun,
        }
    }

    async fn wait(&mut self) -> Option<Begun> {
        let dispatch = match timeout(IDLE, self.queue.recv()).await {
            Ok(dispatch) => dispatch?,
            Err(_) => {
                self.line.hang_up().await;
                self.queue.recv().await?
            }
        };
        Some(self.begin(dispatch))
    }

    fn begin(&self, dispatch: Dispatch) -> Begun {
        let (outbox, wanted) = (self.outbox.clone(), dispatch.clone());
        Begun { dispatch, mail: spawn_blocking(move || outbox.post.compose(&wanted)) }
    }

    async fn carry(&mut self, begun: Begun) -> Result<()> {
        let dispatch = begun.dispatch;
        let mut gate = self.gate();
        let (events, next) = match begun.mail.await {
            Ok(Ok(Composed::Never { code })) => (given_up(&dispatch.items, &code), None),
            // What is left of a digest is due still.
            Ok(Ok(Composed::Broken { items })) => (given_up(&items, "parcel"), Some((self.outbox.clock)())),
            Ok(Ok(Composed::Wait { until, code })) => {
                (deferred(&dispatch, dispatch.attempt, &code, until), Some(until))
            }
            Ok(Ok(composed)) => {
                let outcome = self.hand_over(composed, &mut gate).await;
                let next = self.next_try(&dispatch, &outcome);
                (outcome_events(&dispatch, &outcome, next), next)
            }
            Ok(Err(broken_store)) => return Err(broken_store),
            Err(_) => (outcome_events(&dispatch, &panicked(), None), None),
        };
        // One outcome after the other: the one before is durable before this one is written.
        gate.closed().await?;
        self.settling = Some(self.settle(events, dispatch.items, next));
        Ok(())
    }

    /// Writes down what became of a dispatch while the next one is offered.
    fn settle(
        &self,
        events: Vec<Event>,
        items: Vec<ItemId>,
        next: Option<Timestamp>,
    ) -> JoinHandle<Result<()>> {
        let (outbox, shutdown) = (self.outbox.clone(), self.shutdown.clone());
        let ((domain, berth), settled) = (self.place.clone(), self.settled.clone());
        tokio::spawn(async move {
            outbox.write_down(events, &shutdown).await?;
            // Nobody listens any more when the gateway stops.
            let _ = settled.send(Settled { domain, berth, items, next });
            Ok(())
        })
    }

    /// Offers a mail once. A panic gives up this mail alone, and its connection with it.
    async fn hand_over(&mut self, composed: Composed, gate: &mut Gate) -> Outcome {
        let (to, message_id, raw) = match composed {
            Composed::Mail { to, message_id, raw } => (to, message_id, raw),
            Composed::Later { code } => return Outcome::Defer { code },
            Composed::Never { .. } | Composed::Broken { .. } | Composed::Wait { .. } => return panicked(),
        };
        let sending = self.line.send(&self.outbox.from, &to, &message_id, &raw, gate);
        match AssertUnwindSafe(sending).catch_unwind().await {
            Ok(outcome) => outcome,
            Err(_) => {
                self.line = self.outbox.courier.line();
                panicked()
            }
        }
    }

    fn next_try(&self, dispatch: &Dispatch, outcome: &Outcome) -> Option<Timestamp> {
        if !matches!(outcome, Outcome::Defer { .. }) {
            return None;
        }
        let attempt = dispatch.attempt.saturating_add(1);
        let wait = next_try(attempt, (self.outbox.chance)(), self.outbox.limits.give_up)?;
        Some((self.outbox.clock)() + wait)
    }
}

/// Another try would panic again, maybe after the server took the mail again.
fn panicked() -> Outcome {
    Outcome::Refuse { code: "internal".to_owned() }
}

/// How long a connection without a mail is kept.
const IDLE: Duration = Duration::from_secs(30);
