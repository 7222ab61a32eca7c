//! Whether faxes can move: the journey's loop goes round, and no step takes longer than a step can take.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use kasasagi_store::id::FaxId;

/// Longest rest of the journey's loop.
pub(super) const BEAT: Duration = Duration::from_secs(10);

/// What the journey last did.
pub struct Pulse(Mutex<Moves>);

struct Moves {
    /// When its loop last went round.
    beat: Instant,
    /// When each fax under way last moved.
    faxes: HashMap<FaxId, Instant>,
}

/// What does not move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standstill {
    /// The loop that takes faxes as they arrive.
    Loop,
    /// A fax in one step.
    Fax(FaxId),
}

impl Pulse {
    /// Beats from now on.
    pub fn new(now: Instant) -> Self {
        Self(Mutex::new(Moves { beat: now, faxes: HashMap::new() }))
    }

    /// The loop went round.
    pub fn beat(&self, now: Instant) {
        self.lock().beat = now;
    }

    /// A fax begins a step, which lasts until what is returned is dropped.
    pub fn step(&self, fax: &FaxId, now: Instant) -> Step<'_> {
        self.moved(fax, now);
        Step { pulse: self, fax: fax.clone() }
    }

    /// A fax got on within its step.
    pub fn moved(&self, fax: &FaxId, now: Instant) {
        self.lock().faxes.insert(fax.clone(), now);
    }

    /// What has not moved for too long: the loop, or a fax for longer than `longest`.
    pub fn standstill(&self, now: Instant, longest: Duration) -> Option<Standstill> {
        let moves = self.lock();
        if now.saturating_duration_since(moves.beat) > BEAT * 3 {
            return Some(Standstill::Loop);
        }
        let stands = |since: &Instant| now.saturating_duration_since(*since) > longest;
        moves.faxes.iter().find(|(_, since)| stands(since)).map(|(fax, _)| Standstill::Fax(fax.clone()))
    }

    fn lock(&self) -> MutexGuard<'_, Moves> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A fax in a step.
pub struct Step<'p> {
    pulse: &'p Pulse,
    fax: FaxId,
}

impl Drop for Step<'_> {
    fn drop(&mut self) {
        self.pulse.lock().faxes.remove(&self.fax);
    }
}

impl fmt::Display for Standstill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Loop => f.write_str("the journey takes no fax any more"),
            Self::Fax(fax) => write!(f, "{fax} has been in one step for longer than any step can take"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: Duration = Duration::from_secs(100);

    fn fax() -> FaxId {
        FaxId::new(jiff::civil::date(2026, 11, 23), [1; 5])
    }

    #[test]
    fn a_loop_that_rests_too_long_stands_still() {
        let begin = Instant::now();
        let pulse = Pulse::new(begin);
        assert_eq!(pulse.standstill(begin + BEAT * 3, LONGEST), None);
        assert_eq!(pulse.standstill(begin + BEAT * 4, LONGEST), Some(Standstill::Loop));
        pulse.beat(begin + BEAT * 4);
        assert_eq!(pulse.standstill(begin + BEAT * 4, LONGEST), None);
    }

    #[test]
    fn a_fax_stands_still_when_one_step_takes_longer_than_any_can() {
        let begin = Instant::now();
        let pulse = Pulse::new(begin);
        let late = begin + LONGEST * 2;
        pulse.beat(late);
        let step = pulse.step(&fax(), begin);
        assert_eq!(pulse.standstill(late, LONGEST), Some(Standstill::Fax(fax())));
        pulse.moved(&fax(), begin + LONGEST);
        assert_eq!(pulse.standstill(late, LONGEST), None, "a document of it was read");
        drop(step);
        assert_eq!(pulse.standstill(late, Duration::ZERO), None, "its step is over");
    }
}
