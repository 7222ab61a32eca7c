//! The journal's bytes as `docs/store.md` tells them, for whoever wants to forge them.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::folder::files;

const HEADER: usize = 64;
const LEAD: usize = 8;
const TRAIL: usize = 32;

/// One segment taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    pub path: PathBuf,
    pub header: Vec<u8>,
    pub frames: Vec<Vec<u8>>,
}

impl Segment {
    /// All segments of a store, in order.
    pub fn all(store: &Path) -> Vec<Self> {
        let names = fs::read_dir(store.join("journal")).unwrap().map(|entry| entry.unwrap().path());
        let mut paths: Vec<PathBuf> =
            names.filter(|path| path.extension().is_some_and(|e| e == "log")).collect();
        paths.sort();
        paths.into_iter().map(Self::read).collect()
    }

    fn read(path: PathBuf) -> Self {
        let bytes = fs::read(&path).unwrap();
        let (header, mut rest) = bytes.split_at(HEADER);
        let mut frames = Vec::new();
        while let Some(length) = rest.first_chunk::<4>() {
            let (frame, more) = rest.split_at(LEAD + u32::from_le_bytes(*length) as usize + TRAIL);
            frames.push(frame.to_vec());
            rest = more;
        }
        Self { path, header: header.to_vec(), frames }
    }

    /// Writes it back.
    pub fn write(&self) {
        fs::write(&self.path, [self.header.clone(), self.frames.concat()].concat()).unwrap();
    }
}

/// The payloads in a journal that may have a torn end.
pub fn payloads(store: &Path) -> Vec<String> {
    let segments =
        files(&store.join("journal")).into_iter().filter(|p| p.extension().is_some_and(|e| e == "log"));
    segments.flat_map(|path| whole_payloads(&fs::read(path).unwrap())).collect()
}

fn whole_payloads(segment: &[u8]) -> Vec<String> {
    let (mut rest, mut found) = (segment.get(HEADER..).unwrap_or_default(), Vec::new());
    while let Some(length) = rest.first_chunk::<4>() {
        let end = LEAD + u32::from_le_bytes(*length) as usize;
        let Some((frame, more)) = rest.split_at_checked(end + TRAIL) else { break };
        if Sha256::digest(&frame[..end])[..] != frame[end..] {
            break;
        }
        found.push(String::from_utf8(frame[LEAD..end].to_vec()).unwrap());
        rest = more;
    }
    found
}

/// Changes the words of one event and makes every later hash fit, as one would who can write the files but not sign.
pub fn forge(store: &Path, segment: usize, frame: usize, from: &str, to: &str) -> bool {
    let mut segments = Segment::all(store);
    let payload = |frame: &[u8]| String::from_utf8(frame[LEAD..frame.len() - TRAIL].to_vec()).unwrap();
    let words = payload(&segments[segment].frames[frame]);
    let forged = words.replacen(from, to, 1);
    if forged == words {
        return false;
    }
    let mut before: Option<(String, String)> = None;
    for (s, part) in segments.iter_mut().enumerate().skip(segment) {
        if let Some((_, new)) = &before {
            part.header[28..60].copy_from_slice(&unhex(new));
        }
        for (f, bytes) in part.frames.iter_mut().enumerate() {
            if s == segment && f < frame {
                continue;
            }
            let old = hex(&bytes[bytes.len() - TRAIL..]);
            let mut words = if (s, f) == (segment, frame) { forged.clone() } else { payload(bytes) };
            if let Some((was, is)) = &before {
                words = words.replacen(was, is, 1);
            }
            let mut made = u32::try_from(words.len()).unwrap().to_le_bytes().to_vec();
            made.extend_from_slice(&bytes[4..LEAD]);
            made.extend_from_slice(words.as_bytes());
            let hash = Sha256::digest(&made);
            made.extend_from_slice(&hash);
            *bytes = made;
            before = Some((old, hex(&hash)));
        }
        part.write();
    }
    true
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digit).collect()
}
