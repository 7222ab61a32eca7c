//! Everything one client sends over LMTP, from greeting to hanging up.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use kasasagi::intake::lmtp::{Limits, converse};
use kasasagi::intake::{self, Deposit, DepositError, Intake};
use kasasagi_store::event::Arrival;
use kasasagi_store::id::FaxId;
use tokio::io::{AsyncRead, ReadBuf};
use tokio_util::sync::CancellationToken;

/// Largest message of these sessions, bytes.
const LARGEST: usize = 1000;

thread_local! {
    static RUNTIME: tokio::runtime::Runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
}

/// What a client hears, and what was kept of it.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    replies: Vec<u8>,
    kept: Vec<Vec<u8>>,
}

/// Serves the same bytes in one piece and in small ones.
///
/// # Panics
/// When the pieces make a difference, a reply is malformed, or more is kept than was ended with a dot or a last chunk.
pub fn body(client: &[u8]) {
    let whole = serve(client, usize::MAX);
    let size = 1 + client.len() % 7;
    assert_eq!(whole, serve(client, size), "pieces of {size} make a difference");
    let dots = client.windows(5).filter(|bytes| bytes == b"\r\n.\r\n").count();
    let lasts = client.windows(4).filter(|bytes| bytes.eq_ignore_ascii_case(b"LAST")).count();
    let ends = dots + lasts;
    assert!(whole.kept.len() <= ends, "{} messages of {ends} ends", whole.kept.len());
    assert!(whole.kept.iter().all(|message| message.len() <= LARGEST));
    assert!(whole.replies.ends_with(b"\r\n"));
    let replies = whole.replies.strip_suffix(b"\r\n").unwrap_or_default();
    for line in replies.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let code = line.get(..3).is_some_and(|code| code.iter().all(u8::is_ascii_digit));
        assert!(code && line.iter().all(|byte| (b' '..=b'~').contains(byte)), "{line:?}");
    }
}

fn serve(client: &[u8], piece: usize) -> Outcome {
    let kept = Arc::<Mutex<Vec<Vec<u8>>>>::default();
    let store = Arc::clone(&kept);
    let deposit: Arc<Deposit> = Arc::new(move |_: Arrival, raw: &[u8]| {
        if raw.starts_with(b"full") {
            return Err(DepositError::Full);
        }
        store.lock().expect("no test panics with it").push(raw.to_vec());
        Ok(FaxId::new(jiff::civil::date(2026, 11, 23), [0; 5]))
    });
    let (arrived, _inbox) = tokio::sync::mpsc::unbounded_channel();
    let bounds = intake::Limits { message: LARGEST, at_once: 1, memory: 1 << 20 };
    let intake = Intake::new(deposit, arrived, bounds);
    let patience = Duration::from_secs(3600);
    let limits = Limits { line: 200, recipients: 3, idle: patience, transfer: patience, ..Limits::default() };
    let mut replies = Vec::new();
    let stream = tokio::io::join(Pieces { rest: client, size: piece }, &mut replies);
    RUNTIME.with(|runtime| {
        let session = converse(stream, intake, limits, CancellationToken::new());
        runtime.block_on(session).expect("memory does not fail");
    });
    let kept = std::mem::take(&mut *kept.lock().expect("as above"));
    Outcome { replies, kept }
}

/// Bytes that arrive a few at a time.
struct Pieces<'c> {
    rest: &'c [u8],
    size: usize,
}

impl AsyncRead for Pieces<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let size = self.size.min(self.rest.len()).min(into.remaining());
        let (piece, rest) = self.rest.split_at(size);
        into.put_slice(piece);
        self.rest = rest;
        Poll::Ready(Ok(()))
    }
}
