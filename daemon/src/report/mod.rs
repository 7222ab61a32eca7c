//! What the office is told by mail: a report every day, and at once what failed. No personal data is in it.

mod day;

use std::sync::Arc;
use std::time::Duration;

use jiff::Zoned;
use jiff::civil::Date;
use kasasagi_store::event::Event;
use kasasagi_store::{ItemState, ItemView};
use tokio_util::sync::CancellationToken;

pub use day::{Books, of};

use crate::deliver::{Courier, Gate, Line, Outcome};
use crate::journey::{ACTOR, blocking, chain};
use crate::message::{self, Addressee, Alert, Mail, Report};
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
            Ok(if office.post.store.is_reported(day)? { None } else { Some(office.day(day)?) })
        });
        let Some(report) = report.await? else { return Ok(()) };
        let id = format!("report-{day}");
        self.send_all(line, |to| {
            message::report(&report, &id, to, &self.post.sender, &self.post.templates, now.timestamp())
        })
        .await?;
        self.record(Event::Reported { day }).await
    }

    /// The report of a day. Blocks.
    fn day(&self, day: Date) -> Result<Report> {
        let post = &self.post;
        let (registries, settings) = (&post.registries, &post.settings);
        let signature_ends = Some(post.identity.not_after());
        of(&Books { store: &post.store, registries, settings, signature_ends, now: (post.clock)() }, day)
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
