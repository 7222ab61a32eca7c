//! The server that all mails go to, and how a connection to it comes about.

use std::fmt;

use kasasagi_config::settings::{Security, Smtp};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::commands::Auth;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_native_tls::TlsConnector;

use super::reply::{Offers, Reply};
use super::verdict::{Cause, Failure, Stage, Step};
use super::wire::{AnyWire, Stream, Wire, within};
use crate::journey::chain;
use crate::{Error, Result, tls};

/// The server that all mails go to.
pub(super) struct Relay {
    pub settings: Smtp,
    privacy: Privacy,
}

enum Privacy {
    Tls(TlsConnector),
    StartTls(TlsConnector),
    PlainLocal,
}

impl Relay {
    pub fn new(settings: Smtp) -> Result<Self> {
        let connector = || {
            tls::connector(settings.ca_file.as_deref())
                .map_err(|what| Error::Route { what: format!("delivery.ca_file: {what}") })
        };
        let privacy = match settings.security {
            Security::Tls => Privacy::Tls(connector()?),
            Security::StartTls => Privacy::StartTls(connector()?),
            Security::PlainLocal => Privacy::PlainLocal,
        };
        Ok(Self { settings, privacy })
    }

    pub fn is_private(&self) -> bool {
        match self.privacy {
            Privacy::Tls(_) | Privacy::StartTls(_) => true,
            Privacy::PlainLocal => self.settings.relay_is_private,
        }
    }

    /// A connection that is greeted, protected and logged in, and what the server offers over it.
    pub async fn connect(&self) -> Step<(AnyWire, Offers)> {
        let stream = self.reach().await?;
        let (mut wire, offers) = match &self.privacy {
            Privacy::PlainLocal => self.greeted(Wire::of(stream)).await?,
            Privacy::Tls(connector) => self.greeted(self.protected(connector, stream).await?).await?,
            Privacy::StartTls(connector) => {
                let stream = self.clear_for_tls(stream).await?;
                // No second greeting comes after TLS has begun, and what was offered before counts no more.
                let mut wire = self.protected(connector, stream).await?;
                let offers = self.introduced(&mut wire).await?;
                (wire, offers)
            }
        };
        if let Some((user, password)) = &self.settings.login {
            let password = password.read().map_err(|error| {
                tracing::error!(error = %chain(&error), "cannot log in to the mail server");
                Failure { stage: Stage::Login, cause: Cause::NotOffered }
            })?;
            let login = Credentials::new(user.clone(), password.reveal().to_owned());
            self.log_in(&mut wire, &offers, login).await?;
        }
        Ok((wire, offers))
    }

    /// Half the time for each address, so that a second one gets its turn when the first is silent.
    async fn reach(&self) -> Step<TcpStream> {
        let failed = |cause| Failure { stage: Stage::Connect, cause };
        let connecting = async {
            let mut cause = Cause::Gone;
            let server = (self.settings.host.as_str(), self.settings.port);
            for address in lookup_host(server).await.map_err(|_| Cause::Gone)? {
                match timeout(self.settings.timeout / 2, TcpStream::connect(address)).await {
                    Ok(Ok(stream)) => return Ok(stream),
                    Ok(Err(_)) => cause = Cause::Gone,
                    Err(_) => cause = Cause::Slow,
                }
            }
            Err(cause)
        };
        let stream = within(self.settings.timeout, connecting).await.map_err(failed)?;
        // Commands are small and each waits for its answer. Without it they are slower, not wrong.
        let _ = stream.set_nodelay(true);
        Ok(stream)
    }

    async fn greeted(&self, mut wire: AnyWire) -> Step<(AnyWire, Offers)> {
        self.greeting(&mut wire).await?;
        let offers = self.introduced(&mut wire).await?;
        Ok((wire, offers))
    }

    async fn greeting<S: Stream>(&self, wire: &mut Wire<S>) -> Step<Reply> {
        wire.expect(Stage::Connect, 2, self.settings.timeout).await
    }

    async fn introduced<S: Stream>(&self, wire: &mut Wire<S>) -> Step<Offers> {
        let hello = format!("EHLO {}\r\n", self.settings.helo);
        let reply = wire.ask(Stage::Connect, &hello, 2, self.settings.timeout).await?;
        Ok(Offers::of(&reply))
    }

    /// Asks for TLS. A server that does not offer it, or has already said more than that it is ready, gets
    /// nothing: somebody in between may have taken the offer away, or put words into the server's mouth.
    async fn clear_for_tls(&self, stream: TcpStream) -> Step<TcpStream> {
        let no_tls = |cause| Failure { stage: Stage::Handshake, cause };
        let mut wire = Wire::new(stream);
        self.greeting(&mut wire).await?;
        if !self.introduced(&mut wire).await?.starttls {
            return Err(no_tls(Cause::NotOffered));
        }
        wire.ask(Stage::Handshake, "STARTTLS\r\n", 2, self.settings.timeout).await?;
        wire.into_inner().ok_or(no_tls(Cause::OutOfPlace))
    }

    async fn protected(&self, connector: &TlsConnector, stream: TcpStream) -> Step<AnyWire> {
        let handshake =
            async { connector.connect(&self.settings.host, stream).await.map_err(|_| Cause::Gone) };
        let stream = within(self.settings.timeout, handshake).await;
        stream.map(Wire::of).map_err(|cause| Failure { stage: Stage::Handshake, cause })
    }

    async fn log_in(&self, wire: &mut AnyWire, offers: &Offers, login: Credentials) -> Step<()> {
        let not_possible = || Failure { stage: Stage::Login, cause: Cause::NotOffered };
        let mechanism = if offers.plain {
            Mechanism::Plain
        } else if offers.login {
            Mechanism::Login
        } else {
            return Err(not_possible());
        };
        let mut words = Auth::new(mechanism, login.clone(), None).map_err(|_| not_possible())?;
        for _ in 0..CHALLENGES {
            let reply = wire.challenge(&words.to_string(), self.settings.timeout).await?;
            let Some(challenge) = reply.as_challenge() else { return Ok(()) };
            words = Auth::new_from_response(mechanism, login.clone(), &challenge)
                .map_err(|_| Failure { stage: Stage::Login, cause: Cause::Garbage })?;
        }
        Err(Failure { stage: Stage::Login, cause: Cause::OutOfPlace })
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Smtp { host, port, .. } = &self.settings;
        f.debug_struct("Relay").field("host", host).field("port", port).finish_non_exhaustive()
    }
}

/// AUTH LOGIN asks twice.
const CHALLENGES: usize = 4;
