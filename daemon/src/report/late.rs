//! Mails to the office that some of its people could not take, while others have them.

use tokio::time::Instant;

use super::PAUSE;
use crate::deliver::{Gate, Line, Outcome};
use crate::message::Mail;

/// Tries before a mail of yesterday is of no use any more, one in ten minutes: a day.
const TRIES: u32 = 144;

/// They are kept in memory alone: what they tell stands in the store, and somebody has read it.
#[derive(Default)]
pub(super) struct Late(Vec<LateMail>);

struct LateMail {
    mail: Mail,
    raw: Vec<u8>,
    next: Instant,
    tries: u32,
}

impl Late {
    pub(super) fn keep(&mut self, mails: Vec<(Mail, Vec<u8>)>) {
        let next = Instant::now() + PAUSE;
        self.0.extend(mails.into_iter().map(|(mail, raw)| LateMail { mail, raw, next, tries: 0 }));
    }

    /// Tries those whose time has come.
    pub(super) async fn send(&mut self, line: &mut Line, from: &str) {
        let now = Instant::now();
        let (due, mut rest): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.0).into_iter().partition(|late| late.next <= now);
        for late in due {
            let (to, id) = (late.mail.to(), late.mail.message_id());
            let code = match line.send(from, to, id, &late.raw, &mut Gate::open()).await {
                Outcome::Sent { .. } => continue,
                Outcome::Defer { .. } if late.tries < TRIES => {
                    rest.push(LateMail { next: now + PAUSE, tries: late.tries + 1, ..late });
                    continue;
                }
                Outcome::Defer { code } | Outcome::Refuse { code } => code,
            };
            tracing::error!(code, id, "an address of [admin] never took this mail: correct it");
        }
        self.0 = rest;
    }
}
