//! Reads the journal's segments in order, checking every frame and the chain between them.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::frame::{self, Entry, Frame, HEADER, LEAD, MAX_PAYLOAD, Position, TRAIL, Unread, Written};
use crate::hash::Hash;
use crate::{Error, Result, disk};

/// Where a walk could not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flaw {
    /// The entry that should stand there.
    pub seq: u64,
    /// What is wrong.
    pub what: String,
    /// Where.
    pub position: Position,
}

/// What a walk finds next.
pub(crate) enum Step {
    Entry(Box<Written>),
    End,
    Flaw(Flaw),
}

/// A walk over the entries from some segment on.
pub(crate) struct Walk {
    journal: PathBuf,
    /// First entries of the segments not yet opened, in order.
    ahead: std::vec::IntoIter<u64>,
    open: Option<Segment>,
    next: u64,
    prev: Option<Hash>,
    last: u64,
}

struct Segment {
    reader: BufReader<File>,
    first: u64,
    offset: u64,
}

/// The file of the segment that starts with this entry.
pub(crate) fn segment_path(journal: &Path, first: u64) -> PathBuf {
    journal.join(format!("{first:020}.log"))
}

/// The first entries of all segments, in order.
pub(crate) fn segments(journal: &Path) -> Result<Vec<u64>> {
    let names = disk::names(journal)?;
    Ok(names.iter().filter_map(|n| n.strip_suffix(".log")?.parse().ok()).collect())
}

impl Walk {
    /// Over the whole journal, the entry `last` included.
    pub(crate) fn whole(journal: &Path, last: u64) -> Result<Self> {
        let segments = segments(journal)?;
        Ok(Self::over(journal, segments, (1, Some(Hash::START)), last))
    }

    /// From the start of the segment that holds entry `seq`; that segment's header is believed.
    pub(crate) fn from_segment_of(journal: &Path, seq: u64, last: u64) -> Result<Self> {
        let mut segments = segments(journal)?;
        let before = segments.iter().filter(|first| **first <= seq).count().saturating_sub(1);
        segments.drain(..before);
        let next = segments.first().copied().unwrap_or(1);
        Ok(Self::over(journal, segments, (next, None), last))
    }

    fn over(journal: &Path, segments: Vec<u64>, (next, prev): (u64, Option<Hash>), last: u64) -> Self {
        Self { journal: journal.to_owned(), ahead: segments.into_iter(), open: None, next, prev, last }
    }

    /// The hash of the entry read last.
    pub(crate) fn head(&self) -> Hash {
        self.prev.unwrap_or(Hash::START)
    }

    /// Number of the entry that comes next.
    pub(crate) fn next_seq(&self) -> u64 {
        self.next
    }

    /// The next entry. After a flaw or the end there is nothing more to ask.
    ///
    /// # Errors
    /// [`Error::Io`] if a file cannot be read, [`Error::NewerFormat`], [`Error::NewerEvent`].
    pub(crate) fn step(&mut self) -> Result<Step> {
        while self.next <= self.last {
            let Some(segment) = &mut self.open else {
                match self.enter()? {
                    None => continue,
                    Some(step) => return Ok(step),
                }
            };
            let position = Position { segment: segment.first, offset: segment.offset };
            let path = segment_path(&self.journal, segment.first);
            let what = match segment.frame().map_err(Error::io("read", &path))? {
                None => {
                    self.open = None;
                    continue;
                }
                Some(Ok(frame)) if frame.entry.seq != self.next => {
                    format!("entry {} stands in its place", frame.entry.seq)
                }
                Some(Ok(frame)) if Some(frame.entry.prev) != self.prev => {
                    "it does not follow from the entry before".to_owned()
                }
                Some(Ok(frame)) => {
                    self.next += 1;
                    self.prev = Some(frame.entry.hash);
                    return Ok(Step::Entry(Box::new(Written { entry: frame.entry, position })));
                }
                Some(Err(Unread::Later { seq, prev, .. })) if seq == self.next && Some(prev) == self.prev => {
                    return Err(Error::NewerEvent(seq));
                }
                Some(Err(unread)) => unread.what(),
            };
            return Ok(Step::Flaw(Flaw { seq: self.next, what, position }));
        }
        Ok(Step::End)
    }

