//! One line of a client as a command. The only file naming `smtp_proto`.

use smtp_proto::{Error, Request};

/// What a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Lhlo,
    Mail { size: usize },
    Rcpt,
    Data,
    Bdat { size: usize, last: bool },
    Rset,
    Noop,
    Vrfy,
    Quit,
}

/// Reads a line including its line end.
///
/// # Errors
/// The reply that tells the client what is wrong.
pub(super) fn parse(line: &[u8]) -> Result<Command, &'static str> {
    if !line.ends_with(b"\r\n") {
        return Err("500 5.5.2 lines end in CR LF");
    }
    match Request::parse(&mut line.iter()) {
        Ok(request) => accept(&request),
        Err(error) => Err(refusal(&error)),
    }
}

fn accept<T>(request: &Request<T>) -> Result<Command, &'static str> {
    Ok(match request {
        Request::Lhlo { .. } => Command::Lhlo,
        Request::Mail { from } => Command::Mail { size: from.size },
        Request::Rcpt { .. } => Command::Rcpt,
        Request::Data => Command::Data,
        Request::Bdat { chunk_size, is_last } => Command::Bdat { size: *chunk_size, last: *is_last },
        Request::Rset => Command::Rset,
        Request::Noop { .. } => Command::Noop,
        Request::Vrfy { .. } => Command::Vrfy,
        Request::Quit => Command::Quit,
        Request::Ehlo { .. } | Request::Helo { .. } => return Err("500 5.5.1 this is LMTP, say LHLO"),
        _ => return Err("502 5.5.1 command not offered"),
    })
}

fn refusal(error: &Error) -> &'static str {
    match error {
        Error::InvalidSenderAddress => "501 5.1.7 bad sender address",
        Error::InvalidRecipientAddress => "501 5.1.3 bad recipient address",
        Error::InvalidParameter { .. } => "501 5.5.4 bad parameter",
        Error::UnsupportedParameter { .. } => "555 5.5.4 parameter not offered",
        Error::UnknownCommand => "500 5.5.1 unknown command",
        _ => "501 5.5.2 syntax error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_an_mta_sends() {
        let cases: [(&str, Command); 11] = [
            ("LHLO mx.example.jp", Command::Lhlo),
            ("MAIL FROM:<>", Command::Mail { size: 0 }),
            ("MAIL FROM:<a@example.jp> SIZE=12345 BODY=8BITMIME", Command::Mail { size: 12345 }),
            ("RCPT TO:<fax@example.jp>", Command::Rcpt),
            ("data", Command::Data),
            ("BDAT 86", Command::Bdat { size: 86, last: false }),
            ("BDAT 0 LAST", Command::Bdat { size: 0, last: true }),
            ("RSET", Command::Rset),
            ("NOOP", Command::Noop),
            ("VRFY fax", Command::Vrfy),
            ("QUIT", Command::Quit),
        ];
        for (line, command) in cases {
            assert_eq!(parse(format!("{line}\r\n").as_bytes()), Ok(command), "{line}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let cases = [
            ("EHLO mx.example.jp\r\n", "500 5.5.1"),
            ("STARTTLS\r\n", "502 5.5.1"),
            ("MAIL FROM:<a@example.jp> COLOUR=RED\r\n", "555 5.5.4"),
            ("RCPT TO:<nobody>\r\n", "501 5.1.3"),
            ("HELLO\r\n", "500 5.5.1"),
            ("MAIL\r\n", "501 5.5.2"),
            ("QUIT\n", "500 5.5.2"),
            ("\r\n", "500 5.5.1"),
        ];
        for (line, reply) in cases {
            let refusal = parse(line.as_bytes()).unwrap_err();
            assert!(refusal.starts_with(reply), "{line:?} got {refusal}");
        }
    }
}
