/// A piece of a structured field (RFC 5322, 3.2); comments and space are gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// Text without space in it, or within quotes; pieces that touch are one word.
    Word {
        text: String,
        quoted: bool,
    },
    Special(char),
}

/// Takes a field apart at `specials`; none if a comment or quote does not end.
pub(super) fn tokens(text: &str, specials: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut touching = false;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let (piece, quoted) = match c {
            '(' => {
                skip_comment(&mut rest)?;
                touching = false;
                continue;
            }
            c if c.is_whitespace() => {
                touching = false;
                continue;
            }
            c if specials.contains(c) => {
                tokens.push(Token::Special(c));
                touching = false;
                continue;
            }
            '"' => (quoted_text(&mut rest)?, true),
            c => (c.to_string(), false),
        };
        match tokens.last_mut() {
            Some(Token::Word { text, quoted: whole }) if touching => {
                text.push_str(&piece);
                *whole |= quoted;
            }
            _ => tokens.push(Token::Word { text: piece, quoted }),
        }
        touching = true;
    }
    Some(tokens)
}

fn skip_comment(rest: &mut std::str::Chars<'_>) -> Option<()> {
    let mut depth = 1;
    while depth > 0 {
        match rest.next()? {
            '\\' => drop(rest.next()?),
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
    }
    Some(())
}

fn quoted_text(rest: &mut std::str::Chars<'_>) -> Option<String> {
    let mut text = String::new();
    loop {
        match rest.next()? {
            '"' => return Some(text),
            '\\' => text.push(rest.next()?),
            '\r' | '\n' => {}
            c => text.push(c),
        }
    }
}
