//! The one fold from entries to rows, used live, for catching up, for rebuilding and for verifying.
//! It is pure: it reads rows through a function and hands back the rows to change.

use std::collections::btree_map::Entry::{Occupied, Vacant};
use std::collections::{BTreeMap, BTreeSet};

use crate::event::Event;
use crate::frame::{Entry, Written};
use crate::hash::Hash;
use crate::id::{FaxId, RecordId};
use crate::pack::{pack, unpack};
use crate::registry;
use crate::rows::{self, Block, Key, Value};
use crate::transition;
use crate::view::FaxView;
use crate::{Error, Result};

/// Which rows there are; a view of another kind is made anew.
const VIEW: &[u8] = b"view 5";

/// The entry that a view has seen last, and the sum over its rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Applied {
    pub seq: u64,
    pub hash: Hash,
    /// Sum of [`weight`] over all rows but this one. Rows may come and go in any order, so a view that
    /// lost or changed one no longer adds up.
    pub sum: u128,
}

/// Rows to put (`Some`) or remove (`None`), all at once.
pub(crate) type Changes = Vec<(Key, Option<Value>)>;

/// Events that could not follow, each with its number and the reason.
pub(crate) type Ignored = Vec<(u64, String)>;

/// Reads one row.
pub(crate) type Get<'a> = &'a dyn Fn(&[u8]) -> Result<Option<Value>>;

/// Folds a run of entries.
pub(crate) struct Fold<'a> {
    below: Get<'a>,
    applied: Applied,
    /// Faxes touched: as they were, and as they are.
    faxes: BTreeMap<FaxId, (Option<FaxView>, Option<FaxView>)>,
    added: BTreeMap<Key, Value>,
    ignored: Ignored,
}

impl<'a> Fold<'a> {
    /// On top of the rows that `below` reads.
    pub(crate) fn new(below: Get<'a>) -> Result<Self> {
        let applied =
            below(rows::APPLIED)?.map(|b| Applied::from_bytes(&b)).unwrap_or(Some(Applied::default()));
        let applied =
            applied.ok_or_else(|| Error::View("the row of the last entry is garbled".to_owned()))?;
        Ok(Self { below, applied, faxes: BTreeMap::new(), added: BTreeMap::new(), ignored: Vec::new() })
    }

    /// Takes in one entry; one that was applied before changes nothing.
    pub(crate) fn entry(&mut self, written: &Written) -> Result<()> {
        let entry = &written.entry;
        if entry.seq <= self.applied.seq {
            return Ok(());
        }
        if entry.seq != self.applied.seq + 1 || entry.prev != self.applied.hash {
            let Applied { seq, .. } = self.applied;
            return Err(Error::View(format!("entry {} does not follow entry {seq}", entry.seq)));
        }
        self.applied.seq = entry.seq;
        self.applied.hash = entry.hash;
        if let Event::MailboxBegun { mailbox, validity, first } = &entry.event {
            self.mailbox(rows::mailbox(mailbox, *validity), rows::begins(*first, entry.at))?;
        }
        for id in entry.event.faxes() {
            let now = self.fax(id)?;
            match transition::next(now.as_ref(), entry) {
                Ok(next) => *now = Some(next),
                Err(why) => self.ignored.push((entry.seq, format!("{}: {why}", entry.event.kind()))),
            }
        }
        self.offices(entry)?;
        self.index(written)
    }

    /// The rows to change, and the events that could not follow and were ignored.
    pub(crate) fn finish(mut self) -> Result<(Changes, Ignored)> {
        let mut changes: BTreeMap<Key, Option<Value>> =
            self.added.into_iter().map(|(key, value)| (key, Some(value))).collect();
        for (before, now) in self.faxes.values() {
            let rows = |view: &Option<FaxView>| -> BTreeSet<(Key, Value)> {
                view.iter().flat_map(rows::of_fax).collect()
            };
            let (old, new) = (rows(before), rows(now));
            changes.extend(old.difference(&new).map(|(key, _)| (key.clone(), None)));
            changes.extend(new.difference(&old).map(|(key, value)| (key.clone(), Some(value.clone()))));
            if let Some(view) = now.as_ref().filter(|_| now != before) {
                changes.insert(rows::fax(&view.id), Some(pack(view)?));
            }
        }
        for (key, value) in &changes {
            let old = (self.below)(key)?;
            let weigh = |value: &Option<Value>| value.as_ref().map_or(0, |v| weight(key, v));
            self.applied.sum = self.applied.sum.wrapping_sub(weigh(&old)).wrapping_add(weigh(value));
        }
        changes.insert(rows::APPLIED.to_vec(), Some(self.applied.to_bytes()));
        Ok((changes.into_iter().collect(), self.ignored))
    }

