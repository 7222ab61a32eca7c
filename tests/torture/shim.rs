//! The preloaded disk of `shim.c`: built once, and told what to do.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::folder::scratch;

/// What befalls a program at one of its file calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// It dies before the call.
    Kill,
    /// It dies when the first half is written.
    KillHalf,
    /// The power goes before the call.
    Power,
    /// The power goes when the first half is written.
    PowerHalf,
    /// The disk is full for this call.
    FullOnce,
    /// The disk is full from this call on.
    Full,
    /// The disk fails this call.
    FailsOnce,
    /// The disk fails this call and every later one.
    Fails,
    /// Half is written, and the next write finds the disk full.
    Short,
}

/// Which calls are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Those that change files and folders outside the view, or open them.
    Truth,
    /// Those in the folders of sled, which does them on threads of its own.
    View,
    /// Reading, anywhere.
    Read,
}

/// One counted call of a program that was let be.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its name and its path below the folder.
    pub words: String,
    allocates: bool,
    writes: bool,
}

/// What is to happen in one run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What, and at which call from 1; none to let the program be.
    pub fault: Option<(Fault, usize)>,
    /// Among which calls.
    pub class: Class,
    /// Whether the power goes when the program ends.
    pub power_at_end: bool,
    /// Decides what a power cut leaves.
    pub seed: u64,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Kill,
        Self::KillHalf,
        Self::Power,
        Self::PowerHalf,
        Self::FullOnce,
        Self::Full,
        Self::FailsOnce,
        Self::Fails,
        Self::Short,
    ];

    /// Whether it ends the program.
    pub fn is_fatal(self) -> bool {
        matches!(self, Self::Kill | Self::KillHalf | Self::Power | Self::PowerHalf)
    }

    /// Whether it can befall this call of this class.
    pub fn fits(self, call: &Call, class: Class) -> bool {
        match self {
            Self::KillHalf | Self::PowerHalf | Self::Short => call.writes,
            Self::FullOnce | Self::Full => call.allocates,
            Self::Kill | Self::Power => class != Class::Read,
            Self::FailsOnce | Self::Fails => true,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill-before",
            Self::KillHalf => "kill-half",
            Self::Power => "power-before",
            Self::PowerHalf => "power-half",
            Self::FullOnce => "full-once",
            Self::Full => "full",
            Self::FailsOnce => "fault-once",
            Self::Fails => "fault",
            Self::Short => "short",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Kill | Self::KillHalf => "killed",
            Self::Power | Self::PowerHalf => "power cut",
            Self::FullOnce | Self::Full => "disk full (ENOSPC)",
            Self::FailsOnce | Self::Fails => "disk fault (EIO)",
            Self::Short => "short write, then full",
        })
    }
}

impl Plan {
    /// Lets the program be and counts.
    pub fn watch(class: Class) -> Self {
        Self { fault: None, class, power_at_end: false, seed: 0 }
    }

    /// Puts a program on this disk; its calls below `root` are counted into `log`.
    pub fn apply(&self, command: &mut Command, root: &Path, log: &Path) {
        let class = match self.class {
            Class::Truth => "truth",
            Class::View => "view",
            Class::Read => "read",
        };
        let (fault, at) = self.fault.map_or(("none", 0), |(fault, at)| (fault.name(), at));
        command
            .env("LD_PRELOAD", library())
            .env("KASASAGI_SHIM_ROOT", root)
            .env("KASASAGI_SHIM_LOG", log)
            .env("KASASAGI_SHIM_CLASS", class)
            .env("KASASAGI_SHIM_DO", fault)
            .env("KASASAGI_SHIM_AT", at.to_string())
            .env("KASASAGI_SHIM_SEED", self.seed.to_string())
            .env("KASASAGI_SHIM_END", if self.power_at_end { "power" } else { "" });
    }
}

/// The calls that a shim wrote down.
pub fn calls(log: &Path) -> Vec<Call> {
    let text = fs::read_to_string(log).unwrap_or_default();
    text.lines().filter_map(call).collect()
}

fn call(line: &str) -> Option<Call> {
    let mut words = line.splitn(4, ' ').skip(1);
    let (name, traits) = (words.next()?, words.next()?.parse::<u32>().ok()?);
    let words = format!("{name} {}", words.next().unwrap_or_default());
    Some(Call { words, allocates: traits & 1 != 0, writes: traits & 2 != 0 })
}

/// The built library. Every machine that links Rust programs has a C compiler.
fn library() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let (folder, room) = (Path::new(env!("CARGO_TARGET_TMPDIR")), scratch());
        let (fresh, library) = (room.path().join("shim.so"), folder.join("torture-shim.so"));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("torture/shim.c");
        let built = Command::new("cc")
            .args(["-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o"])
            .args([&fresh, &source])
            .output();
        let built = built.expect("a C compiler: install gcc");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        // In one step: another run may be using the one that is there.
        let mine = folder.join(format!("torture-shim-{}.so", std::process::id()));
        fs::copy(fresh, &mine).and_then(|_| fs::rename(mine, &library)).expect("a place for the library");
        library
    })
}
