//! What a failed try means, decided in one place.

use std::error::Error as _;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::response::{Code, Response, Severity};

use super::Outcome;

/// How far a try had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// TCP connection and greeting.
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
    /// An answer that does not belong here.
    OutOfPlace,
    /// What lettre says, a negative reply included.
    Smtp(Error),
}

/// A try that failed.
#[derive(Debug)]
pub(super) struct Failure {
    pub stage: Stage,
    pub cause: Cause,
}

impl Failure {
    /// The whole policy. A permanent refusal counts only when it is about this mail: before MAIL it is about
    /// the server or our login, which an operator can mend while the mail waits. Unknown faults are retried.
    pub fn verdict(&self) -> Outcome {
        match (self.stage, &self.cause) {
            (Stage::Handshake, _) => Outcome::defer("tls"),
            (Stage::Envelope | Stage::Content, Cause::Smtp(e)) if e.is_permanent() && !wants_login(e) => {
                Outcome::refuse(reply(e))
            }
            (_, Cause::Smtp(e)) if e.status().is_some() => Outcome::defer(reply(e)),
            (Stage::Content, Cause::Slow | Cause::Smtp(_)) => Outcome::defer("after-data"),
            (_, Cause::OutOfPlace) => Outcome::defer("protocol"),
            (_, Cause::Slow) => Outcome::defer("timeout"),
            (Stage::Connect, Cause::Smtp(e)) if e.is_timeout() => Outcome::defer("timeout"),
            (Stage::Connect, Cause::Smtp(_)) => Outcome::defer("connect"),
            (Stage::Login, Cause::Smtp(e)) if e.is_client() => Outcome::defer("auth"),
            (Stage::Login | Stage::Envelope, Cause::Smtp(_)) => Outcome::defer("io"),
        }
    }

    /// Whether the server answered in good order and will listen to the next mail after RSET.
    pub fn leaves_connection_usable(&self) -> bool {
        let reply = match &self.cause {
            Cause::Smtp(e) => e.status(),
            Cause::Slow | Cause::OutOfPlace => None,
        };
        let in_mail = matches!(self.stage, Stage::Envelope | Stage::Content);
        in_mail && reply.is_some_and(|code| u16::from(code) != CLOSING)
    }
}

/// The code of a positive reply: `250`, or `250 2.0.0`.
pub(super) fn accepted(response: &Response) -> String {
    with_enhanced(response.code(), response.first_word())
}

fn reply(error: &Error) -> String {
    let text = error.source().map(ToString::to_string).unwrap_or_default();
    match error.status() {
        Some(code) => with_enhanced(code, text.split_whitespace().next()),
        None => String::new(),
    }
}

/// Adds the enhanced status (RFC 3463) when the text begins with a well-formed one of the same class.
fn with_enhanced(code: Code, first_word: Option<&str>) -> String {
    let digits = |part: &str, most: usize| {
        (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
    };
    let well_formed = |word: &&str| match word.split('.').collect::<Vec<_>>()[..] {
        [class, subject, detail] => {
            class == code.severity.to_string() && digits(subject, 3) && digits(detail, 3)
        }
        _ => false,
    };
    match first_word.filter(well_formed) {
        Some(enhanced) => format!("{code} {enhanced}"),
        None => code.to_string(),
    }
}

/// Replies by which a server asks for another login (RFC 4954 section 6).
fn wants_login(error: &Error) -> bool {
    error.status().is_some_and(|code| matches!(u16::from(code), 530 | 534 | 535 | 538))
}

/// Whether a reply says what it must at this point: done, or go on.
pub(super) fn says(response: &Response, severity: Severity) -> bool {
    response.code().severity == severity
}

/// The server closes the connection (RFC 5321 section 3.8).
const CLOSING: u16 = 421;
