//! Times, states and reasons in words.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use kasasagi_store::event::{Decision, Source};
use kasasagi_store::{FaxState, FaxView, ItemState};

/// Every state with its word on the command line.
const STATES: [(FaxState, &str); 8] = [
    (FaxState::Received, "received"),
    (FaxState::Opened, "opened"),
    (FaxState::Read, "read"),
    (FaxState::Sending, "sending"),
    (FaxState::Delivered, "delivered"),
    (FaxState::Held, "held"),
    (FaxState::Duplicate, "duplicate"),
    (FaxState::Refused, "refused"),
];

/// The state a word names.
pub(super) fn state(word: &str) -> Result<FaxState, String> {
    STATES
        .iter()
        .find(|(_, w)| *w == word)
        .map(|(state, _)| *state)
        .ok_or_else(|| format!("there are {}", STATES.iter().map(|(_, w)| *w).collect::<Vec<_>>().join(", ")))
}

/// The word of a state.
pub(crate) fn state_word(state: FaxState) -> &'static str {
    STATES.iter().find(|(s, _)| *s == state).map_or("", |(_, word)| word)
}

/// How a fax came.
pub(super) fn source(source: Source) -> &'static str {
    match source {
        Source::Lmtp => "lmtp",
        Source::Maildir => "maildir",
        Source::Imap => "imap",
        Source::Submit => "submit",
    }
}

/// Local time to the second.
pub(super) fn time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A moment written as date, timestamp or age (`90m`, `3h`, `2d`).
pub(super) fn moment(text: &str, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    if let Ok(day) = text.parse::<jiff::civil::Date>() {
        return day.to_zoned(zone.clone()).ok().map(|z| z.timestamp());
    }
    let unit = text.chars().last()?;
    let number: i64 = text.get(..text.len() - unit.len_utf8())?.parse().ok()?;
    let minutes = match unit {
        'm' => number,
        'h' => number.checked_mul(60)?,
        'd' => number.checked_mul(24 * 60)?,
        _ => return None,
    };
    now.checked_sub(Span::new().try_minutes(minutes).ok()?).ok()
}

/// What a person wants to know about a fax at a glance.
pub(crate) fn remark(fax: &FaxView) -> String {
    if let Some(of) = &fax.of {
        return format!("copy of {of}");
    }
    let mut remarks: Vec<String> = fax.reason.iter().cloned().collect();
    remarks.extend(fax.held_pages.iter().map(|(page, reason)| format!("page {page}: {reason}")));
    for record in &fax.records {
        let number = record.id.number();
        match (&record.decision, &record.earlier) {
            (Some(Decision::Hold { reasons, .. }), _) => {
                remarks.push(format!("record {number}: {}", reasons.join(", ")));
            }
            (Some(Decision::Repeat { of }), _) => remarks.push(format!("record {number}: repeats {of}")),
            (Some(Decision::Deliver { .. }), Some(earlier)) => {
                remarks.push(format!("record {number}: corrects {}", earlier.record));
            }
            _ => {}
        }
        let undelivered = record.items.iter().filter(|i| matches!(i.state, ItemState::GaveUp { .. })).count();
        if undelivered > 0 {
            remarks.push(format!("record {}: {undelivered} undelivered", record.id.number()));
        }
    }
    remarks.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_date_a_time_or_an_age() {
        let zone = TimeZone::get("Asia/Tokyo").unwrap();
        let now: Timestamp = "2026-11-23T03:00:00Z".parse().unwrap();
        let at = |text| moment(text, now, &zone).map(|t| t.to_string());
        assert_eq!(at("2026-11-23").as_deref(), Some("2026-11-22T15:00:00Z"));
        assert_eq!(at("3h").as_deref(), Some("2026-11-23T00:00:00Z"));
        assert_eq!(at("2d").as_deref(), Some("2026-11-21T03:00:00Z"));
        assert_eq!((at("soon"), at("d"), at("")), (None, None, None));
    }
}
