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
            sleep_until(self.take()).await;
        }
    }

    fn take(&self) -> Instant {
        // An instant is never half written.
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = (*next).max(Instant::now());
        *next = turn + self.gap;
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn thirty_mails_a_minute_are_one_every_two_seconds() {
        let pace = Pace::new(Some(30));
        let begun = Instant::now();
        for turn in 0..30 {
            pace.turn().await;
            assert_eq!(begun.elapsed().as_secs(), 2 * turn);
        }
        tokio::time::sleep(Duration::from_secs(600)).await;
        let later = Instant::now();
        pace.turn().await;
        pace.turn().await;
        assert_eq!(later.elapsed().as_secs(), 2, "turns that nobody took are not saved up");
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_limit_nobody_waits() {
        let (pace, begun) = (Pace::new(None), Instant::now());
        for _ in 0..1000 {
            pace.turn().await;
        }
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }
}
