//! The LMTP door over real sockets, in raw bytes.
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use kasasagi::intake::lmtp::{Limits, Listener};
use kasasagi::intake::{self, DepositError, Intake};
use kasasagi_store::event::{Arrival, Source};
use kasasagi_store::id::FaxId;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

const LHLO: &str = "LHLO mx.example.jp\r\n";
const ENVELOPE: &str = "MAIL FROM:<a@example.jp>\r\nRCPT TO:<fax@example.jp>\r\nDATA\r\n";

struct Server {
    address: std::net::SocketAddr,
    kept: Arc<Mutex<Vec<Vec<u8>>>>,
    arrived: tokio::sync::mpsc::UnboundedReceiver<FaxId>,
    shutdown: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

/// A server whose store keeps messages in memory, but refuses those that name a trouble.
async fn server(limits: Limits) -> Server {
    let kept = Arc::<Mutex<Vec<Vec<u8>>>>::default();
    let store = Arc::clone(&kept);
    let deposit = move |arrival: Arrival, raw: &[u8]| {
        assert_eq!(arrival, Source::Lmtp.into());
        if raw.starts_with(b"disk full") {
            return Err(DepositError::Full);
        }
        if raw.starts_with(b"journal broken") {
            return Err(DepositError::Other("journal".into()));
        }
        let mut kept = store.lock().unwrap();
        kept.push(raw.to_owned());
        let number = u8::try_from(kept.len()).unwrap();
        Ok(FaxId::new(jiff::civil::date(2026, 11, 23), [0, 0, 0, 0, number]))
    };
    let (sender, arrived) = tokio::sync::mpsc::unbounded_channel();
    let bounds = intake::Limits { message: 1000, ..intake::Limits::default() };
    let intake = Intake::new(Arc::new(deposit), sender, bounds);
    let bound = Listener::Tcp("127.0.0.1:0".parse().unwrap()).bind().await.unwrap();
    let address = bound.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let task = tokio::spawn(bound.serve(intake, limits, shutdown.clone()));
    Server { address, kept, arrived, shutdown, task }
}

impl Server {
    async fn connect(&self) -> Client {
        Client { stream: TcpStream::connect(self.address).await.unwrap(), heard: Vec::new() }
    }

    /// A client that has been greeted.
    async fn greet(&self) -> Client {
        let mut client = self.connect().await;
        client.expect(&["220"]).await;
        client.send(LHLO).await;
        client.expect(&["250-kasasagi", "250-PIPELINING", "250-SIZE 1000", "250-8BITMIME"]).await;
        client.expect(&["250-CHUNKING", "250 ENHANCEDSTATUSCODES"]).await;
        client
    }

    fn kept(&self) -> Vec<Vec<u8>> {
        self.kept.lock().unwrap().clone()
    }

    async fn stop(self) {
        self.shutdown.cancel();
        self.task.await.unwrap();
    }
}

struct Client {
    stream: TcpStream,
    heard: Vec<u8>,
}

impl Client {
    async fn send(&mut self, text: impl AsRef<[u8]>) {
        self.stream.write_all(text.as_ref()).await.unwrap();
    }

    /// The next reply line, or `None` at the end of the connection.
    async fn line(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.heard.windows(2).position(|pair| pair == b"\r\n") {
                let line: Vec<u8> = self.heard.drain(..end + 2).collect();
                return Some(String::from_utf8(line).unwrap().trim_end().to_owned());
            }
            if self.stream.read_buf(&mut self.heard).await.unwrap_or(0) == 0 {
                return None;
            }
        }
    }

    async fn expect(&mut self, starts: &[&str]) {
        for start in starts {
            let line = self.line().await.unwrap_or_else(|| panic!("closed instead of {start}"));
            assert!(line.starts_with(start), "{line:?} instead of {start:?}");
        }
    }

    async fn expect_end(&mut self) {
        assert_eq!(self.line().await, None);
    }

    /// Goes through the envelope up to 354.
    async fn begin(&mut self) {
        self.send(ENVELOPE).await;
        self.expect(&["250", "250", "354"]).await;
    }
}

