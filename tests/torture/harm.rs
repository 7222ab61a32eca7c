//! The ways to damage the files of a store.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use kasasagi_tests::chance::Chance;

use crate::folder::files;
use crate::frames::{Segment, forge};

/// What is done to a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    FlippedBit,
    ZeroedSector,
    Truncated,
    Extended,
    Deleted,
    FrameDeleted,
    FramesSwapped,
    FrameRepeated,
    SegmentDeleted,
    SegmentsSwapped,
    EndCut,
    Forged,
    Exchanged,
    OneFileRolledBack,
    RolledBack,
}

/// All of them.
pub const ALL: [Damage; 15] = [
    Damage::FlippedBit,
    Damage::ZeroedSector,
    Damage::Truncated,
    Damage::Extended,
    Damage::Deleted,
    Damage::FrameDeleted,
    Damage::FramesSwapped,
    Damage::FrameRepeated,
    Damage::SegmentDeleted,
    Damage::SegmentsSwapped,
    Damage::EndCut,
    Damage::Forged,
    Damage::Exchanged,
    Damage::OneFileRolledBack,
    Damage::RolledBack,
];

/// The kinds of files, by where they lie.
pub const AREAS: [&str; 8] =
    ["journal", "blobs", "keys", "registry", "checkpoints", "view", "signing.key", "signing.pub"];

/// A file of some area, each area as often as the others.
pub fn any_file(store: &Path, chance: &mut Chance) -> PathBuf {
    loop {
        let area = store.join(AREAS[chance.below(AREAS.len())]);
        let found = if area.is_file() { vec![area] } else { files(&area) };
        if let Some(path) = found.get(chance.below(found.len())) {
            return path.clone();
        }
    }
}

/// Damage to the bytes of one file; whether it changed anything.
pub fn spoil(damage: Damage, path: &Path, chance: &mut Chance) -> bool {
    let good = fs::read(path).unwrap();
    // sled keeps its file longer than what it has written.
    let used = good.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let (mut bad, at) = (good.clone(), chance.below(used));
    match damage {
        Damage::Truncated => bad.truncate(at),
        Damage::Extended => (0..=chance.below(300)).for_each(|_| bad.push(chance.bits() as u8)),
        Damage::ZeroedSector => bad.iter_mut().skip(at / 512 * 512).take(512).for_each(|byte| *byte = 0),
        _ => bad.get_mut(at).into_iter().for_each(|byte| *byte ^= 1 << chance.below(8)),
    }
    fs::write(path, &bad).unwrap();
    bad != good
}

/// Damage by somebody who knows where frames begin and end; whether it changed anything.
pub fn segments(damage: Damage, store: &Path, chance: &mut Chance) -> bool {
    let mut all = Segment::all(store);
    let (one, other) = (chance.below(all.len()), chance.below(all.len()));
    let frames = all[one].frames.len();
    let (frame, beside) = (chance.below(frames), chance.below(frames));
    match damage {
        Damage::FrameDeleted if frames > 0 => drop(all[one].frames.remove(frame)),
        Damage::FramesSwapped if frame != beside => all[one].frames.swap(frame, beside),
        Damage::FrameRepeated if frames > 0 => {
            let twice = all[one].frames[frame].clone();
            all[one].frames.insert(frame, twice);
        }
        Damage::SegmentDeleted => {
            fs::remove_file(&all[one].path).unwrap();
            return true;
        }
        Damage::SegmentsSwapped if one != other => {
            let path = all[one].path.clone();
            all[one].path = all[other].path.clone();
            all[other].path = path;
            all[other].write();
        }
        Damage::EndCut => {
            // The last frames and segments, at a border where nothing looks torn.
            all.drain(one + 1..).for_each(|later| fs::remove_file(later.path).unwrap());
            all[one].frames.truncate(frame);
        }
        Damage::Forged => {
            return frames > 0 && forge(store, one, frame, "\"actor\":\"clerk\"", "\"actor\":\"chief\"");
        }
        _ => return false,
    }
    all[one].write();
    true
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::FlippedBit => "flipped bit",
            Self::ZeroedSector => "zeroed sector",
            Self::Truncated => "file truncated",
            Self::Extended => "file extended",
            Self::Deleted => "file deleted",
            Self::FrameDeleted => "frame deleted",
            Self::FramesSwapped => "frames swapped",
            Self::FrameRepeated => "frame repeated",
            Self::SegmentDeleted => "segment deleted",
            Self::SegmentsSwapped => "segments swapped",
            Self::EndCut => "end cut off",
            Self::Forged => "forged and chained anew",
            Self::Exchanged => "files exchanged",
            Self::OneFileRolledBack => "one file rolled back",
            Self::RolledBack => "all rolled back, a signed head known",
        })
    }
}
