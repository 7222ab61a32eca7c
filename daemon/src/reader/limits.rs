//! What a reader child may use. The child limits itself before it sees a foreign byte.

use std::io;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setrlimit};

/// Bounds the address space, forbids core files, and dies with the parent.
///
/// # Errors
/// When the kernel refuses a limit.
pub fn confine(memory: u64) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // When the machine runs out of memory the kernel shall take a reader, not the gateway. Where /proc
    // is not to be had the kernel's own choice, the largest process, is mostly the same.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    setrlimit(Resource::As, Rlimit { current: Some(memory), maximum: Some(memory) })?;
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    setrlimit(Resource::Nofile, Rlimit { current: Some(64), maximum: Some(64) })?;
    Ok(())
}

/// Allows this much more processor time, counted from now; beyond it the kernel sends SIGXCPU.
///
/// # Errors
/// When the kernel refuses the limit.
pub fn grant_cpu(more: Duration) -> io::Result<()> {
    let used = processor_time()?;
    let maximum = getrlimit(Resource::Cpu).maximum;
    let current = used.as_secs().saturating_add(more.as_secs()).saturating_add(1);
    setrlimit(Resource::Cpu, Rlimit { current: Some(current), maximum })?;
    Ok(())
}

fn processor_time() -> io::Result<Duration> {
    let clock = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    let seconds = u64::try_from(clock.tv_sec).map_err(io::Error::other)?;
    Ok(Duration::from_secs(seconds))
}
