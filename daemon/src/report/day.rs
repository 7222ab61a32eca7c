//! The report of a day: counts, what waits, what failed, which certificates end.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use kasasagi_config::Settings;
use kasasagi_store::event::Decision;
use kasasagi_store::{FaxFilter, FaxState, FaxView, ItemKind, OutboxFilter, Store};

use super::{ITEMS, WARN_DAYS, failure};
use crate::Result;
use crate::message::{Figure, Report, ReportSection};
use crate::registries::Registries;

/// Faxes, or messages, looked at together.
const FAXES: usize = 1000;

/// What a report is drawn from.
pub struct Books<'a> {
    /// Faxes and messages.
    pub store: &'a Store,
    /// Certificates of recipients.
    pub registries: &'a Registries,
    /// The time zone.
    pub settings: &'a Settings,
    /// When the gateway's own certificate ends, if that is known here.
    pub signature_ends: Option<Timestamp>,
    /// Now.
    pub now: Timestamp,
}

/// The report of a day.
///
/// # Errors
/// When the store or the registry cannot be read.
pub fn of(books: &Books<'_>, day: Date) -> Result<Report> {
    let zone = &books.settings.time_zone;
    let start = day.to_zoned(zone.clone()).map(|start| start.timestamp()).unwrap_or(Timestamp::MIN);
    let end = day.tomorrow().ok().and_then(|next| next.to_zoned(zone.clone()).ok());
    let end = end.map_or(Timestamp::MAX, |end| end.timestamp());
    let faxes = faxes_in(books, None, Some(start))?;
    let faxes: Vec<&FaxView> = faxes.iter().filter(|fax| fax.received_at < end).collect();
    // A fax of which a message alone failed stands among the messages.
    let mut held = faxes_in(books, Some(FaxState::Held), None)?;
    let lost = |fax: &FaxView| fax.items().any(|item| item.state.kind() == ItemKind::GaveUp);
    held.retain(|fax| !reasons(fax).is_empty() || !lost(fax));
    let failed = given_up(books)?;
    let attention = held.len() + failed.len();
    let waiting = books.store.unfinished()?;
    let mut sections = vec![
        section("人の確認を待っているFAX", held.iter().rev().map(|fax| held_line(fax, zone))),
        section("届いていないメール", failed),
        section("証明書", certificates(books)?),
    ];
    sections.retain(|section| !section.entries.is_empty());
    Ok(Report {
        day,
        attention,
        figures: figures(&faxes, waiting.len(), oldest(books, &held)?.as_deref()),
        sections,
        checkpoint: books.store.checkpoint()?.to_string(),
    })
}

fn figures(faxes: &[&FaxView], waiting: usize, oldest: Option<&str>) -> Vec<Figure> {
    let figure = |label: &str, value: String| Figure { label: label.to_owned(), value };
    let count = |state| faxes.iter().filter(|fax| fax.state == state).count();
    let mut figures = vec![figure("受信したFAX", format!("{}件", faxes.len()))];
    for (state, label) in [
        (FaxState::Delivered, "配信済み"),
        (FaxState::Sending, "送信中・まとめ待ち"),
        (FaxState::Held, "確認待ち"),
        (FaxState::Duplicate, "重複"),
        (FaxState::Refused, "対象外"),
    ] {
        figures.push(figure(label, format!("{}件", count(state))));
    }
    figures.push(figure("読み取り中（全期間）", format!("{waiting}件")));
    figures.extend(oldest.map(|oldest| figure("最も古い未処理", oldest.to_owned())));
    figures
}

/// So many lines as somebody reads; the others are counted.
fn section(heading: &str, entries: impl IntoIterator<Item = String>) -> ReportSection {
    let mut entries: Vec<String> = entries.into_iter().collect();
    if entries.len() > ITEMS {
        let more = entries.len() - ITEMS;
        entries.truncate(ITEMS);
        entries.push(format!("ほか{more}件"));
    }
    ReportSection { heading: heading.to_owned(), entries }
}

/// Why a fax waits for a person, its messages apart.
fn reasons(fax: &FaxView) -> Vec<&str> {
    let mut reasons: Vec<&str> = fax.reason.iter().map(String::as_str).collect();
    reasons.extend(fax.held_pages.iter().map(|(_, reason)| reason.as_str()));
    for record in &fax.records {
        if let Some(Decision::Hold { reasons: why, .. }) = &record.decision {
            reasons.extend(why.iter().map(String::as_str));
        }
    }
    reasons
}

fn held_line(fax: &FaxView, zone: &jiff::tz::TimeZone) -> String {
    let at = fax.received_at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M");
    format!("{} {at}: {}", fax.id, reasons(fax).join(", "))
}

/// The oldest fax that is held or under way, and since when.
fn oldest(books: &Books<'_>, held: &[FaxView]) -> Result<Option<String>> {
    let unfinished = books.store.unfinished()?;
    let first = unfinished.first().map(|id| books.store.fax(id)).transpose()?.flatten();
    let oldest = first.iter().chain(held).min_by_key(|fax| fax.received_at);
    let zone = &books.settings.time_zone;
    Ok(oldest.map(|fax| {
        format!("{} ({})", fax.id, fax.received_at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M"))
    }))
}

/// Certificates that have ended or end soon, by registry code.
fn certificates(books: &Books<'_>) -> Result<Vec<String>> {
    let now = books.now;
    let today = now.to_zoned(books.settings.time_zone.clone()).date();
    let in_force = books.registries.on(today)?;
    let day = |at: Timestamp| at.to_zoned(books.settings.time_zone.clone()).date();
    let mut lines: Vec<String> = in_force
        .registry
        .certificates()
        .filter(|(_, _, certificate)| {
            certificate.expires_within(now, WARN_DAYS) || !certificate.is_valid_at(now)
        })
        .map(|(code, _, certificate)| format!("{code}: {} まで", day(certificate.not_after)))
        .collect();
    let soon =
        |ends: &Timestamp| ends.duration_since(now) < SignedDuration::from_hours(24 * i64::from(WARN_DAYS));
    lines.extend(
        books.signature_ends.filter(soon).map(|ends| format!("ゲートウェイの署名: {} まで", day(ends))),
    );
    Ok(lines)
}

fn faxes_in(books: &Books<'_>, state: Option<FaxState>, since: Option<Timestamp>) -> Result<Vec<FaxView>> {
    let mut faxes: Vec<FaxView> = Vec::new();
    loop {
        let before = faxes.last().map(|fax| fax.id.clone());
        let more = books.store.faxes(&FaxFilter { state, since, before, limit: FAXES })?;
        let done = more.len() < FAXES;
        faxes.extend(more);
        if done {
            return Ok(faxes);
        }
    }
}

/// One line for each message that was given up.
fn given_up(books: &Books<'_>) -> Result<Vec<String>> {
    let (mut lines, mut after) = (Vec::new(), None);
    loop {
        let kind = Some(ItemKind::GaveUp);
        let page = OutboxFilter { kind, after, limit: FAXES, ..OutboxFilter::default() };
        let items = books.store.outbox(&page)?;
        for item in &items {
            lines.push(failure(books.store, item)?);
        }
        match items.last() {
            Some(last) if items.len() >= FAXES => after = Some(last.id.clone()),
            _ => return Ok(lines),
        }
    }
}