    fn index(&mut self, written: &Written) -> Result<()> {
        let entry = &written.entry;
        let patients = self.patients(entry)?;
        for about in rows::of_entry(entry, &patients) {
            let (key, name) = rows::leaf(&about, entry.seq);
            let names = match self.added.entry(key) {
                Vacant(place) => {
                    let names = (self.below)(place.key())?.unwrap_or_default();
                    place.insert(names)
                }
                Occupied(place) => place.into_mut(),
            };
            names.push(name);
        }
        let key = rows::block(entry.seq);
        let at = entry.at.as_microsecond();
        let block = match self.added.get(&key) {
            Some(bytes) => Block::from_bytes(bytes),
            None => (self.below)(&key)?.and_then(|bytes| Block::from_bytes(&bytes)),
        };
        let block = block.map_or(Block { start: written.position, earliest: at, latest: at }, |b| Block {
            earliest: b.earliest.min(at),
            latest: b.latest.max(at),
            ..b
        });
        self.added.insert(key, block.to_bytes());
        Ok(())
    }

    /// A mailbox begins where it was first seen to begin, whatever is said later.
    fn mailbox(&mut self, key: Key, begins: Value) -> Result<()> {
        if (self.below)(&key)?.is_none() {
            self.added.entry(key).or_insert(begins);
        }
        Ok(())
    }

    /// What is no matter of a fax: registries, and reports to the administrators.
    fn offices(&mut self, entry: &Entry) -> Result<()> {
        let version = match &entry.event {
            Event::Reported { day } => {
                self.added.insert(rows::reported(*day), Vec::new());
                return Ok(());
            }
            Event::RegistryProposed { version, .. }
            | Event::RegistryApproved { version }
            | Event::RegistryTurnedDown { version } => *version,
            _ => return Ok(()),
        };
        let key = rows::registry(version);
        let row = match self.added.get(&key) {
            Some(row) => Some(row.clone()),
            None => (self.below)(&key)?,
        };
        match registry::next(row.as_deref(), entry)? {
            Ok(row) => {
                self.added.insert(key, row);
            }
            Err(why) => self.ignored.push((entry.seq, format!("{}: {why}", entry.event.kind()))),
        }
        Ok(())
    }

    fn patients(&mut self, entry: &Entry) -> Result<BTreeSet<String>> {
        let records: Vec<RecordId> = match &entry.event {
            Event::Decided { record, .. } | Event::Corrected { record, .. } => vec![record.clone()],
            event => event.items().map(|item| item.record().clone()).collect(),
        };
        let mut patients = BTreeSet::new();
        for record in &records {
            let fax = self.fax(record.fax())?;
            patients.extend(fax.as_ref().and_then(|f| rows::patient_of(f, record)).map(str::to_owned));
        }
        Ok(patients)
    }

    fn fax(&mut self, id: &FaxId) -> Result<&mut Option<FaxView>> {
        if !self.faxes.contains_key(id) {
            let view = (self.below)(&rows::fax(id))?.map(|row| unpack(&row)).transpose()?;
            self.faxes.insert(id.clone(), (view.clone(), view));
        }
        let slot = self.faxes.get_mut(id).expect("the fax was inserted just now if it was absent");
        Ok(&mut slot.1)
    }
}

/// What a row adds to the sum of its view.
pub(crate) fn weight(key: &[u8], value: &[u8]) -> u128 {
    let length = (key.len() as u64).to_be_bytes();
    let Hash(hash) = Hash::of(&[&length, key, value]);
    hash.first_chunk::<16>().map_or(0, |half| u128::from_be_bytes(*half))
}

impl Applied {
    fn to_bytes(self) -> Value {
        let body = [&self.seq.to_be_bytes()[..], &self.hash.0, &self.sum.to_be_bytes()].concat();
        let check = Hash::of(&[VIEW, &body]);
        [&body[..], &check.0].concat()
    }

