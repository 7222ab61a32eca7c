//! What a store has promised, and whether it keeps it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use kasasagi_store::{
    Arrival, BlobName, Checkpoint, Error, Event, FaxId, Hash, ItemState, Opened, Source, Store, ViewStart,
};

use crate::table::Tally;

/// All that workers said of one store.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    faxes: BTreeMap<FaxId, String>,
    events: BTreeMap<u64, String>,
    sealed: BTreeMap<(FaxId, BlobName), String>,
    erased: BTreeSet<FaxId>,
    archived: BTreeMap<u32, String>,
    /// Signed heads; they have left the machine.
    pub checkpoints: Vec<Checkpoint>,
    unwritten: Vec<String>,
    twice: usize,
    /// Errors that workers met.
    pub errors: Vec<String>,
    /// Acknowledgements.
    pub count: usize,
    /// Whether the last worker came to its end.
    pub finished: bool,
}

impl Ledger {
    /// Takes down what a worker said.
    pub fn note(&mut self, lines: &[String]) {
        self.finished = false;
        for line in lines {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            self.count += usize::from(!["error", "unwritten", "opened", "finished"].contains(&word));
            self.noted(word, rest).unwrap_or_else(|| panic!("a worker said {line:?}"));
        }
    }

    fn noted(&mut self, word: &str, rest: &str) -> Option<()> {
        let mut words = rest.split(' ');
        let mut next = || words.next();
        match word {
            "fax" => drop(self.faxes.insert(next()?.parse().ok()?, next()?.to_owned())),
            "event" => {
                let (seq, event) = rest.split_once(' ')?;
                self.events.insert(seq.parse().ok()?, event.to_owned());
            }
            "sealed" => {
                let of = (next()?.parse().ok()?, next()?.parse().ok()?);
                self.sealed.insert(of, next()?.to_owned());
            }
            "erased" => drop(self.erased.insert(next()?.parse().ok()?)),
            "archived" => drop(self.archived.insert(next()?.parse().ok()?, next()?.to_owned())),
            "checkpoint" => self.checkpoints.push(rest.parse().ok()?),
            "unwritten" => self.unwritten.push(rest.to_owned()),
            "twice" => self.twice += 1,
            "error" => self.errors.push(rest.to_owned()),
            "finished" => self.finished = true,
            "opened" => {}
            _ => return None,
        }
        Some(())
    }

    /// Looks for everything that was promised, lets the store check itself, and hands one more fax in.
    pub fn check(&self, store: &Store, opened: &Opened, tally: &mut Tally) {
        self.check_faxes(store, tally, |_| false);
        self.check_all_else(store, opened, tally);
    }

    /// The same after damage to files. Content that is made from other content is not missed by the store's own check.
    pub fn check_damaged(&self, store: &Store, opened: &Opened, tally: &mut Tally) {
        let derived = |name: &BlobName| name.as_str().starts_with("page");
        self.check_faxes(store, tally, derived);
        self.check_all_else(store, opened, tally);
    }

    fn check_all_else(&self, store: &Store, opened: &Opened, tally: &mut Tally) {
        tally.repeats += self.twice;
        self.check_events(store, tally);
        match store.verify() {
            Ok(report) if report.passed() && report.ignored.is_empty() && report.orphans.is_empty() => {}
            Ok(report) => tally.wrong(format!("the store's own check: {report:?}")),
            Err(e) => tally.wrong(format!("the store cannot check itself: {e}")),
        }
        match store.reconcile() {
            Ok(days) if days.iter().all(|day| day.balanced()) => {}
            told => tally.wrong(format!("reconcile: {told:?}")),
        }
        let repaired = opened.cut.is_some() || !matches!(opened.view, ViewStart::Current);
        tally.repaired += usize::from(repaired);
        self.goes_on(store, tally);
    }

