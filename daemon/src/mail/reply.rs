use super::report::referred;
use super::{Post, acknowledgement, machine, quote, said, sender};

/// An answer to a mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// Message-IDs of what it answers, the nearest first: In-Reply-To, then References from the last. Without
    /// angle brackets; at least one.
    pub answers: Vec<String>,
    /// Whether a machine wrote it.
    pub automatic: bool,
    /// The only address in From, if everybody would read the same one there.
    pub from: Option<String>,
    /// What it says.
    pub words: Words,
}

/// What the sender's own words in a reply are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// Nothing but that the mail was taken note of.
    Acknowledgement,
    /// Encrypted.
    Encrypted,
    /// For a person to read.
    Other,
}

/// Prints no address.
impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { answers, automatic, words, .. } = self;
        write!(f, "Reply({answers:?}, automatic: {automatic}, {words:?})")
    }
}

/// Reads a mail as a reply; none if it answers nothing.
pub(super) fn read(post: &Post<'_>) -> Option<Reply> {
    let mut answers = referred(post, "In-Reply-To");
    answers.extend(referred(post, "References").into_iter().rev());
    if answers.is_empty() {
        return None;
    }
    let automatic = machine::is_automatic(post);
    Some(Reply { answers, automatic, from: sender::only_address(&post.lines), words: words(post) })
}

fn words(post: &Post<'_>) -> Words {
    let media = &post.fields.media;
    // What is wrapped in its signature cannot be read here either.
    let wrapped =
        [("application", "pkcs7-mime"), ("application", "x-pkcs7-mime"), ("multipart", "encrypted")];
    if wrapped.iter().any(|(kind, sub)| media.is(kind, sub)) {
        return Words::Encrypted;
    }
    let subject = post.fields.subject.as_deref().unwrap_or_default();
    let own = said::text_alone(&post.fields, post.body).map(|text| quote::own_words(&text));
    match own {
        Some(own) if !post.cut && acknowledgement::is_all(&(new_subject(subject) + &own)) => {
            Words::Acknowledgement
        }
        _ => Words::Other,
    }
}

/// A subject that was written for this reply; some people write all they have to say there.
fn new_subject(subject: &str) -> String {
    let start: String = subject.trim_start().to_lowercase().chars().take(4).collect();
    let kept =
        ["re:", "re：", "ｒｅ：", "re[", "返信:", "返信：", "aw:"].iter().any(|re| start.starts_with(re));
    if kept { String::new() } else { format!("{subject}\n") }
}
