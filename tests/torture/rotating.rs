//! A change of the master key that is cut short: the store waits for its end, and then opens under the new key.

use std::path::Path;

use kasasagi_store::{Error, MasterKey};

use crate::calls::{Ground, grow};
use crate::folder::scratch;
use crate::job::{Job, first_key, new_key_of, open_under, put_under_new_key};
use crate::ledger::Ledger;
use crate::table::Tally;

/// A store whose master key shall change.
pub fn ground() -> Ground {
    let (room, mut ledger) = (scratch(), Ledger::default());
    grow(&room.path().join("store"), 5, &mut ledger);
    Ground { room, ledger, name: "key rotation", job: Job::Rotate, judge: Box::new(judge) }
}

fn judge(store: &Path, ledger: &Ledger, tally: &mut Tally) {
    let new = MasterKey::from_file(&new_key_of(store)).ok();
    match (open_under(store, &first_key()), new) {
        (Err(Error::Rotating(_)), Some(_)) if !ledger.finished => {}
        (Err(Error::WrongMasterKey(_)), Some(new)) => ledger.survives(open_under(store, &new), tally),
        (Ok(_), _) if ledger.finished => tally.wrong("the new key does not open the store".to_owned()),
        (found, _) => ledger.survives(found, tally),
    }
    // Whoever sees it fail calls it again.
    match put_under_new_key(store) {
        Ok(new) => ledger.survives(open_under(store, &new), tally),
        Err(e) => tally.wrong(format!("it cannot be done again: {e}")),
    }
    if open_under(store, &first_key()).is_ok() {
        tally.wrong("the old key still opens the store".to_owned());
    }
}
