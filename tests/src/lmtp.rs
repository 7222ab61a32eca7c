//! The sending end of LMTP (RFC 2033) over a Unix socket.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// One answer of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Such as 250.
    pub code: u16,
    /// The words of its last line.
    pub text: String,
}

/// A conversation.
#[derive(Debug)]
pub struct Lmtp {
    stream: BufReader<UnixStream>,
}

/// Whether somebody listens there and acknowledges the mail.
pub fn lmtp_acknowledges(socket: &Path, mail: &[u8]) -> bool {
    UnixStream::connect(socket).is_ok() && lmtp_send(socket, mail).is_ok_and(|reply| reply.code == 250)
}

/// Hands in one message for one recipient and returns the answer that settles it: the one to the message,
/// or the first that stopped it earlier.
///
/// # Errors
/// When the server cannot be reached, hangs up, stays silent for a minute, or speaks another protocol.
pub fn lmtp_send(socket: &Path, raw: &[u8]) -> io::Result<Reply> {
    let mut lmtp = Lmtp::connect(socket)?;
    for command in ["LHLO tests.example.jp", "MAIL FROM:<mfp@sender.example.jp>", "RCPT TO:<fax@example.jp>"]
    {
        let reply = lmtp.command(command)?;
        if reply.code / 100 != 2 {
            return Ok(reply);
        }
    }
    let reply = lmtp.command("DATA")?;
    if reply.code != 354 {
        return Ok(reply);
    }
    lmtp.content(raw)?;
    let settled = lmtp.reply()?;
    // The message is settled; whether the goodbye is answered tells nothing more.
    let _ = lmtp.command("QUIT");
    Ok(settled)
}

impl Lmtp {
    /// Connects and takes the greeting.
    ///
    /// # Errors
    /// As [`lmtp_send`]; also when the greeting is no 220.
    pub fn connect(socket: &Path) -> io::Result<Self> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        stream.set_write_timeout(Some(Duration::from_secs(60)))?;
        let mut lmtp = Self { stream: BufReader::new(stream) };
        let greeting = lmtp.reply()?;
        if greeting.code == 220 { Ok(lmtp) } else { Err(foreign(&format!("the greeting {greeting:?}"))) }
    }

    /// Says one line and takes the answer.
    ///
    /// # Errors
    /// As [`lmtp_send`].
    pub fn command(&mut self, line: &str) -> io::Result<Reply> {
        self.stream.get_mut().write_all(format!("{line}\r\n").as_bytes())?;
        self.reply()
    }

    /// Says the message after DATA with its final dot; lines of `raw` may end in LF or CRLF.
    ///
    /// # Errors
    /// As [`lmtp_send`].
    pub fn content(&mut self, raw: &[u8]) -> io::Result<()> {
        let mut wire = Vec::with_capacity(raw.len() + raw.len() / 50 + 5);
        for line in raw.strip_suffix(b"\n").unwrap_or(raw).split(|b| *b == b'\n') {
            if line.starts_with(b".") {
                wire.push(b'.');
            }
            wire.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
            wire.extend_from_slice(b"\r\n");
        }
        wire.extend_from_slice(b".\r\n");
        self.stream.get_mut().write_all(&wire)
    }

    /// Takes one answer, however many lines it has.
    ///
    /// # Errors
    /// As [`lmtp_send`].
    pub fn reply(&mut self) -> io::Result<Reply> {
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line)? == 0 {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server hung up"));
            }
            let line = line.trim_end();
            let code = line.get(..3).and_then(|c| c.parse().ok()).ok_or_else(|| foreign(line))?;
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(Reply { code, text: line.get(4..).unwrap_or_default().to_owned() });
            }
        }
    }
}

fn foreign(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("not an answer to go on with: {what}"))
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::Shutdown;
    use std::os::unix::net::UnixListener;
    use std::thread;

    use super::*;

    /// A server that says `answers` in turn, one per line heard or message taken, and returns what it heard.
    fn serve(answers: &'static [&'static str], raw: &[u8]) -> (io::Result<Reply>, String) {
        let room = tempfile::tempdir().unwrap();
        let socket = room.path().join("lmtp");
        let listener = UnixListener::bind(&socket).unwrap();
        let server = thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let mut out = stream.try_clone().unwrap();
            let mut lines = BufReader::new(stream);
            let mut heard = String::new();
            for answer in answers {
                out.write_all(format!("{answer}\r\n").as_bytes()).unwrap();
                let message = answer.starts_with("354");
                let mut line = String::new();
                while lines.read_line(&mut line).unwrap() > 0 && message && !line.ends_with("\r\n.\r\n") {}
                heard.push_str(&line);
            }
            out.shutdown(Shutdown::Write).unwrap();
            let _ = lines.read_to_string(&mut heard);
            heard
        });
        let reply = lmtp_send(&socket, raw);
        (reply, server.join().unwrap())
    }

    #[test]
    fn a_message_is_handed_in_with_its_dots_and_line_ends() {
        let (reply, heard) = serve(
            &["220 hi", "250-a\r\n250 b", "250 ok", "250 ok", "354 go", "250 2.0.0 kept", "221 bye"],
            b"Subject: x\n\n.dot\r\nend\n",
        );
        assert_eq!(reply.unwrap(), Reply { code: 250, text: "2.0.0 kept".into() });
        assert!(heard.starts_with("LHLO "), "{heard}");
        assert!(heard.contains("DATA\r\nSubject: x\r\n\r\n..dot\r\nend\r\n.\r\nQUIT\r\n"), "{heard}");
    }

    #[test]
    fn the_answer_that_stops_a_message_is_the_reply() {
        let (reply, _) = serve(&["220 hi", "250 ok", "250 ok", "452 full"], b"x");
        assert_eq!(reply.unwrap().code, 452);
        let (reply, _) = serve(&["220 hi", "250 ok", "250 ok", "250 ok", "451 disk"], b"x");
        assert_eq!(reply.unwrap().code, 451);
    }

    #[test]
    fn a_server_that_hangs_up_or_speaks_otherwise_is_an_error() {
        let (reply, _) = serve(&["220 hi", "250 ok"], b"x");
        assert_eq!(reply.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        let (reply, _) = serve(&["+OK POP3"], b"x");
        assert_eq!(reply.unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
