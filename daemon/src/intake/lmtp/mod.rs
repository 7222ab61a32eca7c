//! An LMTP server (RFC 2033) for the mail server in front: 250 only after the message is durable.
//!
//! Offers PIPELINING, SIZE, 8BITMIME, CHUNKING (RFC 3030) and ENHANCEDSTATUSCODES. A message is one deposit however many recipients
//! it names; all of them get the same answer. Who the recipients are does not matter here: what a fax says
//! and the registry decide who receives it.

mod command;
mod dialogue;
mod session;
mod unstuff;
mod wire;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Intake;
use crate::Result;
use session::Session;

pub use crate::listener::{Bound, Listener};

/// Bounds of the LMTP door. The size of a message is bounded by [`super::Limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest command line, line end included, bytes.
    pub line: usize,
    /// Recipients of one message.
    pub recipients: usize,
    /// Connections at a time.
    pub connections: usize,
    /// Time a client may take for its next command, or to read its replies.
    pub idle: Duration,
    /// Time a client may take for one message.
    pub transfer: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line: 4096,
            recipients: 100,
            connections: 64,
            idle: Duration::from_secs(5 * 60),
            transfer: Duration::from_secs(10 * 60),
        }
    }
}

/// Listens and serves until `shutdown`; then lets deposits that have begun finish and be answered.
///
/// # Errors
/// Those of [`Listener::bind`].
pub async fn serve(
    listener: Listener,
    intake: Intake,
    limits: Limits,
    shutdown: CancellationToken,
) -> Result<()> {
    listener.bind().await?.serve(intake, limits, shutdown).await;
    Ok(())
}

/// Serves one client over any stream, from greeting to goodbye.
///
/// # Errors
/// When the stream breaks, or the client does not read its replies.
pub async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    intake: Intake,
    limits: Limits,
    shutdown: CancellationToken,
) -> io::Result<()> {
    Session::new(stream, intake, limits, shutdown).run().await
}

impl Bound {
    /// As [`serve`], on a listener that has its place already.
    pub async fn serve(self, intake: Intake, limits: Limits, shutdown: CancellationToken) {
        let seats = Arc::new(Semaphore::new(limits.connections));
        let sessions = TaskTracker::new();
        loop {
            let connection = tokio::select! {
                () = shutdown.cancelled() => break,
                connection = self.connection() => connection,
            };
            match (connection, Arc::clone(&seats).try_acquire_owned()) {
                (Ok(stream), Ok(seat)) => {
                    let session = converse(stream, intake.clone(), limits, shutdown.clone());
                    sessions.spawn(async move {
                        let _seat = seat;
                        if let Err(error) = session.await {
                            tracing::info!(%error, "an LMTP connection broke");
                        }
                    });
                }
                (Ok(mut stream), Err(_)) => {
                    tracing::warn!(connections = limits.connections, "too many LMTP connections");
                    // A courtesy: the client sees the closed connection anyway.
                    stream.write_all(b"421 4.3.2 too many connections\r\n").await.ok();
                }
                (Err(error), _) => {
                    // Out of file descriptors, most likely; the listener stays good.
                    tracing::warn!(%error, "cannot take an LMTP connection");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        }
        drop(self);
        sessions.close();
        sessions.wait().await;
    }
}
