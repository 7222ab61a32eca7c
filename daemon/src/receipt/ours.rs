//! Which of our mails another mail is about.

use jiff::Span;
use jiff::civil::Date;
use kasasagi_store::id::{DigestId, FaxId, ItemId, RecordId};
use kasasagi_store::{ItemView, OutboxFilter, Store};
use sha2::{Digest, Sha256};

use crate::mail::Named;
use crate::{Result, message};

/// Header field of our own digests that names them.
pub const DIGEST_FIELD: &str = "X-Kasasagi-Digest";

/// How far back a Message-ID alone is looked for, in steps: most mails are answered soon. Counted in days from
/// the arrival of the fax.
const LOOK_BACK_DAYS: [i64; 3] = [1, 5, 31];

/// Items looked through at a time.
const PAGE: usize = 1000;

/// A mail of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ours {
    /// About one item.
    Item(ItemId),
    /// A digest.
    Digest(DigestId),
}

/// The Message-ID of a digest, for ever the same, without angle brackets; no digest can be read off it.
pub fn digest_message_id(digest: &DigestId, domain: &str) -> String {
    let hash = Sha256::digest(format!("kasasagi message-id 1\n{digest}"));
    let name: String = hash.iter().take(20).map(|byte| format!("{byte:02x}")).collect();
    format!("{name}@{domain}")
}

/// The first of these Message-IDs that has the shape of ours.
pub(super) fn our_id<'i>(ids: &'i [String], domain: &str) -> Option<&'i str> {
    let is_ours = |id: &&String| {
        id.split_once('@').is_some_and(|(name, place)| {
            name.len() == 40
                && name.bytes().all(|byte| byte.is_ascii_hexdigit())
                && place.eq_ignore_ascii_case(domain)
        })
    };
    ids.iter().find(is_ours).map(String::as_str)
}

impl Ours {
    /// The mail that a report names: what its returned header says, if the Message-ID agrees, else the mail
    /// with its Message-ID.
    pub(super) fn named(store: &Store, domain: &str, today: Date, named: &Named) -> Result<Option<Self>> {
        let told = match (&named.item, &named.digest) {
            (Some(item), _) => Self::Item(item.clone()),
            (None, Some(digest)) => Self::Digest(digest.clone()),
            (None, None) => {
                return our_id(&named.message_ids, domain)
                    .map_or(Ok(None), |id| Self::with_id(store, domain, today, id));
            }
        };
        let is_meant = named.message_ids.iter().any(|id| told.has_id(id, domain));
        Ok(is_meant.then_some(told))
    }

    /// The mail of the last weeks with this Message-ID.
    pub(super) fn with_id(store: &Store, domain: &str, today: Date, id: &str) -> Result<Option<Self>> {
        for days in LOOK_BACK_DAYS {
            let first = today.saturating_sub(Span::new().days(days));
            let mut after = ItemId::new(RecordId::new(FaxId::new(first, [0; 5]), 1), "0").ok();
            loop {
                let filter = OutboxFilter { after: after.clone(), limit: PAGE, ..OutboxFilter::default() };
                let items = store.outbox(&filter)?;
                let mails = items.iter().map(Self::mail_of);
                if let Some(ours) = mails.into_iter().find(|ours| ours.has_id(id, domain)) {
                    return Ok(Some(ours));
                }
                if items.len() < PAGE {
                    break;
                }
                after = items.last().map(|item| item.id.clone());
            }
        }
        Ok(None)
    }

    /// The mail that an item went in.
    fn mail_of(item: &ItemView) -> Self {
        item.digest.clone().map_or_else(|| Self::Item(item.id.clone()), Self::Digest)
    }

    fn has_id(&self, id: &str, domain: &str) -> bool {
        id.eq_ignore_ascii_case(&match self {
            Self::Item(item) => message::message_id(item, domain),
            Self::Digest(digest) => digest_message_id(digest, domain),
        })
    }

    /// What was in it, as it stands now; nothing that has gone, or goes, in another mail since.
    pub(super) fn items(&self, store: &Store) -> Result<Vec<ItemView>> {
        Ok(match self {
            Self::Item(item) => store.item(item)?.filter(|item| item.digest.is_none()).into_iter().collect(),
            Self::Digest(digest) => store.digest_items(digest)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_id_is_ours_by_its_shape_and_its_domain() {
        let digest: DigestId = "D20261125-7K3QXD2M".parse().unwrap();
        let id = digest_message_id(&digest, "gateway.example.jp");
        let ids = ["1@x".to_owned(), id.clone()];
        assert_eq!(our_id(&ids, "Gateway.example.jp"), Some(id.as_str()));
        assert_eq!(our_id(&ids, "other.example.jp"), None);
        assert!(Ours::Digest(digest).has_id(&id.to_uppercase(), "gateway.example.jp"));
    }
}
