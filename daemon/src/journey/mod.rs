//! The journey of one fax, from durable to decided. Each step reads the state, does one
//! thing, and writes one event; a crash anywhere repeats at most the step it hit.

mod deciding;
mod escalating;
pub mod facts;
mod opening;
pub mod pulse;
mod reading;
mod resent;
mod writing;

pub(crate) use reading::no_form_code;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use kasasagi_config::Settings;
use kasasagi_routing::policy::Policy;
use kasasagi_store::event::Event;
use kasasagi_store::id::FaxId;
use kasasagi_store::{FaxState, Store};
use tokio::sync::{Mutex, Notify, Semaphore, mpsc};
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::health::{Health, Part};
use crate::language::Both;
use crate::library::Library;
use crate::mail::Sources;
use crate::reader::Readers;
use crate::redact::Redactor;
use crate::registries::{InForce, Registries};
use crate::{Error, Result};
use pulse::{BEAT, Pulse};

/// Actor of everything the gateway does by itself.
pub const ACTOR: &str = "kasasagi";

/// First pause before a step is tried again that failed through no fault of the fax (disk full, say).
const RETRY: Duration = Duration::from_secs(20);

/// Longest such pause.
const LONGEST_RETRY: Duration = Duration::from_secs(600);

/// What every step needs.
pub struct Journey {
    /// Events, blobs and views.
    pub store: Arc<Store>,
    /// The settings in force.
    pub settings: Arc<Settings>,
    /// Where faxes come from, and who may send them.
    pub sources: Arc<Sources>,
    /// Known forms.
    pub library: Arc<Library>,
    /// Registered people and offices.
    pub registries: Arc<Registries>,
    /// Who may see what.
    pub policy: Arc<Policy>,
    /// Reader children.
    pub readers: Arc<Readers>,
    /// Pages as each role may see them.
    pub redactor: Redactor,
    /// Time as an argument.
    pub clock: fn() -> Timestamp,
    /// Bounds the faxes under way at a time.
    pub turns: Semaphore,
    /// Stops the gateway.
    pub shutdown: CancellationToken,
    /// Told when a decision filled the outbox.
    pub outbox: Arc<Notify>,
    /// Where trouble is told.
    pub health: Health,
    /// Held from the last look for an earlier record of the same sheet until this one can be found as one.
    pub deciding: std::sync::Mutex<()>,
    /// Held from the look for an earlier copy until this fax can be found as one.
    pub opening: Mutex<()>,
    /// What the watchdog looks at.
    pub pulse: Pulse,
}

impl Journey {
    /// Takes faxes as they arrive, after those a former run left unfinished, until shutdown.
    ///
    /// # Errors
    /// When the store can only be used again by a new process.
    pub async fn run(self: Arc<Self>, mut arrivals: mpsc::UnboundedReceiver<FaxId>) -> Result<()> {
        let mut walks = Walks::default();
        self.store.unfinished()?.into_iter().for_each(|fax| walks.start(&self, fax));
        let end = loop {
            self.pulse.beat(Instant::now());
            tokio::select! {
                () = self.shutdown.cancelled() => break Ok(()),
                Some(fax) = arrivals.recv() => walks.start(&self, fax),
                Some(ended) = walks.tasks.join_next_with_id() => {
                    if let Err(broken) = walks.ended(&self, ended) {
                        break Err(broken);
                    }
                }
                () = tokio::time::sleep(BEAT) => {}
            }
        };
        walks.tasks.shutdown().await;
        end
    }

