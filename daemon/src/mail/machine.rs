use super::Post;
use super::header::Automatic;

/// Fields that automatic answers carry, by the beginning of their name, whatever stands in them.
const FIELDS: [&str; 4] = ["X-Autoreply", "X-Autorespond", "X-Auto-Response", "X-Auto-Reply"];

/// What `Precedence` says of a mail that nobody wrote by hand.
const PRECEDENCES: [&str; 4] = ["bulk", "junk", "auto_reply", "auto-reply"];

/// How the subjects of automatic answers read, in lower case.
const SUBJECTS: [&str; 10] = [
    "自動返信",
    "自動応答",
    "自動送信",
    "不在",
    "auto reply",
    "auto-reply",
    "autoreply",
    "auto:",
    "automatic reply",
    "out of office",
];

/// Whether a machine wrote this answer (RFC 3834 and what was usual before it). A person away from the desk has
/// not seen the mail, so a mail that may be either counts as a machine's.
pub(super) fn is_automatic(post: &Post<'_>) -> bool {
    let subject = post.fields.subject.as_deref().unwrap_or_default().to_lowercase();
    let value = |name: &str| {
        let field = post.lines.iter().find(|field| field.is(name))?;
        Some(String::from_utf8_lossy(field.value).trim().to_ascii_lowercase())
    };
    post.fields.automatic() != Automatic::No
        || post.lines.iter().any(|field| FIELDS.iter().any(|name| field.begins(name)))
        || value("Precedence").is_some_and(|word| PRECEDENCES.contains(&word.as_str()))
        || value("Return-Path").is_some_and(|path| path == "<>")
        || SUBJECTS.iter().any(|words| subject.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn automatic(header: &str) -> bool {
        is_automatic(&Post::read(format!("{header}\nFrom: a@b.example\n\nx\n").as_bytes()).unwrap())
    }

    #[test]
    fn a_machine_is_known_by_what_it_says_of_itself() {
        for header in [
            "Auto-Submitted: auto-replied (vacation)",
            "Auto-Submitted: auto-generated",
            "X-Autoreply: yes",
            "x-auto-response-suppress: All",
            "Precedence: Auto_Reply",
            "Precedence: bulk",
            "Return-Path: <>",
            "Subject: Automatic reply: FAX",
            "Subject: =?UTF-8?B?5LiN5Zyo44Gu44GK55+l44KJ44Gb?=",
            "Subject: Out of Office: Re: FAX",
        ] {
            assert!(automatic(header), "{header}");
        }
        for header in [
            "Subject: Re: FAX",
            "Auto-Submitted: no",
            "Precedence: normal",
            "Return-Path: <a@b.example>",
            "X-Mailer: autoreply",
        ] {
            assert!(!automatic(header), "{header}");
        }
    }
}
