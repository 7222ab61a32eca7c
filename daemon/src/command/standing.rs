//! How things stand at this moment, for `check` and `list`.

use jiff::Timestamp;
use kasasagi_config::Settings;

use super::check::Finding;
use crate::control::client;
use crate::control::request::{Answer, Request, Status};
use crate::language::{Language, chosen, told};
use crate::say;

/// A fax that waits longer than this, in seconds, is worth a look.
const LONG: i64 = 3600;

/// What the running gateway says of itself.
pub(super) fn findings(settings: &Settings) -> Vec<(&'static str, Finding)> {
    let status = match client::ask_running(settings, &Request::Status) {
        Ok(Some(Answer::Status(status))) => status,
        Ok(None) => {
            return vec![("gateway", Finding::Warning(say!("list-stopped")))];
        }
        Ok(Some(_)) => return vec![("gateway", Finding::Bad(super::unexpected().message))],
        Err(error) => return vec![("gateway", Finding::Bad(told(&error, chosen())))],
    };
    let mut lines = vec![("gateway", waiting(&status, Timestamp::now()))];
    lines.extend(troubles(&status).map(|text| ("gateway", Finding::Bad(text))));
    lines
}

/// What a person who lists faxes should know first.
pub(super) fn remarks(status: &Status) -> Vec<String> {
    let mut remarks: Vec<String> =
        troubles(status).map(|text| say!("list-trouble", trouble = text)).collect();
    if !status.running {
        remarks.push(say!("list-not-running"));
    }
    if status.waiting > 0 {
        remarks.push(say!("list-faxes-wait", waiting = words(status, Timestamp::now())));
    }
    remarks
}

fn troubles(status: &Status) -> impl Iterator<Item = String> {
    status.troubles.iter().map(|trouble| {
        let what = match chosen() {
            Language::En => &trouble.what,
            Language::Ja => &trouble.ja,
        };
        let age = age(trouble.since, Timestamp::now());
        say!("list-trouble-of", part = %trouble.part, age = age, what = %what)
    })
}

fn waiting(status: &Status, now: Timestamp) -> Finding {
    let long = status.oldest.is_some_and(|since| seconds(since, now) > LONG);
    let text = say!("list-running", waiting = words(status, now));
    if long { Finding::Warning(text) } else { Finding::Good(text) }
}

fn words(status: &Status, now: Timestamp) -> String {
    match status.oldest {
        None => say!("list-no-fax-waits"),
        Some(since) => say!("list-waiting", count = status.waiting, age = age(since, now)),
    }
}

fn seconds(since: Timestamp, now: Timestamp) -> i64 {
    (now.as_second() - since.as_second()).max(0)
}

/// A length of time in its largest two units, `3h 20m` for instance.
fn age(since: Timestamp, now: Timestamp) -> String {
    match seconds(since, now) {
        seconds @ ..60 => say!("list-age-seconds", seconds = seconds),
        seconds @ 60..3600 => say!("list-age-minutes", minutes = seconds / 60, seconds = seconds % 60),
        seconds => say!("list-age-hours", hours = seconds / 3600, minutes = seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_oldest_waiting_fax_is_told_and_warned_of() {
        let status = |since| Status { running: true, troubles: Vec::new(), waiting: 2, oldest: Some(since) };
        let told = |since| waiting(&status(at(since)), at(100_000));
        assert!(matches!(told(99_990), Finding::Good(text) if text.ends_with("the oldest for 10s")));
        assert!(matches!(told(88_000), Finding::Warning(text) if text.ends_with("the oldest for 3h 20m")));
    }
}
