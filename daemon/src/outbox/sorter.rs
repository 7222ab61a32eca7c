//! Takes what is due off the shelf and puts it into the lanes.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Outbox;
use super::lanes::{Lanes, News, Place};
use super::shelf::{Page, Shelf};
use crate::Result;
use crate::journey::chain;

/// Fills the lanes.
pub(super) struct Sorter {
    outbox: Arc<Outbox>,
    shutdown: CancellationToken,
    shelf: Shelf,
    lanes: Lanes,
    /// When to look at the shelf again, whatever happens until then.
    look: Instant,
    /// Not to look again before this.
    rested: Instant,
    /// Whether something due is left on the shelf.
    left: bool,
}

impl Sorter {
    pub fn new(outbox: Arc<Outbox>, shutdown: CancellationToken) -> Self {
        let shelf = Shelf::new(outbox.store.clone());
        let lanes = Lanes::new(outbox.clone(), shutdown.clone());
        Self { outbox, shutdown, shelf, lanes, look: Instant::now(), rested: Instant::now(), left: false }
    }

    /// Until shutdown, or until an outcome cannot be kept; every mail on the wire is settled then.
    pub async fn run(mut self) -> Result<()> {
        let end = self.work().await;
        let stopped = self.shutdown.is_cancelled();
        self.shutdown.cancel();
        let last = self.lanes.finish().await;
        match end.and(last) {
            Err(error) if stopped && !error.is_broken_store() => {
                tracing::error!(error = %chain(&error), "stopped before it was written down what became of a mail");
                Ok(())
            }
            end => end,
        }
    }

    async fn work(&mut self) -> Result<()> {
        let shutdown = self.shutdown.clone();
        let mut wanted = true;
        while !shutdown.is_cancelled() {
            if wanted && self.rested <= Instant::now() {
                let begun = Instant::now();
                self.sort().await?;
                // Looking must not cost the mails on their way more than a third of the machine's time.
                self.rested = Instant::now() + begun.elapsed() * 2;
                wanted = false;
            }
            let look = if wanted { self.rested } else { self.look };
            wanted |= tokio::select! {
                () = shutdown.cancelled() => false,
                () = self.outbox.bell.notified() => true,
                () = tokio::time::sleep_until(look) => true,
                news = self.lanes.news() => self.heard(news)?,
            };
        }
        Ok(())
    }

    /// Whether what happened in a lane is a reason to look at the shelf.
    fn heard(&mut self, news: News) -> Result<bool> {
        match news {
            News::Fault(error) => Err(error),
            News::Settled { next, low } => {
                self.look = next.map_or(self.look, |next| self.look.min(self.instant(next)));
                Ok(low && self.left)
            }
        }
    }

    /// Fills the lanes with what has been due for longest. While more is due than one page, another page of
    /// the rest is looked at every now and then, so that a lane that is full hides nobody behind it.
    async fn sort(&mut self) -> Result<()> {
        let now = (self.outbox.clock)();
        let first = self.shelf.first(self.lanes.in_hand(), now).await?;
        let (full, next) = (first.full, first.next);
        self.left = !self.put(first) || full;
        if full && self.look <= Instant::now() {
            let more = self.shelf.more(now).await?;
            self.put(more);
        }
        self.lanes.mark();
        self.look = match (full, next) {
            (true, _) => Instant::now() + BETWEEN_PAGES,
            (false, Some(next)) => self.instant(next),
            (false, None) => Instant::now() + LONGEST_SLEEP,
        };
        Ok(())
    }

    /// Puts what is due into its lanes; whether all of it found room. The longest due goes first, so when it
    /// finds no lane, nothing goes before it.
    fn put(&mut self, page: Page) -> bool {
        let mut all = true;
        for dispatch in page.due {
            if self.lanes.has(&dispatch) {
                continue;
            }
            match self.lanes.put(dispatch) {
                Place::Given => {}
                Place::Full => all = false,
                Place::NoLane => return false,
            }
        }
        all
    }

    fn instant(&self, at: Timestamp) -> Instant {
        let wait = Duration::try_from(at.duration_since((self.outbox.clock)())).unwrap_or(Duration::ZERO);
        Instant::now() + wait.min(LONGEST_SLEEP)
    }
}

/// Longest time between looks; a new decision rings the bell at once.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// Time between two pages of a long due list.
const BETWEEN_PAGES: Duration = Duration::from_millis(250);
