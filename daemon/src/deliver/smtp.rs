//! Sending over SMTP, one step at a time, so that it is known how far a failed try had come.

use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::{Response, Severity};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::verdict::{Cause, Failure, Stage, accepted, says};
use super::{Outcome, Secret, Security};
use crate::{Error, Result};

/// The server all mails go to.
pub(super) struct Relay {
    host: String,
    port: u16,
    privacy: Privacy,
    login: Option<Credentials>,
    helo: ClientId,
    timeout: Duration,
    /// A connection left open by the mail before.
    parked: Mutex<Option<Parked>>,
}

enum Privacy {
    Tls(TlsParameters),
    StartTls(TlsParameters),
    PlainLocal,
}

struct Line {
    connection: AsyncSmtpConnection,
    mails: u32,
}

struct Parked {
    line: Line,
    since: Instant,
}

type Step<T> = std::result::Result<T, Failure>;

/// The login of a route, when it has one.
pub(super) fn login(user: Option<String>, password: Option<Secret>) -> Result<Option<Credentials>> {
    match (user, password) {
        (Some(user), Some(password)) => Ok(Some(Credentials::new(user, password.reveal().to_owned()))),
        (None, None) => Ok(None),
        (Some(_), None) => Err(wrong("a user is given but no password")),
        (None, Some(_)) => Err(wrong("a password is given but no user")),
    }
}

