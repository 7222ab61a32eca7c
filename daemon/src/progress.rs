//! How far long work has come: a bar where somebody looks at a terminal, else a line in the log now and then.

use std::cell::Cell;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that is done sooner is not told of.
const SOON: Duration = Duration::from_millis(300);

/// Between two lines of the log.
const NOW_AND_THEN: Duration = Duration::from_secs(10);

/// One piece of work. The bar goes when this is dropped.
pub(crate) struct Progress {
    what: &'static str,
    begun: Instant,
    logged: Cell<Instant>,
    bar: ProgressBar,
}

impl Progress {
    /// Of this work, as a noun.
    pub(crate) fn of(what: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{msg} [{bar:30}] {percent:>3} % {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(what);
        Self { what, begun: Instant::now(), logged: Cell::new(Instant::now()), bar }
    }

    /// So much of so much is done.
    pub(crate) fn told(&self, done: u64, all: u64) {
        if self.begun.elapsed() < SOON {
            return;
        }
        if std::io::stderr().is_terminal() {
            if self.bar.is_hidden() {
                self.bar.set_draw_target(ProgressDrawTarget::stderr());
            }
            self.bar.set_length(all);
            self.bar.set_position(done);
        } else if self.logged.get().elapsed() > NOW_AND_THEN {
            self.logged.set(Instant::now());
            tracing::info!(done, all, "{} is under way", self.what);
        }
    }

    /// Does what writes to the same terminal, with the bar out of its way.
    pub(crate) fn beside<T>(&self, work: impl FnOnce() -> T) -> T {
        self.bar.suspend(work)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
