use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use kasasagi_config::profiles::{Extract, Profile, Value};

use super::sources::Seen;

/// What a mail says about the fax in it. Good for finding the sender among candidates, never proof.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Hints {
    /// Name of the profile that the mail fits.
    pub profile: String,
    /// Message-ID of the mail, with its angle brackets.
    pub message_id: Option<String>,
    /// Address in From.
    pub from: Option<String>,
    /// Subject, decoded, at most 500 characters.
    pub subject: Option<String>,
    /// Number of the caller as the telephone network gave it, digits only, national form (`0586…`).
    pub caller: Option<String>,
    /// Station id that the calling machine gave (CSID, TSI, RTI); up to 20 characters by the standard, often
    /// empty or wrong.
    pub station: Option<String>,
    /// Pages announced.
    pub pages: Option<u32>,
    /// Number that the receiving machine gave the fax.
    pub notice: Option<String>,
    /// When the fax was received, as the mail tells it.
    pub received: Option<Timestamp>,
}

/// Shows which hints there are, not what they say.
impl fmt::Debug for Hints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |there: bool| if there { "[redacted]" } else { "none" };
        f.debug_struct("Hints")
            .field("profile", &self.profile)
            .field("message_id", &shown(self.message_id.is_some()))
            .field("from", &shown(self.from.is_some()))
            .field("subject", &shown(self.subject.is_some()))
            .field("caller", &shown(self.caller.is_some()))
            .field("station", &shown(self.station.is_some()))
            .field("pages", &self.pages)
            .field("notice", &shown(self.notice.is_some()))
            .field("received", &self.received)
            .finish()
    }
}

impl Hints {
    /// What the mail says by this profile. The first rule that is found decides each value it names.
    pub(super) fn read(profile: &Profile, seen: &Seen<'_>, zone: &TimeZone) -> Self {
        let mut hints = Self::of(profile, seen);
        let mut decided = Vec::new();
        for rule in &profile.extract {
            let text = seen.text(&rule.place);
            let Some(found) = rule.find(&text) else { continue };
            for (value, text) in found {
                if !decided.contains(&value) {
                    decided.push(value);
                    hints.take(value, text, rule, zone);
                }
            }
        }
        hints
    }

    fn of(profile: &Profile, seen: &Seen<'_>) -> Self {
        let fields = &seen.post.fields;
        Self {
            profile: profile.name.clone(),
            message_id: fields.message_id.clone(),
            from: fields.from.clone(),
            subject: fields.subject.clone(),
            ..Self::default()
        }
    }

    fn take(&mut self, value: Value, text: &str, rule: &Extract, zone: &TimeZone) {
        match value {
            Value::Caller => self.caller = number(text),
            Value::Station => self.station = station_id(text),
            Value::Pages => self.pages = text.parse().ok(),
            Value::Notice => self.notice = notice(text),
            Value::Received => {
                self.received = rule.received.as_deref().and_then(|format| time(format, text, zone));
            }
        }
    }
}

/// A number that the receiving machine gives its faxes.
fn notice(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).take(12).collect();
    (!digits.is_empty()).then_some(digits)
}

/// A time; in the zone of the gateway where the text tells none.
fn time(format: &str, text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let parsed = jiff::fmt::strtime::parse(format, text.trim()).ok()?;
    if parsed.offset().is_some() {
        return parsed.to_timestamp().ok();
    }
    Some(parsed.to_datetime().ok()?.to_zoned(zone.clone()).ok()?.timestamp())
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
    // `+81 (0)586…` is written too.
    let national = match digits.get(2..) {
        Some(rest) if international => format!("0{}", rest.strip_prefix('0').unwrap_or(rest)),
        _ => digits,
    };
    (national.starts_with('0') && (10..=11).contains(&national.len())).then_some(national)
}

#[cfg(test)]
mod tests {
    use kasasagi_config::Settings;

    use super::*;
    use crate::mail::{Post, Sources};

