//! Which rows of the registry a form means: the sender, the patient, the physician.
//!
//! Sure facts speak for a row, sure and doubtful facts speak against it, and one voice
//! against is enough.

mod addressee;
mod patient;
mod sender;

use std::collections::BTreeSet;

pub(crate) use addressee::{Addressed, addressed};
pub(crate) use patient::{compared, patient};
pub(crate) use sender::sender;

use crate::decision::{Evidence, Reason};

/// A row found, what speaks for it, and what speaks against it.
pub(crate) struct Match<'r, T> {
    /// The row meant, if any.
    pub(crate) row: Option<&'r T>,
    /// What agrees.
    pub(crate) evidence: BTreeSet<Evidence>,
    /// What contradicts or is missing; a row with reasons is not to be acted on.
    pub(crate) reasons: BTreeSet<Reason>,
}

impl<T> Match<'_, T> {
    fn none(reason: Reason) -> Self {
        Self { row: None, evidence: BTreeSet::new(), reasons: BTreeSet::from([reason]) }
    }
}
