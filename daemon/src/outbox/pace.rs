//! How many mails a minute one domain gets.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Hands out turns, evenly spread.
#[derive(Debug)]
pub(super) struct Pace {
    /// Between two turns; zero for as fast as it goes.
    gap: Duration,
    next: Mutex<Instant>,
}

impl Pace {
    pub fn new(mails_per_minute: Option<u32>) -> Self {
        let gap = mails_per_minute.map_or(Duration::ZERO, |mails| Duration::from_secs(60) / mails.max(1));
        Self { gap, next: Mutex::new(Instant::now()) }
    }

    /// Waits for the next turn.
    pub async fn turn(&self) {
        if !self.gap.is_zero() {
            sleep_until(self.take(Instant::now())).await;
        }
    }

    fn take(&self, now: Instant) -> Instant {
        // An instant is never half written.
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = (*next).max(now);
        *next = turn + self.gap;
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_mails_a_minute_are_one_every_two_seconds() {
        let (pace, now) = (Pace::new(Some(30)), Instant::now());
        let first = pace.take(now);
        for turn in 1..30 {
            assert_eq!(pace.take(now), first + Duration::from_secs(2 * turn));
        }
        let later = now + Duration::from_secs(600);
        assert_eq!(pace.take(later), later);
        assert_eq!(
            pace.take(later),
            later + Duration::from_secs(2),
            "turns that nobody took are not saved up"
        );
    }

    #[test]
    fn without_a_limit_nobody_waits() {
        let (pace, now) = (Pace::new(None), Instant::now());
        assert!((0..1000).all(|_| pace.take(now) <= now));
    }
}
