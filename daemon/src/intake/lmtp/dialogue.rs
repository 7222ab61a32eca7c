use super::Limits;
use super::command::{self, Command};

/// The state of one connection and what it answers, without any input or output.
pub(super) struct Dialogue {
    limits: Limits,
    largest: usize,
    state: State,
    faults: u32,
}

/// What to do after a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Send this reply.
    Say(String),
    /// A message of about so many bytes is announced, 0 if its size is not: take it or refuse it.
    Admit { size: usize },
    /// Send 354 and read a message; it answers once for each of so many recipients.
    Receive { recipients: usize },
    /// Read so many bytes of a message for so many recipients. They come whether they are wanted or not.
    Chunk { size: usize, last: bool, recipients: Option<usize> },
    /// Send this reply and close.
    Close(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    New,
    Greeted,
    Transaction {
        recipients: usize,
    },
    /// The message has begun to come in chunks.
    Chunks {
        recipients: usize,
    },
}

/// A client that is wrong so often is no mail server.
const FAULTS: u32 = 20;

const UNGREETED: &str = "503 5.5.1 say LHLO first";

impl Dialogue {
    pub(super) fn new(limits: Limits, largest: usize) -> Self {
        Self { limits, largest, state: State::New, faults: 0 }
    }

    /// Answers one line, given with its line end.
    pub(super) fn line(&mut self, line: &[u8]) -> Answer {
        match command::parse(line).and_then(|command| self.obey(command)) {
            Ok(answer) => answer,
            Err(refusal) => self.fault(refusal),
        }
    }

    /// Answers something that is no acceptable line at all, or one out of place.
    pub(super) fn fault(&mut self, refusal: &'static str) -> Answer {
        self.faults = self.faults.saturating_add(1);
        if self.faults >= FAULTS {
            return Answer::Close("421 4.7.0 too many errors");
        }
        Answer::Say(refusal.to_owned())
    }

