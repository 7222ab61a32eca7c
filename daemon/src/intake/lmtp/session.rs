use std::future::Future;
use std::io;

use kasasagi_store::event::Source;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::Limits;
use super::dialogue::{Answer, Dialogue};
use super::wire::{Line, Wire};
use crate::intake::{Draft, Intake};

/// One client from greeting to goodbye.
pub(super) struct Session<S> {
    wire: Wire<S>,
    dialogue: Dialogue,
    intake: Intake,
    limits: Limits,
    shutdown: CancellationToken,
    /// What has come of a message in chunks.
    chunks: Option<Draft>,
}

/// What came of waiting for the client.
enum Heard<T> {
    This(T),
    Gone,
    TooSlow,
    Stopping,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    pub(super) fn new(stream: S, intake: Intake, limits: Limits, shutdown: CancellationToken) -> Self {
        let largest = intake.limits().message;
        Self {
            wire: Wire::new(stream, limits.line),
            dialogue: Dialogue::new(limits, largest),
            intake,
            limits,
            shutdown,
            chunks: None,
        }
    }

    /// Serves until the client leaves, is too slow, errs too often, or the gateway stops.
    pub(super) async fn run(mut self) -> io::Result<()> {
        self.say(&["220 kasasagi LMTP ready"]).await?;
        loop {
            let heard = hear(self.wire.line(), self.limits.idle, &self.shutdown).await?;
            let answer = match heard {
                Heard::This(Line::Whole(line)) => self.dialogue.line(&line),
                Heard::This(Line::TooLong) => self.dialogue.fault("500 5.5.6 line too long"),
                Heard::Gone => return Ok(()),
                Heard::TooSlow => Answer::Close("421 4.4.2 idle for too long"),
                Heard::Stopping => Answer::Close("421 4.3.2 stopping, try again later"),
            };
            if !self.dialogue.is_chunking() && !matches!(answer, Answer::Chunk { .. }) {
                self.chunks = None;
            }
            match answer {
                Answer::Say(reply) => self.say(&[&reply]).await?,
                Answer::Admit { size } => {
                    let room = self.intake.admit(size).map_err(|error| error.reply());
                    let reply = self.dialogue.admit(room);
                    self.say(&[reply]).await?;
                }
                Answer::Close(reply) => return self.say(&[reply]).await,
                Answer::Receive { recipients } => {
                    self.say(&["354 send the message, end with a dot"]).await?;
                    let Some(draft) = self.message().await? else { return Ok(()) };
                    self.deposit(draft, recipients).await?;
                }
                Answer::Chunk { size, last, recipients } => {
                    let draft = self.chunks.take().unwrap_or_else(|| self.intake.draft());
                    let Some(draft) = self.chunk(size, draft).await? else { return Ok(()) };
                    match recipients {
                        None => {
                            let Answer::Say(reply) = self.dialogue.fault("503 5.5.1 no recipients") else {
                                return self.say(&["421 4.7.0 too many errors"]).await;
                            };
                            self.say(&[&reply]).await?;
                        }
                        Some(recipients) if last => self.deposit(draft, recipients).await?,
                        Some(_) => {
                            self.chunks = Some(draft);
                            self.say(&["250 2.0.0 go on"]).await?;
                        }
                    }
                }
            }
        }
    }

    /// Waits for a message or a piece of one; nothing when the connection is over.
    async fn chunk(&mut self, size: usize, draft: Draft) -> io::Result<Option<Draft>> {
        let heard = hear(self.wire.chunk(size, draft), self.limits.transfer, &self.shutdown).await?;
        self.transferred(heard).await
    }

    async fn message(&mut self) -> io::Result<Option<Draft>> {
        let draft = self.intake.draft();
        let heard = hear(self.wire.message(draft), self.limits.transfer, &self.shutdown).await?;
        self.transferred(heard).await
    }

    async fn transferred(&mut self, heard: Heard<Draft>) -> io::Result<Option<Draft>> {
        match heard {
            Heard::This(draft) => return Ok(Some(draft)),
            Heard::Gone => {}
            Heard::TooSlow => self.say(&["421 4.4.2 message too slow"]).await?,
            Heard::Stopping => self.say(&["421 4.3.2 stopping, try again later"]).await?,
        }
        Ok(None)
    }

    /// Makes a message durable and answers for each recipient.
    async fn deposit(&mut self, draft: Draft, recipients: usize) -> io::Result<()> {
        let outcome = match draft.finish() {
            Ok((raw, _share)) => self.intake.accept(Source::Lmtp, raw).await,
            Err(refused) => Err(refused),
        };
        let reply = match outcome {
            Ok(fax) => format!("250 2.0.0 kept as {fax}"),
            Err(error) => {
                tracing::warn!(%error, "a message over LMTP was not taken");
                error.reply().to_owned()
            }
        };
        self.say(&vec![reply.as_str(); recipients]).await
    }

    async fn say(&mut self, replies: &[&str]) -> io::Result<()> {
        match timeout(self.limits.idle, self.wire.say(replies)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "the client does not read its replies")),
        }
    }
}

/// Waits for the client, but not for ever and not beyond the end of the gateway.
async fn hear<T>(
    waiting: impl Future<Output = io::Result<Option<T>>>,
    patience: std::time::Duration,
    shutdown: &CancellationToken,
) -> io::Result<Heard<T>> {
    tokio::select! {
        biased;
        () = shutdown.cancelled() => Ok(Heard::Stopping),
        heard = timeout(patience, waiting) => match heard {
            Err(_) => Ok(Heard::TooSlow),
            Ok(Ok(Some(this))) => Ok(Heard::This(this)),
            Ok(Ok(None)) => Ok(Heard::Gone),
            Ok(Err(error)) => Err(error),
        },
    }
}
