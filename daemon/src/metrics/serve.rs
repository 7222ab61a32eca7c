//! Answers scrapers over HTTP/1.1, one request a connection, with bounds on everything they do.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Metrics;
use super::request::{self, Refusal, Wanted};
use super::text::MEDIA_TYPE;
use crate::listener::Bound;

/// Bounds of a conversation.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest head of a request, bytes.
    pub head: usize,
    /// Clients at a time; others wait to be let in.
    pub clients: usize,
    /// Time a client may take to ask, and again to take its answer.
    pub patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { head: 8 * 1024, clients: 4, patience: Duration::from_secs(5) }
    }
}

/// Answers until shutdown. A client that is not done by then is let go.
pub(super) async fn serve(
    bound: &Bound,
    metrics: &Arc<Metrics>,
    limits: Limits,
    shutdown: &CancellationToken,
) {
    let talks = TaskTracker::new();
    let seats = Arc::new(Semaphore::new(limits.clients));
    loop {
        let next = async {
            let seat = seats.clone().acquire_owned().await;
            (seat, bound.connection().await)
        };
        let (seat, connection) = tokio::select! {
            () = shutdown.cancelled() => break,
            next = next => next,
        };
        match (seat, connection) {
            (Ok(seat), Ok(stream)) => {
                let (metrics, shutdown) = (metrics.clone(), shutdown.clone());
                talks.spawn(async move {
                    let _seat = seat;
                    tokio::select! {
                        () = shutdown.cancelled() => {}
                        end = converse(stream, &metrics, limits) => if let Err(error) = end {
                            tracing::debug!(%error, "a reader of the metrics went away");
                        }
                    }
                });
            }
            (_, Err(error)) => {
                // Out of file descriptors, most likely; the listener stays good.
                tracing::warn!(%error, "cannot take a connection for metrics");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            (Err(_), _) => break,
        }
    }
    talks.close();
    talks.wait().await;
}

/// One request and its answer over any stream.
///
/// # Errors
/// When the stream breaks or the client does not take its answer.
pub async fn converse(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    metrics: &Arc<Metrics>,
    limits: Limits,
) -> io::Result<()> {
    let answer = match timeout(limits.patience, hear(&mut stream, limits.head)).await {
        Err(_) => Answer::plain("408 Request Timeout", "too slow\n"),
        Ok(heard) => match heard? {
            Heard::Nothing => return Ok(()),
            Heard::Cut => garbage(),
            Heard::TooLong => Answer::plain("431 Request Header Fields Too Large", "too long\n"),
            Heard::Head(head) => answer(&head, metrics, limits.patience).await,
        },
    };
    timeout(limits.patience, stream.write_all(&answer.bytes())).await??;
    timeout(limits.patience, part(&mut stream)).await?
}

/// What came before the client stopped or said enough.
enum Heard {
    Nothing,
    Cut,
    TooLong,
    Head(Vec<u8>),
}

async fn hear(stream: &mut (impl AsyncRead + Unpin), most: usize) -> io::Result<Heard> {
    let mut heard = Vec::with_capacity(1024);
    loop {
        if let Some(length) = request::head_length(&heard) {
            heard.truncate(length);
            return Ok(Heard::Head(heard));
        }
        if heard.len() >= most {
            return Ok(Heard::TooLong);
        }
        let room = most - heard.len();
        if (&mut *stream).take(room as u64).read_buf(&mut heard).await? == 0 {
            return Ok(if heard.is_empty() { Heard::Nothing } else { Heard::Cut });
        }
    }
}

/// Ends our side and listens on for a moment: an answer is lost on its way when its connection is closed with
/// something unread.
async fn part(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<()> {
    stream.shutdown().await?;
    let mut rest = [0; 1024];
    for _ in 0..64 {
        if stream.read(&mut rest).await? == 0 {
            break;
        }
    }
    Ok(())
}

async fn answer(head: &[u8], metrics: &Arc<Metrics>, patience: Duration) -> Answer {
    let request = match request::parse(head) {
        Ok(request) => request,
        Err(Refusal::Garbage) => return garbage(),
        Err(Refusal::NotFound) => return Answer::plain("404 Not Found", "there are /metrics and /health\n"),
        Err(Refusal::Method) => return Answer::plain("405 Method Not Allowed", "only to be read\n"),
    };
    let answer = match request.wanted {
        Wanted::Metrics => match timeout(patience, metrics.text()).await {
            Ok(Some(text)) => {
                Answer { status: OK, media_type: MEDIA_TYPE, body: text.to_string(), length_of: None }
            }
            _ => Answer::plain(UNAVAILABLE, "the numbers are not to be had at this moment\n"),
        },
        Wanted::Health => match metrics.troubles() {
            troubles if troubles.is_empty() => Answer::plain(OK, "ok\n"),
            troubles => Answer::plain(UNAVAILABLE, &troubles),
        },
    };
    if request.head_only { answer.without_body() } else { answer }
}

fn garbage() -> Answer {
    Answer::plain("400 Bad Request", "this is no HTTP request\n")
}

const OK: &str = "200 OK";
const UNAVAILABLE: &str = "503 Service Unavailable";

/// The name by which `check` knows us.
pub(crate) const SERVER: &str = "Server: kasasagi";

struct Answer {
    status: &'static str,
    media_type: &'static str,
    body: String,
    /// Length of the body that is left out.
    length_of: Option<usize>,
}

impl Answer {
    fn plain(status: &'static str, body: &str) -> Self {
        Self { status, media_type: "text/plain; charset=utf-8", body: body.to_owned(), length_of: None }
    }

    fn without_body(mut self) -> Self {
        self.length_of = Some(self.body.len());
        self.body.clear();
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let Self { status, media_type, body, length_of } = self;
        let length = length_of.unwrap_or(body.len());
        let allow = if status.starts_with("405") { "Allow: GET, HEAD\r\n" } else { "" };
        format!(
            "HTTP/1.1 {status}\r\n{SERVER}\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\
             Cache-Control: no-store\r\n{allow}Connection: close\r\n\r\n{body}"
        )
        .into_bytes()
    }
}