#[tokio::test]
async fn a_pipelined_dialogue_with_two_recipients_is_one_deposit() {
    let mut server = server(Limits::default()).await;
    let mut client = server.greet().await;
    let envelope = "MAIL FROM:<> SIZE=20 BODY=8BITMIME\r\nRCPT TO:<a@x.jp>\r\nRCPT TO:<b@x.jp>\r\nDATA\r\n";
    client.send(envelope).await;
    client.expect(&["250 2.1.0", "250 2.1.5", "250 2.1.5", "354"]).await;
    client.send(b"Subject: \x1b$B\0\r\n\r\n..dot\r\nbare\nline\r\n.\r\nQUIT\r\n").await;
    client.expect(&["250 2.0.0", "250 2.0.0", "221"]).await;
    client.expect_end().await;
    assert_eq!(server.kept(), [b"Subject: \x1b$B\0\r\n\r\n.dot\r\nbare\nline\r\n".to_vec()]);
    assert!(server.arrived.recv().await.is_some());
    assert!(server.arrived.try_recv().is_err());
    server.stop().await;
}

#[tokio::test]
async fn a_message_in_chunks_is_kept_byte_for_byte_and_refused_or_forgotten_as_a_whole() {
    let server = server(Limits::default()).await;
    let mut client = server.greet().await;
    let envelope = "MAIL FROM:<>\r\nRCPT TO:<a@x.jp>\r\nRCPT TO:<b@x.jp>\r\n";
    // Sent at once; a dot on a line of its own is nothing special in a chunk.
    client.send(format!("{envelope}BDAT 7\r\none\r\n.\rBDAT 0\r\nBDAT 4 LAST\r\n\n.\r\n")).await;
    client.expect(&["250", "250", "250", "250 2.0.0 go on", "250", "250 2.0.0 kept", "250 2.0.0 kept"]).await;
    client.send(format!("{envelope}BDAT 3\r\none").to_owned() + "RSET\r\n").await;
    client.expect(&["250", "250", "250", "250", "250 2.0.0 forgotten"]).await;
    client.send("BDAT 5 LAST\r\nstray").await;
    client.expect(&["503"]).await;
    client.send(format!("{envelope}BDAT 2000 LAST\r\n{}", "x".repeat(2000))).await;
    client.expect(&["250", "250", "250", "552 5.3.4", "552 5.3.4"]).await;
    client.send(format!("{envelope}BDAT 3 LAST\r\ntwoQUIT\r\n")).await;
    client.expect(&["250", "250", "250", "250 2.0.0 kept", "250 2.0.0 kept", "221"]).await;
    assert_eq!(server.kept(), [b"one\r\n.\r\n.\r\n".to_vec(), b"two".to_vec()]);
    server.stop().await;
}

#[tokio::test]
async fn everything_in_one_packet_and_everything_byte_by_byte() {
    let server = server(Limits::default()).await;
    let script = format!("{LHLO}{ENVELOPE}one\r\n.\r\n{ENVELOPE}two\r\n.\r\nNOOP\r\nVRFY fax\r\nQUIT\r\n");
    for piece in [script.len(), 1] {
        let mut client = server.connect().await;
        for bytes in script.as_bytes().chunks(piece) {
            client.send(bytes).await;
        }
        client.expect(&["220", "250-", "250-", "250-", "250-", "250-", "250 E"]).await;
        client.expect(&["250", "250", "354", "250", "250", "250", "354", "250"]).await;
        client.expect(&["250", "252", "221"]).await;
        client.expect_end().await;
    }
    let both = [b"one\r\n".to_vec(), b"two\r\n".to_vec()];
    assert_eq!(server.kept(), [&both[..], &both[..]].concat());
    server.stop().await;
}

#[tokio::test]
async fn a_failing_store_gives_4xx_and_the_next_message_goes_through() {
    let server = server(Limits::default()).await;
    let mut client = server.greet().await;
    for (body, reply) in [("disk full", "452 4.3.1"), ("journal broken", "451 4.3.0"), ("fine", "250 2.0.0")]
    {
        client.begin().await;
        client.send(format!("{body}\r\n.\r\n")).await;
        client.expect(&[reply]).await;
    }
    assert_eq!(server.kept(), [b"fine\r\n".to_vec()]);
    server.stop().await;
}