    /// Reads the row; nothing when it is garbled.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (body, check) = bytes.split_last_chunk::<32>()?;
        let (seq, rest) = body.split_first_chunk::<8>()?;
        let (hash, sum) = rest.split_first_chunk::<32>()?;
        let sum = u128::from_be_bytes(sum.try_into().ok()?);
        let applied = Self { seq: u64::from_be_bytes(*seq), hash: Hash(*hash), sum };
        (Hash::of(&[VIEW, body]).0 == *check).then_some(applied)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::event::{
        Decision, DocumentNote, Earlier, MailOrigin, OutboxNote, PageNote, Receipt, RecordNote, Source,
    };
    use crate::frame::{self, Position};
    use crate::id::{DigestId, ItemId};
    use crate::view::{FaxState, ItemKind};

    type Rows = BTreeMap<Key, Value>;

    fn fax_id(n: u8) -> FaxId {
        FaxId::new(jiff::civil::date(2026, 11, 23), [n; 5])
    }

    fn item(fax: u8, record: u16, recipient: u8) -> ItemId {
        ItemId::new(RecordId::new(fax_id(fax), record), &format!("P{recipient:04}")).unwrap()
    }

    fn digest(n: u8) -> DigestId {
        DigestId::new(jiff::civil::date(2026, 11, 24), [n; 5])
    }

    fn origin(uid: u16) -> MailOrigin {
        MailOrigin { mailbox: "0011223344556677".into(), validity: 1, uid: uid.into() }
    }

    fn decision(fax: u8, record: u16, recipients: u8) -> Decision {
        let note = |r| OutboxNote { waits: r % 2 == 1, ..OutboxNote::now(item(fax, record, r), "physician") };
        match recipients {
            2 => Decision::Repeat { of: RecordId::new(fax_id(7), 1) },
            3 => Decision::hold(vec!["no_patient".into()]),
            n => Decision::Deliver {
                patient: "100017".into(),
                evidence: vec!["number".into(), "birth_date".into()],
                urgency: "routine".into(),
                items: (0..n).map(note).collect(),
            },
        }
    }

    /// Any event about two faxes, in any order, whether it can follow or not.
    fn event() -> impl Strategy<Value = Event> {
        let parts = (0u8..23, 0u8..2, 1u16..4, 0u8..4, any::<bool>());
        parts.prop_map(|(kind, f, n, r, flag)| {
            let (fax, code) = (fax_id(f), "250".to_owned());
            let note = |n| RecordNote {
                record: RecordId::new(fax_id(f), n),
                page: 1,
                form: "ICM-01".into(),
                version: 1,
                sure: 9,
                doubtful: 1,
                blank: 2,
            };
            let document = DocumentNote { format: "pdf".into(), sha256: format!("{:064x}", n % 2), bytes: 9 };
            match kind {
                0 => Event::Received {
                    fax,
                    source: Source::Lmtp,
                    sha256: String::new(),
                    bytes: 0,
                    origin: None,
                },
                1 => Event::Opened { fax, documents: vec![document; usize::from(r)] },
                2 => Event::Read {
                    fax,
                    pages: vec![PageNote { page: 1, held: flag.then(|| "no_form".into()) }],
                    records: (1..n).map(note).collect(),
                },
                3 if r == 0 => Event::Resent {
                    record: RecordId::new(fax, n),
                    of: Earlier { record: RecordId::new(fax_id(7), 1), differing: vec![], unclear: vec![] },
                },
                3 | 4 => Event::decided(RecordId::new(fax, n), decision(f, n, r)),
                5 => Event::deferred(item(f, n, r), 1, code, Timestamp::constant(7, 0)),
                6 | 7 => Event::sent(item(f, n, r), code),
                8 => Event::GaveUp { item: item(f, n, r), code },
                9 if r == 0 => Event::FaxHeld { fax, reason: "unknown_sender".into() },
                9 if r == 1 => Event::Admitted { fax },
                9 => Event::FaxHeld { fax, reason: "attempts".into() },
                10 if flag => Event::Duplicate { fax, of: fax_id(9) },
                10 => Event::Refused { fax, reason: "loop".into() },
                11 if flag => Event::ReceivedAgain { fax, source: Source::Imap, origin: Some(origin(n)) },
                11 => Event::ReadingFailed { fax, attempt: n.into(), reason: "crash".into() },
                12 => {
                    let MailOrigin { mailbox, validity, uid } = origin(n);
                    Event::MailboxBegun { mailbox, validity, first: uid }
                }
                14 => Event::Digested { digest: digest(r), items: vec![item(f, n, r), item(1 - f, n, r)] },
                15 if flag => Event::CarriedOver { items: vec![item(f, n, r), item(1 - f, n, r)], code },
                15 => Event::Rejected { fax, reason: "test".into() },
                16 if flag => Event::Retried { item: item(f, n, r) },
                16 => Event::Cancelled { item: item(f, n, r) },
                17 => Event::Acknowledged { items: vec![item(f, n, r)], how: Receipt::Replied },
                18 if flag => Event::Alerted { items: vec![item(f, n, r)] },
                18 => {
                    let to = vec![OutboxNote::now(item(f, n, 9), "backup_physician")];
                    Event::Escalated { item: item(f, n, r), to }
                }
                19 => Event::Sent { item: item(f, n, r), with: vec![item(1 - f, n, r)], code },
                20 if flag => Event::RegistryApproved { version: n.into() },
                20 => Event::RegistryProposed {
                    version: n.into(),
                    sha256: String::new(),
                    effective: None,
                    added: 1,
                    changed: 0,
                    removed: 0,
                },
                21 if flag => Event::Corrected {
                    record: RecordId::new(fax, n),
                    fields: vec!["birth".into()],
                    sealed: Some(format!("correction-{n}-{r}")),
                },
                21 => Event::Routed { record: RecordId::new(fax, n), patient: "0003878".into() },
                _ if flag => Event::Erased { fax },
                _ => Event::Looked { what: "trace".into(), about: Some(fax.to_string()) },
            }
        })
    }

