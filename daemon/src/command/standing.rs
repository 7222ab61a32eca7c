//! How things stand at this moment, for `check` and `list`.

use jiff::Timestamp;
use kasasagi_config::Settings;

use super::check::Finding;
use crate::control::client;
use crate::control::request::{Answer, Request, Status};
use crate::language::{Both, Language, Phrase, chosen};
use crate::{phrase, say};

/// A fax that waits longer than this, in seconds, is worth a look.
const LONG: i64 = 3600;

/// What the running gateway says of itself.
pub(super) fn findings(settings: &Settings) -> Vec<(&'static str, Finding)> {
    let status = match client::ask_running(settings, &Request::Status) {
        Ok(Some(Answer::Status(status))) => status,
        Ok(None) => return vec![("gateway", Finding::Warning(phrase!("list-stopped").into()))],
        Ok(Some(_)) => return vec![("gateway", Finding::Bad(phrase!("general-unexpected").into()))],
        Err(error) => return vec![("gateway", Finding::bad(&error))],
    };
    let mut lines = vec![("gateway", waiting(&status, Timestamp::now()))];
    lines.extend(troubles(&status).map(|text| ("gateway", Finding::Bad(text))));
    lines
}

/// What a person who lists faxes should know first.
pub(super) fn remarks(status: &Status) -> Vec<String> {
    let mut remarks: Vec<String> =
        troubles(status).map(|text| say!("list-trouble", trouble = text.to(chosen()).to_owned())).collect();
    if !status.running {
        remarks.push(say!("list-not-running"));
    }
    if status.waiting > 0 {
        let waiting = words(status, Timestamp::now());
        remarks.push(say!("list-faxes-wait", waiting = waiting.to(chosen()).to_owned()));
    }
    remarks
}

fn troubles(status: &Status) -> impl Iterator<Item = Both> {
    status.troubles.iter().map(|trouble| {
        let age = age(trouble.since, Timestamp::now());
        let text = |what: &str, language| {
            phrase!("list-trouble-of", part = %trouble.part, age = age.to(language), what = %what)
                .to(language)
        };
        Both { en: text(&trouble.what, Language::En), ja: text(&trouble.ja, Language::Ja) }
    })
}

fn waiting(status: &Status, now: Timestamp) -> Finding {
    let long = status.oldest.is_some_and(|since| seconds(since, now) > LONG);
    let text = words(status, now).within(|waiting| phrase!("list-running", waiting = waiting));
    if long { Finding::Warning(text) } else { Finding::Good(text) }
}

fn words(status: &Status, now: Timestamp) -> Both {
    match status.oldest {
        None => phrase!("list-no-fax-waits").into(),
        Some(since) => Both::from(age(since, now))
            .within(|age| phrase!("list-waiting", count = status.waiting, age = age)),
    }
}

fn seconds(since: Timestamp, now: Timestamp) -> i64 {
    (now.as_second() - since.as_second()).max(0)
}

/// A length of time in its largest two units, `3h 20m` for instance.
fn age(since: Timestamp, now: Timestamp) -> Phrase {
    match seconds(since, now) {
        seconds @ ..60 => phrase!("list-age-seconds", seconds = seconds),
        seconds @ 60..3600 => phrase!("list-age-minutes", minutes = seconds / 60, seconds = seconds % 60),
        seconds => phrase!("list-age-hours", hours = seconds / 3600, minutes = seconds % 3600 / 60),
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
        assert!(matches!(told(99_990), Finding::Good(text) if text.en.ends_with("the oldest for 10s")));
        assert!(matches!(told(88_000), Finding::Warning(text) if text.en.ends_with("the oldest for 3h 20m")));
    }
}
