//! The sample faxes on their way in: mails as a fax service writes them, handed over by LMTP.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use lettre::message::header::ContentType;
use lettre::message::{Attachment, Message, MultiPart, SinglePart};

use super::cases::Sample;
use crate::{Error, Result};

/// Writes the mail of one sample.
///
/// # Errors
/// When a part cannot be put into a mail.
pub(super) fn mail(sample: &Sample, number: usize) -> Result<Vec<u8>> {
    let fault = |e: Box<dyn std::error::Error + Send + Sync>| Error::Reader(std::io::Error::other(e));
    let address = |text: &str| text.parse().map_err(|e: lettre::address::AddressError| fault(Box::new(e)));
    let head = Message::builder()
        .from(address("fax-service@fax.example")?)
        .to(address("fax@kasasagi.example")?)
        .subject(format!("FAX received ({number})"))
        .message_id(Some(format!("<demo-{number}@fax.example>")));
    let text = SinglePart::plain(String::from("A fax has been received.\r\n"));
    let message = match sample.file {
        None => head.singlepart(text),
        Some((name, kind)) => {
            let kind = ContentType::parse(kind).map_err(|e| fault(Box::new(e)))?;
            let file = Attachment::new(name.to_owned()).body(sample.bytes.clone(), kind);
            head.multipart(MultiPart::mixed().singlepart(text).singlepart(file))
        }
    };
    Ok(message.map_err(|e| fault(Box::new(e)))?.formatted())
}

/// Hands a mail to the gateway over LMTP (RFC 2033) and waits until it is acknowledged.
///
/// # Errors
/// When the gateway does not take it; the last reply is in the message.
pub(super) fn lmtp(socket: &Path, mail: &[u8]) -> std::io::Result<()> {
    let stream = UnixStream::connect(socket)?;
    let mut to = stream.try_clone()?;
    let mut from = BufReader::new(stream);
    expect(&mut from, "220")?;
    for (line, reply) in [
        ("LHLO demo.example", "250"),
        ("MAIL FROM:<fax-service@fax.example>", "250"),
        ("RCPT TO:<fax@kasasagi.example>", "250"),
        ("DATA", "354"),
    ] {
        to.write_all(format!("{line}\r\n").as_bytes())?;
        expect(&mut from, reply)?;
    }
    to.write_all(&stuffed(mail))?;
    expect(&mut from, "250")?;
    to.write_all(b"QUIT\r\n")
}

/// Doubles the dots that begin a line and ends the message (RFC 5321 section 4.5.2).
fn stuffed(mail: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(mail.len() + 64);
    for line in mail.split_inclusive(|b| *b == b'\n') {
        if line.starts_with(b".") {
            wire.push(b'.');
        }
        wire.extend_from_slice(line);
    }
    if !wire.ends_with(b"\r\n") {
        wire.extend_from_slice(b"\r\n");
    }
    wire.extend_from_slice(b".\r\n");
    wire
}

fn expect(from: &mut impl BufRead, code: &str) -> std::io::Result<()> {
    loop {
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if !line.starts_with(code) {
            return Err(std::io::Error::other(line.trim_end().to_owned()));
        }
        if line.as_bytes().get(3) != Some(&b'-') {
            return Ok(());
        }
    }
}
