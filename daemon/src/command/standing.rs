//! How things stand at this moment, for `check` and `list`.

use jiff::{SpanRound, Timestamp, Unit};
use kasasagi_config::Settings;

use super::check::Finding;
use crate::control::client;
use crate::control::request::{Answer, Request, Status};

/// A fax that waits longer than this, in minutes, is worth a look.
const LONG: i64 = 60;

/// What the running gateway says of itself.
pub(super) fn findings(settings: &Settings) -> Vec<(&'static str, Finding)> {
    let status = match client::ask_running(settings, &Request::Status) {
        Ok(Some(Answer::Status(status))) => status,
        Ok(None) => {
            return vec![("gateway", Finding::Warning("not running: no mail is taken in".into()))];
        }
        Ok(Some(_)) => return vec![("gateway", Finding::Bad(super::unexpected().message.into()))],
        Err(error) => return vec![("gateway", Finding::bad(&error))],
    };
    let mut lines = vec![("gateway", waiting(&status, Timestamp::now()))];
    lines.extend(troubles(&status).map(|text| ("gateway", Finding::Bad(text.into()))));
    lines
}

/// What a person who lists faxes should know first.
pub(super) fn remarks(status: &Status) -> Vec<String> {
    let mut remarks: Vec<String> = troubles(status).map(|text| format!("TROUBLE {text}")).collect();
    if !status.running {
        remarks.push("The gateway is not running: no mail is taken in.".to_owned());
    }
    if status.waiting > 0 {
        remarks.push(format!("{}.", words(status, Timestamp::now())));
    }
    remarks
}

fn troubles(status: &Status) -> impl Iterator<Item = String> {
    status.troubles.iter().map(|trouble| {
        let age = age(trouble.since, Timestamp::now());
        format!("{} for {age}: {}; it keeps trying", trouble.part, trouble.what)
    })
}

fn waiting(status: &Status, now: Timestamp) -> Finding {
    let long = status.oldest.is_some_and(|since| minutes(since, now) > LONG);
    let text = format!("running; {}", words(status, now));
    if long { Finding::Warning(text.into()) } else { Finding::Good(text.into()) }
}

fn words(status: &Status, now: Timestamp) -> String {
    match status.oldest {
        None => "no fax waits".to_owned(),
        Some(since) => format!("{} fax(es) wait, the oldest for {}", status.waiting, age(since, now)),
    }
}

fn minutes(since: Timestamp, now: Timestamp) -> i64 {
    (now.as_second() - since.as_second()) / 60
}

/// A length of time in its largest two units, `3h 20m` for instance.
fn age(since: Timestamp, now: Timestamp) -> String {
    let units = if minutes(since, now) >= 60 { Unit::Minute } else { Unit::Second };
    let round = SpanRound::new().largest(Unit::Hour).smallest(units);
    let span = now.since(since).and_then(|span| span.round(round));
    span.map_or_else(|_| "an unknown time".to_owned(), |span| format!("{span:#}"))
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