    fn check_faxes(&self, store: &Store, tally: &mut Tally, may_go: impl Fn(&BlobName) -> bool) {
        let raw = |fax: &FaxId| (fax.clone(), BlobName::raw());
        let all = self.faxes.iter().map(|(fax, sha256)| (raw(fax), sha256));
        let contents: Vec<_> = all.chain(self.sealed.iter().map(|(of, sha)| (of.clone(), sha))).collect();
        for ((fax, name), sha256) in contents {
            match store.fax(&fax) {
                // Whether the erasure was acknowledged is no matter once it is in the journal.
                Ok(Some(view)) if view.erased => {}
                Ok(Some(_)) if self.erased.contains(&fax) => {
                    tally.wrong(format!("{fax} is no longer erased"));
                }
                Ok(Some(_)) => match store.unseal(&fax, &name) {
                    Ok(bytes) if Hash::of(&[&bytes]).to_string() == *sha256 => {}
                    Err(Error::NoBlob { .. }) if may_go(&name) => tally.untold += 1,
                    other => tally.lost_fax(&format!("{fax} {name}: {:?}", other.map(|bytes| bytes.len()))),
                },
                other => tally.lost_fax(&format!("{fax}: {other:?}")),
            }
        }
        for (version, sha256) in &self.archived {
            // Tables without their event are no registry yet; the number may be used again.
            if let Ok(registry) = store.registry(*version)
                && (registry.sha256 != *sha256 || store.archived(&registry).is_err())
            {
                tally.lost_fax(&format!("registry {version}"));
            }
        }
    }

    fn check_events(&self, store: &Store, tally: &mut Tally) {
        let mut there = BTreeSet::new();
        for (seq, event) in &self.events {
            let found = store.entry(*seq).ok().flatten().map(|entry| entry.event);
            let text = found.as_ref().map(|event| serde_json::to_string(event).unwrap());
            if text.as_ref() != Some(event) {
                tally.lost_event(&format!("event {seq} was {event} and is {text:?}"));
            }
            there.insert(event);
            for item in found.iter().filter(|event| event.kind() == "sent").flat_map(Event::items) {
                let state = store.item(item).ok().flatten().map(|item| item.state);
                if !matches!(state, Some(ItemState::Sent { .. })) {
                    tally.repeats += 1;
                    tally.wrong(format!("{item} was sent and is {state:?}"));
                }
            }
        }
        for checkpoint in &self.checkpoints {
            let hash = store.entry(checkpoint.seq).ok().flatten().map(|entry| entry.hash);
            if hash != Some(checkpoint.head) {
                tally.lost_event(&format!(
                    "event {} has {hash:?}, signed was {}",
                    checkpoint.seq, checkpoint.head
                ));
            }
        }
        if !self.unwritten.is_empty() {
            self.check_unwritten(store, tally);
        }
    }

    /// An event that was refused, and may be tried again, must not be there.
    fn check_unwritten(&self, store: &Store, tally: &mut Tally) {
        for seq in 1.. {
            let Some(entry) = store.entry(seq).ok().flatten() else { return };
            let text = serde_json::to_string(&entry.event).unwrap();
            if self.unwritten.contains(&text) {
                tally.wrong(format!("event {seq} was refused and is there: {text}"));
            }
        }
    }

    fn goes_on(&self, store: &Store, tally: &mut Tally) {
        let again =
            || store.receive(Arrival { source: Source::Lmtp, origin: None, unique: true }, b"one more");
        match (again(), again()) {
            (Ok(one), Ok(two)) if one == two => {}
            (Ok(_), Ok(_)) => tally.repeats += 1,
            told => tally.wrong(format!("the store takes no fax: {told:?}")),
        }
    }
}

/// Opens a store after whatever befell it and looks whether everything is there.
pub fn survives(folder: &Path, ledger: &Ledger, tally: &mut Tally) {
    match crate::worker::open(folder) {
        Ok((store, opened)) => ledger.check(&store, &opened, tally),
        Err(e) => tally.wrong(format!(
            "the store does not open: {e} {:?}",
            std::error::Error::source(&e).map(ToString::to_string)
        )),
    }
}
