//! Times, states and reasons in words.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use kasasagi_store::event::{Decision, Source};
use kasasagi_store::{FaxState, FaxView, ItemState, RecordView};

use crate::say;

/// Every state with its code on the command line.
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

/// The state a code names.
pub(super) fn state(code: &str) -> Result<FaxState, String> {
    let found = STATES.iter().find(|(_, known)| *known == code);
    found.map(|(state, _)| *state).ok_or_else(|| {
        let known = STATES.map(|(_, code)| code);
        say!("list-states", states = known.join(&say!("general-comma")))
    })
}

/// The word of a state.
pub(crate) fn state_word(state: FaxState) -> String {
    match state {
        FaxState::Received => say!("list-received"),
        FaxState::Opened => say!("list-opened"),
        FaxState::Read => say!("list-read"),
        FaxState::Sending => say!("list-sending"),
        FaxState::Delivered => say!("list-delivered"),
        FaxState::Held => say!("list-held"),
        FaxState::Duplicate => say!("list-duplicate"),
        FaxState::Refused => say!("list-refused"),
    }
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
        return say!("list-copy", of = %of);
    }
    let mut remarks: Vec<String> = fax.reason.iter().cloned().collect();
    let held = fax.held_pages.iter();
    remarks.extend(held.map(|(page, reason)| say!("list-page", page = *page, reason = %reason)));
    remarks.extend(fax.records.iter().flat_map(of_record));
    remarks.join(&say!("general-semicolon"))
}

fn of_record(record: &RecordView) -> Vec<String> {
    let number = record.id.number();
    let decided = match (&record.decision, &record.earlier) {
        (Some(Decision::Hold { reasons, .. }), _) => {
            Some(say!("list-record", record = number, reasons = reasons.join(&say!("general-comma"))))
        }
        (Some(Decision::Repeat { of }), _) => Some(say!("list-record-repeats", record = number, of = %of)),
        (Some(Decision::Deliver { .. }), Some(earlier)) => {
            Some(say!("list-record-corrects", record = number, of = %earlier.record))
        }
        _ => None,
    };
    let failed = record.items.iter().filter(|item| matches!(item.state, ItemState::GaveUp { .. })).count();
    let failed = (failed > 0).then(|| say!("list-record-undelivered", record = number, count = failed));
    decided.into_iter().chain(failed).collect()
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
