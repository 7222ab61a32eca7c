//! Bytes to and from a mail server: commands out, replies in.

use std::future::Future;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::time::timeout;

use super::reply::{Reply, code};
use super::verdict::{Cause, Failure, Stage, Step};

/// A connection, open or protected.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A connection that is read reply by reply.
pub(super) struct Wire<S> {
    stream: BufReader<S>,
}

/// Whatever protects it.
pub(super) type AnyWire = Wire<Box<dyn Stream>>;

impl AnyWire {
    /// A wire over any stream.
    pub fn of(stream: impl Stream + 'static) -> Self {
        Self::new(Box::new(stream))
    }
}

impl<S: Stream> Wire<S> {
    /// A wire over this stream.
    pub fn new(stream: S) -> Self {
        Self { stream: BufReader::new(stream) }
    }

    /// The stream, unless the server has said something that nobody has read.
    pub fn into_inner(self) -> Option<S> {
        self.stream.buffer().is_empty().then(|| self.stream.into_inner())
    }

    /// Says `words` and waits for a reply of this class.
    pub async fn ask(&mut self, stage: Stage, words: &str, class: u16, patience: Duration) -> Step<Reply> {
        let said = within(patience, self.write(words.as_bytes())).await;
        said.map_err(|cause| Failure { stage, cause })?;
        self.expect(stage, class, patience).await
    }

    /// Waits for a reply of this class: 2 for done, 3 for go on.
    pub async fn expect(&mut self, stage: Stage, class: u16, patience: Duration) -> Step<Reply> {
        let reply = within(patience, self.reply()).await.and_then(|reply| reply.of_class(class));
        reply.map_err(|cause| Failure { stage, cause })
    }

    /// Says something of a login, to which a challenge or success may follow.
    pub async fn challenge(&mut self, words: &str, patience: Duration) -> Step<Reply> {
        let heard = within(patience, async {
            self.write(words.as_bytes()).await?;
            let reply = self.reply().await?;
            if reply.as_challenge().is_some() { Ok(reply) } else { reply.of_class(2) }
        });
        heard.await.map_err(|cause| Failure { stage: Stage::Login, cause })
    }

    /// Sends bytes; on return they are on their way.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), Cause> {
        let stream = self.stream.get_mut();
        stream.write_all(bytes).await.map_err(|_| Cause::Gone)?;
        stream.flush().await.map_err(|_| Cause::Gone)
    }

    /// The next reply, whatever it says.
    pub async fn reply(&mut self) -> Result<Reply, Cause> {
        let mut lines = Vec::new();
        while lines.len() < LONGEST_REPLY {
            let line = self.line().await?;
            code(&line).ok_or(Cause::Garbage)?;
            let last = line.get(3) != Some(&b'-');
            lines.push(line);
            if last {
                return Reply::parse(&lines).ok_or(Cause::Garbage);
            }
        }
        Err(Cause::Garbage)
    }

    async fn line(&mut self) -> Result<Vec<u8>, Cause> {
        let mut line = Vec::new();
        let mut stream = (&mut self.stream).take(LONGEST_LINE);
        stream.read_until(b'\n', &mut line).await.map_err(|_| Cause::Gone)?;
        match line.pop() {
            Some(b'\n') => Ok(line.trim_ascii_end().to_vec()),
            Some(_) if stream.limit() == 0 => Err(Cause::Garbage),
            _ => Err(Cause::Gone),
        }
    }
}

/// Work that must be done in time.
pub(super) async fn within<T>(
    patience: Duration,
    work: impl Future<Output = Result<T, Cause>>,
) -> Result<T, Cause> {
    timeout(patience, work).await.unwrap_or(Err(Cause::Slow))
}

/// RFC 5321 section 4.5.3.1.5 allows 512 bytes.
const LONGEST_LINE: u64 = 2048;
const LONGEST_REPLY: usize = 100;