    fn chain(events: &[Event]) -> Vec<Written> {
        let mut prev = Hash::START;
        let mut chain = Vec::new();
        for (event, seq) in events.iter().zip(1u64..) {
            let at = Timestamp::from_second(1_000_000 + (seq as i64 * 7) % 5).unwrap();
            let entry = frame::encode(&mut Vec::new(), 0, (seq, prev), (at, "clerk"), event).unwrap();
            prev = entry.hash;
            chain.push(Written { entry, position: Position { segment: 1, offset: seq * 100 } });
        }
        chain
    }

    fn fold_onto(rows: &mut Rows, run: &[Written]) -> Ignored {
        let below = RefCell::new(rows);
        let get = |key: &[u8]| Ok(below.borrow().get(key).cloned());
        let mut fold = Fold::new(&get).unwrap();
        for written in run {
            fold.entry(written).unwrap();
        }
        let (changes, ignored) = fold.finish().unwrap();
        for (key, value) in changes {
            match value {
                Some(value) => below.borrow_mut().insert(key, value),
                None => below.borrow_mut().remove(&key),
            };
        }
        ignored
    }

    fn story() -> Vec<Event> {
        let record = RecordId::new(fax_id(1), 1);
        let note = RecordNote {
            record: record.clone(),
            page: 1,
            form: "ICM-01".into(),
            version: 1,
            sure: 9,
            doubtful: 1,
            blank: 2,
        };
        vec![
            Event::Received {
                fax: fax_id(1),
                source: Source::Maildir,
                sha256: String::new(),
                bytes: 0,
                origin: None,
            },
            Event::Opened { fax: fax_id(1), documents: Vec::new() },
            Event::Read {
                fax: fax_id(1),
                pages: vec![PageNote { page: 1, held: None }],
                records: vec![note],
            },
            Event::decided(record, decision(1, 1, 1)),
            Event::deferred(item(1, 1, 0), 1, "451", Timestamp::constant(9, 0)),
            Event::sent(item(1, 1, 0), "250"),
        ]
    }

    #[test]
    fn a_fax_goes_through_its_states_to_delivered() {
        let mut rows = Rows::new();
        let states: Vec<FaxState> = chain(&story())
            .iter()
            .map(|written| {
                assert_eq!(fold_onto(&mut rows, std::slice::from_ref(written)), []);
                unpack(&rows[&rows::fax(&fax_id(1))]).unwrap().state
            })
            .collect();
        use FaxState::{Delivered, Opened, Read, Received, Sending};
        assert_eq!(states, [Received, Opened, Read, Sending, Sending, Delivered]);
    }

