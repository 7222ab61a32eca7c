//! A finished message, sealed until it is sent.

use kasasagi_store::BlobName;
use kasasagi_store::id::ItemId;

use crate::Result;

/// A finished message with the address it goes to, sealed until it is sent.
pub struct Parcel {
    /// Envelope recipient, from the registry at the time of the decision.
    pub to: String,
    /// The message (RFC 5322).
    pub raw: Vec<u8>,
}

impl Parcel {
    /// The blob that holds the parcel of this item.
    ///
    /// # Errors
    /// When the item's name does not fit a blob; item names do.
    pub fn blob_name(item: &ItemId) -> Result<BlobName> {
        Ok(format!("message-{}-{}", item.record().number(), item.recipient()).parse()?)
    }

    /// One line with the address, then the message.
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.to.as_bytes(), b"\n", &self.raw].concat()
    }

    /// What [`Self::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|b| *b == b'\n')?;
        let (to, raw) = (bytes.get(..end)?, bytes.get(end + 1..)?);
        Some(Self { to: String::from_utf8(to.to_vec()).ok()?, raw: raw.to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parcel_comes_back_as_it_was_sealed() {
        let raw = b"Subject: x\r\n\r\nline\n".to_vec();
        let back =
            Parcel::from_bytes(&Parcel { to: "a@example.jp".into(), raw: raw.clone() }.to_bytes()).unwrap();
        assert_eq!((back.to.as_str(), back.raw), ("a@example.jp", raw));
        assert!(Parcel::from_bytes(b"no line end").is_none());
    }
}
