//! A mailbox on an IMAP server as a door (RFC 3501): what arrives in its folder is deposited, then moved away
//! or marked as seen.
//!
//! ```text
//! connect ─▶ mailbox: select, begin ─▶ round: search ─▶ claim ─▶ fetch ─▶ deposit ─▶ put_away
//!    ▲                                    ▲                                             │
//!    └── any trouble: wait longer ──┐     └──────────── wait: IDLE, or a pause ◀────────┘
//! ```
//! What was taken is remembered by (mailbox, UIDVALIDITY, UID) in the store, so a crash between "durable" and
//! "moved" moves the mail and takes nothing twice. After the server has numbered its mails anew, the store knows
//! a mail by its Message-ID and bytes.

mod claim;
mod connect;
mod fault;
mod mailbox;
mod probe;
mod put_away;
mod round;
mod utf7;
mod wait;

use std::sync::Arc;
use std::time::Duration;

use kasasagi_config::settings::Imap;
use kasasagi_store::Store;
use tokio_util::sync::CancellationToken;

use super::Intake;
use crate::health::{Health, Part};
use crate::language::Both;
use connect::Session;
use mailbox::Mailbox;
use round::{Round, Rounds};

pub use fault::ImapFault;
pub use probe::{fetch, probe};

/// Waits between tries after trouble; each is twice the one before.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// The first.
    pub first: Duration,
    /// The longest.
    pub longest: Duration,
    /// The first after a refused login: servers lock accounts that try too often.
    pub login: Duration,
    /// For one answer of the server.
    pub answer: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(5 * 60),
            login: Duration::from_secs(30),
            answer: Duration::from_secs(90),
        }
    }
}

/// The door, and what it needs.
pub struct Door {
    /// Which mailbox.
    pub settings: Imap,
    /// The way in.
    pub intake: Intake,
    /// What was taken before.
    pub store: Arc<Store>,
    /// Where trouble is told.
    pub health: Health,
    /// How long it waits.
    pub patience: Patience,
}

impl Door {
    /// Takes mail until `shutdown`. Whatever goes wrong is told and tried again.
    pub async fn watch(self, shutdown: CancellationToken) {
        let mut pause = Pause::new(self.patience);
        let mut rounds = Rounds::default();
        loop {
            let fault = tokio::select! {
                () = shutdown.cancelled() => return,
                fault = self.serve(&mut rounds, &mut pause) => fault,
            };
            self.health.trouble(Part::Imap, Both::of(&fault));
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(pause.after(&fault)) => {}
            }
        }
    }

    /// Works over one connection until it breaks.
    async fn serve(&self, rounds: &mut Rounds, pause: &mut Pause) -> ImapFault {
        match self.take_and_wait(rounds, pause).await {
            Err(fault) => fault,
            Ok(never) => match never {},
        }
    }

    async fn take_and_wait(
        &self,
        rounds: &mut Rounds,
        pause: &mut Pause,
    ) -> Result<std::convert::Infallible, ImapFault> {
        let (mut session, mailbox) = enter(&self.settings, self.patience.answer).await?;
        mailbox.begin(&self.store, self.settings.old_mail)?;
        let claim = claim::keyword(&self.store);
        loop {
            let round = Round { door: self, mailbox: &mailbox, claim: &claim };
            round.take_all(&mut session, rounds).await?;
            pause.reset();
            match rounds.remark(&mailbox) {
                Some(remark) => self.health.trouble(Part::Imap, remark),
                None => self.health.well(Part::Imap),
            }
            session = wait::for_mail(session, mailbox.offers.idle, self.settings.poll, self.patience.answer)
                .await?;
        }
    }
}

/// Logs in and opens the folder; `patience` is for each answer of the server.
async fn enter(settings: &Imap, patience: Duration) -> Result<(Session, Mailbox), ImapFault> {
    let mut session = connect::connect(settings, patience).await?;
    let mailbox = Mailbox::select(&mut session, settings);
    let mailbox = wait::within(patience, "opening the folder", mailbox).await?;
    Ok((session, mailbox))
}

/// The growing wait between tries.
struct Pause {
    patience: Patience,
    tries: u32,
}

impl Pause {
    fn new(patience: Patience) -> Self {
        Self { patience, tries: 0 }
    }

    fn reset(&mut self) {
        self.tries = 0;
    }

    /// Between half and all of the next wait, so that many gateways do not come at once.
    fn after(&mut self, fault: &ImapFault) -> Duration {
        let first = if fault.is_login() { self.patience.login } else { self.patience.first };
        let wait = first.saturating_mul(1 << self.tries.min(16)).min(self.patience.longest.max(first));
        self.tries += 1;
        wait.mul_f64(rand::random_range(0.5..=1.0))
    }
}
