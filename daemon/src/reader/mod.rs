//! Reading in child processes: one poison file breaks one child, and holds one fax.

mod answer;
pub mod child;
pub mod frame;
mod limits;
pub mod walls;

use std::fmt;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Mutex;
use std::time::Duration;

use kasasagi_ocr::reading::PageReading;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use crate::metrics::{ReadingWatch, Register};
pub(crate) use limits::PAGE;

use answer::{Answer, End, stranger};
use child::Setup;
use frame::Kind;
use walls::Walls;

/// Longest wait for a new child; opening the model takes a second.
const START: Duration = Duration::from_secs(60);

/// Longest wait for a child that has closed its pipe to end.
const END: Duration = Duration::from_secs(2);

const DIED: &str = "reader_died";
const TIMEOUT: &str = "reader_timeout";

/// Longest line that a child says in the log; more is another line.
const LINE: u64 = 1024;

/// Longest frame of a child that sets itself up.
const READY_BYTES: u32 = 64 * 1024;

/// What a child says of itself once it can read.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Ready {
    /// What a person should know, such as a missing model.
    pub warnings: Vec<String>,
    /// What keeps the child in.
    pub walls: Walls,
}

/// A page as a child read it.
pub enum PageRead {
    /// The page was decoded and looked at.
    Sheet {
        /// What stands on it.
        reading: PageReading,
        /// The page as a fax PDF.
        pdf: Vec<u8>,
        /// Each form on it, upright and square, as PNG.
        aligned: Vec<Vec<u8>>,
    },
    /// The page could not be decoded, by code.
    Fault(String),
}

/// Prints nothing of the page.
impl fmt::Debug for PageRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sheet { aligned, .. } => write!(f, "Sheet({} forms)", aligned.len()),
            Self::Fault(code) => write!(f, "Fault({code})"),
        }
    }
}

/// Why a document cannot be read, as the child says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Stable code.
    pub code: String,
    /// For a person; nothing from the page.
    pub what: String,
}

impl Fault {
    fn of(error: &kasasagi_ocr::Error) -> Self {
        Self { code: fault_code(error).to_owned(), what: error.to_string() }
    }
}

/// The code of a reading error in events and on the command line.
pub fn fault_code(error: &kasasagi_ocr::Error) -> &'static str {
    use kasasagi_ocr::Error as E;
    match error {
        E::UnknownFormat => "unknown_format",
        E::PasswordProtected => "password_protected",
        E::Unreadable { .. } => "unreadable",
        E::OverLimit { .. } => "over_limit",
        E::Unsupported { .. } => "unsupported",
        _ => "reader_internal",
    }
}

/// Every code of [`fault_code`].
const CODES: [&str; 6] =
    ["unknown_format", "password_protected", "unreadable", "over_limit", "unsupported", "reader_internal"];

/// The code a child names, if it is one: what a child says may be what a fax made it say, and codes
/// stand in the journal.
fn known_code(code: &str) -> &'static str {
    CODES.into_iter().find(|known| *known == code).unwrap_or("reader_internal")
}

/// How reading a document ended.
#[derive(Debug)]
pub enum Outcome {
    /// Every page was looked at.
    Pages(Vec<PageRead>),
    /// The document is refused; another try would end the same.
    Refused {
        /// Pages that came before the fault.
        pages: Vec<PageRead>,
        /// Why.
        fault: Fault,
    },
    /// The child died or ran out of time; another try may do better.
    Died {
        /// Pages that came before.
        pages: Vec<PageRead>,
        /// `reader_died` or `reader_timeout`.
        code: &'static str,
    },
}

/// The child processes, started when needed and kept while they behave.
pub struct Readers {
    program: PathBuf,
    setup: Vec<u8>,
    wall: Duration,
    seats: Semaphore,
    idle: Mutex<Vec<Seat>>,
    watch: ReadingWatch,
    logged: bool,
}

impl Readers {
    /// Prepares for at most `workers` children of `program`; none is started yet.
    pub fn new(program: PathBuf, setup: &Setup, workers: usize, wall: Duration) -> Self {
        Self {
            program,
            setup: serde_json::to_vec(setup).expect("a setup has no map with foreign keys"),
            wall,
            seats: Semaphore::new(workers),
            idle: Mutex::new(Vec::new()),
            watch: ReadingWatch::new(&Register::default()),
            logged: false,
        }
    }

    /// Takes note of how long reading takes and how it ends.
    pub fn watched(self, watch: ReadingWatch) -> Self {
        Self { watch, ..self }
    }

    /// What a child says on its standard error becomes lines of the log.
    pub fn logged(self) -> Self {
        Self { logged: true, ..self }
    }

