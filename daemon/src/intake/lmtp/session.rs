use std::future::Future;
use std::io;

use kasasagi_store::event::Source;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::Limits;
use super::dialogue::{Answer, Dialogue};
use super::wire::{Line, Wire};
use crate::intake::Intake;

/// One client from greeting to goodbye.
pub(super) struct Session<S> {
    wire: Wire<S>,
    dialogue: Dialogue,
    intake: Intake,
    limits: Limits,
    shutdown: CancellationToken,
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
            match answer {
                Answer::Say(reply) => self.say(&[&reply]).await?,
                Answer::Admit { size } => {
                    let room = self.intake.admit(size).map_err(|error| error.reply());
                    let reply = self.dialogue.admit(room);
                    self.say(&[reply]).await?;
                }
                Answer::Close(reply) => return self.say(&[reply]).await,
                Answer::Receive { recipients } => {
                    if !self.receive(recipients).await? {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Takes one message and answers for each recipient; false when the connection is over.
    async fn receive(&mut self, recipients: usize) -> io::Result<bool> {
        self.say(&["354 send the message, end with a dot"]).await?;
        let draft = self.intake.draft();
        let draft = match hear(self.wire.message(draft), self.limits.transfer, &self.shutdown).await? {
            Heard::This(draft) => draft,
            Heard::Gone => return Ok(false),
            Heard::TooSlow => return self.say(&["421 4.4.2 message too slow"]).await.map(|()| false),
            Heard::Stopping => {
                return self.say(&["421 4.3.2 stopping, try again later"]).await.map(|()| false);
            }
        };
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
        self.say(&vec![reply.as_str(); recipients]).await?;
        Ok(true)
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
