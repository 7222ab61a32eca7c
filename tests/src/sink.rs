//! A mail server on loopback that keeps what it gets and answers as told.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// What the server does at one point of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// What a willing server says there.
    Willing,
    /// This line, without its line end.
    Say(String),
    /// Hangs up.
    HangUp,
    /// Says nothing more for this long, then hangs up.
    Stall(Duration),
}

/// A mail that came in.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Address of the envelope's sender.
    pub from: String,
    /// Address of its recipient, the last one named.
    pub to: String,
    /// The mail, dots unstuffed.
    pub raw: Vec<u8>,
    /// What it was answered with; none when the connection ended without an answer.
    pub answer: Option<u16>,
}

impl Taken {
    /// Whether it was answered with success.
    pub fn acknowledged(&self) -> bool {
        self.answer.is_some_and(|code| (200..300).contains(&code))
    }
}

/// A point of a conversation that can be answered.
#[derive(Clone, Copy, Debug)]
pub struct Point<'a> {
    /// `CONNECT`, the verb of the command heard, or `.` for the end of a mail.
    pub verb: &'a str,
    /// The whole line heard; empty for `CONNECT` and `.`.
    pub line: &'a str,
    /// How many times this verb has come up before, in all conversations.
    pub before: usize,
}

/// The server; listens until the process ends.
#[derive(Clone, Debug)]
pub struct SmtpSink {
    port: u16,
    book: Arc<Mutex<Book>>,
}

#[derive(Debug, Default)]
struct Book {
    /// How often each verb has come up.
    verbs: HashMap<String, usize>,
    taken: Vec<Taken>,
    /// Conversations that have not ended.
    open: usize,
}

type Script = dyn Fn(Point<'_>) -> Answer + Send + Sync;

impl SmtpSink {
    /// A server that takes everything.
    ///
    /// # Panics
    /// When loopback offers no port.
    pub fn willing() -> Self {
        Self::scripted(|_| Answer::Willing)
    }

    /// A server that asks `script` at every point.
    ///
    /// # Panics
    /// When loopback offers no port.
    pub fn scripted(script: impl Fn(Point<'_>) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
        let port = listener.local_addr().expect("the port").port();
        let sink = Self { port, book: Arc::default() };
        let (served, script) = (sink.clone(), Arc::new(script) as Arc<Script>);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (sink, script) = (served.clone(), Arc::clone(&script));
                sink.book().open += 1;
                thread::spawn(move || {
                    let _ =
                        Conversation { stream: BufReader::new(stream), sink: sink.clone(), script }.hold();
                    sink.book().open -= 1;
                });
            }
        });
        sink
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Every mail so far, in order of arrival.
    pub fn taken(&self) -> Vec<Taken> {
        self.book().taken.clone()
    }

    /// How often a verb has come up; `CONNECT` counts connections.
    pub fn count(&self, verb: &str) -> usize {
        self.book().verbs.get(verb).copied().unwrap_or_default()
    }

    /// Whether nobody is speaking to it.
    pub fn is_idle(&self) -> bool {
        self.book().open == 0
    }

    fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        // A conversation that panicked has left a list behind, not half an entry.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Conversation {
    stream: BufReader<TcpStream>,
    sink: SmtpSink,
    script: Arc<Script>,
}