    fn said(subject: &str) -> Hints {
        let settings = Settings::parse("test.toml", "", std::path::Path::new("/")).unwrap();
        let sources = Sources::open(&settings).unwrap();
        let raw = format!("Subject: {subject}\r\n\r\n");
        let post = Post::read(raw.as_bytes()).unwrap();
        let seen = Seen::new(&post);
        Hints::read(sources.profile_of(&seen).unwrap(), &seen, &settings.time_zone)
    }

    /// Caller, station, pages and notice.
    type Told<'t> = (Option<&'t str>, Option<&'t str>, Option<u32>, Option<&'t str>);

    #[test]
    fn subjects_of_fax_services_and_machines() {
        let cases: [(&str, Told<'_>); 16] = [
            (
                "eFax from [KITAGATA CARE] – 3 page(s), caller ID: 058-671-0000",
                (Some("0586710000"), Some("KITAGATA CARE"), Some(3), None),
            ),
            ("eFax from – 1 page(s), caller ID: +81-586-71-0000", (Some("0586710000"), None, Some(1), None)),
            (
                "eFax from – 1 page(s), caller ID: +81 (0)586-71-0000",
                (Some("0586710000"), None, Some(1), None),
            ),
            ("efax from \"0586-71-0000\" - 12 page(s)", (None, Some("0586-71-0000"), Some(12), None)),
            ("eFax from [HOMEPAGE CARE] – 2 pages", (None, Some("HOMEPAGE CARE"), Some(2), None)),
            ("eFax from [A, B] – 2 pages, caller ID: anonymous", (None, Some("A, B"), Some(2), None)),
            ("eFax from unknown, caller-ID: anonymous", (None, Some("unknown"), None, None)),
            // What the calling machine says of itself is no caller id, whatever it says.
            (
                "eFax from [x,callerID:0586710000] – 1 page(s)",
                (None, Some("x,callerID:0586710000"), Some(1), None),
            ),
            (
                "eFax from [1page,callerID:0586] – 3 page(s), caller ID: 058-671-0001",
                (Some("0586710001"), Some("1page,callerID:0586"), Some(3), None),
            ),
            (
                "eFax from 1page, caller ID: 0586710000 – 3 page(s), caller ID: anonymous",
                (None, Some("1page, caller ID: 0586710000"), Some(3), None),
            ),
            ("From 0586 71 0000 (Fax Message No.0042)", (None, Some("0586 71 0000"), None, Some("0042"))),
            ("From <きたがた介護> (Fax Message No. 7)", (None, Some("きたがた介護"), None, Some("7"))),
            (
                "From A (Fax Message No.1) (Fax Message No.2)",
                (None, Some("A (Fax Message No.1)"), None, Some("2")),
            ),
            ("From the office", (None, None, None, None)),
            ("FAX受信", (None, None, None, None)),
            ("", (None, None, None, None)),
        ];
        for (subject, expected) in cases {
            let hints = said(subject);
            let told =
                (hints.caller.as_deref(), hints.station.as_deref(), hints.pages, hints.notice.as_deref());
            assert_eq!(told, expected, "{subject}");
        }
    }

    #[test]
    fn a_time_without_a_zone_is_one_of_the_gateway() {
        let zone = TimeZone::get("Asia/Tokyo").unwrap();
        let at = |format, text| time(format, text, &zone).map(|at| at.to_string());
        assert_eq!(at("%Y:%m:%d %H:%M:%S", "2026:11:23 09:00:00").as_deref(), Some("2026-11-23T00:00:00Z"));
        assert_eq!(
            at("%d %b %Y %H:%M:%S %z", "23 Nov 2026 09:00:00 +0100").as_deref(),
            Some("2026-11-23T08:00:00Z")
        );
        assert_eq!(at("%Y:%m:%d %H:%M:%S", "2026:13:23 09:00:00"), None);
    }

    #[test]
    fn debug_output_has_no_content() {
        let shown = format!("{:?}", said("eFax from [KITAGATA] – 3 page(s), caller ID: 058-671-0000"));
        assert!(!shown.contains("KITAGATA") && !shown.contains("0586710000"), "{shown}");
    }
}
