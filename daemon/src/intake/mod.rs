//! How messages come in: each door hands the raw bytes to [`Intake::accept`] and acknowledges only after it.
//!
//! [`lmtp`] takes them from a mail server, [`maildir`] from a folder. Both may bring the same message twice
//! when something dies between "durable" and "acknowledged". That is harmless: a mail with a Message-ID and the
//! same bytes is the fax it was before; any other becomes a fax of its own whose documents have the hashes of
//! the first, and the journey ends it as a duplicate.

mod disk;
mod draft;
pub mod imap;
pub mod lmtp;
pub mod maildir;

use std::sync::Arc;

use kasasagi_store::event::Arrival;
use kasasagi_store::id::FaxId;
use tokio::sync::{Semaphore, mpsc};

pub(crate) use disk::Disk;
pub use draft::Draft;

/// Makes one raw message durable; blocks. `Ok` means that message and journal event are on the disk.
pub type Deposit = dyn Fn(Arrival, &[u8]) -> Result<FaxId, DepositError> + Send + Sync;

/// Whether a message of so many bytes could be made durable now.
pub type Gate = dyn Fn(u64) -> Result<(), DepositError> + Send + Sync;

/// The way into the gateway, shared by all doors.
#[derive(Clone)]
pub struct Intake {
    gate: Arc<Gate>,
    deposit: Arc<Deposit>,
    arrived: mpsc::UnboundedSender<FaxId>,
    turns: Arc<Semaphore>,
    room: Arc<Semaphore>,
    limits: Limits,
}

/// Bounds of the intake as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest message, bytes.
    pub message: usize,
    /// Deposits at a time; the store groups their fsyncs.
    pub at_once: usize,
    /// Memory for messages still being received, all doors together, bytes.
    pub memory: usize,
}

/// Why a message was not taken. Nothing of it was kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DepositError {
    /// The disk is at its floor.
    #[error("the disk is too full for another message; free some space")]
    Full,
    /// The disk takes nothing at all.
    #[error("the disk is read-only")]
    ReadOnly,
    /// The store takes nothing now.
    #[error("the store is closed")]
    Closed,
    /// Too many messages are being received at this moment.
    #[error("too many messages are coming in at once")]
    Busy,
    /// Larger than [`Limits::message`].
    #[error("the message is larger than allowed")]
    TooLarge,
    /// Anything else that may pass.
    #[error("the message could not be stored: {0}")]
    Other(String),
}

impl Default for Limits {
    fn default() -> Self {
        Self { message: 40 << 20, at_once: 32, memory: 96 << 20 }
    }
}

impl Intake {
    /// An intake over `deposit`. The name of each durable fax goes to `arrived`.
    ///
    /// The channel is unbounded because a server must be answered whether or not the journey keeps up;
    /// it holds names of about 20 bytes, the messages themselves wait on the disk.
    pub fn new(deposit: Arc<Deposit>, arrived: mpsc::UnboundedSender<FaxId>, limits: Limits) -> Self {
        Self {
            gate: Arc::new(|_| Ok(())),
            deposit,
            arrived,
            turns: Arc::new(Semaphore::new(limits.at_once.max(1))),
            room: draft::room(limits.memory),
            limits,
        }
    }

    /// The same intake, which asks `gate` before a message is received; without one it receives every message.
    #[must_use]
    pub fn behind(self, gate: Arc<Gate>) -> Self {
        Self { gate, ..self }
    }

    /// Whether a message of about so many bytes is worth receiving.
    ///
    /// # Errors
    /// What [`Intake::accept`] would say of it.
    pub fn admit(&self, bytes: usize) -> Result<(), DepositError> {
        (self.gate)(bytes as u64)
    }

    /// The bounds it works under.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// An empty message to receive into, bounded by [`Limits::message`] and [`Limits::memory`].
    pub fn draft(&self) -> Draft {
        Draft::new(Arc::clone(&self.room), self.limits.message)
    }

