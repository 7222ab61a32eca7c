use std::io;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};

use super::unstuff::Unstuff;
use crate::intake::Draft;

/// Bytes read from the client at a time.
const CHUNK: usize = 32 << 10;

/// The two ends of a connection: lines and messages in, replies out.
pub(super) struct Wire<S> {
    stream: BufReader<S>,
    longest: usize,
}

/// A line of the client.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// With its line end.
    Whole(Vec<u8>),
    /// Longer than allowed; read to its end and forgotten.
    TooLong,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    /// A wire whose lines may have `longest` bytes, line end included.
    pub(super) fn new(stream: S, longest: usize) -> Self {
        Self { stream: BufReader::with_capacity(CHUNK, stream), longest }
    }

    /// The next line; `None` when the client has gone.
    pub(super) async fn line(&mut self) -> io::Result<Option<Line>> {
        let mut line = Vec::new();
        let mut fits = true;
        loop {
            let chunk = self.stream.fill_buf().await?;
            if chunk.is_empty() {
                return Ok(None);
            }
            let end = chunk.iter().position(|b| *b == b'\n').map(|at| at + 1);
            let (piece, _) = chunk.split_at(end.unwrap_or(chunk.len()));
            fits = fits && line.len() + piece.len() <= self.longest;
            if fits {
                line.extend_from_slice(piece);
            }
            let used = piece.len();
            self.stream.consume(used);
            if end.is_some() {
                return Ok(Some(if fits { Line::Whole(line) } else { Line::TooLong }));
            }
        }
    }

    /// Reads a message into `draft`; `None` when the client went away before its end.
    pub(super) async fn message(&mut self, mut draft: Draft) -> io::Result<Option<Draft>> {
        let mut unstuff = Unstuff::default();
        loop {
            let chunk = self.stream.fill_buf().await?;
            if chunk.is_empty() {
                return Ok(None);
            }
            let end = unstuff.feed(chunk, |content| draft.push(content));
            let used = end.unwrap_or(chunk.len());
            self.stream.consume(used);
            if end.is_some() {
                return Ok(Some(draft));
            }
        }
    }

    /// Reads so many bytes of a message into `draft`; `None` when the client went away before.
    pub(super) async fn chunk(&mut self, size: usize, mut draft: Draft) -> io::Result<Option<Draft>> {
        let mut left = size;
        while left > 0 {
            let bytes = self.stream.fill_buf().await?;
            if bytes.is_empty() {
                return Ok(None);
            }
            let (piece, _) = bytes.split_at(left.min(bytes.len()));
            draft.push(piece);
            let used = piece.len();
            self.stream.consume(used);
            left -= used;
        }
        Ok(Some(draft))
    }

    /// Sends replies, each one or more lines without the last line end.
    pub(super) async fn say(&mut self, replies: &[&str]) -> io::Result<()> {
        let mut text = String::new();
        for reply in replies {
            text.push_str(reply);
            text.push_str("\r\n");
        }
        self.stream.write_all(text.as_bytes()).await?;
        self.stream.flush().await
    }
}
