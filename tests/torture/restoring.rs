//! A restore that is cut short: in the place of the store is the one before it or the one from the backup, whole.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use kasasagi_store::backup;

use crate::calls::{Ground, grow};
use crate::folder::scratch;
use crate::job::{Job, bring_back, copy_of, open};
use crate::ledger::Ledger;
use crate::table::Tally;

/// A store, and a backup of another one beside it, which shall take its place.
pub fn ground() -> Ground {
    let (room, mut ledger, mut copied) = (scratch(), Ledger::default(), Ledger::default());
    let (store, other) = (room.path().join("store"), scratch());
    grow(&store, 3, &mut ledger);
    grow(&other.path().join("store"), 4, &mut copied);
    backup(&other.path().join("store"), &copy_of(&store), Timestamp::now()).unwrap();
    let judge = move |store: &Path, now: &Ledger, tally: &mut Tally| judge(store, now, &copied, tally);
    Ground { room, ledger, name: "restore", job: Job::Restore, judge: Box::new(judge) }
}

fn judge(store: &Path, old: &Ledger, copied: &Ledger, tally: &mut Tally) {
    if !store.is_dir() {
        return tally.wrong("there is no store".to_owned());
    }
    match open(store) {
        Ok((found, opened)) if copied.is_of(&found) => copied.check(&found, &opened, tally),
        Ok(_) if old.finished => tally.wrong("a restore that ended well has changed nothing".to_owned()),
        found => old.survives(found, tally),
    }
    // Whoever sees it fail calls it again.
    if let Err(e) = bring_back(store) {
        return tally.wrong(format!("it cannot be done again: {e}"));
    }
    copied.survives(open(store), tally);
    let before = aside(store).into_iter().filter_map(|folder| open(&folder).ok());
    match before.into_iter().find(|(found, _)| old.is_of(found)) {
        Some((found, opened)) => old.check(&found, &opened, tally),
        None => tally.lost_fax("the store that was there before"),
    }
}

/// The folders beside a store that were stores before.
fn aside(store: &Path) -> Vec<PathBuf> {
    let beside = fs::read_dir(store.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    beside.filter(|path| path.display().to_string().contains("store.before-")).collect()
}