    fn obey(&mut self, command: Command) -> Result<Answer, &'static str> {
        let reply = match command {
            Command::Lhlo => {
                self.state = State::Greeted;
                format!(
                    "250-kasasagi\r\n250-PIPELINING\r\n250-SIZE {}\r\n250-8BITMIME\r\n250-CHUNKING\r\n250 ENHANCEDSTATUSCODES",
                    self.largest
                )
            }
            Command::Mail { size } => return self.mail(size),
            Command::Rcpt => self.rcpt()?.to_owned(),
            Command::Data => return self.data(),
            Command::Bdat { size, last } => return Ok(self.bdat(size, last)),
            Command::Rset => {
                if self.state != State::New {
                    self.state = State::Greeted;
                }
                "250 2.0.0 forgotten".to_owned()
            }
            Command::Noop => "250 2.0.0 still here".to_owned(),
            Command::Vrfy => "252 2.5.0 cannot verify, but takes mail".to_owned(),
            Command::Quit => return Ok(Answer::Close("221 2.0.0 goodbye")),
        };
        Ok(Answer::Say(reply))
    }

    /// Whether a message has begun to come in chunks and is not whole.
    pub(super) fn is_chunking(&self) -> bool {
        matches!(self.state, State::Chunks { .. })
    }

    /// Answers the message announced last: it may come, or the reply says why not.
    pub(super) fn admit(&mut self, room: Result<(), &'static str>) -> &'static str {
        match room {
            Ok(()) => "250 2.1.0 sender noted",
            Err(refusal) => {
                self.state = State::Greeted;
                refusal
            }
        }
    }

    fn mail(&mut self, size: usize) -> Result<Answer, &'static str> {
        match self.state {
            State::New => Err(UNGREETED),
            State::Transaction { .. } | State::Chunks { .. } => Err("503 5.5.1 one message at a time"),
            State::Greeted if size > self.largest => Err("552 5.3.4 message too large"),
            State::Greeted => {
                self.state = State::Transaction { recipients: 0 };
                Ok(Answer::Admit { size })
            }
        }
    }

    fn rcpt(&mut self) -> Result<&'static str, &'static str> {
        let State::Transaction { recipients } = &mut self.state else {
            return Err("503 5.5.1 say MAIL first");
        };
        if *recipients >= self.limits.recipients {
            return Err("452 4.5.3 too many recipients");
        }
        *recipients += 1;
        Ok("250 2.1.5 recipient noted")
    }

    fn data(&mut self) -> Result<Answer, &'static str> {
        match self.state {
            State::Transaction { recipients } if recipients > 0 => {
                self.state = State::Greeted;
                Ok(Answer::Receive { recipients })
            }
            State::Chunks { .. } => Err("503 5.5.1 the message has begun with BDAT"),
            _ => Err("503 5.5.1 no recipients"),
        }
    }

    fn bdat(&mut self, size: usize, last: bool) -> Answer {
        let recipients = match self.state {
            State::Transaction { recipients } | State::Chunks { recipients } if recipients > 0 => {
                self.state = if last { State::Greeted } else { State::Chunks { recipients } };
                Some(recipients)
            }
            _ => None,
        };
        Answer::Chunk { size, last, recipients }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn greeted() -> Dialogue {
        let mut dialogue = Dialogue::new(Limits { recipients: 2, ..Limits::default() }, 1000);
        assert!(matches!(dialogue.line(b"LHLO mx.example.jp\r\n"), Answer::Say(_)));
        dialogue
    }

    fn codes(dialogue: &mut Dialogue, lines: &[&str]) -> Vec<String> {
        let say = |answer| match answer {
            Answer::Say(reply) => reply.chars().take(3).collect(),
            Answer::Admit { .. } => "250".to_owned(),
            Answer::Receive { recipients } => format!("receive for {recipients}"),
            Answer::Chunk { size, last, recipients } => format!("{size} {last} for {recipients:?}"),
            Answer::Close(reply) => format!("close {}", &reply[..3]),
        };
        lines.iter().map(|line| say(dialogue.line(format!("{line}\r\n").as_bytes()))).collect()
    }

    #[test]
    fn commands_out_of_order_are_refused_and_harmless() {
        let mut new = Dialogue::new(Limits::default(), 1000);
        assert_eq!(
            codes(&mut new, &["MAIL FROM:<>", "RCPT TO:<f@x.jp>", "DATA", "RSET", "MAIL FROM:<>"]),
            ["503", "503", "503", "250", "503"]
        );
        let lines = ["DATA", "MAIL FROM:<>", "DATA", "MAIL FROM:<>", "RCPT TO:<f@x.jp>", "DATA", "DATA"];
        assert_eq!(
            codes(&mut greeted(), &lines),
            ["503", "250", "503", "503", "250", "receive for 1", "503"]
        );
    }

    #[test]
    fn recipients_and_announced_size_are_bounded() {
        let lines = ["MAIL FROM:<a@x.jp> SIZE=1001", "MAIL FROM:<a@x.jp> SIZE=1000"];
        assert_eq!(codes(&mut greeted(), &lines), ["552", "250"]);
        let lines = ["MAIL FROM:<>", "RCPT TO:<a@x.jp>", "RCPT TO:<b@x.jp>", "RCPT TO:<c@x.jp>", "DATA"];
        assert_eq!(codes(&mut greeted(), &lines), ["250", "250", "250", "452", "receive for 2"]);
    }

    #[test]
    fn a_message_without_room_is_refused_before_it_comes() {
        let mut dialogue = greeted();
        assert_eq!(dialogue.line(b"MAIL FROM:<> SIZE=900\r\n"), Answer::Admit { size: 900 });
        assert_eq!(dialogue.admit(Err("452 4.3.1 full")), "452 4.3.1 full");
        let lines = ["RCPT TO:<a@x.jp>", "DATA", "MAIL FROM:<>", "RCPT TO:<a@x.jp>", "DATA"];
        assert_eq!(codes(&mut dialogue, &lines), ["503", "503", "250", "250", "receive for 1"]);
    }

    #[test]
    fn a_message_in_chunks_ends_with_the_last_and_cannot_go_on_as_data() {
        let lines = [
            "BDAT 1",
            "MAIL FROM:<>",
            "BDAT 2",
            "RCPT TO:<a@x.jp>",
            "BDAT 3",
            "DATA",
            "RCPT TO:<b@x.jp>",
            "BDAT 4 LAST",
            "BDAT 5",
        ];
        assert_eq!(
            codes(&mut greeted(), &lines),
            [
                "1 false for None",
                "250",
                "2 false for None",
                "250",
                "3 false for Some(1)",
                "503",
                "503",
                "4 true for Some(1)",
                "5 false for None"
            ]
        );
    }

    #[test]
    fn a_reset_forgets_the_recipients_and_a_second_greeting_too() {
        for forget in ["RSET", "LHLO again.example.jp"] {
            let lines = ["MAIL FROM:<>", "RCPT TO:<a@x.jp>", forget, "DATA"];
            assert_eq!(codes(&mut greeted(), &lines), ["250", "250", "250", "503"]);
        }
    }

    #[test]
    fn a_client_that_only_errs_is_sent_away() {
        let mut dialogue = greeted();
        let answers: Vec<_> = (0..FAULTS).map(|_| dialogue.line(b"GET / HTTP/1.1\r\n")).collect();
        assert!(matches!(answers.last(), Some(Answer::Close(_))));
        assert!(answers.iter().rev().skip(1).all(|answer| matches!(answer, Answer::Say(_))));
    }

    proptest! {
        #[test]
        fn no_line_panics_and_every_reply_is_one_or_more_whole_lines(
            lines in prop::collection::vec(
                prop_oneof![
                    prop::collection::vec(any::<u8>(), 0..80),
                    "(LHLO|MAIL FROM:|RCPT TO:|DATA|RSET|NOOP|VRFY|BDAT|AUTH)[ -~]{0,60}\r?\n".prop_map(String::into_bytes),
                ],
                0..40,
            )
        ) {
            let mut dialogue = Dialogue::new(Limits::default(), 1000);
            for line in lines {
                if let Answer::Say(reply) = dialogue.line(&line) {
                    for part in reply.split("\r\n") {
                        prop_assert!(part.len() > 4 && part.as_bytes()[..3].iter().all(u8::is_ascii_digit));
                    }
                }
            }
        }
    }
}
