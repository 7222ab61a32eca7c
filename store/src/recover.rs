//! Finds the end of the journal after a stop of any kind.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::frame::{self, HEADER, LEAD, MAX_PAYLOAD, Position, TRAIL, Unread};
use crate::hash::Hash;
use crate::walk::{Flaw, Step, Walk, segment_path, segments};
use crate::{Error, Result, disk};

/// A torn end that was cut from the journal: a write that never finished, so nobody was told it had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The first entry that is not there.
    pub seq: u64,
    /// Bytes cut.
    pub bytes: u64,
    /// What was wrong with them.
    pub what: String,
    /// Where they were kept.
    pub saved: PathBuf,
}

/// The end of the journal, ready for the next entry.
pub(crate) struct Tail {
    pub file: File,
    pub segment: u64,
    /// Length of the good part of the segment, where the next frame goes.
    pub len: u64,
    pub last: u64,
    pub head: Hash,
    pub cut: Option<Cut>,
}

/// Opens the journal for writing. Entries up to `known` are known from elsewhere to have been durable.
///
/// # Errors
/// [`Error::Damaged`] when an entry that was durable is bad or missing; nothing is changed then.
pub(crate) fn open(journal: &Path, known: u64) -> Result<Tail> {
    disk::make_dir(journal)?;
    let mut firsts = segments(journal)?;
    let mut cut = None;
    // A crash while a segment is begun leaves it shorter than its header or with a header never synced.
    if let Some(first) = firsts.last().copied().filter(|first| *first > known) {
        cut = unfinished_segment(journal, first, firsts.len() > 1)?;
        if cut.is_some() {
            firsts.pop();
        }
    }
    if firsts.is_empty() {
        if known > 0 {
            return Err(missing(1, known));
        }
        begin(journal, 1, Hash::START)?;
    }
    let tail = last_segment(journal, known)?;
    Ok(Tail { cut: tail.cut.or(cut), ..tail })
}

/// Makes the file of a new segment durable; it holds no frame yet.
pub(crate) fn begin(journal: &Path, first: u64, prev: Hash) -> Result<File> {
    let path = segment_path(journal, first);
    let file = disk::create_new(&path)?;
    file.write_all_at(&frame::header(first, prev), 0)
        .and_then(|()| file.sync_all())
        .map_err(Error::io("write", &path))?;
    disk::sync_dir(journal)?;
    Ok(file)
}

fn last_segment(journal: &Path, known: u64) -> Result<Tail> {
    let mut walk = Walk::from_segment_of(journal, u64::MAX, u64::MAX)?;
    let flaw = loop {
        match walk.step()? {
            Step::Entry(_) => {}
            Step::End => break None,
            Step::Flaw(flaw) => break Some(flaw),
        }
    };
    let last = walk.next_seq().saturating_sub(1);
    let segment = segments(journal)?.last().copied().unwrap_or(1);
    let path = segment_path(journal, segment);
    let file = OpenOptions::new().read(true).write(true).open(&path).map_err(Error::io("open", &path))?;
    let cut = match flaw {
        None if last < known => return Err(missing(last + 1, known)),
        None => None,
        Some(flaw) => Some(cut_tail(journal, &file, &flaw, known)?),
    };
    let len = file.metadata().map_err(Error::io("look at", &path))?.len();
    Ok(Tail { file, segment, len, last, head: walk.head(), cut })
}

fn missing(seq: u64, known: u64) -> Error {
    Error::Damaged {
        seq,
        what: format!("the journal ends before it, but entries up to {known} were durable"),
    }
}

/// Cuts off what follows the last good frame, unless something proves that it had been durable.
fn cut_tail(journal: &Path, file: &File, flaw: &Flaw, known: u64) -> Result<Cut> {
    let path = segment_path(journal, flaw.position.segment);
    let io = || Error::io("cut the torn end of", &path);
    let damaged = |why: String| Error::Damaged { seq: flaw.seq, what: format!("{} ({why})", flaw.what) };
    if flaw.position.offset < HEADER as u64 {
        return Err(damaged("entries follow in this segment".to_owned()));
    }
    if flaw.seq <= known {
        return Err(damaged(format!("entries up to {known} were durable")));
    }
    let mut rest = Vec::new();
    let mut reader = file;
    reader.seek(SeekFrom::Start(flaw.position.offset)).map_err(io())?;
    reader.read_to_end(&mut rest).map_err(io())?;
    if let Some(later) = later_write(&rest, flaw.seq) {
        return Err(damaged(format!("entry {later} was written after it")));
    }
    let saved = save_aside(journal, flaw.seq, &rest)?;
    file.set_len(flaw.position.offset).and_then(|()| file.sync_all()).map_err(io())?;
    Ok(Cut { seq: flaw.seq, bytes: rest.len() as u64, what: flaw.what.clone(), saved })
}

