/// Takes the message out of a DATA stream: undoes dot-stuffing and finds the end (RFC 5321, 4.5.2).
///
/// Only CR LF ends a line and only CR LF `.` CR LF ends the data. A bare CR or LF is content, with or without
/// a dot beside it: reading it as a line end is what lets one message smuggle in a second one.
#[derive(Debug, Default)]
pub(super) struct Unstuff {
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    LineStart,
    Middle,
    AfterCr,
    Dot,
    DotCr,
}

impl Unstuff {
    /// Feeds bytes and gives content to `sink`. `Some(n)`: the data ended with the first `n` of these bytes.
    pub(super) fn feed(&mut self, bytes: &[u8], mut sink: impl FnMut(&[u8])) -> Option<usize> {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            if self.state == State::Middle {
                let run = rest.iter().position(|b| *b == b'\r').unwrap_or(rest.len());
                let (plain, _) = rest.split_at(run);
                sink(plain);
                at += run;
                if run == rest.len() {
                    return None;
                }
            }
            let byte = bytes.get(at..=at)?;
            at += 1;
            if self.step(byte, &mut sink) {
                return Some(at);
            }
        }
        None
    }

    /// Takes one byte (a slice of it); true at the end of the data.
    fn step(&mut self, byte: &[u8], sink: &mut impl FnMut(&[u8])) -> bool {
        let content = match byte {
            b"\r" => State::AfterCr,
            _ => State::Middle,
        };
        self.state = match (self.state, byte) {
            (State::DotCr, b"\n") => return true,
            (State::LineStart, b".") => {
                self.state = State::Dot;
                return false;
            }
            (State::Dot, b"\r") => {
                self.state = State::DotCr;
                return false;
            }
            (State::DotCr, _) => {
                sink(b"\r");
                content
            }
            (State::AfterCr, b"\n") => State::LineStart,
            _ => content,
        };
        sink(byte);
        false
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Feeds in pieces of `size`; the content, and how many bytes belonged to the data if it ended.
    fn unstuff(wire: &[u8], size: usize) -> (Vec<u8>, Option<usize>) {
        let (mut unstuff, mut content, mut before) = (Unstuff::default(), Vec::new(), 0);
        for piece in wire.chunks(size) {
            if let Some(used) = unstuff.feed(piece, |bytes| content.extend_from_slice(bytes)) {
                return (content, Some(before + used));
            }
            before += piece.len();
        }
        (content, None)
    }

    /// What a correct client sends for `message`, which ends with CR LF or is empty.
    fn stuff(message: &[u8]) -> Vec<u8> {
        let mut wire = Vec::new();
        let mut line_start = true;
        for (at, byte) in message.iter().enumerate() {
            if line_start && *byte == b'.' {
                wire.push(b'.');
            }
            wire.push(*byte);
            line_start = *byte == b'\n' && at > 0 && message[at - 1] == b'\r';
        }
        wire.extend_from_slice(b".\r\n");
        wire
    }

    #[test]
    fn only_crlf_dot_crlf_ends_the_data() {
        let attempts: [&[u8]; 7] =
            [b"\n.\r\n", b"\r\n.\n", b"\n.\n", b"\r.\r\n", b"\r.\r", b"\r\n.\r", b"\r\n.\rQ"];
        for attempt in attempts {
            let wire = [b"a", attempt, b"MAIL FROM:<x@y>\r\n"].concat();
            assert_eq!(unstuff(&wire, 3).1, None, "{attempt:?}");
        }
        assert_eq!(unstuff(b"a\r\n.\r\nQUIT", 100), (b"a\r\n".to_vec(), Some(6)));
    }

    #[test]
    fn an_empty_message_and_a_first_line_of_dots() {
        assert_eq!(unstuff(b".\r\n", 1), (vec![], Some(3)));
        assert_eq!(unstuff(b"..\r\n.\r\n", 1), (b".\r\n".to_vec(), Some(7)));
    }

    #[test]
    fn nul_and_bare_line_ends_are_kept() {
        assert_eq!(unstuff(b"a\0b\nc\rd\r\n.\r\n", 2).0, b"a\0b\nc\rd\r\n");
    }

    fn odd_text() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'.'), Just(b'x'), any::<u8>()];
        prop::collection::vec(byte, 0..200)
    }

    proptest! {
        #[test]
        fn what_a_client_stuffs_arrives_unchanged(text in odd_text(), size in 1usize..20) {
            let message = if text.is_empty() { text } else { [&text[..], b"\r\n"].concat() };
            let wire = [&stuff(&message)[..], b"QUIT\r\n"].concat();
            let (content, end) = unstuff(&wire, size);
            prop_assert_eq!(content, message);
            prop_assert_eq!(end, Some(wire.len() - 6));
        }

        #[test]
        fn pieces_make_no_difference(wire in odd_text(), size in 1usize..20) {
            prop_assert_eq!(unstuff(&wire, size), unstuff(&wire, 1000));
        }
    }
}
