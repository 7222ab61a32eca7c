//! What is measured of the readers, which the journal does not tell.

use std::time::Duration;

use super::catalogue::{DOCUMENTS, PAGE};
use super::register::{Histogram, Register};
use crate::reader::Outcome;

/// Takes note of how long pages take, and how documents end.
#[derive(Clone)]
pub struct ReadingWatch {
    page: Histogram,
    register: Register,
}

impl ReadingWatch {
    /// Writes into this register.
    pub fn new(register: &Register) -> Self {
        for outcome in OUTCOMES {
            let _ = register.counter(&DOCUMENTS, &[("outcome", outcome)]);
        }
        Self { page: register.histogram(&PAGE, &[]), register: register.clone() }
    }

    /// A page was read, or found to be unreadable.
    pub(crate) fn page(&self, took: Duration) {
        self.page.record(took);
    }

    /// A reader is done with a document, or undone by it.
    pub(crate) fn document(&self, outcome: &Outcome) {
        let word = match outcome {
            Outcome::Pages(_) => "read",
            Outcome::Refused { .. } => "refused",
            Outcome::Died { code, .. } => code,
        };
        self.register.counter(&DOCUMENTS, &[("outcome", word)]).increment(1);
    }
}

/// How reading a document may end.
const OUTCOMES: [&str; 4] = ["read", "refused", "reader_died", "reader_timeout"];
