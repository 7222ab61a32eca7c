//! What a failed try means, decided in one place.

use super::Outcome;
use super::reply::Reply;

/// How far a try had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// TCP connection, greeting and EHLO.
    Connect,
    /// TLS.
    Handshake,
    /// AUTH.
    Login,
    /// MAIL, RCPT, DATA.
    Envelope,
    /// The mail itself and the final answer.
    Content,
}

/// Why a try failed.
#[derive(Debug)]
pub(super) enum Cause {
    /// No answer in time.
    Slow,
    /// No connection, or one that ended.
    Gone,
    /// No answer that can be understood.
    Garbage,
    /// An answer that does not belong here.
    OutOfPlace,
    /// The server does not offer what is needed.
    NotOffered,
    /// We broke off: the mail before could not be written down.
    Shut,
    /// A negative answer.
    Reply(Reply),
}

/// A try that failed.
#[derive(Debug)]
pub(super) struct Failure {
    pub stage: Stage,
    pub cause: Cause,
}

/// What one step comes to.
pub(super) type Step<T> = Result<T, Failure>;

impl Failure {
    /// The whole policy. A permanent refusal counts only when it is about this mail: before MAIL it is about
    /// the server or our login, which an operator can mend while the mail waits. Unknown faults are retried.
    pub fn verdict(&self) -> Outcome {
        match (self.stage, &self.cause) {
            (_, Cause::Shut) => Outcome::defer("store"),
            (Stage::Handshake, _) => Outcome::defer("tls"),
            (Stage::Envelope | Stage::Content, Cause::Reply(reply)) if is_final(reply) => {
                Outcome::refuse(reply.status())
            }
            (_, Cause::Reply(reply)) => Outcome::defer(reply.status()),
            (Stage::Content, Cause::Slow | Cause::Gone | Cause::Garbage) => Outcome::defer("after-data"),
            (_, Cause::OutOfPlace | Cause::Garbage) => Outcome::defer("protocol"),
            (_, Cause::Slow) => Outcome::defer("timeout"),
            (_, Cause::NotOffered) => Outcome::defer("auth"),
            (Stage::Connect, Cause::Gone) => Outcome::defer("connect"),
            (Stage::Login | Stage::Envelope, Cause::Gone) => Outcome::defer("io"),
        }
    }

    /// Whether the server answered in good order and will listen to the next mail after RSET.
    pub fn leaves_connection_usable(&self) -> bool {
        let in_mail = matches!(self.stage, Stage::Envelope | Stage::Content);
        in_mail && matches!(&self.cause, Cause::Reply(reply) if reply.code() != CLOSING)
    }

    /// Whether the connection ended before anything of the mail was sent.
    pub fn connection_was_over(&self) -> bool {
        let over = match &self.cause {
            Cause::Gone => true,
            Cause::Reply(reply) => reply.code() == CLOSING,
            Cause::Slow | Cause::Garbage | Cause::OutOfPlace | Cause::NotOffered | Cause::Shut => false,
        };
        self.stage == Stage::Envelope && over
    }
}

/// Replies by which a server asks for another login (RFC 4954 section 6) are for an operator to mend.
fn is_final(reply: &Reply) -> bool {
    reply.code() >= 500 && !matches!(reply.code(), 530 | 534 | 535 | 538)
}

/// The server closes the connection (RFC 5321 section 3.8).
const CLOSING: u16 = 421;
