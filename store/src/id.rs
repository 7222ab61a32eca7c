//! Names of things, free of personal data: a fax, a record on it, a message to somebody about it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// One inbound message: day of arrival and eight characters of chance, `20261123-7K3QXD2M`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FaxId(String);

/// One filled form of a fax: `20261123-7K3QXD2M.1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RecordId {
    fax: FaxId,
    number: u16,
}

/// One message about a record to one recipient: `20261123-7K3QXD2M.1.P0013` (the recipient's registry code).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ItemId {
    record: RecordId,
    recipient: String,
}

/// One digest mail: day and eight characters of chance, `D20261125-7K3QXD2M`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DigestId(FaxId);

/// Crockford's base 32: no letter that a person takes for a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl FaxId {
    /// Names a fax by its day (in the gateway's time zone) and 40 random bits.
    pub fn new(day: jiff::civil::Date, chance: [u8; 5]) -> Self {
        let mut bits = chance.iter().fold(0u64, |acc, b| acc << 8 | u64::from(*b));
        let mut tail = [0u8; 8];
        for slot in tail.iter_mut().rev() {
            *slot = ALPHABET[(bits & 31) as usize];
            bits >>= 5;
        }
        let tail: String = tail.iter().map(|b| char::from(*b)).collect();
        Self(format!("{:04}{:02}{:02}-{tail}", day.year(), day.month(), day.day()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl DigestId {
    /// Names a digest by its day (in the gateway's time zone) and 40 random bits.
    pub fn new(day: jiff::civil::Date, chance: [u8; 5]) -> Self {
        Self(FaxId::new(day, chance))
    }
}

impl RecordId {
    /// The record with this number, from 1, on this fax.
    pub fn new(fax: FaxId, number: u16) -> Self {
        Self { fax, number }
    }

    /// Its fax.
    pub fn fax(&self) -> &FaxId {
        &self.fax
    }

    /// Its number on the fax, from 1.
    pub fn number(&self) -> u16 {
        self.number
    }
}

impl ItemId {
    /// The message about `record` for the holder of this registry code.
    ///
    /// # Errors
    /// [`Error::Malformed`] unless the code is 1 to 20 ASCII letters and digits.
    pub fn new(record: RecordId, recipient: &str) -> Result<Self> {
        let fits =
            (1..=20).contains(&recipient.len()) && recipient.bytes().all(|b| b.is_ascii_alphanumeric());
        if !fits {
            return Err(Error::Malformed { what: "registry code", text: recipient.to_owned() });
        }
        Ok(Self { record, recipient: recipient.to_owned() })
    }

    /// The record it is about.
    pub fn record(&self) -> &RecordId {
        &self.record
    }

    /// The fax it is about.
    pub fn fax(&self) -> &FaxId {
        self.record.fax()
    }

    /// Registry code of the recipient.
    pub fn recipient(&self) -> &str {
        &self.recipient
    }
}

impl FromStr for FaxId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let shape = text.split_once('-').is_some_and(|(day, tail)| {
            day.len() == 8
                && day.bytes().all(|b| b.is_ascii_digit())
                && tail.len() == 8
                && tail.bytes().all(|b| ALPHABET.contains(&b))
        });
        if shape {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::Malformed { what: "fax id", text: text.to_owned() })
        }
    }
}

impl FromStr for RecordId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let malformed = || Error::Malformed { what: "record id", text: text.to_owned() };
        let (fax, number) = text.split_once('.').ok_or_else(malformed)?;
        let number = number.parse().ok().filter(|n| *n > 0).ok_or_else(malformed)?;
        Ok(Self { fax: fax.parse()?, number })
    }
}

impl FromStr for ItemId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let malformed = || Error::Malformed { what: "outbox item", text: text.to_owned() };
        let (record, recipient) = text.rsplit_once('.').ok_or_else(malformed)?;
        Self::new(record.parse()?, recipient)
    }
}

impl FromStr for DigestId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let name = text.strip_prefix('D').and_then(|name| name.parse().ok());
        name.map(Self).ok_or_else(|| Error::Malformed { what: "digest", text: text.to_owned() })
    }
}

impl fmt::Display for DigestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "D{}", self.0)
    }
}

impl fmt::Display for FaxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.fax, self.number)
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.record, self.recipient)
    }
}

macro_rules! text_form {
    ($($name:ident),*) => {$(
        impl TryFrom<String> for $name {
            type Error = Error;
            fn try_from(text: String) -> Result<Self> {
                text.parse()
            }
        }
        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }
    )*};
}
text_form!(FaxId, RecordId, ItemId, DigestId);
