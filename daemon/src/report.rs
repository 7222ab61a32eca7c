//! What the office is told by mail: a report every day, and at once what failed. No personal data is in it.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, Zoned};
use kasasagi_store::event::{Decision, Event};
use kasasagi_store::{FaxFilter, FaxState, FaxView, ItemKind, ItemState, ItemView, OutboxFilter};
use tokio_util::sync::CancellationToken;

use crate::deliver::{Courier, Gate, Line, Outcome};
use crate::journey::{ACTOR, blocking, chain};
use crate::message::{self, Addressee, Alert, Figure, Mail, Report, ReportSection};
use crate::post::Post;
use crate::{Error, Result, reason};

/// Between two looks at what there is to tell.
const EVERY: Duration = Duration::from_secs(30);

/// Pause after a mail to the office that could not be sent.
const PAUSE: Duration = Duration::from_secs(600);

/// Items told of in one mail.
const ITEMS: usize = 100;

/// Days before a certificate ends on which the office is told.
pub const WARN_DAYS: u32 = 30;

/// Faxes looked through for the counts of a day.
const FAXES: usize = 1000;

/// Tells the office.
pub struct Office {
    /// Composes and signs mails.
    pub post: Arc<Post>,
    /// The way to the next server.
    pub courier: Arc<Courier>,
}