    /// Reads one document in a child of its own for that time.
    ///
    /// # Errors
    /// When no child can be started; the document is not to blame.
    pub async fn read(&self, document: &[u8]) -> std::io::Result<Outcome> {
        let _seat = self.seats.acquire().await.map_err(std::io::Error::other)?;
        let mut seat = match self.idle() {
            Some(seat) => seat,
            None => self.start().await?.0,
        };
        let mut answer = Answer::new();
        let end = seat.document(document, &mut answer, Instant::now() + self.wall, &self.watch).await;
        let pages = answer.pages();
        let outcome = match end {
            Ok(None) => {
                self.keep(seat);
                Outcome::Pages(pages)
            }
            Ok(Some(fault)) => {
                self.keep(seat);
                Outcome::Refused { pages, fault }
            }
            Err(error) => Outcome::Died { pages, code: seat.cause(&error).await },
        };
        self.watch.document(&outcome);
        Ok(outcome)
    }

    /// Starts one child and returns what it says of itself.
    ///
    /// # Errors
    /// When it cannot start or cannot set itself up; the message says why.
    pub async fn probe(&self) -> std::io::Result<Ready> {
        let (seat, ready) = self.start().await?;
        self.keep(seat);
        Ok(ready)
    }

    fn keep(&self, seat: Seat) {
        if let Ok(mut idle) = self.idle.lock() {
            idle.push(seat);
        }
    }

    /// A child that waits for work; one that died meanwhile is no fault of the next document.
    fn idle(&self) -> Option<Seat> {
        let mut idle = self.idle.lock().ok()?;
        while let Some(mut seat) = idle.pop() {
            if matches!(seat.child.try_wait(), Ok(None)) {
                return Some(seat);
            }
        }
        None
    }

    async fn start(&self) -> std::io::Result<(Seat, Ready)> {
        let late = || std::io::Error::new(std::io::ErrorKind::TimedOut, "a reader was not ready in time");
        tokio::time::timeout(START, self.begin()).await.unwrap_or_else(|_| Err(late()))
    }

    async fn begin(&self) -> std::io::Result<(Seat, Ready)> {
        let mut child = Command::new(&self.program)
            .arg("reader")
            .env_clear()
            .envs(std::env::vars_os().filter(|(k, _)| k == "RUST_BACKTRACE" || k == "TESSDATA_PREFIX"))
            .env("OMP_THREAD_LIMIT", "1")
            // With one heap of the C library, what one page took is there for the next.
            .env("MALLOC_ARENA_MAX", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(if self.logged { Stdio::piped() } else { Stdio::inherit() })
            .kill_on_drop(true)
            .spawn()?;
        if let Some(said) = child.stderr.take() {
            tokio::spawn(log_lines(said));
        }
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (stdin, stdout) = pipes.ok_or_else(|| std::io::Error::other("the reader has no pipes"))?;
        let mut seat = Seat { child, stdin, stdout: BufReader::new(stdout) };
        frame::send(&mut seat.stdin, Kind::Setup, &self.setup).await?;
        match frame::receive(&mut seat.stdout, READY_BYTES).await? {
            (Kind::Ready, ready) => Ok((seat, serde_json::from_slice(&ready)?)),
            (Kind::Fault, fault) => {
                let fault: Fault = serde_json::from_slice(&fault)?;
                Err(std::io::Error::other(fault.what))
            }
            _ => Err(stranger()),
        }
    }
}

/// Until the child ends.
async fn log_lines(said: ChildStderr) {
    let mut said = BufReader::new(said);
    let mut line = Vec::new();
    while matches!((&mut said).take(LINE).read_until(b'\n', &mut line).await, Ok(1..)) {
        let text = String::from_utf8_lossy(&line);
        tracing::warn!("a reader says: {}", text.trim_end());
        line.clear();
    }
}

/// One running child. Dropping it kills the process.
struct Seat {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Seat {
    /// Sends a document and collects its pages; `Some` when the child refuses the document. Every page
    /// moves the end of its time.
    async fn document(
        &mut self,
        document: &[u8],
        answer: &mut Answer,
        mut until: Instant,
        watch: &ReadingWatch,
    ) -> std::io::Result<Option<Fault>> {
        timeout_at(until, frame::send(&mut self.stdin, Kind::Document, document)).await??;
        let mut begun = Instant::now();
        loop {
            let next = frame::receive(&mut self.stdout, answer.room());
            let (kind, payload) = timeout_at(until, next).await??;
            if kind == Kind::Reading {
                until += PAGE;
            }
            if matches!(kind, Kind::Reading | Kind::PageFault) {
                watch.page(begun.elapsed());
                begun = Instant::now();
            }
            if let Some(End(fault)) = answer.take(kind, payload)? {
                return Ok(fault);
            }
        }
    }

    /// Whether time ran out, on the clock or on the processor, or the child broke.
    async fn cause(mut self, error: &std::io::Error) -> &'static str {
        use std::os::unix::process::ExitStatusExt;
        let ended = match error.kind() {
            std::io::ErrorKind::TimedOut => return TIMEOUT,
            std::io::ErrorKind::UnexpectedEof => tokio::time::timeout(END, self.child.wait()).await,
            _ => return DIED,
        };
        let signal = ended.ok().and_then(Result::ok).and_then(|status| status.signal());
        if signal == Some(rustix::process::Signal::XCPU.as_raw()) { TIMEOUT } else { DIED }
    }
}