    #[test]
    fn what_cannot_follow_is_ignored_and_told() {
        let mut events = story();
        events.swap(4, 5);
        events.insert(0, Event::sent(item(1, 1, 0), "250"));
        events.push(Event::decided(RecordId::new(fax_id(1), 7), decision(1, 7, 1)));
        let ignored = fold_onto(&mut Rows::new(), &chain(&events));
        let told: Vec<u64> = ignored.iter().map(|(seq, _)| *seq).collect();
        assert_eq!(told, [1, 7, 8], "{ignored:?}");
    }

    #[test]
    fn an_item_is_sent_once_and_taken_up_again_only_after_it_was_given_up() {
        let id = || item(1, 1, 0);
        let sent = || Event::sent(id(), "250");
        let gave_up = || Event::GaveUp { item: id(), code: "550".into() };
        let deferred = || Event::deferred(id(), 2, "retry", Timestamp::UNIX_EPOCH);
        for (events, told) in [
            (vec![sent()], vec![7]),
            (vec![deferred()], vec![7]),
            (vec![gave_up(), sent()], vec![8]),
            (vec![gave_up(), gave_up()], vec![8]),
            (vec![gave_up(), deferred(), deferred(), sent(), sent()], vec![11]),
        ] {
            let ignored = fold_onto(&mut Rows::new(), &chain(&[story(), events].concat()));
            assert_eq!(ignored.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), told, "{ignored:?}");
        }
    }

    #[test]
    fn an_entry_out_of_the_chain_is_refused() {
        let chain = chain(&story());
        let none = |_: &[u8]| Ok(None);
        let mut fold = Fold::new(&none).unwrap();
        assert!(fold.entry(&chain[1]).is_err(), "a gap");
        fold.entry(&chain[0]).unwrap();
        let mut forged = chain[1].clone();
        forged.entry.prev = Hash([1; 32]);
        assert!(fold.entry(&forged).is_err(), "another history");
        fold.entry(&chain[1]).unwrap();
    }

    proptest! {
        #[test]
        fn folded_live_in_runs_or_anew_the_rows_are_equal(
            events in prop::collection::vec(event(), 1..60),
            runs in prop::collection::vec(1usize..9, 1..20),
        ) {
            let chain = chain(&events);
            let (mut anew, mut live, mut caught_up) = (Rows::new(), Rows::new(), Rows::new());
            fold_onto(&mut anew, &chain);
            for written in &chain {
                fold_onto(&mut live, std::slice::from_ref(written));
            }
            let mut rest = &chain[..];
            for run in runs.iter().cycle().take(60) {
                let (now, later) = rest.split_at((*run).min(rest.len()));
                fold_onto(&mut caught_up, now);
                // A crash before the end of a run shows it again from further back.
                fold_onto(&mut caught_up, &chain[..chain.len() - later.len()]);
                rest = later;
            }
            prop_assert_eq!(&anew, &live);
            prop_assert_eq!(&anew, &caught_up);
            let sum = anew.iter().filter(|(key, _)| *key != rows::APPLIED);
            let sum = sum.fold(0u128, |sum, (key, value)| sum.wrapping_add(weight(key, value)));
            let applied = anew.get(rows::APPLIED).and_then(|bytes| Applied::from_bytes(bytes)).unwrap_or_default();
            prop_assert_eq!(applied.sum, sum);
        }

        #[test]
        fn a_settled_fax_owes_nothing(events in prop::collection::vec(event(), 0..80)) {
            let mut rows = Rows::new();
            let mut story = story();
            story.extend(events);
            fold_onto(&mut rows, &chain(&story));
            for n in 0..2 {
                let Some(row) = rows.get(&rows::fax(&fax_id(n))) else { continue };
                let fax = unpack(row).unwrap();
                let due = fax.items().filter(|i| i.state.kind() == ItemKind::Due).count();
                if fax.state == FaxState::Delivered {
                    prop_assert!(due == 0 && fax.items().count() > 0 && fax.held_pages.is_empty());
                    prop_assert!(fax.items().all(|i| i.state.kind() == ItemKind::Sent));
                }
                let found = rows.range(rows::due()..).take_while(|(key, _)| key.starts_with(&rows::due()));
                let found = found.filter(|(key, _)| rows::item_of(key, rows::DUE_PREFIX).is_some_and(|i| *i.fax() == fax.id));
                prop_assert_eq!(found.count(), due);
            }
        }
    }
}