    /// Walks one fax to its end, however long the machine is in trouble.
    async fn walk_to_its_end(self: &Arc<Self>, fax: &FaxId) -> Result<()> {
        let mut pause = RETRY;
        while let Err(error) = self.walk_in_turn(fax).await {
            if error.is_broken_store() {
                return Err(error);
            }
            if !error.may_pass() {
                tracing::error!(%fax, error = %chain(&error), "a step failed for good; the fax is held");
                return self.give_up(fax).await;
            }
            tracing::warn!(%fax, error = %chain(&error), "a step failed and will be tried again");
            self.health.trouble(Part::Journey, Both::of(&error));
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_RETRY);
        }
        self.health.well(Part::Journey);
        Ok(())
    }

    /// Waits for a turn: a fax under way holds its documents in memory, one that waits holds its name.
    async fn walk_in_turn(self: &Arc<Self>, fax: &FaxId) -> Result<()> {
        let _turn = self.turns.acquire().await.map_err(|_| Error::ShuttingDown)?;
        self.walk(fax).await
    }

    /// Walks one fax as far as it goes.
    async fn walk(self: &Arc<Self>, fax: &FaxId) -> Result<()> {
        let mut before = None;
        loop {
            let Some(view) = self.store.fax(fax)? else {
                return Err(Error::NoSuchFax { id: fax.to_string() });
            };
            // The view ignores an event that cannot follow; the same step again would write it again.
            if before.as_ref() == Some(&view) {
                return Err(Error::NoProgress { fax: fax.clone() });
            }
            let _step = self.pulse.step(fax, Instant::now());
            match view.state {
                FaxState::Received => self.open(fax).await?,
                FaxState::Opened => self.read(fax, view.attempts).await?,
                FaxState::Read => self.decide(&view).await?,
                _ => return Ok(()),
            }
            before = Some(view);
        }
    }

    /// The registry of this day. Blocks.
    pub(crate) fn registry(&self) -> Result<Arc<InForce>> {
        self.registries.on((self.clock)().to_zoned(self.settings.time_zone.clone()).date())
    }

    /// Appends events of the gateway's own and waits until they are durable.
    async fn record(&self, events: Vec<Event>) -> Result<()> {
        let store = self.store.clone();
        blocking(move || Ok(store.append(ACTOR, &events).map(|_| ())?)).await
    }

    /// A step cannot be done: the fax is held, the others go on.
    async fn give_up(&self, fax: &FaxId) -> Result<()> {
        let held = Event::FaxHeld { fax: fax.clone(), reason: "internal_error".to_owned() };
        while let Err(error) = self.record(vec![held.clone()]).await {
            if !error.may_pass() {
                return Err(error);
            }
            tracing::error!(%fax, error = %chain(&error), "cannot hold a fax that broke a step; trying again");
            tokio::time::sleep(RETRY).await;
        }
        Ok(())
    }
}

/// The faxes under way: one task each, and no fax twice at a time.
#[derive(Default)]
struct Walks {
    tasks: JoinSet<Result<()>>,
    names: HashMap<Id, (FaxId, Stage)>,
    under_way: HashSet<FaxId>,
    /// Those that arrived again meanwhile, as when a held fax is admitted the moment it is held.
    again: HashSet<FaxId>,
}

impl Walks {
    fn start(&mut self, journey: &Arc<Journey>, fax: FaxId) {
        if !self.under_way.insert(fax.clone()) {
            self.again.insert(fax);
            return;
        }
        let (journey, name) = (journey.clone(), fax.clone());
        let task = self.tasks.spawn(async move { journey.walk_to_its_end(&fax).await });
        self.names.insert(task.id(), (name, Stage::Walking));
    }

    /// Takes note of an end; one that broke the store ends everything.
    fn ended(&mut self, journey: &Arc<Journey>, ended: Ended) -> Result<()> {
        let (id, outcome) = match ended {
            Ok((id, outcome)) => (id, Some(outcome)),
            Err(error) => (error.id(), None),
        };
        let Some((fax, stage)) = self.names.remove(&id) else { return outcome.unwrap_or(Ok(())) };
        match (outcome, stage) {
            (Some(outcome), _) => {
                self.under_way.remove(&fax);
                if self.again.remove(&fax) {
                    self.start(journey, fax);
                }
                outcome
            }
            // A step panicked. The name stays under way until the fax is held.
            (None, Stage::Walking) => {
                let (journey, name) = (journey.clone(), fax.clone());
                let task = self.tasks.spawn(async move { journey.give_up(&name).await });
                self.names.insert(task.id(), (fax, Stage::GivingUp));
                Ok(())
            }
            (None, Stage::GivingUp) => Err(Error::PartEnded),
        }
    }
}

/// What the task of a fax is at.
enum Stage {
    Walking,
    GivingUp,
}

/// How a task ended.
type Ended = std::result::Result<(Id, Result<()>), JoinError>;

/// Runs a store call off the async threads.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Error::ShuttingDown),
        },
    }
}

/// An error and its causes on one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
