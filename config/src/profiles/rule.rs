//! Where a rule looks, and what it takes from there.

use super::file::{ExtractToml, MatchToml};
use super::pattern::{Found, Pattern};

/// A part of a mail that a rule looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The subject, decoded.
    Subject,
    /// The address in From.
    From,
    /// The display name in From, decoded.
    FromName,
    /// The first text of the mail: plain, or HTML without its marks; lines end in LF.
    Body,
    /// Subject, LF, body.
    Text,
    /// The first header field of this name, unfolded and decoded.
    Header(String),
}

/// A pattern that must be found.
#[derive(Clone, Debug)]
pub struct Match {
    /// Where it must be found.
    pub place: Place,
    /// What must be found there.
    pub pattern: Pattern,
}

/// A pattern whose groups are values.
#[derive(Clone, Debug)]
pub struct Extract {
    /// Where to look.
    pub place: Place,
    pattern: Pattern,
    says: Vec<Value>,
    /// How `received` is written: a format of strptime(3), with a zone or without.
    pub received: Option<String>,
}

/// What a mail may say about the fax in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Number of the caller as the telephone network gave it.
    Caller,
    /// What the calling machine says of itself (CSID, TSI, RTI).
    Station,
    /// Pages announced.
    Pages,
    /// Number that the receiving machine gave the fax.
    Notice,
    /// When the fax was received.
    Received,
}

/// A key and what is wrong with it.
type Fault = (String, String);

impl Value {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Caller, Self::Station, Self::Pages, Self::Notice, Self::Received];

    /// The name of its group in a pattern.
    pub fn name(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Station => "station",
            Self::Pages => "pages",
            Self::Notice => "notice",
            Self::Received => "received",
        }
    }
}

impl Place {
    fn new(key: &str, text: &str) -> Result<Self, Fault> {
        match text {
            "subject" => Ok(Self::Subject),
            "from" => Ok(Self::From),
            "from_name" => Ok(Self::FromName),
            "body" => Ok(Self::Body),
            "text" => Ok(Self::Text),
            _ => match text.strip_prefix("header:") {
                Some(name) if is_field_name(name) => Ok(Self::Header(name.to_ascii_lowercase())),
                _ => Err((
                    format!("{key}.in"),
                    format!(
                        "{text:?} is none of subject, from, from_name, body, text, or header: and a field's name"
                    ),
                )),
            },
        }
    }
}

impl Match {
    pub(super) fn new(number: usize, toml: &MatchToml) -> Result<Self, Fault> {
        let key = format!("match {number}");
        Ok(Self { place: Place::new(&key, &toml.place)?, pattern: pattern(&key, &toml.pattern)? })
    }
}

impl Extract {
    pub(super) fn new(number: usize, toml: &ExtractToml) -> Result<Self, Fault> {
        let key = format!("extract {number}");
        let pattern = pattern(&key, &toml.pattern)?;
        let says = says(&pattern).map_err(|what| (format!("{key}.pattern"), what))?;
        let received = received(&says, &toml.received).map_err(|what| (format!("{key}.received"), what))?;
        Ok(Self { place: Place::new(&key, &toml.place)?, pattern, says, received })
    }

    /// What the rule finds in the text of its place: each of its values with what stands there, which is
    /// empty where the mail leaves it out. Nothing if the pattern is not found.
    pub fn find<'t>(&self, text: &'t str) -> Option<impl Iterator<Item = (Value, &'t str)>> {
        let found: Found<'t> = self.pattern.find(text)?;
        Some(self.says.iter().map(move |value| (*value, found.group(value.name()))))
    }
}

fn pattern(key: &str, text: &str) -> Result<Pattern, Fault> {
    Pattern::new(text).map_err(|what| (format!("{key}.pattern"), what))
}

fn says(pattern: &Pattern) -> Result<Vec<Value>, String> {
    let known = || Value::ALL.map(Value::name).join(", ");
    let mut says = Vec::new();
    for group in pattern.groups() {
        let value = Value::ALL.into_iter().find(|value| value.name() == group);
        says.push(value.ok_or_else(|| format!("the group {group:?} is none of {}", known()))?);
    }
    if says.is_empty() {
        return Err(format!("extracts nothing: name a group, such as (?P<caller>…); there are {}", known()));
    }
    Ok(says)
}

/// The format must be there exactly if a time is extracted, and must be one that can be read.
fn received(says: &[Value], format: &str) -> Result<Option<String>, String> {
    match (says.contains(&Value::Received), format.is_empty()) {
        (true, true) => Err("missing: say how the time is written, such as \"%Y-%m-%d %H:%M:%S\"".to_owned()),
        (false, false) => Err("the pattern has no group \"received\"".to_owned()),
        (false, true) => Ok(None),
        (true, false) => {
            // Writing a time and reading it back shows whether the format holds a whole time.
            let sample = jiff::Zoned::default().with_time_zone(jiff::tz::TimeZone::UTC);
            let written = jiff::fmt::strtime::format(format, &sample);
            let read = written.and_then(|text| jiff::civil::DateTime::strptime(format, text));
            match read {
                Ok(_) => Ok(Some(format.to_owned())),
                Err(error) => Err(format!("{format:?} is no format of a date and time: {error}")),
            }
        }
    }
}

/// RFC 5322, 3.6.8, without what no field has.
fn is_field_name(name: &str) -> bool {
    (1..=100).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
