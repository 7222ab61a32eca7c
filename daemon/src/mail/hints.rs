use std::fmt;

use super::header::Fields;

/// What a mail says about the fax in it. Good for finding the sender among candidates, never proof.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Hints {
    /// Message-ID of the mail, with its angle brackets.
    pub message_id: Option<String>,
    /// Address in From.
    pub from: Option<String>,
    /// Subject, decoded, at most 500 characters.
    pub subject: Option<String>,
    /// Number of the caller, digits only, national form (`0586…`).
    pub caller: Option<String>,
    /// Station id that the calling machine gave (CSID, TSI, RTI); up to 20 characters by the standard, often
    /// empty or wrong.
    pub station: Option<String>,
    /// Pages announced.
    pub pages: Option<u32>,
    /// Number that the receiving machine gave the fax.
    pub notice: Option<String>,
}

/// Shows which hints there are, not what they say.
impl fmt::Debug for Hints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |there: bool| if there { "[redacted]" } else { "none" };
        f.debug_struct("Hints")
            .field("message_id", &shown(self.message_id.is_some()))
            .field("from", &shown(self.from.is_some()))
            .field("subject", &shown(self.subject.is_some()))
            .field("caller", &shown(self.caller.is_some()))
            .field("station", &shown(self.station.is_some()))
            .field("pages", &self.pages)
            .field("notice", &shown(self.notice.is_some()))
            .finish()
    }
}

impl Hints {
    pub(super) fn from_fields(fields: &Fields) -> Self {
        let said = fields.subject.as_deref().map(from_subject).unwrap_or_default();
        Self {
            message_id: fields.message_id.clone(),
            from: fields.from.clone(),
            subject: fields.subject.clone(),
            ..said
        }
    }
}

/// The subjects of eFax and of Ricoh machines.
fn from_subject(subject: &str) -> Hints {
    efax(subject).or_else(|| ricoh(subject)).unwrap_or_default()
}

/// `eFax from [CSID] – 3 page(s), caller ID: 058-671-0000`; the dash may be any, the CSID may be missing.
fn efax(subject: &str) -> Option<Hints> {
    let rest = strip_prefix(subject, "eFax from")?;
    let (before, caller) = split_at_words(rest, "caller").unwrap_or((rest, ""));
    let (station, pages) = match before.rsplit_once([' ', '-', '–', '—']) {
        Some(_) => split_pages(before),
        None => (before, None),
    };
    Some(Hints { caller: number(caller), station: station_id(station), pages, ..Hints::default() })
}

/// `From <RTI or CSI> (Fax Message No.1234)`.
fn ricoh(subject: &str) -> Option<Hints> {
    let rest = strip_prefix(subject, "From ")?;
    let (station, notice) = split_at_words(rest, "(Fax Message No.")?;
    let notice: String = notice.chars().filter(char::is_ascii_digit).take(12).collect();
    let station = station_id(station);
    let caller = station.as_deref().and_then(number);
    Some(Hints { caller, station, notice: (!notice.is_empty()).then_some(notice), ..Hints::default() })
}

/// Splits `[CSID] – 3 page(s), ` into the station and the number right before the word "page".
fn split_pages(text: &str) -> (&str, Option<u32>) {
    let Some((before, _)) = split_at_words(text, "page") else { return (text, None) };
    let before = before.trim_end();
    let digits = before.len() - before.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (station, pages) = before.split_at(before.len() - digits);
    (station, pages.parse().ok())
}

/// A station id without the marks around it; none if nothing is left.
fn station_id(text: &str) -> Option<String> {
    let marks = ['[', ']', '<', '>', '"', '“', '”', ' ', '\u{3000}', '-', '–', '—', ','];
    let text: String = text.trim_matches(marks).chars().take(40).collect();
    (!text.is_empty()).then_some(text)
}

/// A Japanese telephone number as digits in national form; none if it cannot be one.
fn number(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let international = text.contains('+') && digits.starts_with("81");
    let national = if international { format!("0{}", digits.get(2..)?) } else { digits };
    (national.starts_with('0') && (10..=11).contains(&national.len())).then_some(national)
}

/// `prefix` cut off, whatever its case.
fn strip_prefix<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| text.get(prefix.len()..)).flatten()
}

/// The text before and after `words`, whatever their case.
fn split_at_words<'t>(text: &'t str, words: &str) -> Option<(&'t str, &'t str)> {
    // ASCII lower case keeps every byte position.
    let at = text.to_ascii_lowercase().find(&words.to_ascii_lowercase())?;
    Some((text.get(..at)?, text.get(at + words.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hints(caller: Option<&str>, station: Option<&str>, pages: Option<u32>, notice: Option<&str>) -> Hints {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Hints {
            caller: owned(caller),
            station: owned(station),
            pages,
            notice: owned(notice),
            ..Hints::default()
        }
    }

    #[test]
    fn subjects_of_fax_services_and_machines() {
        let cases = [
            (
                "eFax from [KITAGATA CARE] – 3 page(s), caller ID: 058-671-0000",
                hints(Some("0586710000"), Some("KITAGATA CARE"), Some(3), None),
            ),
            (
                "eFax from – 1 page(s), caller ID: +81-586-71-0000",
                hints(Some("0586710000"), None, Some(1), None),
            ),
            ("efax from \"0586-71-0000\" - 12 page(s)", hints(None, Some("0586-71-0000"), Some(12), None)),
            ("eFax from unknown, caller-ID: anonymous", hints(None, Some("unknown"), None, None)),
            (
                "From 0586 71 0000 (Fax Message No.0042)",
                hints(Some("0586710000"), Some("0586 71 0000"), None, Some("0042")),
            ),
            ("From <きたがた介護> (Fax Message No.7)", hints(None, Some("きたがた介護"), None, Some("7"))),
            ("From the office", Hints::default()),
            ("FAX受信", Hints::default()),
            ("", Hints::default()),
        ];
        for (subject, expected) in cases {
            assert!(from_subject(subject) == expected, "{subject}");
        }
    }

    #[test]
    fn debug_output_has_no_content() {
        let said = from_subject("eFax from [KITAGATA] – 3 page(s), caller ID: 058-671-0000");
        let shown = format!("{said:?}");
        assert!(!shown.contains("KITAGATA") && !shown.contains("0586710000"), "{shown}");
    }
}
