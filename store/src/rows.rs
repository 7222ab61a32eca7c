//! The rows of the view: every one is derived from faxes and entries, and found by the order of its key.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::event::MailOrigin;
use crate::frame::{Entry, Position};
use crate::hash::from_hex;
use crate::id::{DigestId, FaxId, ItemId, RecordId};
use crate::view::{FaxState, FaxView, ItemKind, ItemState, ItemView};
use crate::{Error, Result};

pub(crate) type Key = Vec<u8>;
pub(crate) type Value = Vec<u8>;

/// The row that tells which entry was applied last.
pub(crate) const APPLIED: &[u8] = b"m";
const FAX: u8 = b'f';
const ARRIVAL: u8 = b'a';
const STATE: u8 = b's';
const DIGEST: u8 = b'd';
const MAIL: u8 = b'w';
const ORIGIN: u8 = b'u';
const MAILBOX: u8 = b'v';
const RECORD: u8 = b'r';
const DUE: u8 = b'q';
const OUTBOX: u8 = b'o';
const BLOCK: u8 = b'b';
const IN_DIGEST: u8 = b'g';
const WAITING: u8 = b'h';
const UNNOTED: u8 = b'n';
const TO_TELL: u8 = b't';
const REGISTRY: u8 = b'y';
const REPORTED: u8 = b'z';

/// Entries in one block of the time index.
pub(crate) const BLOCK_ENTRIES: u64 = 64;

/// Entries that one row of the index of entries can name: a byte for each.
const LEAF_ENTRIES: u64 = 256;

