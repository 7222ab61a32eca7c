//! When to try again.

use std::time::Duration;

/// How long to wait after try number `attempt` (from 1) did not succeed, or `None` to give up.
///
/// One minute, doubling up to four hours, for `give_up` in all; each wait is made up to a fifth
/// shorter or longer by `chance` (0 to 1), so that mails deferred together do not come back together.
pub fn next_try(attempt: u32, chance: f64, give_up: Duration) -> Option<Duration> {
    let mut waited = Duration::ZERO;
    let mut wait = FIRST;
    for _ in 1..attempt {
        waited += wait;
        wait = (wait * 2).min(LONGEST);
        if waited + wait > give_up {
            return None;
        }
    }
    let chance = if chance.is_finite() { chance.clamp(0.0, 1.0) } else { 0.5 };
    Some(wait.mul_f64(1.0 - JITTER + 2.0 * JITTER * chance))
}

const FIRST: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(4 * 3600);
const JITTER: f64 = 0.2;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAYS: Duration = Duration::from_secs(3 * 24 * 3600);

    fn minutes(attempt: u32) -> Option<u64> {
        next_try(attempt, 0.5, DAYS).map(|wait| (wait.as_secs_f64() / 60.0).round() as u64)
    }

    #[test]
    fn waits_double_to_four_hours_and_end_after_three_days() {
        let first: Vec<_> = (1..=10).map_while(minutes).collect();
        assert_eq!(first, [1, 2, 4, 8, 16, 32, 64, 128, 240, 240]);
        let all: u64 = (1..).map_while(minutes).sum();
        assert!((68 * 60..=72 * 60).contains(&all), "{all} minutes in all");
        assert_eq!(minutes(u32::MAX), None);
    }

    #[test]
    fn the_first_try_of_a_short_patience_is_not_the_last() {
        let hour = Duration::from_secs(3600);
        assert_eq!(
            (1..).map_while(|attempt| next_try(attempt, 0.5, hour)).count(),
            5,
            "1, 2, 4, 8 and 16 minutes"
        );
    }

    #[test]
    fn chance_moves_a_wait_by_a_fifth() {
        assert_eq!(next_try(1, 0.0, DAYS), Some(Duration::from_secs(48)));
        assert_eq!(next_try(1, 1.0, DAYS), Some(Duration::from_secs(72)));
        assert_eq!(next_try(0, 0.5, DAYS), next_try(1, 0.5, DAYS));
    }

    proptest! {
        #[test]
        fn every_wait_is_bounded_and_giving_up_is_final(attempt in 1u32..60, chance in any::<f64>()) {
            match next_try(attempt, chance, DAYS) {
                Some(wait) => {
                    prop_assert!(wait >= FIRST.mul_f64(0.79) && wait <= LONGEST.mul_f64(1.21));
                }
                None => prop_assert_eq!(next_try(attempt + 1, chance, DAYS), None),
            }
        }
    }
}