impl Relay {
    /// Checks that the parts fit together.
    pub fn new(
        host: String,
        port: u16,
        security: Security,
        login: Option<Credentials>,
        helo: String,
        timeout: Duration,
    ) -> Result<Self> {
        let nameable = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic());
        if !nameable(&host) || port == 0 {
            return Err(wrong(format!("{host:?} port {port} is no mail server")));
        }
        if !nameable(&helo) {
            return Err(wrong(format!("{helo:?} cannot be sent as our own name")));
        }
        if timeout.is_zero() {
            return Err(wrong("the time limit is zero"));
        }
        let tls = || TlsParameters::new(host.clone()).map_err(|e| wrong(format!("TLS to {host}: {e}")));
        let privacy = match security {
            Security::Tls => Privacy::Tls(tls()?),
            Security::StartTls => Privacy::StartTls(tls()?),
            Security::PlainLocal if is_loopback(&host) => Privacy::PlainLocal,
            Security::PlainLocal => {
                return Err(wrong(format!(
                    "{host} is another machine; without TLS mail goes to this machine only"
                )));
            }
        };
        let helo = ClientId::Domain(helo);
        Ok(Self { host, port, privacy, login, helo, timeout, parked: Mutex::new(None) })
    }

    /// Tries once to hand over `raw`.
    pub async fn send(&self, from: &str, to: &str, raw: &[u8]) -> Outcome {
        let (Some(from), Some(to)) = (address(from), address(to)) else {
            return Outcome::refuse("address");
        };
        if !raw.is_ascii() {
            return Outcome::refuse("not-ascii");
        }
        let mut line = match self.line().await {
            Ok(line) => line,
            Err(failure) => return failure.verdict(),
        };
        let result = self.transact(&mut line.connection, from, to, raw).await;
        line.mails += 1;
        match result {
            Ok(response) => {
                self.park(line).await;
                Outcome::sent(accepted(&response))
            }
            Err(failure) => {
                if failure.leaves_connection_usable() && self.reset(&mut line.connection).await {
                    self.park(line).await;
                }
                failure.verdict()
            }
        }
    }

    /// The parked connection if the server still listens on it, else a new one.
    async fn line(&self) -> Step<Line> {
        let parked = self.parked.lock().await.take();
        if let Some(Parked { mut line, since }) = parked
            && since.elapsed() < IDLE
            && self.reset(&mut line.connection).await
        {
            return Ok(line);
        }
        Ok(Line { connection: self.connect().await?, mails: 0 })
    }

    async fn park(&self, mut line: Line) {
        if line.mails < MAILS_PER_CONNECTION {
            *self.parked.lock().await = Some(Parked { line, since: Instant::now() });
        } else {
            // The mail is settled; whether the goodbye is heard changes nothing.
            let _ = timeout(self.timeout, line.connection.quit()).await;
        }
    }

    async fn connect(&self) -> Step<AsyncSmtpConnection> {
        let tls = match &self.privacy {
            Privacy::Tls(tls) => Some(tls.clone()),
            Privacy::StartTls(_) | Privacy::PlainLocal => None,
        };
        // Half the time for each address, so that a second one gets its turn when the first is silent.
        let each = Some(self.timeout / 2);
        let server = (self.host.as_str(), self.port);
        let connecting = AsyncSmtpConnection::connect_tokio1(server, each, &self.helo, tls, None);
        let mut connection = self.step(Stage::Connect, connecting).await.map_err(|failure| {
            if in_handshake(&failure) { Failure { stage: Stage::Handshake, ..failure } } else { failure }
        })?;
        if let Privacy::StartTls(tls) = &self.privacy {
            self.step(Stage::Handshake, connection.starttls(tls.clone(), &self.helo)).await?;
        }
        if let Some(login) = &self.login {
            self.step(Stage::Login, connection.auth(MECHANISMS, login)).await?;
        }
        Ok(connection)
    }

    async fn transact(
        &self,
        connection: &mut AsyncSmtpConnection,
        from: Address,
        to: Address,
        raw: &[u8],
    ) -> Step<Response> {
        let answer = self.step(Stage::Envelope, connection.command(Mail::new(Some(from), vec![]))).await?;
        expect(Stage::Envelope, answer, Severity::PositiveCompletion)?;
        let answer = self.step(Stage::Envelope, connection.command(Rcpt::new(to, vec![]))).await?;
        expect(Stage::Envelope, answer, Severity::PositiveCompletion)?;
        let answer = self.step(Stage::Envelope, connection.command(Data)).await?;
        expect(Stage::Envelope, answer, Severity::PositiveIntermediate)?;
        let patience = self.timeout.saturating_mul(FINAL_REPLY);
        let answer = self.within(patience, Stage::Content, connection.message(raw)).await?;
        expect(Stage::Content, answer, Severity::PositiveCompletion)
    }

    async fn reset(&self, connection: &mut AsyncSmtpConnection) -> bool {
        matches!(timeout(self.timeout, connection.command(Rset)).await, Ok(Ok(_)))
    }

    async fn step<T>(
        &self,
        stage: Stage,
        work: impl Future<Output = std::result::Result<T, lettre::transport::smtp::Error>>,
    ) -> Step<T> {
        self.within(self.timeout, stage, work).await
    }

    /// lettre's own time limit covers the TCP connection only.
    async fn within<T>(
        &self,
        limit: Duration,
        stage: Stage,
        work: impl Future<Output = std::result::Result<T, lettre::transport::smtp::Error>>,
    ) -> Step<T> {
        match timeout(limit, work).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => Err(Failure { stage, cause: Cause::Smtp(error) }),
            Err(_) => Err(Failure { stage, cause: Cause::Slow }),
        }
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

fn expect(stage: Stage, response: Response, severity: Severity) -> Step<Response> {
    if says(&response, severity) { Ok(response) } else { Err(Failure { stage, cause: Cause::OutOfPlace }) }
}

/// With TLS from the first byte lettre connects and shakes hands in one call. It wraps what the operating
/// system says about a connection once, and what TLS says twice in its own error.
fn in_handshake(failure: &Failure) -> bool {
    use std::error::Error as _;
    match &failure.cause {
        Cause::Smtp(error) => {
            error.source().is_some_and(|inner| inner.is::<lettre::transport::smtp::Error>())
        }
        Cause::Slow | Cause::OutOfPlace => false,
    }
}

fn address(text: &str) -> Option<Address> {
    text.is_ascii().then(|| text.parse().ok()).flatten()
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn wrong(what: impl Into<String>) -> Error {
    Error::Route { what: what.into() }
}

const MECHANISMS: &[Mechanism] = &[Mechanism::Plain, Mechanism::Login];
const IDLE: Duration = Duration::from_secs(30);
/// Many servers end a connection after 100 mails.
const MAILS_PER_CONNECTION: u32 = 90;
/// How many times the ordinary limit the answer to the mail itself may take.
const FINAL_REPLY: u32 = 10;
