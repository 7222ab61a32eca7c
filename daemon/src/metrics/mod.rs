//! Numbers about the gateway for Prometheus, and whether it is well, over HTTP on this machine.
//!
//! ```text
//! journal ─▶ follow ──┐
//! readers ─▶ reading ─┴▶ register ─┐
//! store, disk, health ─▶ standing ─┴▶ text ─▶ serve ─▶ a scraper
//! ```
//!
//! Nothing here is asked by the journey or waited for by it: what happened is read from the journal behind it, how
//! things stand is looked up when somebody asks, at most every few seconds however many ask.

pub mod catalogue;
mod follow;
mod reading;
mod register;
pub mod request;
mod serve;
mod standing;
mod text;

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use kasasagi_store::Store;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

pub use reading::ReadingWatch;
pub use register::Register;
pub(crate) use serve::SERVER;
pub use serve::{Limits, converse};

use crate::health::{Health, Part};
use crate::journey::chain;
use crate::language::Both;
use crate::listener::Listener;
use catalogue::{Kind, LOOK};
use follow::Follower;
use standing::Standing;
use text::{Labels, Text};

/// Everything that is told of one gateway.
pub struct Metrics {
    standing: Standing,
    register: Register,
    follower: std::sync::Mutex<Follower>,
    /// Held while somebody looks, so that no two look at a time.
    last: Arc<Mutex<Option<Look>>>,
}

/// What a look found.
struct Look {
    text: Arc<str>,
    good_until: Instant,
}

impl Metrics {
    /// Counts what happens from now on, beside what is counted into `register`.
    pub fn new(
        store: Arc<Store>,
        health: Health,
        register: Register,
        disk_floor: u64,
        clock: fn() -> Timestamp,
    ) -> Self {
        let follower = Follower::new(store.clone(), register.clone());
        let standing = Standing { store, health, disk_floor, clock, started: clock() };
        Self { standing, register, follower: std::sync::Mutex::new(follower), last: Arc::default() }
    }

    /// Answers scrapers until shutdown. That nobody can read the metrics is told as trouble; faxes come in all the
    /// same.
    pub async fn run(self: Arc<Self>, listener: Listener, shutdown: CancellationToken) {
        let health = &self.standing.health;
        let serving = async {
            while !shutdown.is_cancelled() {
                match listener.bind().await {
                    Ok(bound) => {
                        health.well(Part::Metrics);
                        return serve::serve(&bound, &self, Limits::default(), &shutdown).await;
                    }
                    Err(error) => health.trouble(Part::Metrics, Both::of(&error)),
                }
                tokio::select! {
                    () = shutdown.cancelled() => {}
                    () = tokio::time::sleep(AGAIN) => {}
                }
            }
        };
        tokio::select! {
            () = serving => {}
            () = self.keep_up() => {}
        }
    }

    /// Follows the journal where nobody asks, so that there is never much to catch up with.
    async fn keep_up(self: &Arc<Self>) {
        loop {
            tokio::time::sleep(UNASKED).await;
            let metrics = self.clone();
            // A panic is told by the hook that tells of all, and stops nothing.
            let _ = tokio::task::spawn_blocking(move || metrics.catch_up()).await;
        }
    }

    /// The metrics of now, or of a few seconds ago; none when looking panicked or the gateway is going down.
    pub(crate) async fn text(self: &Arc<Self>) -> Option<Arc<str>> {
        let mut last = self.last.clone().lock_owned().await;
        if let Some(look) = last.as_ref().filter(|look| look.good_until > Instant::now()) {
            return Some(look.text.clone());
        }
        let metrics = self.clone();
        let looking = tokio::task::spawn_blocking(move || {
            let begun = Instant::now();
            let text: Arc<str> = metrics.look().into();
            // Looking takes no more than a tenth of the time, however large the store is.
            let good_until = Instant::now() + GOOD.max(begun.elapsed() * 10);
            *last = Some(Look { text: text.clone(), good_until });
            text
        });
        looking.await.ok()
    }

    /// Looks everywhere and writes it down. Blocks.
    pub fn look(&self) -> String {
        let begun = Instant::now();
        self.catch_up();
        let mut gauges = self.standing.look();
        gauges.set(&LOOK, Labels::new(), begun.elapsed().as_secs_f64());
        let mut text = Text::default();
        for metric in catalogue::ALL {
            text.metric(metric);
            match metric.kind {
                Kind::Gauge => gauges.write(metric, &mut text),
                Kind::Counter | Kind::Histogram(_) => self.register.write(metric, &mut text),
            }
        }
        text.finish()
    }

    fn catch_up(&self) {
        let mut follower = self.follower.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = follower.catch_up() {
            tracing::warn!(error = %chain(&error), "the metrics lack what the journal does not tell");
        }
    }

    /// What does not work, a line each; nothing if all is well.
    fn troubles(&self) -> String {
        let troubles = self.standing.health.troubles().into_iter();
        troubles
            .map(|trouble| format!("{} since {}: {}\n", trouble.part, trouble.since, one_line(&trouble.what)))
            .collect()
    }
}

fn one_line(text: &str) -> String {
    text.split(char::is_control).collect::<Vec<_>>().join(" ")
}

/// How long a look is good.
const GOOD: Duration = Duration::from_secs(5);

/// Between two times of following the journal where nobody asks.
const UNASKED: Duration = Duration::from_secs(60);

/// Until a place that could not be had is tried again.
const AGAIN: Duration = Duration::from_secs(30);
