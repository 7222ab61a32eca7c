//! What a reader child may use. The child limits itself before it sees a foreign byte.

use std::io;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setrlimit};

/// Bounds the memory to so many bytes, forbids core files, and dies with the parent.
///
/// Counted is what a process can write to, as that is what a bomb fills; address space that is only
/// reserved costs nothing. What is mapped from files, program and libraries, gets [`CODE`].
///
/// # Errors
/// When the kernel refuses a limit.
pub fn confine(memory: u64) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // When the machine runs out of memory the kernel shall take a reader, not the gateway. Where /proc
    // is not to be had the kernel's own choice, the largest process, is mostly the same.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    let data = memory.saturating_sub(CODE);
    setrlimit(Resource::Data, Rlimit { current: Some(data), maximum: Some(data) })?;
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    setrlimit(Resource::Nofile, Rlimit { current: Some(64), maximum: Some(64) })?;
    Ok(())
}

/// Resident program text, libraries and main stack: 35 MB measured after every decoder has run.
const CODE: u64 = 48 << 20;

/// Processor time for one document and its pages; beyond it the kernel sends SIGXCPU.
pub struct Budget {
    until: Duration,
}

impl Budget {
    /// This much from now.
    ///
    /// # Errors
    /// When the kernel refuses the limit.
    pub fn grant(time: Duration) -> io::Result<Self> {
        let budget = Self { until: processor_time()?.saturating_add(time) };
        budget.set()?;
        Ok(budget)
    }

    /// For a page that was read, time for another.
    ///
    /// # Errors
    /// When the kernel refuses the limit.
    pub fn page(&mut self) -> io::Result<()> {
        self.until = self.until.saturating_add(PAGE);
        self.set()
    }

    fn set(&self) -> io::Result<()> {
        let maximum = getrlimit(Resource::Cpu).maximum;
        let current = self.until.as_secs().saturating_add(1);
        setrlimit(Resource::Cpu, Rlimit { current: Some(current), maximum })?;
        Ok(())
    }
}

/// What a page adds to the time of its document, on the clock as on the processor.
pub const PAGE: Duration = Duration::from_secs(5);

fn processor_time() -> io::Result<Duration> {
    let clock = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    let seconds = u64::try_from(clock.tv_sec).map_err(io::Error::other)?;
    Ok(Duration::from_secs(seconds))
}