    /// Opens the next segment; a step when there is none or it cannot be the next one.
    fn enter(&mut self) -> Result<Option<Step>> {
        let Some(first) = self.ahead.next() else { return Ok(Some(Step::End)) };
        let path = segment_path(&self.journal, first);
        let flaw = |what: String| {
            let position = Position { segment: first, offset: 0 };
            Ok(Some(Step::Flaw(Flaw { seq: self.next, what, position })))
        };
        if first != self.next {
            return flaw(format!("the next segment starts with entry {first}"));
        }
        let mut reader =
            BufReader::with_capacity(1 << 18, File::open(&path).map_err(Error::io("open", &path))?);
        let mut header = [0; HEADER];
        let read = fill(&mut reader, &mut header).map_err(Error::io("read", &path))?;
        match frame::format_of(&header) {
            Some(format) if format > frame::FORMAT && read == HEADER => {
                return Err(Error::NewerFormat { path, format });
            }
            _ if read < HEADER => return flaw("the segment header is cut short".to_owned()),
            _ => {}
        }
        let prev = self.prev.unwrap_or_else(|| frame::prev_of(&header));
        if header != frame::header(first, prev) {
            return flaw("the segment header does not fit".to_owned());
        }
        self.prev = Some(prev);
        self.open = Some(Segment { reader, first, offset: HEADER as u64 });
        Ok(None)
    }
}

impl Segment {
    /// The next frame, what is wrong with it, or nothing at the end of the file.
    fn frame(&mut self) -> io::Result<Option<Result<Frame, Unread>>> {
        let flawed = |what: String| Ok(Some(Err(Unread::Flawed(what))));
        let mut lead = [0; LEAD];
        match fill(&mut self.reader, &mut lead)? {
            0 => return Ok(None),
            LEAD => {}
            _ => return flawed(CUT.to_owned()),
        }
        let (length, _) = frame::read_lead(lead);
        if length > MAX_PAYLOAD {
            return flawed(format!("its length of {length} is impossible"));
        }
        let mut rest = Vec::new();
        let wanted = length + TRAIL;
        if (&mut self.reader).take(wanted as u64).read_to_end(&mut rest)? < wanted {
            return flawed(CUT.to_owned());
        }
        let Some((payload, hash)) = rest.split_last_chunk::<TRAIL>() else {
            return flawed(CUT.to_owned());
        };
        self.offset += (LEAD + wanted) as u64;
        Ok(Some(frame::decode(lead, payload, *hash)))
    }

    /// Passes over a frame unread.
    fn skip(&mut self) -> io::Result<()> {
        let mut lead = [0; LEAD];
        self.reader.read_exact(&mut lead)?;
        let (length, _) = frame::read_lead(lead);
        self.reader.seek_relative((length.min(MAX_PAYLOAD) + TRAIL) as i64)
    }
}

/// Reads entry `wanted`, counting frames from the start of entry `first` or of a segment that begins between them.
///
/// # Errors
/// [`Error::Damaged`] if the frame there is not entry `wanted`.
pub(crate) fn read_entry(journal: &Path, start: Position, first: u64, wanted: u64) -> Result<Entry> {
    let later = segments(journal)?.into_iter().rfind(|begun| (first + 1..=wanted).contains(begun));
    let (Position { segment, offset }, first) = match later {
        Some(segment) => (Position { segment, offset: HEADER as u64 }, segment),
        None => (start, first),
    };
    let path = segment_path(journal, segment);
    let read = || -> io::Result<Option<Result<Frame, Unread>>> {
        let mut file = File::open(&path)?;
        file.seek(SeekFrom::Start(offset))?;
        let mut segment = Segment { reader: BufReader::new(file), first: segment, offset };
        for _ in first..wanted {
            segment.skip()?;
        }
        segment.frame()
    };
    let damaged = |what: String| Error::Damaged { seq: wanted, what };
    let frame = read().map_err(Error::io("read", &path))?.ok_or_else(|| damaged(CUT.to_owned()))?;
    let entry = frame.map_err(|unread| damaged(unread.what()))?.entry;
    if entry.seq == wanted {
        Ok(entry)
    } else {
        Err(damaged(format!("entry {} stands in its place", entry.seq)))
    }
}

const CUT: &str = "the file ends within it";

/// Reads until the buffer is full or the file ends; the number of bytes read.
fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|r| !r.is_empty()) {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}
