//! What the office is told by mail: a report every day, and at once what failed. No personal data is in it.

mod day;
mod late;

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use jiff::{Timestamp, Zoned};
use kasasagi_store::event::Event;
use kasasagi_store::{ItemState, ItemView, Store};
use tokio_util::sync::CancellationToken;

pub use day::{Books, of};
use late::Late;

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
        let mut late = Late::default();
        while !shutdown.is_cancelled() {
            let told = if self.post.settings.office.admins.is_empty() {
                Ok(())
            } else {
                self.round(&mut line, &mut late).await
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

    /// What cannot be told of failures does not keep the report back.
    async fn round(self: &Arc<Self>, line: &mut Line, late: &mut Late) -> Result<()> {
        let told = self.tell_failures(line, late).await;
        let reported = self.send_report(line, late).await;
        late.send(line, &self.post.settings.from).await;
        line.hang_up().await;
        told.and(reported)
    }

    /// One mail for all that failed, or was not taken note of, since the one before.
    async fn tell_failures(self: &Arc<Self>, line: &mut Line, late: &mut Late) -> Result<()> {
        let office = self.clone();
        let told = blocking(move || {
            let items = office.post.store.items_to_tell(ITEMS)?;
            let entries =
                items.iter().map(|item| failure(&office.post.store, item)).collect::<Result<_>>()?;
            Ok((items, entries))
        });
        let (items, entries): (Vec<ItemView>, Vec<String>) = told.await?;
        let Some(first) = items.first() else { return Ok(()) };
        let now = self.now();
        let alert = Alert {
            title: "届いていないメールがあります",
            at: now.strftime("%Y-%m-%d %H:%M").to_string(),
            what: "次のメールが相手に届いていないか、時間内に確認されていません。".to_owned(),
            entries,
            cure: "kasasagi held と kasasagi outbox で確認してください。".to_owned(),
        };
        // The same mail has the same name when it must be sent again.
        let id = format!("alert-{}-{}", since(first).as_second(), first.id);
        let words = self.post.words();
        self.send_all(line, late, |to| {
            message::alert(&alert, &id, to, &self.post.sender, &words, now.timestamp())
        })
        .await?;
        let items = items.into_iter().map(|item| item.id).collect();
        self.record(Event::Alerted { items }).await
    }

    /// The report of yesterday, once its time has come.
    async fn send_report(self: &Arc<Self>, line: &mut Line, late: &mut Late) -> Result<()> {
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
        let words = self.post.words();
        self.send_all(line, late, |to| {
            message::report(&report, &id, to, &self.post.sender, &words, now.timestamp())
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

    /// Sends a mail to everybody of the office. The office is told once one of them has it; whoever could not take
    /// it now gets it later.
    async fn send_all(
        &self,
        line: &mut Line,
        late: &mut Late,
        write: impl Fn(&Addressee<'_>) -> Result<Mail>,
    ) -> Result<()> {
        let (mut reached, mut left, mut busy) = (false, None, Vec::new());
        for (place, admin) in self.post.settings.office.admins.iter().enumerate() {
            let to = Addressee { name: "", address: admin.as_str(), role_ja: "" };
            let mail = write(&to)?;
            let (raw, from) = (self.post.signed(&mail)?, &self.post.settings.from);
            match line.send(from, mail.to(), mail.message_id(), &raw, &mut Gate::open()).await {
                Outcome::Sent { .. } => reached = true,
                Outcome::Defer { code } => {
                    busy.push((mail, raw));
                    left = Some(code);
                }
                Outcome::Refuse { code } => {
                    tracing::error!(code, "address {} of [admin] does not take mail: correct it", place + 1);
                    left = Some(code);
                }
            }
        }
        match left {
            Some(code) if !reached => Err(Error::OfficeMail { code }),
            _ => {
                late.keep(busy);
                Ok(())
            }
        }
    }

    async fn record(self: &Arc<Self>, event: Event) -> Result<()> {
        let office = self.clone();
        blocking(move || Ok(office.post.store.append(ACTOR, &[event]).map(|_| ())?)).await
    }

    fn now(&self) -> Zoned {
        (self.post.clock)().to_zoned(self.post.settings.time_zone.clone())
    }
}

/// One failed message on one line, and whether somebody else has it instead. Blocks.
fn failure(store: &Store, item: &ItemView) -> Result<String> {
    let what = match &item.state {
        ItemState::GaveUp { code, .. } => reason::in_both(&format!("undelivered_{code}")),
        _ => "時間内に確認の返信がありません。 / Nobody took note of it in time.".to_owned(),
    };
    Ok(format!("{} ({}): {what}{}", item.id, item.role, instead(store, item)?))
}

fn instead(store: &Store, item: &ItemView) -> Result<String> {
    let Some(at) = item.escalated else { return Ok(String::new()) };
    let record = store.record(item.id.record())?;
    let backup = record.iter().flat_map(|record| &record.items).find(|other| other.created_at == at);
    Ok(match backup {
        Some(backup) => {
            format!(
                " → 代行の {} にも送ります。 / It goes to {} as well.",
                backup.recipient, backup.recipient
            )
        }
        None => " → 代行の医師がいません。電話してください。 / There is no backup: telephone.".to_owned(),
    })
}

/// Since when there is something to tell of it.
fn since(item: &ItemView) -> Timestamp {
    match &item.state {
        ItemState::GaveUp { at, .. } | ItemState::Sent { at, .. } => item.escalated.unwrap_or(*at).max(*at),
        _ => item.created_at,
    }
}