#[tokio::test]
async fn a_message_too_large_is_refused_for_good_and_the_connection_lives() {
    let server = server(Limits::default()).await;
    let mut client = server.greet().await;
    client.send("MAIL FROM:<> SIZE=1001\r\n").await;
    client.expect(&["552 5.3.4"]).await;
    client.begin().await;
    client.send("x".repeat(100_000)).await;
    client.send("\r\n.\r\n").await;
    client.expect(&["552 5.3.4"]).await;
    client.begin().await;
    client.send(".\r\n").await;
    client.expect(&["250"]).await;
    assert_eq!(server.kept(), [Vec::<u8>::new()]);
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_goes_away_within_data_leaves_nothing() {
    let server = server(Limits::default()).await;
    for cut in ["half a fax", "a fax\r\n", "a fax\r\n.", "a fax\r\n.\r"] {
        let mut client = server.greet().await;
        client.begin().await;
        client.send(cut).await;
        client.stream.shutdown().await.unwrap();
        client.expect_end().await;
    }
    assert_eq!(server.kept(), Vec::<Vec<u8>>::new());
    server.stop().await;
}

#[tokio::test]
async fn a_dot_between_bare_line_ends_smuggles_nothing() {
    let server = server(Limits::default()).await;
    let mut client = server.greet().await;
    client.begin().await;
    let smuggled = "a\n.\nMAIL FROM:<evil@x.jp>\r\nb\r.\rc\n.\r\nRCPT TO:<x@x.jp>\r\n";
    client.send(format!("{smuggled}.\r\n")).await;
    client.expect(&["250 2.0.0 kept"]).await;
    client.send("NOOP\r\n").await;
    client.expect(&["250 2.0.0 still"]).await;
    assert_eq!(server.kept(), [smuggled.as_bytes().to_vec()]);
    server.stop().await;
}

#[tokio::test]
async fn slow_clients_are_told_and_closed() {
    let tiny = Duration::from_millis(50);
    let hasty = server(Limits { idle: tiny, ..Limits::default() }).await;
    let mut silent = hasty.connect().await;
    silent.expect(&["220", "421 4.4.2"]).await;
    silent.expect_end().await;
    hasty.stop().await;
    let hasty = server(Limits { transfer: tiny, ..Limits::default() }).await;
    let mut slow = hasty.greet().await;
    slow.begin().await;
    slow.send("Subject: ").await;
    slow.expect(&["421 4.4.2"]).await;
    slow.expect_end().await;
    assert_eq!(hasty.kept(), Vec::<Vec<u8>>::new());
    hasty.stop().await;
}

#[tokio::test]
async fn lines_and_connections_are_bounded() {
    let server = server(Limits { line: 64, connections: 1, ..Limits::default() }).await;
    let mut client = server.greet().await;
    client.send(format!("NOOP {}\r\nNOOP\r\n", "x".repeat(100_000))).await;
    client.expect(&["500 5.5.6", "250 2.0.0"]).await;
    let mut second = server.connect().await;
    second.expect(&["421 4.3.2"]).await;
    second.expect_end().await;
    client.send("QUIT\r\n").await;
    client.expect(&["221"]).await;
    client.expect_end().await;
    server.stop().await;
}

#[tokio::test]
async fn a_stop_closes_waiting_clients_with_a_temporary_reply() {
    let server = server(Limits::default()).await;
    let mut waiting = server.greet().await;
    let mut sending = server.greet().await;
    sending.begin().await;
    server.shutdown.cancel();
    waiting.expect(&["421 4.3.2"]).await;
    sending.expect(&["421 4.3.2"]).await;
    server.task.await.unwrap();
    assert_eq!(*server.kept.lock().unwrap(), Vec::<Vec<u8>>::new());
}

#[tokio::test]
async fn the_same_over_a_unix_socket() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lmtp");
    let (arrived, mut inbox) = tokio::sync::mpsc::unbounded_channel();
    let deposit = |_: Arrival, _: &[u8]| Ok(FaxId::new(jiff::civil::date(2026, 11, 23), [0; 5]));
    let intake = Intake::new(Arc::new(deposit), arrived, intake::Limits::default());
    let shutdown = CancellationToken::new();
    let bound = Listener::Unix { path: path.clone(), mode: 0o600 }.bind().await.unwrap();
    let task = tokio::spawn(bound.serve(intake, Limits::default(), shutdown.clone()));
    let mut stream = tokio::net::UnixStream::connect(&path).await.unwrap();
    stream.write_all(format!("{LHLO}{ENVELOPE}fax\r\n.\r\nQUIT\r\n").as_bytes()).await.unwrap();
    let mut replies = String::new();
    stream.read_to_string(&mut replies).await.unwrap();
    assert!(replies.contains("250 2.0.0 kept as 20261123-00000000\r\n221"), "{replies}");
    assert!(inbox.recv().await.is_some());
    shutdown.cancel();
    task.await.unwrap();
    assert!(!path.exists());
}
