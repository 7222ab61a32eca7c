//! What a mail server answers (RFC 5321 section 4.2).

use std::fmt;

use lettre::transport::smtp::response::{Category, Code, Detail, Response, Severity};

use super::verdict::Cause;

/// One reply. Its words go nowhere but here: servers repeat addresses in them.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Reply {
    code: u16,
    lines: Vec<String>,
}

impl Reply {
    /// Reads the lines of one reply, without their line ends; they must all carry the same code.
    pub fn parse(lines: &[Vec<u8>]) -> Option<Self> {
        let codes = lines.iter().map(|line| code(line)).collect::<Option<Vec<u16>>>()?;
        let first = *codes.first()?;
        let text = |line: &Vec<u8>| String::from_utf8_lossy(line.get(4..).unwrap_or_default()).into_owned();
        codes
            .iter()
            .all(|code| *code == first)
            .then(|| Self { code: first, lines: lines.iter().map(text).collect() })
    }

    /// This reply, if it is of the class that belongs here.
    pub fn of_class(self, class: u16) -> Result<Self, Cause> {
        match self.code / 100 {
            found if found == class => Ok(self),
            4 | 5 => Err(Cause::Reply(self)),
            _ => Err(Cause::OutOfPlace),
        }
    }

    /// The code.
    pub fn code(&self) -> u16 {
        self.code
    }

    /// The code with the enhanced status (RFC 3463), when the text begins with a well-formed one of the same
    /// class: `451 4.7.1`.
    pub fn status(&self) -> String {
        let first_word = self.lines.first().and_then(|line| line.split_whitespace().next());
        match first_word.filter(|word| self.is_enhanced(word)) {
            Some(enhanced) => format!("{} {enhanced}", self.code),
            None => self.code.to_string(),
        }
    }

    fn is_enhanced(&self, word: &str) -> bool {
        let digits = |part: &str, most: usize| {
            (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
        };
        match word.split('.').collect::<Vec<_>>()[..] {
            [class, subject, detail] => {
                class == (self.code / 100).to_string() && digits(subject, 3) && digits(detail, 3)
            }
            _ => false,
        }
    }

    /// What the server wants to know, when it asks during a login (RFC 4954 section 4).
    pub fn as_challenge(&self) -> Option<Response> {
        let code = Code::new(Severity::PositiveIntermediate, Category::Unspecified3, Detail::Four);
        (self.code == 334).then(|| Response::new(code, self.lines.clone()))
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({})", self.status())
    }
}

/// The code that a line of a reply begins with.
pub(super) fn code(line: &[u8]) -> Option<u16> {
    let digits = line.get(..3)?;
    let separated = matches!(line.get(3), None | Some(b' ' | b'-'));
    let sound = separated && digits.iter().all(u8::is_ascii_digit) && matches!(digits, [b'2'..=b'5', ..]);
    sound.then(|| digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0')))
}

/// What a server offers in its answer to EHLO.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Offers {
    pub starttls: bool,
    /// Commands may be sent ahead of answers (RFC 2920).
    pub pipelining: bool,
    pub plain: bool,
    pub login: bool,
}

impl Offers {
    /// Reads them off the reply, whose first line is the server's name.
    pub fn of(reply: &Reply) -> Self {
        let mut offers = Self::default();
        for line in reply.lines.iter().skip(1) {
            let words: Vec<String> = line.split_whitespace().map(str::to_ascii_uppercase).collect();
            match words.split_first() {
                Some((keyword, [])) if keyword == "STARTTLS" => offers.starttls = true,
                Some((keyword, [])) if keyword == "PIPELINING" => offers.pipelining = true,
                Some((keyword, mechanisms)) if keyword == "AUTH" => {
                    offers.plain = mechanisms.iter().any(|m| m == "PLAIN");
                    offers.login = mechanisms.iter().any(|m| m == "LOGIN");
                }
                _ => {}
            }
        }
        offers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(text: &str) -> Option<Reply> {
        Reply::parse(&text.lines().map(|line| line.as_bytes().to_vec()).collect::<Vec<_>>())
    }

    #[test]
    fn a_reply_is_three_digits_the_same_on_every_line() {
        for sound in ["250 ok", "250", "250-a\n250-b\n250 c", "354 ", "599 x"] {
            assert!(reply(sound).is_some(), "{sound}");
        }
        for garbage in ["", "hello", "25", "2500 ok", "150 x", "650 x", "250-a\n251 b", "２５０ ok", "2 0 x"]
        {
            assert!(reply(garbage).is_none(), "{garbage}");
        }
    }

    #[test]
    fn the_words_of_a_reply_are_not_shown() {
        assert_eq!(format!("{:?}", reply("550 5.1.1 yamada@example.jp").unwrap()), "Reply(550 5.1.1)");
    }

    #[test]
    fn offers_are_read_in_any_case() {
        let offers =
            Offers::of(&reply("250-PIPELINING\n250-starttls\n250-Auth login plain\n250 8BITMIME").unwrap());
        assert_eq!(offers, Offers { starttls: true, pipelining: false, plain: true, login: true });
        assert_eq!(Offers::of(&reply("250 mx").unwrap()), Offers::default());
    }
}
