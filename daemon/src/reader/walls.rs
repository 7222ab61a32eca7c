//! What a reader child can still reach once it holds a stranger's file: nothing but its two pipes.
//!
//! Two walls, because the kernel offers them apart. `files` stands from the start, so that the engines
//! open what they need and nothing else; `calls` goes up before the first document, and behind it no file
//! opens any more, no socket, no process. Where the kernel lacks one, the other stands alone and
//! `kasasagi check` says so.

mod calls;
mod files;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub(super) use calls::shut as shut_calls;
pub(super) use files::shut as shut_files;

/// How far the kernel kept a wall that was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strength {
    /// Everything asked for.
    Whole,
    /// An older kernel: files, but not the network.
    Part,
    /// Nothing.
    #[default]
    None,
}

/// The walls around a child, as it found them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walls {
    /// Landlock: only the engines' files, read only; no TCP.
    pub files: Strength,
    /// Seccomp: only the calls that computing needs.
    pub calls: Strength,
}

impl Walls {
    /// What a person should know who expects both walls.
    pub fn lacks(self) -> Option<String> {
        let missing = match (self.files, self.calls) {
            (Strength::Whole, Strength::Whole) => return None,
            (Strength::Part, Strength::Whole) => return None, // the calls keep the network out
            (_, Strength::Whole) => "landlock",
            (Strength::None, _) => "landlock and seccomp",
            (_, _) => "seccomp",
        };
        Some(format!(
            "this kernel gives the readers no {missing}; their limits and their user are what is left"
        ))
    }
}

/// Where Debian, or a build of one's own, keeps Tesseract's languages.
pub(super) fn tessdata(named: Option<&PathBuf>) -> Vec<PathBuf> {
    match named {
        Some(folder) => vec![folder.clone()],
        None => ["/usr/share/tesseract-ocr", "/usr/share/tessdata", "/usr/local/share/tessdata"]
            .into_iter()
            .map(PathBuf::from)
            .chain(std::env::var_os("TESSDATA_PREFIX").map(PathBuf::from))
            .collect(),
    }
}

#[cfg(test)]
mod tests;
