//! One mail after another over one connection, which is opened when it is wanted.

use std::sync::Arc;

use lettre::Address;

use super::relay::Relay;
use super::reply::Reply;
use super::session::{Envelope, Session};
use super::verdict::Step;
use super::{Gate, Outcome, Way, folder};

/// Carries one mail at a time.
#[derive(Debug)]
pub struct Line {
    way: Way,
    /// A connection left open by the mail before.
    session: Option<Session>,
}

impl Line {
    pub(super) fn new(way: Way) -> Self {
        Self { way, session: None }
    }

    /// Tries once to hand over `raw`, a composed mail of CRLF lines in ASCII, in an envelope from `from`
    /// to `to`. `message_id` is that of the mail, without angle brackets; a folder names the file after it.
    ///
    /// The mail comes to its end only if `gate` opens. The connection stays open for the next mail.
    pub async fn send(
        &mut self,
        from: &str,
        to: &str,
        message_id: &str,
        raw: &[u8],
        gate: &mut Gate,
    ) -> Outcome {
        let relay = match &self.way {
            Way::Folder(_) if !gate.passed().await => return Outcome::defer("store"),
            Way::Folder(dir) => return folder::put(dir, message_id, raw).await,
            Way::Smtp(relay) => Arc::clone(relay),
        };
        let (Some(from), Some(to)) = (address(from), address(to)) else {
            return Outcome::refuse("address");
        };
        if !raw.is_ascii() {
            return Outcome::refuse("not-ascii");
        }
        match self.over_a_connection(&relay, &Envelope { from, to }, raw, gate).await {
            Ok(reply) => Outcome::sent(reply.status()),
            Err(failure) => failure.verdict(),
        }
    }

    /// Ends the connection in good order, if there is one.
    pub async fn hang_up(&mut self) {
        if let Some(session) = self.session.take() {
            session.quit().await;
        }
    }

    /// A server may end a connection between two mails. That it did shows when the next one is offered,
    /// before anything of it was sent, so the same try goes on over a new one.
    async fn over_a_connection(
        &mut self,
        relay: &Relay,
        envelope: &Envelope,
        raw: &[u8],
        gate: &mut Gate,
    ) -> Step<Reply> {
        if let Some(session) = self.session.take()
            && let Some(session) = session.ready().await
        {
            match self.offer(session, envelope, raw, gate).await {
                Err(failure) if failure.connection_was_over() => {}
                end => return end,
            }
        }
        let session = Session::open(relay).await?;
        self.offer(session, envelope, raw, gate).await
    }

    async fn offer(
        &mut self,
        mut session: Session,
        envelope: &Envelope,
        raw: &[u8],
        gate: &mut Gate,
    ) -> Step<Reply> {
        let end = session.hand_over(envelope, raw, gate).await;
        if session.is_worn() {
            session.quit().await;
        } else if session.is_usable() {
            self.session = Some(session);
        }
        end
    }
}

fn address(text: &str) -> Option<Address> {
    text.is_ascii().then(|| text.parse().ok()).flatten()
}