/// What an entry can be looked up by; the text must not be longer than 255 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About<'a> {
    Fax(&'a str),
    Patient(&'a str),
    Recipient(&'a str),
    Kind(&'a str),
    Actor(&'a str),
}

/// The earliest and latest time in a block of entries, and where its first entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub start: Position,
    pub earliest: i64,
    pub latest: i64,
}

pub(crate) fn fax(id: &FaxId) -> Key {
    [&[FAX], id.as_str().as_bytes()].concat()
}

/// Prefix of all faxes in order of arrival.
pub(crate) fn arrivals() -> Key {
    vec![ARRIVAL]
}

/// Where a fax stands among the rows of [`arrivals`] and [`in_state`].
pub(crate) fn arrival(view: &FaxView) -> [u8; 16] {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&time_key(view.received_at));
    key[8..].copy_from_slice(&view.arrival.to_be_bytes());
    key
}

/// Prefix of all faxes in a state, in order of arrival.
pub(crate) fn in_state(state: FaxState) -> Key {
    vec![STATE, state_code(state)]
}

/// Prefix of all faxes with this document, in order of arrival.
pub(crate) fn with_digest(sha256: &str) -> Key {
    hash_key(DIGEST, sha256)
}

/// Prefix of all faxes that came as a message of this SHA-256, in order of arrival.
pub(crate) fn with_mail(sha256: &str) -> Key {
    hash_key(MAIL, sha256)
}

/// Prefix of the fax that lay there; one alone, unless the journal says what cannot be.
pub(crate) fn with_origin(origin: &MailOrigin) -> Key {
    [&text_key(ORIGIN, &origin.mailbox)[..], &origin.validity.to_be_bytes(), &origin.uid.to_be_bytes()]
        .concat()
}

/// Prefix of the rows that tell where a mailbox begins.
pub(crate) fn mailboxes(mailbox: &str) -> Key {
    text_key(MAILBOX, mailbox)
}

/// The row that tells where a mailbox begins under this UIDVALIDITY.
pub(crate) fn mailbox(mailbox: &str, validity: u32) -> Key {
    [&mailboxes(mailbox)[..], &validity.to_be_bytes()].concat()
}

/// Prefix of all records delivered about a patient, in order of their faxes' arrival.
pub(crate) fn records_about(patient: &str) -> Key {
    text_key(RECORD, patient)
}

/// The record that a row of [`records_about`] names.
pub(crate) fn record_of(key: &[u8], prefix: usize) -> Option<RecordId> {
    std::str::from_utf8(key.get(prefix + 8..)?).ok()?.parse().ok()
}

/// What such a row tells: the first UID, and when that was recorded.
pub(crate) fn begun(value: &[u8]) -> Result<(u32, Timestamp)> {
    let words = value.split_first_chunk::<4>().and_then(|(first, at)| Some((*first, at.try_into().ok()?)));
    let told = words.and_then(|(first, at)| {
        Some((u32::from_be_bytes(first), Timestamp::from_microsecond(i64::from_be_bytes(at)).ok()?))
    });
    told.ok_or_else(|| Error::View("the row of a mailbox is garbled".to_owned()))
}

/// The value that [`begun`] reads.
pub(crate) fn begins(first: u32, at: Timestamp) -> Value {
    [&first.to_be_bytes()[..], &at.as_microsecond().to_be_bytes()].concat()
}

/// Prefix of all due items in order of time.
pub(crate) fn due() -> Key {
    vec![DUE]
}

/// Prefix of all items of a kind in order of their names.
pub(crate) fn outbox(kind: ItemKind) -> Key {
    let code = match kind {
        ItemKind::Due => 1,
        ItemKind::Sent => 2,
        ItemKind::GaveUp => 3,
        ItemKind::Waiting => 4,
        ItemKind::Cancelled => 5,
    };
    vec![OUTBOX, code]
}

/// Prefix of the items of a digest.
pub(crate) fn in_digest(digest: &DigestId) -> Key {
    text_key(IN_DIGEST, &digest.to_string())
}

/// Prefix of the items that wait for the digest of one recipient.
pub(crate) fn waiting_for(recipient: &str) -> Key {
    text_key(WAITING, recipient)
}

/// Prefix of all urgent items sent to physicians, or given up, and neither taken note of nor passed on, in order of time.
pub(crate) fn unnoted() -> Key {
    vec![UNNOTED]
}

/// Prefix of all items that the administrators are to be told of.
pub(crate) fn to_tell() -> Key {
    vec![TO_TELL]
}

/// Prefix of all registries in order of their numbers.
pub(crate) fn registries() -> Key {
    vec![REGISTRY]
}

/// The row of a registry.
pub(crate) fn registry(version: u32) -> Key {
    [&[REGISTRY][..], &version.to_be_bytes()].concat()
}

/// The row that tells that the report of a day was sent.
pub(crate) fn reported(day: Date) -> Key {
    [&[REPORTED][..], day.to_string().as_bytes()].concat()
}

/// The row of the block that holds this entry.
pub(crate) fn block(seq: u64) -> Key {
    [&[BLOCK][..], &(seq.saturating_sub(1) / BLOCK_ENTRIES).to_be_bytes()].concat()
}

/// Prefix of all blocks in order.
pub(crate) fn blocks() -> Key {
    vec![BLOCK]
}

/// First entry of a block, from its key.
pub(crate) fn block_start(key: &[u8]) -> Option<u64> {
    last_number(key).map(|number| number * BLOCK_ENTRIES + 1)
}

/// The number at the end of a key.
pub(crate) fn last_number(key: &[u8]) -> Option<u64> {
    key.last_chunk::<8>().map(|bytes| u64::from_be_bytes(*bytes))
}

/// The row below this prefix of the index that names the entry, if it is about that, and how it names it.
pub(crate) fn leaf(about: &[u8], seq: u64) -> (Key, u8) {
    let from_zero = seq.saturating_sub(1);
    let key = [about, &(from_zero / LEAF_ENTRIES).to_be_bytes()].concat();
    (key, u8::try_from(from_zero % LEAF_ENTRIES).expect("a remainder of 256 is below 256"))
}

/// The entries that a row of the index names, in order.
pub(crate) fn named(key: &[u8], names: &[u8]) -> impl DoubleEndedIterator<Item = u64> {
    let leaf = last_number(key).unwrap_or_default();
    names.iter().map(move |name| leaf.saturating_mul(LEAF_ENTRIES) + u64::from(*name) + 1)
}

/// A time such that earlier times come first in the order of bytes.
pub(crate) fn time_key(at: Timestamp) -> [u8; 8] {
    (at.as_microsecond().cast_unsigned() ^ 1 << 63).to_be_bytes()
}

/// The time that a key begins with, as [`time_key`] writes it.
pub(crate) fn time_of(key: &[u8]) -> Option<Timestamp> {
    let word = u64::from_be_bytes(*key.first_chunk::<8>()?) ^ 1 << 63;
    Timestamp::from_microsecond(word.cast_signed()).ok()
}

/// Prefix of the entries about something, in order of their numbers.
pub(crate) fn about(about: About) -> Key {
    match about {
        About::Fax(text) => text_key(b'X', text),
        About::Patient(text) => text_key(b'P', text),
        About::Recipient(text) => text_key(b'R', text),
        About::Kind(text) => text_key(b'K', text),
        About::Actor(text) => text_key(b'A', text),
    }
}

/// Everything that one entry is found under; `patients` are those of the records that it is about.
pub(crate) fn of_entry(entry: &Entry, patients: &BTreeSet<String>) -> Vec<Key> {
    let mut rows = vec![about(About::Kind(entry.event.kind())), about(About::Actor(&entry.actor))];
    rows.extend(entry.event.faxes().into_iter().map(|fax| about(About::Fax(fax.as_str()))));
    rows.extend(patients.iter().map(|p| about(About::Patient(p))));
    let mut recipients: BTreeSet<&str> = entry.event.items().map(ItemId::recipient).collect();
    if let crate::Event::Decided { decision: crate::Decision::Deliver { items: notes, .. }, .. }
    | crate::Event::Escalated { to: notes, .. } = &entry.event
    {
        recipients.extend(notes.iter().map(|note| note.recipient.as_str()));
    }
    rows.extend(recipients.into_iter().map(|code| about(About::Recipient(code))));
    match &entry.event {
        crate::Event::Looked { about: Some(text), .. } => rows.push(about(looked_at(text))),
        crate::Event::Routed { patient, .. } => rows.push(about(About::Patient(patient))),
        _ => {}
    }
    rows.sort();
    rows.dedup();
    rows
}

/// A look is about a fax, or else about the patient of that number.
fn looked_at(text: &str) -> About<'_> {
    let fax = text.split('.').next().unwrap_or(text);
    if fax.parse::<FaxId>().is_ok() { About::Fax(fax) } else { About::Patient(text) }
}

/// All rows of a fax: its own, and those by which it and its items are found.
pub(crate) fn of_fax(view: &FaxView) -> Vec<(Key, Value)> {
    let id = view.id.as_str().as_bytes().to_vec();
    let arrival = arrival(view);
    let found = |prefix: Key, rest: &[u8], value: &[u8]| ([&prefix, rest].concat(), value.to_vec());
    let mut rows = vec![found(arrivals(), &arrival, &id), found(in_state(view.state), &arrival, &id)];
    rows.push(found(with_mail(&view.sha256), &view.arrival.to_be_bytes(), &id));
    for origin in &view.origins {
        rows.push(found(with_origin(origin), &view.arrival.to_be_bytes(), &id));
    }
    for document in &view.documents {
        rows.push(found(with_digest(&document.sha256), &view.arrival.to_be_bytes(), &id));
    }
    for record in &view.records {
        if let Some(crate::Decision::Deliver { patient, .. }) = &record.decision {
            let (at, name) = (time_key(view.received_at), record.id.to_string());
            rows.push(found(records_about(patient), &[&at[..], name.as_bytes()].concat(), b""));
        }
    }
    for item in view.items() {
        let name = item.id.to_string();
        rows.push(found(outbox(item.state.kind()), name.as_bytes(), b""));
        rows.extend(of_item(view, item, &name));
    }
    rows
}

/// The rows by which an item is found beside those of [`outbox`].
fn of_item(view: &FaxView, item: &ItemView, name: &str) -> Vec<(Key, Value)> {
    let found = |prefix: Key, rest: &[u8]| ([&prefix, rest].concat(), Vec::new());
    let timed = |at| [&time_key(at)[..], name.as_bytes()].concat();
    let mut rows = Vec::new();
    rows.extend(item.digest.as_ref().map(|digest| found(in_digest(digest), name.as_bytes())));
    match item.state {
        ItemState::Due { next, .. } => rows.push(found(due(), &timed(next))),
        ItemState::Waiting { .. } => rows.push(found(waiting_for(&item.recipient), name.as_bytes())),
        ItemState::Sent { at, .. } | ItemState::GaveUp { at, .. } => {
            let physician = matches!(item.role.as_str(), "physician" | "backup_physician");
            let open = item.noted.is_none() && item.escalated.is_none();
            let pressing = physician && open && is_urgent(view, item);
            rows.extend(pressing.then(|| found(unnoted(), &timed(at))));
        }
        ItemState::Cancelled { .. } => {}
    }
    let failed = matches!(item.state, ItemState::GaveUp { .. });
    if !item.alerted && (failed || item.escalated.is_some()) {
        rows.push(found(to_tell(), name.as_bytes()));
    }
    rows
}

fn is_urgent(view: &FaxView, item: &ItemView) -> bool {
    let decision = view.record(item.id.record()).and_then(|record| record.decision.as_ref());
    matches!(decision, Some(crate::Decision::Deliver { urgency, .. }) if urgency != "routine")
}

/// The item that a row of [`due`] or [`outbox`] names.
pub(crate) fn item_of(key: &[u8], prefix: usize) -> Option<ItemId> {
    std::str::from_utf8(key.get(prefix..)?).ok()?.parse().ok()
}

/// Bytes before the item in a row of [`due`].
pub(crate) const DUE_PREFIX: usize = 9;

impl Block {
    pub(crate) fn to_bytes(self) -> Value {
        let words = [
            self.start.segment,
            self.start.offset,
            self.earliest.cast_unsigned(),
            self.latest.cast_unsigned(),
        ];
        words.iter().flat_map(|w| w.to_be_bytes()).collect()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let words: Vec<u64> =
            bytes.chunks(8).filter_map(|c| Some(u64::from_be_bytes(*c.first_chunk()?))).collect();
        let [segment, offset, earliest, latest] = words.try_into().ok()?;
        let start = Position { segment, offset };
        Some(Self { start, earliest: earliest.cast_signed(), latest: latest.cast_signed() })
    }
}

/// The patient whom a record goes to.
pub(crate) fn patient_of<'a>(view: &'a FaxView, record: &RecordId) -> Option<&'a str> {
    match &view.record(record)?.decision {
        Some(crate::Decision::Deliver { patient, .. }) => Some(patient),
        _ => None,
    }
}

