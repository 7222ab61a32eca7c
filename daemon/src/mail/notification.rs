use super::field;
use super::report::{Named, ids};
use super::token::{Token, tokens};

/// What a mail program says it did with a mail (RFC 8098).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The mail it is about.
    pub of: Named,
    /// Whether the mail was shown to somebody, and nothing went wrong. Nothing else means that anybody has
    /// seen it: not `deleted`, `dispatched`, `processed`, `denied` or `failed`.
    pub displayed: bool,
}

/// Reads the machine's part of a notification. Its own Original-Message-ID tells more than what it refers to.
pub(super) fn read(mut of: Named, content: &[u8]) -> Notification {
    let fields = field::all(content);
    let value = |name: &str| {
        let field = fields.iter().find(|field| field.is(name));
        field.map(|field| String::from_utf8_lossy(field.value).into_owned())
    };
    if let Some(id) = value("Original-Message-ID") {
        of.message_ids = ids(&id);
    }
    Notification { of, displayed: value("Disposition").is_some_and(|text| is_displayed(&text)) }
}

/// `mode/mode; displayed` without a modifier (RFC 8098, 3.2.6).
fn is_displayed(text: &str) -> bool {
    let tokens = tokens(text, ";/,").unwrap_or_default();
    let mut halves = tokens.splitn(2, |token| *token == Token::Special(';'));
    let (Some(_), Some([Token::Word { text, .. }])) = (halves.next(), halves.next()) else { return false };
    text.eq_ignore_ascii_case("displayed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_mail_that_was_displayed_counts() {
        for text in [
            "manual-action/MDN-sent-manually; displayed",
            " Automatic-Action/MDN-sent-automatically;\r\n\tDisplayed (by X)\r\n",
            "manual-action / MDN-sent-manually ;displayed",
        ] {
            assert!(is_displayed(text), "{text}");
        }
        for text in [
            "",
            "displayed",
            "automatic-action/MDN-sent-automatically; deleted",
            "automatic-action/MDN-sent-automatically; dispatched",
            "automatic-action/MDN-sent-automatically; processed",
            "manual-action/MDN-sent-manually; denied",
            "automatic-action/MDN-sent-automatically; failed",
            "manual-action/MDN-sent-manually; displayed/error",
            "manual-action/MDN-sent-manually; deleted (displayed)",
            "manual-action/MDN-sent-manually; displayed (",
        ] {
            assert!(!is_displayed(text), "{text}");
        }
    }

    #[test]
    fn its_own_word_about_the_mail_counts_more_than_what_it_refers_to() {
        let of = Named { message_ids: vec!["other@x".into()], ..Named::default() };
        let told = read(of.clone(), b"Original-Message-ID: <a@b>\nDisposition: x/y; displayed\n");
        assert_eq!((told.of.message_ids, told.displayed), (vec!["a@b".to_owned()], true));
        assert_eq!(read(of.clone(), b"Disposition: x/y; deleted\n"), Notification { of, displayed: false });
    }
}
