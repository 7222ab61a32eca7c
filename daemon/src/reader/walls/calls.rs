//! Seccomp: the system calls that decoding and reading a page need, and no other.
//!
//! The only file that names `seccompiler` and `libc`.

use libc::c_long;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};

use super::Strength;

/// From now on every thread of this process is refused, as without permission, what is not listed here:
/// no file opens, no socket, no program, no process, no thread. It cannot be undone.
pub fn shut() -> Strength {
    // Refused rather than killed: the C library asks for what it can do without, such as how the kernel
    // overcommits memory.
    let shut = filter().is_ok_and(|filter| seccompiler::apply_filter_all_threads(&filter).is_ok());
    if shut { Strength::Whole } else { Strength::None }
}

fn filter() -> Result<BpfProgram, BackendError> {
    let mut rules: Vec<(c_long, Vec<SeccompRule>)> =
        COMPUTING.iter().map(|call| (*call, Vec::new())).collect();
    rules.push((libc::SYS_mmap, vec![all([unset(2, libc::PROT_EXEC)?, unset(3, libc::MAP_SHARED)?])?]));
    rules.push((libc::SYS_mprotect, vec![all([unset(2, libc::PROT_EXEC)?])?]));
    // Its own processor time for each document; memory stays bounded as it is.
    let cpu = is(1, u64::from(libc::RLIMIT_CPU))?;
    rules.push((libc::SYS_prlimit64, vec![all([is(0, 0)?, cpu])?]));
    SeccompFilter::new(
        rules.into_iter().collect(),
        SeccompAction::Errno(libc::EPERM.unsigned_abs()),
        SeccompAction::Allow,
        std::env::consts::ARCH.try_into()?,
    )?
    .try_into()
}

fn all<const N: usize>(conditions: [SeccompCondition; N]) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(conditions.into())
}

fn is(argument: u8, value: u64) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)
}

/// A flag of an argument that must not be set.
fn unset(argument: u8, flag: i32) -> Result<SeccompCondition, BackendError> {
    let mask = SeccompCmpOp::MaskedEq(u64::from(flag.unsigned_abs()));
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, mask, 0)
}

/// On pipes that are open, memory that is private, threads that run, and time.
const COMPUTING: [c_long; 30] = [
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_close,
    libc::SYS_fstat,
    libc::SYS_ppoll,
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_futex,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_gettid,
    libc::SYS_getpid,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_getrandom,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
    // To end, also by abort(); other processes are out of its sight by user and landlock.
    libc::SYS_tgkill,
    libc::SYS_exit,
    libc::SYS_exit_group,
];