impl Conversation {
    /// Until either side hangs up.
    fn hold(mut self) -> Option<()> {
        self.answer("CONNECT", "", "220 sink.example.jp ESMTP")?;
        let (mut from, mut to) = (String::new(), String::new());
        loop {
            let line = self.hear()?;
            let verb = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => self.answer("EHLO", &line, "250-sink.example.jp\r\n250 8BITMIME")?,
                "MAIL" => {
                    from = address(&line);
                    self.answer("MAIL", &line, "250 2.1.0 ok")?
                }
                "RCPT" => {
                    to = address(&line);
                    self.answer("RCPT", &line, "250 2.1.5 ok")?
                }
                "DATA" => match self.answer("DATA", &line, "354 go ahead")? {
                    300..400 => self.take(&from, &to)?,
                    code => code,
                },
                "QUIT" => {
                    self.answer("QUIT", &line, "221 2.0.0 bye")?;
                    return None;
                }
                "RSET" | "NOOP" | "HELO" => self.answer(&verb, &line, "250 2.0.0 ok")?,
                _ => self.answer(&verb, &line, "502 5.5.1 not here")?,
            };
        }
    }

    fn take(&mut self, from: &str, to: &str) -> Option<u16> {
        let mut raw = Vec::new();
        loop {
            let mut line = Vec::new();
            if self.stream.read_until(b'\n', &mut line).ok()? == 0 {
                return None;
            }
            if line == b".\r\n" {
                break;
            }
            raw.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
        // Kept before the answer, as a real server would: a mail may be here although its sender never knew.
        let entry = {
            let mut book = self.sink.book();
            book.taken.push(Taken { from: from.to_owned(), to: to.to_owned(), raw, answer: None });
            book.taken.len() - 1
        };
        let code = self.answer(".", "", "250 2.0.0 kept")?;
        if let Some(taken) = self.sink.book().taken.get_mut(entry) {
            taken.answer = Some(code);
        }
        Some(code)
    }

    fn hear(&mut self) -> Option<String> {
        let mut line = String::new();
        (self.stream.read_line(&mut line).ok()? > 0).then(|| line.trim_end().to_owned())
    }

    /// Answers as the script says and returns the code; none when the conversation ends here.
    fn answer(&mut self, verb: &str, line: &str, willing: &str) -> Option<u16> {
        let before = {
            let mut book = self.sink.book();
            let count = book.verbs.entry(verb.to_owned()).or_default();
            *count += 1;
            *count - 1
        };
        let words = match (self.script)(Point { verb, line, before }) {
            Answer::Willing => willing.to_owned(),
            Answer::Say(words) => words,
            Answer::HangUp => return None,
            Answer::Stall(time) => {
                thread::sleep(time);
                return None;
            }
        };
        self.stream.get_mut().write_all(format!("{words}\r\n").as_bytes()).ok()?;
        words.get(..3)?.parse().ok()
    }
}

fn address(line: &str) -> String {
    let start = line.find('<').map_or(0, |at| at + 1);
    line.get(start..).and_then(|rest| rest.split('>').next()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says each line and returns the codes heard; 0 when the server hung up.
    fn talk(sink: &SmtpSink, lines: &[&str]) -> Vec<u16> {
        let mut stream = BufReader::new(TcpStream::connect(("127.0.0.1", sink.port())).unwrap());
        let mut codes = vec![code(&mut stream)];
        for line in lines {
            let _ = stream.get_mut().write_all(format!("{line}\r\n").as_bytes());
            codes.push(code(&mut stream));
        }
        codes
    }

    fn code(stream: &mut BufReader<TcpStream>) -> u16 {
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).unwrap_or(0) == 0 {
                return 0;
            }
            if line.as_bytes().get(3) != Some(&b'-') {
                return line[..3].parse().unwrap();
            }
        }
    }

    const MAIL: [&str; 5] =
        ["EHLO x", "MAIL FROM:<a@example.jp>", "RCPT TO:<b@example.jp>", "DATA", "S: x\r\n\r\n..dot\r\n."];

    #[test]
    fn a_willing_sink_keeps_the_mail() {
        let sink = SmtpSink::willing();
        assert_eq!(talk(&sink, &MAIL), [220, 250, 250, 250, 354, 250]);
        let taken = sink.taken();
        assert_eq!(taken.len(), 1);
        assert_eq!((taken[0].from.as_str(), taken[0].to.as_str()), ("a@example.jp", "b@example.jp"));
        assert_eq!(taken[0].raw, b"S: x\r\n\r\n.dot\r\n");
    }

    #[test]
    fn a_script_answers_by_verb_and_turn() {
        let sink = SmtpSink::scripted(|point| match (point.verb, point.before) {
            ("RCPT", 0) => Answer::Say("451 4.7.1 later".into()),
            (".", 0) => Answer::HangUp,
            _ => Answer::Willing,
        });
        assert_eq!(talk(&sink, &MAIL[..3]), [220, 250, 250, 451]);
        assert_eq!(talk(&sink, &MAIL), [220, 250, 250, 250, 354, 0]);
        assert_eq!(talk(&sink, &MAIL), [220, 250, 250, 250, 354, 250]);
        crate::wait_until("the last mail to be settled", || sink.taken().iter().any(Taken::acknowledged));
        let answers: Vec<_> = sink.taken().iter().map(|t| t.answer).collect();
        assert_eq!(answers, [None, Some(250)]);
        assert_eq!(sink.count("CONNECT"), 3);
    }
}
