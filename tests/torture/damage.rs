//! Damage to the files of a closed store: named, or repaired with nothing missing.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use kasasagi_store::Checkpoint;
use kasasagi_tests::chance::Chance;

use crate::calls::grow;
use crate::folder::{copy, each, files, scratch};
use crate::frames::Segment;
use crate::harm::{ALL, AREAS, Damage, any_file, segments, spoil};
use crate::job::open;
use crate::ledger::Ledger;
use crate::table::{Table, Tally};

/// Every second round flips a bit.
const FLIPS: usize = 2;

/// A closed store, what was promised of it, and a copy from before its last events.
struct Model {
    room: tempfile::TempDir,
    ledger: Ledger,
}

/// Damages a copy so many times.
pub fn run(rounds: usize) -> Table {
    silence_sled();
    let model = Model::new();
    let seeds: Vec<u64> = (0..rounds as u64).collect();
    let mut table = Table::default();
    for (kind, tally) in each(&seeds, |seed| model.round(*seed)) {
        table.add(kind, tally);
    }
    table
}

/// A damaged sled file makes sled panic, which the store expects: no need to read of each.
fn silence_sled() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.location().is_none_or(|place| !place.file().contains("sled")) {
            usual(panic);
        }
    }));
}

impl Model {
    fn new() -> Self {
        let (room, mut ledger) = (scratch(), Ledger::default());
        let store = room.path().join("store");
        for run in 0..3 {
            grow(&store, run, &mut ledger);
            if run == 1 {
                copy(&store, &room.path().join("earlier"));
            }
        }
        let (open, _) = open(&store).unwrap();
        ledger.checkpoints.push(open.checkpoint().unwrap());
        drop(open);
        assert!(Segment::all(&store).len() > 5);
        Self { room, ledger }
    }

    fn round(&self, seed: u64) -> (String, Tally) {
        let mut chance = Chance::new(seed);
        let (room, damage, place) = loop {
            let room = scratch();
            copy(&self.room.path().join("store"), &room.path().join("store"));
            let flip = (seed as usize).is_multiple_of(FLIPS);
            let damage = if flip { Damage::FlippedBit } else { ALL[chance.below(ALL.len())] };
            // Some would change nothing: two frames of equal number cannot be swapped.
            if let Some(place) = self.damage(damage, &room.path().join("store"), &mut chance) {
                break (room, damage, place);
            }
        };
        let store = room.path().join("store");
        let mut tally = Tally { rounds: 1, acknowledged: self.ledger.count, ..Tally::default() };
        // A view that is lost as well leaves the journal and its checkpoints to tell.
        let alone = chance.below(4) == 0 && !place.starts_with("view");
        if alone {
            fs::remove_dir_all(store.join("view")).unwrap();
        }
        self.judge(&store, &place, &mut tally);
        for wrong in &mut tally.wrongs {
            wrong.insert_str(0, &format!("seed {seed}, {place}{}: ", if alone { ", no view" } else { "" }));
        }
        let area = AREAS.iter().find(|area| place.starts_with(**area)).unwrap_or(&"");
        let flip = damage == Damage::FlippedBit;
        (if flip { format!("{damage}: {area}") } else { damage.to_string() }, tally)
    }

    /// Named, or all is there.
    fn judge(&self, folder: &Path, place: &str, tally: &mut Tally) {
        let journal =
            || files(&folder.join("journal")).iter().map(|f| fs::read(f).unwrap()).collect::<Vec<_>>();
        let before = journal();
        let opened = match catch_unwind(AssertUnwindSafe(|| open(folder))) {
            Ok(Ok(opened)) => opened,
            Ok(Err(_)) => {
                tally.detected += 1;
                if journal() != before {
                    tally.wrong("a journal that was refused was changed".to_owned());
                }
                return;
            }
            Err(_) => return tally.wrong("opening panics".to_owned()),
        };
        let (store, opened) = opened;
        match store.verify() {
            Ok(report) if report.passed() => {}
            _ => return tally.detected += 1,
        }
        self.ledger.check_damaged(&store, &opened, tally);
        // The public key is written anew from the signing key.
        let good = fs::read(self.room.path().join("store").join(place)).ok();
        if tally.repaired == 0 && good.is_some() && fs::read(folder.join(place)).ok() == good {
            tally.repaired += 1;
        }
        if tally.repaired + tally.untold + tally.wrongs.len() == 0 {
            // The store does not miss a signed head: those that left the machine tell of it.
            let head = usize::from(place.starts_with("checkpoints"));
            tally.untold += head;
            tally.harmless += 1 - head;
        }
    }

    /// Where the damage was done; nothing when it changed nothing.
    fn damage(&self, damage: Damage, store: &Path, chance: &mut Chance) -> Option<String> {
        let told = |path: &Path| path.strip_prefix(store).unwrap().display().to_string();
        match damage {
            Damage::FlippedBit | Damage::ZeroedSector | Damage::Truncated | Damage::Extended => {
                let path = any_file(store, chance);
                spoil(damage, &path, chance).then(|| told(&path))
            }
            Damage::Deleted => {
                let path = any_file(store, chance);
                fs::remove_file(&path).unwrap();
                Some(told(&path))
            }
            Damage::Exchanged => {
                let path = any_file(store, chance);
                let beside: Vec<PathBuf> = AREAS.iter().flat_map(|area| files(&store.join(area))).collect();
                let beside: Vec<_> =
                    beside.into_iter().filter(|other| fs::read(other).ok() != fs::read(&path).ok()).collect();
                let other = beside.get(chance.below(beside.len()))?;
                let swap = store.join("swap");
                fs::rename(&path, &swap)
                    .and_then(|()| fs::rename(other, &path))
                    .and_then(|()| fs::rename(&swap, other))
                    .unwrap();
                Some(format!("{} with {}", told(&path), told(other)))
            }
            Damage::OneFileRolledBack => self.roll_back_one(store, chance),
            Damage::RolledBack => {
                let known = self.ledger.checkpoints.last()?;
                fs::remove_dir_all(store).unwrap();
                copy(&self.room.path().join("earlier"), store);
                lay_beside(store, known);
                Some(String::new())
            }
            _ => segments(damage, store, chance).then(|| "journal".to_owned()),
        }
    }

    fn roll_back_one(&self, store: &Path, chance: &mut Chance) -> Option<String> {
        let earlier = self.room.path().join("earlier");
        if chance.below(3) == 0 {
            fs::remove_dir_all(store.join("view")).unwrap();
            copy(&earlier.join("view"), &store.join("view"));
            return Some("view".to_owned());
        }
        let changed = files(&earlier).into_iter().filter_map(|old| {
            let name = old.strip_prefix(&earlier).unwrap().to_owned();
            let differs = fs::read(&old).ok() != fs::read(store.join(&name)).ok();
            (differs && !name.starts_with("view")).then_some((old, name))
        });
        let changed: Vec<_> = changed.filter(|(_, name)| store.join(name).exists()).collect();
        let (old, name) = changed.get(chance.below(changed.len()))?;
        fs::copy(old, store.join(name)).unwrap();
        Some(name.display().to_string())
    }
}

/// Someone brings a checkpoint from a mail and lays it beside the others.
fn lay_beside(store: &Path, checkpoint: &Checkpoint) {
    fs::write(store.join("checkpoints/from-a-mail.txt"), format!("{checkpoint}\n")).unwrap();
}
