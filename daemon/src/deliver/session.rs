//! An open connection and the mails it carries, one step at a time, so that it is known how far a failed
//! try had come.

use std::fmt;
use std::time::Duration;

use lettre::Address;

use super::Gate;
use super::relay::Relay;
use super::reply::Reply;
use super::verdict::{Cause, Failure, Stage, Step};
use super::wire::{AnyWire, within};

/// From whom to whom.
pub(super) struct Envelope {
    pub from: Address,
    pub to: Address,
}

/// A connection over which mails can be offered.
pub(super) struct Session {
    wire: AnyWire,
    pipelining: bool,
    patience: Duration,
    mails: u32,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Waits for the next mail.
    Ready,
    /// A refused mail is to be put away (RSET) before the next.
    Begun,
    /// The server does not listen any more, or it is not known what it would take the next words for.
    Over,
}

impl Session {
    /// Connects.
    pub async fn open(relay: &Relay) -> Step<Self> {
        let (wire, offers) = relay.connect().await?;
        let patience = relay.settings.timeout;
        Ok(Self { wire, pipelining: offers.pipelining, patience, mails: 0, state: State::Ready })
    }

    /// Whether another mail may follow.
    pub fn is_usable(&self) -> bool {
        self.state != State::Over
    }

    /// Whether it has carried as many mails as one connection should.
    pub fn is_worn(&self) -> bool {
        self.is_usable() && self.mails >= MAILS_PER_CONNECTION
    }

    /// The connection ready for the next mail, if the server goes along.
    pub async fn ready(mut self) -> Option<Self> {
        if self.state == State::Begun {
            self.wire.ask(Stage::Envelope, "RSET\r\n", 2, self.patience).await.ok()?;
            self.state = State::Ready;
        }
        Some(self)
    }

    /// Offers one mail; the reply is the one to its end.
    pub async fn hand_over(&mut self, envelope: &Envelope, raw: &[u8], gate: &mut Gate) -> Step<Reply> {
        self.mails += 1;
        self.state = State::Over;
        self.envelope(envelope).await?;
        let reply = self.content(raw, gate).await.inspect_err(|failure| self.after(failure))?;
        self.state = State::Ready;
        Ok(reply)
    }

    /// Says goodbye. The mails are settled; whether it is heard changes nothing.
    pub async fn quit(mut self) {
        let _ = self.wire.ask(Stage::Envelope, "QUIT\r\n", 2, self.patience.min(GOODBYE)).await;
    }

    /// MAIL, RCPT and DATA, in one go where the server allows it.
    async fn envelope(&mut self, envelope: &Envelope) -> Step<()> {
        let commands = [
            (format!("MAIL FROM:<{}>\r\n", envelope.from), 2),
            (format!("RCPT TO:<{}>\r\n", envelope.to), 2),
            ("DATA\r\n".to_owned(), 3),
        ];
        if self.pipelining {
            return self.all_at_once(&commands).await;
        }
        for (words, class) in &commands {
            let answer = self.wire.ask(Stage::Envelope, words, *class, self.patience).await;
            answer.inspect_err(|failure| self.after(failure))?;
        }
        Ok(())
    }

    /// The first failure counts. Every answer is read, and a server that wants the mail although it refused
    /// the envelope is left.
    async fn all_at_once(&mut self, commands: &[(String, u16)]) -> Step<()> {
        let all: String = commands.iter().map(|(words, _)| words.as_str()).collect();
        let written = within(self.patience, self.wire.write(all.as_bytes())).await;
        let mut end = written.map_err(|cause| Failure { stage: Stage::Envelope, cause });
        for (_, class) in commands {
            let answer = self.wire.expect(Stage::Envelope, *class, self.patience).await;
            match answer {
                Ok(_) => self.state = State::Over,
                Err(failure) => {
                    self.after(&failure);
                    let usable = failure.leaves_connection_usable();
                    end = end.and(Err(failure));
                    if !usable {
                        break;
                    }
                }
            }
        }
        end
    }

    /// A server may answer before it has everything and hang up; the answer counts then.
    async fn content(&mut self, raw: &[u8], gate: &mut Gate) -> Step<Reply> {
        let patience = self.patience.saturating_mul(FINAL_REPLY);
        let bytes = stuffed(raw);
        let (words, last) = bytes.split_at(bytes.len().saturating_sub(LAST_LINE));
        let _ = within(patience, self.wire.write(words)).await;
        if !gate.passed().await {
            return Err(Failure { stage: Stage::Content, cause: Cause::Shut });
        }
        let offered = within(patience, async {
            let _ = self.wire.write(last).await;
            self.wire.reply().await?.of_class(2)
        });
        offered.await.map_err(|cause| Failure { stage: Stage::Content, cause })
    }

    fn after(&mut self, failure: &Failure) {
        self.state = if failure.leaves_connection_usable() { State::Begun } else { State::Over };
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("mails", &self.mails)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// The mail as it goes over the wire (RFC 5321 section 4.5.2): a dot before each line that begins with one,
/// and a line with a dot at the end.
fn stuffed(raw: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(raw.len() + raw.len() / 64 + 8);
    for line in raw.split_inclusive(|b| *b == b'\n') {
        if line.first() == Some(&b'.') {
            bytes.push(b'.');
        }
        bytes.extend_from_slice(line);
    }
    if !bytes.ends_with(b"\r\n") {
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b".\r\n");
    bytes
}

/// The dot and its line end.
const LAST_LINE: usize = 3;
/// Many servers end a connection after 100 mails.
const MAILS_PER_CONNECTION: u32 = 90;
/// How many times the ordinary patience the answer to the mail itself may take.
const FINAL_REPLY: u32 = 10;
/// Longest wait for the answer to a goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_stuffed_and_the_end_is_a_line_of_its_own() {
        for (raw, wire) in [
            ("a\r\n", "a\r\n.\r\n"),
            ("a", "a\r\n.\r\n"),
            (".\r\n..b\r\n", "..\r\n...b\r\n.\r\n"),
            ("a\n.\r\n", "a\n..\r\n.\r\n"),
            ("", "\r\n.\r\n"),
        ] {
            assert_eq!(String::from_utf8(stuffed(raw.as_bytes())).unwrap(), wire, "{raw:?}");
        }
    }
}
