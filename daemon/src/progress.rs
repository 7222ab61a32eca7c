//! How far long work has come: a bar where somebody looks at a terminal, else a line in the log now and then.

use std::cell::{Cell, RefCell};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use kasasagi_store::Work;

use crate::language::{Language, Phrase};
use crate::{phrase, say};

/// Work that is done sooner is not told of.
const SOON: Duration = Duration::from_millis(300);

/// Between two lines of the log, and between two turns of what shows that somebody waits.
const NOW_AND_THEN: Duration = Duration::from_secs(10);
const TURN: Duration = Duration::from_millis(120);

/// One piece of work. The bar goes when this is dropped.
pub(crate) struct Progress {
    what: Phrase,
    begun: Instant,
    logged: Cell<Instant>,
    bar: ProgressBar,
}

impl Progress {
    /// Of this work, as what is being done.
    pub(crate) fn of(what: Phrase) -> Self {
        Self::shown(what, &say!("general-progress"))
    }

    /// Of work that somebody else does, who does not tell how far it has come.
    pub(crate) fn waiting(what: Phrase) -> Self {
        let progress = Self::shown(what, &say!("general-progress-waiting"));
        if std::io::stderr().is_terminal() {
            progress.bar.set_draw_target(ProgressDrawTarget::stderr());
            progress.bar.enable_steady_tick(TURN);
        }
        progress
    }

    fn shown(what: Phrase, template: &str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template(template);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(what.told());
        Self { what, begun: Instant::now(), logged: Cell::new(Instant::now()), bar }
    }

    /// So much of so much is done.
    pub(crate) fn told(&self, done: u64, all: u64) {
        if self.begun.elapsed() < SOON {
            return;
        }
        if std::io::stderr().is_terminal() {
            self.bar.set_length(all);
            self.bar.set_position(done);
            if self.bar.is_hidden() {
                self.bar.set_draw_target(ProgressDrawTarget::stderr());
                self.bar.tick();
            }
        } else if self.logged.get().elapsed() > NOW_AND_THEN {
            self.logged.set(Instant::now());
            tracing::info!(done, all, "{}", self.what.to(Language::En));
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

/// The store's own long work, a bar for each kind of it.
#[derive(Default)]
pub(crate) struct OfStore {
    now: RefCell<Option<(Work, Progress)>>,
}

impl OfStore {
    /// So much of so much is done of this work.
    pub(crate) fn told(&self, work: Work, done: u64, all: u64) {
        let mut now = self.now.borrow_mut();
        if now.as_ref().is_none_or(|(before, _)| *before != work) {
            *now = None;
        }
        let (_, progress) = now.get_or_insert_with(|| (work, Progress::of(named(work))));
        progress.told(done, all);
    }
}

fn named(work: Work) -> Phrase {
    match work {
        Work::Copying => phrase!("general-progress-copying"),
        Work::Files => phrase!("general-progress-files"),
        Work::View => phrase!("general-progress-view"),
        Work::Events => phrase!("general-progress-events"),
        Work::Contents => phrase!("general-progress-contents"),
    }
}