/// Text of any length as a key that is no other text's prefix: its length comes first.
fn text_key(tree: u8, text: &str) -> Key {
    let bytes = text.as_bytes();
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    [&[tree][..], &length.to_be_bytes(), bytes].concat()
}

/// A SHA-256 as a key; anything else keeps its letters.
fn hash_key(tree: u8, hex: &str) -> Key {
    match from_hex::<32>(hex) {
        Some(bytes) => [&[tree, 0xff][..], &bytes].concat(),
        None => text_key(tree, hex),
    }
}

fn state_code(state: FaxState) -> u8 {
    match state {
        FaxState::Received => 1,
        FaxState::Opened => 2,
        FaxState::Read => 3,
        FaxState::Sending => 4,
        FaxState::Delivered => 5,
        FaxState::Held => 6,
        FaxState::Duplicate => 7,
        FaxState::Refused => 8,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keys_sort_by_time(one in -1_000_000i64..1_000_000, other in -1_000_000i64..1_000_000) {
            let key = |micros| time_key(Timestamp::from_microsecond(micros).unwrap());
            prop_assert_eq!(key(one).cmp(&key(other)), one.cmp(&other));
        }

        #[test]
        fn a_row_of_the_index_names_the_entries_it_was_given(seq in 1u64..u64::MAX, about in "[A-Z]{0,4}") {
            let (key, name) = leaf(about.as_bytes(), seq);
            prop_assert_eq!(named(&key, &[name]).collect::<Vec<_>>(), [seq]);
            let (next, _) = leaf(about.as_bytes(), seq + 1);
            prop_assert!(next >= key);
        }

        #[test]
        fn no_text_is_found_under_another(one in "[A-Z0-9]{0,6}", other in "[A-Z0-9]{0,6}") {
            let (one, other) = (one.as_str(), other.as_str());
            let found = about(About::Patient(one)).starts_with(&about(About::Patient(other)));
            prop_assert_eq!(found, one == other);
        }
    }
}
