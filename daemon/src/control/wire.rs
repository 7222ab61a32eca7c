//! Frames on the control socket: four bytes of length, then JSON or a raw message.

use std::io::{self, Read, Write};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Longest frame: the largest message accepted, with room.
const MAX_FRAME: u32 = 210 * 1024 * 1024;

fn checked(length: u32) -> io::Result<u64> {
    if length > MAX_FRAME {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "frame too long"));
    }
    Ok(u64::from(length))
}

fn length_of(bytes: &[u8]) -> io::Result<[u8; 4]> {
    let length = u32::try_from(bytes.len()).ok().filter(|n| *n <= MAX_FRAME);
    Ok(length.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "frame too long"))?.to_be_bytes())
}

/// Writes a frame from the command line.
///
/// # Errors
/// As the writer's, or when the frame is too long.
pub fn write(to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    to.write_all(&length_of(bytes)?)?;
    to.write_all(bytes)?;
    to.flush()
}

/// Reads a frame on the command line.
///
/// # Errors
/// As the reader's, or when the frame is too long or cut.
pub fn read(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = [0; 4];
    from.read_exact(&mut head)?;
    let length = checked(u32::from_be_bytes(head))?;
    let mut bytes = Vec::new();
    if (from.take(length).read_to_end(&mut bytes)? as u64) < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes)
}

/// Writes a frame from the daemon.
///
/// # Errors
/// As the writer's, or when the frame is too long.
pub async fn send(to: &mut (impl AsyncWriteExt + Unpin), bytes: &[u8]) -> io::Result<()> {
    to.write_all(&length_of(bytes)?).await?;
    to.write_all(bytes).await?;
    to.flush().await
}

/// Reads a frame in the daemon, up to `limit` bytes.
///
/// # Errors
/// As the reader's, or when the frame is too long or cut.
pub async fn receive(from: &mut (impl AsyncReadExt + Unpin), limit: u64) -> io::Result<Vec<u8>> {
    let length = checked(from.read_u32().await?)?;
    if length > limit {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "frame too long"));
    }
    let mut bytes = Vec::new();
    if (from.take(length).read_to_end(&mut bytes).await? as u64) < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes)
}