    /// Makes a message durable and tells the journey. May be dropped at any moment: once the deposit has
    /// begun it runs to its end and the journey hears of it.
    ///
    /// # Errors
    /// [`DepositError`]; then the message was not kept and must not be acknowledged.
    pub async fn accept(&self, arrival: impl Into<Arrival>, raw: Vec<u8>) -> Result<FaxId, DepositError> {
        if raw.len() > self.limits.message {
            return Err(DepositError::TooLarge);
        }
        let arrival = arrival.into();
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| DepositError::Closed)?;
        let (deposit, arrived) = (Arc::clone(&self.deposit), self.arrived.clone());
        let work = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let fax = deposit(arrival, &raw)?;
            // No receiver means that the gateway is stopping; the next start finds the fax in the store.
            arrived.send(fax.clone()).ok();
            Ok(fax)
        });
        match work.await {
            Ok(outcome) => outcome,
            Err(failure) => Err(DepositError::Other(format!("the deposit did not finish: {failure}"))),
        }
    }
}

impl DepositError {
    /// The LMTP reply, generic enough for strangers (RFC 3463 codes). Only what can never succeed is a 5xx.
    pub fn reply(&self) -> &'static str {
        match self {
            Self::Full => "452 4.3.1 no space left, try again later",
            Self::ReadOnly => "451 4.3.0 the disk takes nothing now, try again later",
            Self::Closed => "451 4.3.2 not taking messages now, try again later",
            Self::Busy => "451 4.3.2 too many messages at once, try again later",
            Self::TooLarge => "552 5.3.4 message too large",
            Self::Other(_) => "451 4.3.0 could not store the message, try again later",
        }
    }

    /// Whether trying the same message again is pointless.
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::TooLarge)
    }
}

#[cfg(test)]
mod tests {
    use kasasagi_store::event::Source;

    use super::*;

    fn id(n: u8) -> FaxId {
        FaxId::new(jiff::civil::date(2026, 11, 23), [0, 0, 0, 0, n])
    }

    #[test]
    fn a_permanent_failure_is_a_5xx_and_nothing_else_is() {
        let all = [
            DepositError::Full,
            DepositError::ReadOnly,
            DepositError::Closed,
            DepositError::Busy,
            DepositError::TooLarge,
            DepositError::Other("x".into()),
        ];
        for error in all {
            assert_eq!(error.reply().starts_with('5'), error.is_permanent(), "{error}");
        }
    }

    #[tokio::test]
    async fn a_durable_message_is_announced_even_if_its_caller_goes_away() {
        let (arrived, mut inbox) = mpsc::unbounded_channel();
        let (begun, started) = std::sync::mpsc::channel();
        let (go, gate) = std::sync::mpsc::channel::<()>();
        let gate = std::sync::Mutex::new(gate);
        let deposit = move |_: Arrival, _: &[u8]| {
            begun.send(()).unwrap();
            gate.lock().unwrap().recv().unwrap();
            Ok(id(1))
        };
        let intake = Intake::new(Arc::new(deposit), arrived, Limits::default());
        let call = tokio::spawn(async move { intake.accept(Source::Submit, b"x".to_vec()).await });
        tokio::task::spawn_blocking(move || started.recv().unwrap()).await.unwrap();
        call.abort();
        go.send(()).unwrap();
        assert_eq!(inbox.recv().await, Some(id(1)));
    }

    #[tokio::test]
    async fn a_panicking_deposit_is_a_temporary_failure() {
        let (arrived, _inbox) = mpsc::unbounded_channel();
        let deposit = |_: Arrival, _: &[u8]| -> Result<FaxId, DepositError> { panic!("disk") };
        let intake = Intake::new(Arc::new(deposit), arrived, Limits::default());
        let error = intake.accept(Source::Lmtp, vec![]).await.unwrap_err();
        assert!(!error.is_permanent());
    }

    #[tokio::test]
    async fn a_message_above_the_limit_never_reaches_the_store() {
        let (arrived, _inbox) = mpsc::unbounded_channel();
        let deposit = |_: Arrival, _: &[u8]| -> Result<FaxId, DepositError> { unreachable!() };
        let intake = Intake::new(Arc::new(deposit), arrived, Limits { message: 3, ..Limits::default() });
        assert_eq!(intake.accept(Source::Lmtp, vec![0; 4]).await, Err(DepositError::TooLarge));
    }
}