impl Office {
    /// Tells until shutdown; without an address nothing is told.
    ///
    /// # Errors
    /// When the store can only be used again by a new process.
    pub async fn run(self: Arc<Self>, shutdown: CancellationToken) -> Result<()> {
        let mut line = self.courier.line();
        while !shutdown.is_cancelled() {
            let told = if self.post.settings.office.admins.is_empty() {
                Ok(())
            } else {
                self.round(&mut line).await
            };
            let pause = match told {
                Ok(()) => EVERY,
                Err(error) if error.is_broken_store() => return Err(error),
                Err(error) => {
                    tracing::error!(error = %chain(&error), "the office cannot be told");
                    PAUSE
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        Ok(())
    }

    async fn round(self: &Arc<Self>, line: &mut Line) -> Result<()> {
        self.tell_failures(line).await?;
        self.send_report(line).await
    }

    /// One mail for all that failed, or was not taken note of, since the one before.
    async fn tell_failures(self: &Arc<Self>, line: &mut Line) -> Result<()> {
        let office = self.clone();
        let items = blocking(move || Ok(office.post.store.items_to_tell(ITEMS)?)).await?;
        let Some(first) = items.first() else { return Ok(()) };
        let now = self.now();
        let alert = Alert {
            title: "届いていないメールがあります",
            at: now.strftime("%Y-%m-%d %H:%M").to_string(),
            what: "次のメールが相手に届いていないか、時間内に確認されていません。".to_owned(),
            entries: items.iter().map(failure).collect(),
            cure: "kasasagi held と kasasagi outbox で確認してください。".to_owned(),
        };
        let id = format!("alert-{}-{}", now.timestamp().as_second(), first.id);
        self.send_all(line, |to| {
            message::alert(&alert, &id, to, &self.post.sender, &self.post.templates, now.timestamp())
        })
        .await?;
        let items = items.into_iter().map(|item| item.id).collect();
        self.record(Event::Alerted { items }).await
    }

    /// The report of yesterday, once its time has come.
    async fn send_report(self: &Arc<Self>, line: &mut Line) -> Result<()> {
        let now = self.now();
        let (Ok(day), true) = (now.date().yesterday(), now.time() >= self.post.settings.office.report_at)
        else {
            return Ok(());
        };
        let office = self.clone();
        let report = blocking(move || {
            Ok(if office.post.store.is_reported(day)? { None } else { Some(of(&office.post, day)?) })
        });
        let Some(report) = report.await? else { return Ok(()) };
        let id = format!("report-{day}");
        self.send_all(line, |to| {
            message::report(&report, &id, to, &self.post.sender, &self.post.templates, now.timestamp())
        })
        .await?;
        self.record(Event::Reported { day }).await
    }

    /// Sends a mail to everybody of the office; an error if anybody is left out for now.
    async fn send_all(&self, line: &mut Line, write: impl Fn(&Addressee<'_>) -> Result<Mail>) -> Result<()> {
        let mut left = None;
        for admin in &self.post.settings.office.admins {
            let to = Addressee { name: "", address: admin.as_str(), role_ja: "" };
            let mail = write(&to)?;
            let (raw, from) = (self.post.signed(&mail)?, &self.post.settings.from);
            match line.send(from, mail.to(), mail.message_id(), &raw, &mut Gate::open()).await {
                Outcome::Sent { .. } => {}
                Outcome::Defer { code } | Outcome::Refuse { code } => left = Some(code),
            }
        }
        line.hang_up().await;
        left.map_or(Ok(()), |code| Err(Error::OfficeMail { code }))
    }

    async fn record(self: &Arc<Self>, event: Event) -> Result<()> {
        let office = self.clone();
        blocking(move || Ok(office.post.store.append(ACTOR, &[event]).map(|_| ())?)).await
    }

    fn now(&self) -> Zoned {
        (self.post.clock)().to_zoned(self.post.settings.time_zone.clone())
    }
}

/// One failed message on one line.
fn failure(item: &ItemView) -> String {
    match &item.state {
        ItemState::GaveUp { code, .. } => {
            let code = format!("undelivered_{code}");
            format!("{} ({}): {}", item.id, item.role, reason::sentence(&code))
        }
        _ => format!(
            "{} ({}): 時間内に確認の返信がありません。 / Nobody took note of it in time.",
            item.id, item.role
        ),
    }
}

/// The report of a day.
///
/// # Errors
/// When the store or the registry cannot be read.
pub fn of(post: &Post, day: Date) -> Result<Report> {
    let zone = &post.settings.time_zone;
    let start = day.to_zoned(zone.clone()).map(|start| start.timestamp()).unwrap_or(Timestamp::MIN);
    let end = day.tomorrow().ok().and_then(|next| next.to_zoned(zone.clone()).ok());
    let end = end.map_or(Timestamp::MAX, |end| end.timestamp());
    let faxes = faxes_since(post, start)?;
    let faxes: Vec<&FaxView> = faxes.iter().filter(|fax| fax.received_at < end).collect();
    let held =
        post.store.faxes(&FaxFilter { state: Some(FaxState::Held), limit: FAXES, ..FaxFilter::default() })?;
    let failed = items(post, ItemKind::GaveUp)?;
    let waiting = post.store.unfinished()?;
    let mut sections = vec![
        section("人の確認を待っているFAX", held.iter().rev().take(ITEMS).map(|fax| held_line(fax, zone))),
        section("届いていないメール", failed.iter().map(failure)),
        section("証明書", certificates(post)?),
    ];
    sections.retain(|section| !section.entries.is_empty());
    Ok(Report {
        day,
        attention: held.len() + failed.len(),
        figures: figures(&faxes, waiting.len(), oldest(post, &held)?.as_deref()),
        sections,
        checkpoint: post.store.checkpoint()?.to_string(),
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

fn section(heading: &str, entries: impl IntoIterator<Item = String>) -> ReportSection {
    ReportSection { heading: heading.to_owned(), entries: entries.into_iter().collect() }
}

fn held_line(fax: &FaxView, zone: &jiff::tz::TimeZone) -> String {
    let mut reasons: Vec<&str> = fax.reason.iter().map(String::as_str).collect();
    reasons.extend(fax.held_pages.iter().map(|(_, reason)| reason.as_str()));
    for record in &fax.records {
        if let Some(Decision::Hold { reasons: why, .. }) = &record.decision {
            reasons.extend(why.iter().map(String::as_str));
        }
    }
    let at = fax.received_at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M");
    format!("{} {at}: {}", fax.id, reasons.join(", "))
}

/// The oldest fax that is held or under way, and since when.
fn oldest(post: &Post, held: &[FaxView]) -> Result<Option<String>> {
    let unfinished = post.store.unfinished()?;
    let first = unfinished.first().map(|id| post.store.fax(id)).transpose()?.flatten();
    let oldest = first.iter().chain(held).min_by_key(|fax| fax.received_at);
    let zone = &post.settings.time_zone;
    Ok(oldest.map(|fax| {
        format!("{} ({})", fax.id, fax.received_at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M"))
    }))
}

/// Certificates that have ended or end soon, by registry code.
fn certificates(post: &Post) -> Result<Vec<String>> {
    let now = (post.clock)();
    let today = now.to_zoned(post.settings.time_zone.clone()).date();
    let in_force = post.registries.on(today)?;
    let day = |at: Timestamp| at.to_zoned(post.settings.time_zone.clone()).date();
    let mut lines: Vec<String> = in_force
        .registry
        .certificates()
        .filter(|(_, _, certificate)| {
            certificate.expires_within(now, WARN_DAYS) || !certificate.is_valid_at(now)
        })
        .map(|(code, _, certificate)| format!("{code}: {} まで", day(certificate.not_after)))
        .collect();
    let left = post.identity.not_after().duration_since(now);
    if left < SignedDuration::from_hours(24 * i64::from(WARN_DAYS)) {
        lines.push(format!("ゲートウェイの署名: {} まで", day(post.identity.not_after())));
    }
    Ok(lines)
}

fn faxes_since(post: &Post, since: Timestamp) -> Result<Vec<FaxView>> {
    let mut faxes: Vec<FaxView> = Vec::new();
    loop {
        let before = faxes.last().map(|fax| fax.id.clone());
        let more = post.store.faxes(&FaxFilter { state: None, since: Some(since), before, limit: FAXES })?;
        let done = more.len() < FAXES;
        faxes.extend(more);
        if done {
            return Ok(faxes);
        }
    }
}

fn items(post: &Post, kind: ItemKind) -> Result<Vec<ItemView>> {
    Ok(post.store.outbox(&OutboxFilter { kind: Some(kind), limit: ITEMS, ..OutboxFilter::default() })?)
}
