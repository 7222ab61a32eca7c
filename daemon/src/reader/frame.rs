//! What a reader child and its parent say to each other: kind, length, payload.
//!
//! The parent writes one [`Kind::Setup`], then one [`Kind::Document`] at a time.
//! The child answers [`Kind::Ready`] once; for every document it sends, page by page, a
//! [`Kind::Reading`] followed by its [`Kind::Page`] and one [`Kind::Aligned`] per form,
//! or a [`Kind::PageFault`]; then [`Kind::Done`] or [`Kind::Fault`].

use std::io::{self, Read, Write};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Longest payload: a page of 60 million pixels as PNG stays far below.
const MAX_PAYLOAD: u32 = 256 * 1024 * 1024;

/// What a frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Parent: JSON of the setup.
    Setup,
    /// Parent: the bytes of one document.
    Document,
    /// Child: JSON of [`super::Ready`].
    Ready,
    /// Child: JSON of one page's reading.
    Reading,
    /// Child: the page just read, as a fax PDF.
    Page,
    /// Child: one form of the page just read, upright and square, as PNG.
    Aligned,
    /// Child: JSON of a page that could not be decoded.
    PageFault,
    /// Child: the document is finished.
    Done,
    /// Child: JSON of why the document cannot be read.
    Fault,
}

/// Every kind with its letter on the wire.
const LETTERS: [(Kind, u8); 9] = [
    (Kind::Setup, b's'),
    (Kind::Document, b'd'),
    (Kind::Ready, b'r'),
    (Kind::Reading, b'j'),
    (Kind::Page, b'p'),
    (Kind::Aligned, b'a'),
    (Kind::PageFault, b'x'),
    (Kind::Done, b'.'),
    (Kind::Fault, b'!'),
];

impl Kind {
    fn letter(self) -> u8 {
        LETTERS.iter().find(|(kind, _)| *kind == self).map_or(0, |(_, letter)| *letter)
    }

    fn from_letter(letter: u8) -> io::Result<Self> {
        let known = LETTERS.iter().find(|(_, l)| *l == letter).map(|(kind, _)| *kind);
        known.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "unknown frame"))
    }
}

fn header(kind: Kind, payload: &[u8]) -> io::Result<[u8; 5]> {
    let length = u32::try_from(payload.len()).ok().filter(|n| *n <= MAX_PAYLOAD);
    let length = length.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "frame too long"))?;
    let [a, b, c, d] = length.to_be_bytes();
    Ok([kind.letter(), a, b, c, d])
}

fn parse_header(header: [u8; 5]) -> io::Result<(Kind, u32)> {
    let [letter, a, b, c, d] = header;
    let length = u32::from_be_bytes([a, b, c, d]);
    if length > MAX_PAYLOAD {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "frame too long"));
    }
    Ok((Kind::from_letter(letter)?, length))
}

/// Writes a frame from the child.
///
/// # Errors
/// As the writer's, or when the payload is too long.
pub fn write(to: &mut impl Write, kind: Kind, payload: &[u8]) -> io::Result<()> {
    to.write_all(&header(kind, payload)?)?;
    to.write_all(payload)?;
    to.flush()
}

/// Reads a frame in the child; `None` when the parent has closed the pipe.
///
/// # Errors
/// As the reader's, or when the bytes are no frame.
pub fn read(from: &mut impl Read) -> io::Result<Option<(Kind, Vec<u8>)>> {
    let mut head = [0; 5];
    match from.read_exact(&mut head) {
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let (kind, length) = parse_header(head)?;
    let mut payload = Vec::new();
    if from.take(u64::from(length)).read_to_end(&mut payload)? < length as usize {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some((kind, payload)))
}

/// Writes a frame from the parent.
///
/// # Errors
/// As the writer's, or when the payload is too long.
pub async fn send(to: &mut (impl AsyncWriteExt + Unpin), kind: Kind, payload: &[u8]) -> io::Result<()> {
    to.write_all(&header(kind, payload)?).await?;
    to.write_all(payload).await?;
    to.flush().await
}

/// Reads a frame of at most `limit` bytes in the parent.
///
/// # Errors
/// As the reader's, or when the bytes are no frame or one too long.
pub async fn receive(from: &mut (impl AsyncReadExt + Unpin), limit: u32) -> io::Result<(Kind, Vec<u8>)> {
    let mut head = [0; 5];
    from.read_exact(&mut head).await?;
    let (kind, length) = parse_header(head)?;
    if length > limit {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "frame too long"));
    }
    let mut payload = Vec::new();
    if from.take(u64::from(length)).read_to_end(&mut payload).await? < length as usize {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok((kind, payload))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(index in 0usize..LETTERS.len(), payload in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut wire = Vec::new();
            write(&mut wire, LETTERS[index].0, &payload).unwrap();
            prop_assert_eq!(read(&mut wire.as_slice()).unwrap(), Some((LETTERS[index].0, payload)));
        }

        #[test]
        fn foreign_bytes_are_an_error_and_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = read(&mut bytes.as_slice());
        }
    }

    #[test]
    fn a_cut_frame_is_an_error() {
        let mut wire = Vec::new();
        write(&mut wire, Kind::Page, b"12345").unwrap();
        assert!(read(&mut &wire[..wire.len() - 1]).is_err());
        assert_eq!(read(&mut &wire[..0]).unwrap(), None);
    }
}
