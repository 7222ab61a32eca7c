//! What goes out: which items make one mail, and the mail itself.

use std::sync::Arc;

use kasasagi_routing::code::{DrCode, OfficeNo};
use kasasagi_routing::contact::MailAddress;
use kasasagi_routing::registry::Registry;
use kasasagi_store::Store;
use kasasagi_store::id::ItemId;

use crate::journey::chain;
use crate::outbox::Parcel;
use crate::{Error, Result, message};

/// What is to be sent at one go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispatch {
    /// The items that are settled together.
    pub items: Vec<ItemId>,
    /// Registry code of the recipient.
    pub recipient: String,
    /// Tries so far.
    pub attempt: u32,
    /// The digest that the items make up, when they are not a mail each.
    pub digest: Option<String>,
}

/// What composing a dispatch comes to.
#[derive(PartialEq, Eq)]
pub enum Composed {
    /// A finished mail.
    Mail {
        /// Envelope recipient.
        to: String,
        /// Its Message-ID, without angle brackets.
        message_id: String,
        /// The mail (RFC 5322): CRLF lines, ASCII.
        raw: Vec<u8>,
    },
    /// It can never be sent.
    Never {
        /// Why.
        code: String,
    },
    /// It cannot be sent now.
    Later {
        /// Why.
        code: String,
    },
}

/// Composes what goes out.
pub struct Post {
    /// Items and their sealed messages.
    pub store: Arc<Store>,
    /// Where recipients are.
    pub registry: Arc<Registry>,
    /// Right-hand side of Message-IDs.
    pub message_domain: String,
}

impl Post {
    /// The mail domain of a recipient, by registry code: what one lane serves.
    pub fn domain(&self, recipient: &str) -> Option<String> {
        let (_, domain) = self.address(recipient)?.as_str().rsplit_once('@')?;
        Some(domain.to_ascii_lowercase())
    }

    fn address(&self, recipient: &str) -> Option<&MailAddress> {
        let physician = recipient.parse::<DrCode>().ok().and_then(|code| self.registry.physician(&code));
        let office = || recipient.parse::<OfficeNo>().ok().and_then(|number| self.registry.facility(&number));
        match physician {
            Some(physician) => physician.email.as_ref(),
            None => office()?.email.as_ref(),
        }
    }

    /// The mail of a dispatch. What is gone or garbled is given up, for a person to see.
    ///
    /// # Errors
    /// When the store can only be used again by a new process.
    pub fn compose(&self, dispatch: &Dispatch) -> Result<Composed> {
        let Some(item) = dispatch.items.first() else {
            return Ok(Composed::Never { code: "empty".to_owned() });
        };
        match self.open(item) {
            Ok(Parcel { to, raw }) => {
                let message_id = message::message_id(item, &self.message_domain);
                Ok(Composed::Mail { to, message_id, raw })
            }
            Err(error) if error.is_broken_store() => Err(error),
            Err(error) => {
                tracing::error!(%item, error = %chain(&error), "cannot open a sealed message");
                Ok(if error.may_pass() {
                    Composed::Later { code: "store".to_owned() }
                } else {
                    Composed::Never { code: "parcel".to_owned() }
                })
            }
        }
    }

    fn open(&self, item: &ItemId) -> Result<Parcel> {
        let sealed = self.store.unseal(item.fax(), &Parcel::blob_name(item)?)?;
        Parcel::from_bytes(&sealed).ok_or_else(|| Error::Parcel { item: item.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipient_is_found_by_code_whether_physician_or_office() {
        let room = tempfile::tempdir().unwrap();
        let settings = "[store]\ndir = \"store\"\nmaster_key = \"key\"";
        let settings = kasasagi_config::Settings::parse("test.toml", settings, room.path()).unwrap();
        let post = Post {
            store: Arc::new(crate::open_store(&settings).unwrap()),
            registry: Arc::new(kasasagi_config::registry::sample().registry),
            message_domain: "gateway.example.jp".to_owned(),
        };
        assert_eq!(post.domain("0013").as_deref(), Some("hibari-naika-clinic.example"));
        assert_eq!(post.domain("2372207007").as_deref(), Some("nazuna.example"));
        assert_eq!(post.domain("nobody"), None);
    }
}