/// An entry in these bytes that belongs to a write begun after entry `seq` was durable.
fn later_write(rest: &[u8], seq: u64) -> Option<u64> {
    // A quotation mark inside a payload is escaped, so these bytes stand only at the start of one.
    const START: &[u8] = b"{\"seq\":";
    let mut at = LEAD;
    while let Some(found) = rest.get(at..)?.windows(START.len()).position(|w| w == START) {
        let payload = at + found;
        at = payload + 1;
        let frame = rest.get(payload - LEAD..).and_then(|bytes| {
            let (lead, bytes) = bytes.split_first_chunk::<LEAD>()?;
            let (length, _) = frame::read_lead(*lead);
            let (payload, bytes) = bytes.split_at_checked(length.min(MAX_PAYLOAD + 1))?;
            match frame::decode(*lead, payload, *bytes.first_chunk::<TRAIL>()?) {
                Ok(frame) => Some((frame.entry.seq, frame.place)),
                Err(Unread::Later { seq, place, .. }) => Some((seq, place)),
                Err(Unread::Flawed(_)) => None,
            }
        });
        if let Some((later, place)) = frame
            && later.saturating_sub(u64::from(place)) > seq
        {
            return Some(later);
        }
    }
    None
}

/// Moves aside a last segment whose header never became durable.
fn unfinished_segment(journal: &Path, first: u64, follows: bool) -> Result<Option<Cut>> {
    let path = segment_path(journal, first);
    let bytes = fs::metadata(&path).map_err(Error::io("look at", &path))?.len();
    if bytes > HEADER as u64 || (bytes == HEADER as u64 && whole_header(journal, first, follows)?) {
        return Ok(None);
    }
    let content = disk::read(&path)?.unwrap_or_default();
    let saved = save_aside(journal, first, &content)?;
    fs::remove_file(&path).map_err(Error::io("remove", &path))?;
    disk::sync_dir(journal)?;
    let what = "the segment was being begun".to_owned();
    Ok(Some(Cut { seq: first, bytes, what, saved }))
}

fn whole_header(journal: &Path, first: u64, follows: bool) -> Result<bool> {
    // The header of a segment is checked against the end of the one before it, if there is one.
    let start = if follows { first.saturating_sub(1) } else { first };
    let mut walk = Walk::from_segment_of(journal, start, u64::MAX)?;
    loop {
        match walk.step()? {
            Step::Entry(_) => {}
            Step::End => return Ok(true),
            Step::Flaw(flaw) => return Ok(flaw.position != Position { segment: first, offset: 0 }),
        }
    }
}

