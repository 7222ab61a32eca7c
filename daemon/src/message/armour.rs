//! Bytes as base64: in the JSON of a sheet, and as lines of a mail.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serializer, de};

/// Characters a line, as RFC 2045 section 6.8 allows at most.
const LINE: usize = 76;

/// Base64 in lines ended by CRLF.
pub(crate) fn lines(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let mut lines = String::with_capacity(text.len() + text.len() / LINE * 2 + 2);
    let mut rest = text.as_str();
    while let Some((line, more)) = rest.split_at_checked(LINE) {
        lines.push_str(line);
        if !more.is_empty() {
            lines.push_str("\r\n");
        }
        rest = more;
    }
    lines.push_str(rest);
    lines.push_str("\r\n");
    lines
}

/// Serde of a byte string.
pub(super) mod bytes {
    use super::*;

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        decoded(&String::deserialize(deserializer)?)
    }
}

/// Serde of byte strings by name.
pub(super) mod named {
    use std::collections::BTreeMap;

    use super::*;

    pub fn serialize<S: Serializer>(
        named: &BTreeMap<String, Vec<u8>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_map(named.iter().map(|(name, bytes)| (name, STANDARD.encode(bytes))))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<String, Vec<u8>>, D::Error> {
        let named = BTreeMap::<String, String>::deserialize(deserializer)?;
        named.into_iter().map(|(name, text)| Ok((name, decoded(&text)?))).collect()
    }
}

fn decoded<E: de::Error>(text: &str) -> Result<Vec<u8>, E> {
    STANDARD.decode(text).map_err(|_| E::custom("not base64"))
}
