//! What a store has promised, and whether it keeps it.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as _;

use kasasagi_store::{
    Arrival, BlobName, Checkpoint, Error, Event, FaxId, Hash, ItemState, Opened, Result, Source, Store,
    ViewStart,
};

use crate::table::Tally;

/// All that workers said of one store.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    faxes: BTreeMap<FaxId, String>,
    events: BTreeMap<u64, String>,
    sealed: BTreeMap<(FaxId, BlobName), String>,
    erased: BTreeSet<FaxId>,
    /// What must not be erased.
    kept: BTreeSet<FaxId>,
    archived: BTreeMap<u32, String>,
    /// Signed heads; they have left the machine.
    pub checkpoints: Vec<Checkpoint>,
    unwritten: Vec<String>,
    /// What was asked for too late and changes nothing.
    late: BTreeSet<String>,
    twice: usize,
    broken: Vec<String>,
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
            self.count += usize::from(
                !["error", "unwritten", "opened", "releasing", "late", "broken", "finished"].contains(&word),
            );
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
            "kept" => drop(self.kept.insert(next()?.parse().ok()?)),
            "releasing" => drop(self.kept.remove(&next()?.parse().ok()?)),
            "late" => drop(self.late.insert(rest.to_owned())),
            "twice" => self.twice += 1,
            "broken" => self.broken.push(rest.to_owned()),
            "error" => self.errors.push(rest.to_owned()),
            "finished" => self.finished = true,
            "opened" => {}
            _ => return None,
        }
        Some(())
    }

    /// What may have become of the promises by the time of a later ledger of the same store.
    pub fn allow(&mut self, later: &Self) {
        self.kept.retain(|fax| later.kept.contains(fax));
        self.late.clone_from(&later.late);
    }

    /// Looks whether a store opened after whatever befell it and everything is there.
    pub fn survives(&self, found: Result<(Store, Opened)>, tally: &mut Tally) {
        match found {
            Ok((store, opened)) => self.check(&store, &opened, tally),
            Err(e) => {
                let source = e.source().map(ToString::to_string);
                tally.wrong(format!("the store does not open: {e} {source:?}"));
            }
        }
    }

    /// Whether this is the store that made the promises, and no other one.
    pub fn is_of(&self, store: &Store) -> bool {
        self.faxes.keys().next().is_some_and(|fax| matches!(store.fax(fax), Ok(Some(_))))
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
        self.broken.iter().for_each(|what| tally.wrong(what.clone()));
        self.check_events(store, tally);
        match store.verify() {
            Ok(report)
                if report.passed()
                    && report.orphans.is_empty()
                    && report.ignored.iter().all(|(seq, _)| self.came_late(store, *seq)) => {}
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
                Ok(Some(view)) if view.erased && self.kept.contains(&fax) => {
                    tally.lost_fax(&format!("{fax} had to be kept and is erased"));
                }
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

    fn came_late(&self, store: &Store, seq: u64) -> bool {
        let event = store.entry(seq).ok().flatten().map(|entry| serde_json::to_string(&entry.event).unwrap());
        event.is_some_and(|event| self.late.contains(&event))
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