fn save_aside(journal: &Path, seq: u64, bytes: &[u8]) -> Result<PathBuf> {
    let names = disk::names(journal)?;
    let number = (1..).find(|n| !names.contains(&format!("cut-{seq}-{n}"))).unwrap_or(1u64);
    let saved = journal.join(format!("cut-{seq}-{number}"));
    disk::replace(&saved, bytes)?;
    Ok(saved)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::encode;
    use crate::{Event, frame};

    /// A segment of three entries written one by one, and where each frame starts.
    fn three() -> (Vec<u8>, Vec<usize>) {
        let mut bytes = frame::header(1, Hash::START).to_vec();
        let (mut prev, mut starts) = (Hash::START, Vec::new());
        for seq in 1..=3 {
            starts.push(bytes.len());
            let event = Event::Looked { what: "list".into(), about: None };
            prev = encode(&mut bytes, 0, (seq, prev), (jiff::Timestamp::UNIX_EPOCH, "clerk"), &event)
                .unwrap()
                .hash;
        }
        (bytes, starts)
    }

    fn journal_of(bytes: &[u8]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::write(segment_path(dir.path(), 1), bytes).unwrap();
        dir
    }

    #[test]
    fn a_last_frame_torn_at_any_byte_is_cut_kept_aside_and_reported() {
        let (bytes, starts) = three();
        for len in starts[2] + 1..bytes.len() {
            let dir = journal_of(&bytes[..len]);
            let tail = open(dir.path(), 2).unwrap();
            assert_eq!((tail.last, tail.len), (2, starts[2] as u64), "length {len}");
            let cut = tail.cut.unwrap();
            assert_eq!((cut.seq, cut.bytes), (3, (len - starts[2]) as u64));
            assert_eq!(fs::read(cut.saved).unwrap(), &bytes[starts[2]..len]);
            assert_eq!(open(dir.path(), 2).unwrap().cut, None, "cut once");
        }
    }

    #[test]
    fn a_tear_in_what_was_durable_is_refused_and_nothing_changes() {
        let (bytes, starts) = three();
        for len in starts[2]..bytes.len() {
            let dir = journal_of(&bytes[..len]);
            assert!(matches!(open(dir.path(), 3), Err(Error::Damaged { seq: 3, .. })), "length {len}");
            assert_eq!(fs::read(segment_path(dir.path(), 1)).unwrap(), &bytes[..len]);
        }
    }

    #[test]
    fn a_flipped_bit_is_never_taken_for_a_torn_end_when_a_later_write_follows() {
        let (bytes, starts) = three();
        for bit in starts[0] * 8..starts[2] * 8 {
            let mut bad = bytes.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let dir = journal_of(&bad);
            let seq = if bit / 8 < starts[1] { 1 } else { 2 };
            let refused = open(dir.path(), 0);
            assert!(matches!(refused, Err(Error::Damaged { seq: s, .. }) if s == seq), "bit {bit}");
            assert_eq!(fs::read(segment_path(dir.path(), 1)).unwrap(), bad, "nothing changes");
        }
    }

    #[test]
    fn frames_of_one_write_may_reach_the_disk_out_of_order() {
        let mut bytes = frame::header(1, Hash::START).to_vec();
        let mut prev = Hash::START;
        let mut starts = Vec::new();
        for (place, seq) in (0..).zip(1..=3) {
            starts.push(bytes.len());
            prev =
                encode(&mut bytes, place, (seq, prev), (jiff::Timestamp::UNIX_EPOCH, "a"), &Event::Stopped)
                    .unwrap()
                    .hash;
        }
        bytes[starts[1]..starts[2]].fill(0);
        let dir = journal_of(&bytes);
        let tail = open(dir.path(), 0).unwrap();
        assert_eq!((tail.last, tail.cut.map(|c| c.seq)), (1, Some(2)));
    }

    #[test]
    fn a_segment_that_was_being_begun_is_moved_aside() {
        let (bytes, _) = three();
        for len in 0..HEADER {
            let dir = journal_of(&bytes);
            fs::write(segment_path(dir.path(), 4), vec![0; len]).unwrap();
            let tail = open(dir.path(), 3).unwrap();
            assert_eq!((tail.last, tail.segment, tail.cut.map(|c| c.bytes)), (3, 1, Some(len as u64)));
        }
        let dir = journal_of(&bytes);
        let head = open(dir.path(), 3).unwrap().head;
        begin(dir.path(), 4, head).unwrap();
        let tail = open(dir.path(), 3).unwrap();
        assert_eq!((tail.last, tail.segment, tail.cut), (3, 4, None), "a whole header is an empty segment");
    }

    #[test]
    fn a_missing_journal_is_not_begun_anew_when_entries_are_known() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(open(dir.path(), 7), Err(Error::Damaged { seq: 1, .. })));
        assert!(segments(dir.path()).unwrap().is_empty());
        assert_eq!(open(dir.path(), 0).unwrap().last, 0);
    }

    #[test]
    fn an_event_that_only_a_later_version_knows_is_never_taken_for_a_torn_end() {
        let (mut bytes, starts) = three();
        let last = bytes.split_off(starts[2]);
        let text = std::str::from_utf8(&last[LEAD..last.len() - TRAIL]).unwrap();
        let payload = text.replace("\"looked\"", "\"looked_twice\"");
        let mut frame = u32::try_from(payload.len()).unwrap().to_le_bytes().to_vec();
        frame.extend([0; 4]);
        frame.extend(payload.as_bytes());
        let hash = Hash::of(&[&frame]);
        frame.extend(hash.0);
        bytes.extend(frame);
        let dir = journal_of(&bytes);
        assert!(matches!(open(dir.path(), 0), Err(Error::NewerEvent(3))));
        assert_eq!(fs::read(segment_path(dir.path(), 1)).unwrap(), bytes, "nothing changes");
    }

    #[test]
    fn a_newer_format_is_named() {
        let (mut bytes, _) = three();
        bytes[16] = 2;
        let dir = journal_of(&bytes);
        assert!(matches!(open(dir.path(), 0), Err(Error::NewerFormat { format: 2, .. })));
    }
}
