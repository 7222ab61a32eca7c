//! The bytes of the journal, format 1: `docs/store.md` describes them one by one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::hash::Hash;
use crate::{Error, Result};

/// One event in its place in the chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1 without a gap.
    pub seq: u64,
    /// When it was written, by the clock of this machine.
    pub at: Timestamp,
    /// Who did it: `kasasagi` or a user name.
    pub actor: String,
    /// Hash of the entry before.
    pub prev: Hash,
    /// Hash of this entry's frame.
    pub hash: Hash,
    /// What happened.
    pub event: Event,
}

/// Where a frame stands on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    /// Number of the first entry of its segment, which names the file.
    pub segment: u64,
    /// Bytes from the start of the segment file.
    pub offset: u64,
}

/// An entry and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Written {
    pub entry: Entry,
    pub position: Position,
}

/// First bytes of every segment file.
pub(crate) const MAGIC: &[u8; 16] = b"KASASAGI-JOURNAL";
pub(crate) const FORMAT: u32 = 1;
/// Bytes of a segment header.
pub(crate) const HEADER: usize = 64;
/// Bytes before the payload of a frame: length and place in the batch.
pub(crate) const LEAD: usize = 8;
/// Bytes after the payload: its SHA-256.
pub(crate) const TRAIL: usize = 32;
/// The longest payload; bounds what a damaged length can make a reader allocate.
pub(crate) const MAX_PAYLOAD: usize = 8 << 20;

#[derive(Serialize)]
struct Outgoing<'a> {
    seq: u64,
    at: Timestamp,
    actor: &'a str,
    prev: Hash,
    event: &'a Event,
}

#[derive(Deserialize)]
struct Incoming {
    seq: u64,
    at: Timestamp,
    actor: String,
    prev: Hash,
    event: Event,
}

/// What is read of an entry that a later version wrote.
#[derive(Deserialize)]
struct IncomingLater {
    seq: u64,
    prev: Hash,
}

/// Why a frame could not be read.
pub(crate) enum Unread {
    /// This is wrong with it.
    Flawed(String),
    /// It is whole, and its event is none that this version knows.
    Later { seq: u64, prev: Hash, place: u32 },
}

impl Unread {
    /// In words.
    pub(crate) fn what(self) -> String {
        match self {
            Self::Flawed(what) => what,
            Self::Later { .. } => "a later version wrote it".to_owned(),
        }
    }
}

/// A frame taken apart.
pub(crate) struct Frame {
    pub entry: Entry,
    /// How many entries of the same write stand before it: all earlier ones were durable by then.
    pub place: u32,
}

/// The header of the segment that starts with entry `first`, after the entry with hash `prev`.
pub(crate) fn header(first: u64, prev: Hash) -> [u8; HEADER] {
    let mut bytes = [0; HEADER];
    bytes[..16].copy_from_slice(MAGIC);
    bytes[16..20].copy_from_slice(&FORMAT.to_le_bytes());
    bytes[20..28].copy_from_slice(&first.to_le_bytes());
    bytes[28..60].copy_from_slice(&prev.0);
    bytes
}

/// The format number of a segment header; nothing when it is none.
pub(crate) fn format_of(header: &[u8; HEADER]) -> Option<u32> {
    let number = header.strip_prefix(MAGIC)?.first_chunk::<4>()?;
    Some(u32::from_le_bytes(*number))
}

/// The hash that a segment header says stands before its first entry.
pub(crate) fn prev_of(header: &[u8; HEADER]) -> Hash {
    let mut prev = [0; 32];
    prev.copy_from_slice(&header[28..60]);
    Hash(prev)
}

/// Appends the frame of an event to `bytes` and returns the entry.
pub(crate) fn encode(
    bytes: &mut Vec<u8>,
    place: u32,
    (seq, prev): (u64, Hash),
    (at, actor): (Timestamp, &str),
    event: &Event,
) -> Result<Entry> {
    let outgoing = Outgoing { seq, at, actor, prev, event };
    let payload = serde_json::to_vec(&outgoing).map_err(Error::Encode)?;
    let length = u32::try_from(payload.len()).ok().filter(|_| payload.len() <= MAX_PAYLOAD);
    let length = length.ok_or(Error::EventTooLarge { bytes: payload.len(), limit: MAX_PAYLOAD })?;
    let lead = lead(length, place);
    let hash = Hash::of(&[&lead, &payload]);
    bytes.extend_from_slice(&lead);
    bytes.extend_from_slice(&payload);
    bytes.extend_from_slice(&hash.0);
    Ok(Entry { seq, at, actor: actor.to_owned(), prev, hash, event: event.clone() })
}

/// Reads the lead of a frame: length of the payload and place in the batch.
pub(crate) fn read_lead(lead: [u8; LEAD]) -> (usize, u32) {
    let [a, b, c, d, e, f, g, h] = lead;
    let length = usize::try_from(u32::from_le_bytes([a, b, c, d])).unwrap_or(usize::MAX);
    (length, u32::from_le_bytes([e, f, g, h]))
}

/// Checks and reads a frame.
pub(crate) fn decode(lead: [u8; LEAD], payload: &[u8], stored: [u8; TRAIL]) -> Result<Frame, Unread> {
    let hash = Hash::of(&[&lead, payload]);
    if hash.0 != stored {
        return Err(Unread::Flawed("its hash does not fit its content".to_owned()));
    }
    let (_, place) = read_lead(lead);
    let read: Incoming = serde_json::from_slice(payload).map_err(|e| not_understood(payload, place, &e))?;
    let Incoming { seq, at, actor, prev, event } = read;
    Ok(Frame { entry: Entry { seq, at, actor, prev, hash, event }, place })
}

/// A later version may know events that this one does not; no write that was torn leaves a frame whose hash fits.
fn not_understood(payload: &[u8], place: u32, error: &serde_json::Error) -> Unread {
    match serde_json::from_slice(payload) {
        Ok(IncomingLater { seq, prev }) => Unread::Later { seq, prev, place },
        Err(_) => Unread::Flawed(format!("it is no entry: {error}")),
    }
}

fn lead(length: u32, place: u32) -> [u8; LEAD] {
    let mut lead = [0; LEAD];
    lead[..4].copy_from_slice(&length.to_le_bytes());
    lead[4..].copy_from_slice(&place.to_le_bytes());
    lead
}
