//! What goes out: which items make one mail, and the mail itself, composed when it is sent.
//!
//! A sheet says what one recipient may see of one record. Here it becomes a mail: alone or in a digest, signed,
//! and encrypted for the certificate that the registry holds at this moment.

mod way;

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp, Zoned};
use kasasagi_config::Settings;
use kasasagi_routing::facts::Urgency;
use kasasagi_routing::role::Role;
use kasasagi_store::id::{DigestId, ItemId};
use kasasagi_store::{BlobName, ItemView, Store};

pub use way::{Holder, Way};

use crate::journey::chain;
use crate::message::{self, About, Addressee, Mail, Sender, Sheet, Templates};
use crate::registries::Registries;
use crate::smime::{self, Identity};
use crate::{Error, Result};

/// What is to be sent at one go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispatch {
    /// The items that are settled together.
    pub items: Vec<ItemId>,
    /// Registry code of the recipient.
    pub recipient: String,
    /// Role under which they receive it.
    pub role: String,
    /// Tries so far.
    pub attempt: u32,
    /// The digest that the items make up, when they are not a mail each.
    pub digest: Option<DigestId>,
    /// Those of the items that are in their last digest: if it fails they are given up.
    pub last: Vec<ItemId>,
}

/// Digests with which an item may fail before it waits for a person.
const DIGESTS: u32 = 3;

/// Whether an item may not be carried over to another digest any more.
pub(crate) fn is_last_digest(item: &ItemView) -> bool {
    item.carried + 1 >= DIGESTS
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
    /// Some of its items cannot be opened; the others make a mail of their own.
    Broken {
        /// Those that cannot.
        items: Vec<ItemId>,
    },
    /// It cannot be sent now.
    Later {
        /// Why.
        code: String,
    },
    /// It is not to be sent before this moment; no try is counted.
    Wait {
        /// When.
        until: Timestamp,
        /// Why.
        code: String,
    },
}

/// Composes what goes out.
pub struct Post {
    /// Items and their sealed sheets.
    pub store: Arc<Store>,
    /// Where recipients are, and their certificates.
    pub registries: Arc<Registries>,
    /// The settings in force.
    pub settings: Arc<Settings>,
    /// Who the mails come from.
    pub sender: Sender,
    /// The words of the mails.
    pub words: RwLock<Arc<Templates>>,
    /// What mails are signed with.
    pub identity: Identity,
    /// Whether everything we send travels inside verified TLS.
    pub private: bool,
    /// Time as an argument.
    pub clock: fn() -> Timestamp,
    /// The signed head of the journal that stands in the footer of mails, and since when.
    pub footer: Mutex<Option<(Timestamp, String)>>,
}

/// How long one signed head stands in the footers of mails.
const FOOTER_AGE: SignedDuration = SignedDuration::from_mins(1);

/// The blob that holds the sheet of this item.
///
/// # Errors
/// When the item's name does not fit a blob; item names do.
pub fn sheet_blob(item: &ItemId) -> Result<BlobName> {
    Ok(format!("message-{}-{}", item.record().number(), item.recipient()).parse()?)
}

/// What an item tells its recipient. Blocks.
///
/// # Errors
/// When its blob cannot be opened or is no sheet.
pub fn sheet(store: &Store, item: &ItemId) -> Result<Sheet> {
    Sheet::from_bytes(&store.unseal(item.fax(), &sheet_blob(item)?)?)
}

impl Post {
    /// The mail domain of a recipient, by registry code: what one lane serves.
    pub fn domain(&self, recipient: &str) -> Option<String> {
        let today = self.now().date();
        let registry = self.registries.on(today).ok()?;
        let holder = Holder::find(&registry.registry, recipient, today).ok()?;
        Some(holder.address.as_str().rsplit_once('@')?.1.to_ascii_lowercase())
    }

    /// The mail of a dispatch. What is gone or garbled is given up, for a person to see.
    ///
    /// # Errors
    /// When the store can only be used again by a new process.
    pub fn compose(&self, dispatch: &Dispatch) -> Result<Composed> {
        self.composed(dispatch).or_else(|error| {
            if error.is_broken_store() {
                return Err(error);
            }
            let item = dispatch.items.first().map(ToString::to_string).unwrap_or_default();
            tracing::error!(item, error = %chain(&error), "a mail cannot be composed");
            Ok(if error.may_pass() {
                Composed::Later { code: "store".to_owned() }
            } else {
                Composed::Never { code: "parcel".to_owned() }
            })
        })
    }

    fn composed(&self, dispatch: &Dispatch) -> Result<Composed> {
        let now = self.now();
        let in_force = self.registries.on(now.date())?;
        let holder = match Holder::find(&in_force.registry, &dispatch.recipient, now.date()) {
            Ok(holder) => holder,
            Err(code) => return Ok(never(code)),
        };
        let without = self.settings.office.smime.without_certificate;
        let way = holder.way(now.timestamp(), without, self.private);
        if let Way::Shut(code) = way {
            return Ok(never(code));
        }
        let (sheets, broken) = self.sheets(dispatch)?;
        if !broken.is_empty() {
            return Ok(Composed::Broken { items: broken });
        }
        let urgency = sheets.iter().map(|(_, sheet)| sheet.urgency()).max().unwrap_or(Urgency::Routine);
        if let Some(until) = self.quiet(&holder, urgency, &now) {
            return Ok(Composed::Wait { until, code: "quiet_hours".to_owned() });
        }
        let role_ja = role_ja(&dispatch.role);
        let to = Addressee { name: holder.name, address: holder.address.as_str(), role_ja };
        let mail = match way {
            Way::Notice => self.notice(dispatch, &sheets, urgency, &to, &now)?,
            _ => self.letter(dispatch, &sheets, &to, &now)?,
        };
        let raw = match way {
            Way::Sealed(certificate) => {
                mail.protected(&smime::seal(mail.entity(), &self.identity, &certificate.der)?)
            }
            _ => mail.protected(&smime::sign_only(mail.entity(), &self.identity)?),
        };
        Ok(Composed::Mail { to: mail.to().to_owned(), message_id: mail.message_id().to_owned(), raw })
    }

    /// The templates in use.
    pub fn words(&self) -> Arc<Templates> {
        self.words.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the templates anew; those in use stay if one of the new ones is wrong.
    ///
    /// # Errors
    /// As of [`Templates::open`].
    pub fn renew_words(&self) -> Result<()> {
        let words = Arc::new(Templates::open(self.settings.office.templates.as_deref())?);
        *self.words.write().unwrap_or_else(PoisonError::into_inner) = words;
        Ok(())
    }

    /// A mail to somebody of the office: signed, without personal data.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn signed(&self, mail: &Mail) -> Result<Vec<u8>> {
        Ok(mail.protected(&smime::sign_only(mail.entity(), &self.identity)?))
    }

    fn letter(
        &self,
        dispatch: &Dispatch,
        sheets: &[(ItemId, Sheet)],
        to: &Addressee<'_>,
        now: &Zoned,
    ) -> Result<Mail> {
        let checkpoint = self.checkpoint()?;
        let (by, words, at) = (&self.sender, &self.words(), now.timestamp());
        match (&dispatch.digest, sheets) {
            (Some(digest), _) => message::digest(sheets, &digest.to_string(), to, by, words, &checkpoint, at),
            (None, [(item, sheet)]) => message::single(sheet, item, to, by, words, &checkpoint, at),
            (None, _) => Err(Error::Dispatch),
        }
    }

    fn notice(
        &self,
        dispatch: &Dispatch,
        sheets: &[(ItemId, Sheet)],
        urgency: Urgency,
        to: &Addressee<'_>,
        now: &Zoned,
    ) -> Result<Mail> {
        let records: Vec<_> = sheets.iter().map(|(_, sheet)| sheet.record().clone()).collect();
        let digest = dispatch.digest.as_ref().map(ToString::to_string);
        let about = match (&digest, dispatch.items.first()) {
            (Some(digest), _) => About::Digest(digest),
            (None, Some(item)) => About::Item(item),
            (None, None) => return Err(Error::Dispatch),
        };
        message::notice(about, &records, urgency, to, &self.sender, &self.words(), now.timestamp())
    }

    /// The sheets of a dispatch, and the items whose sheet is gone or garbled.
    #[expect(clippy::type_complexity, reason = "two lists that are made in one pass")]
    fn sheets(&self, dispatch: &Dispatch) -> Result<(Vec<(ItemId, Sheet)>, Vec<ItemId>)> {
        let (mut sheets, mut broken) = (Vec::new(), Vec::new());
        for item in &dispatch.items {
            match sheet(&self.store, item) {
                Ok(sheet) => sheets.push((item.clone(), sheet)),
                Err(error) if error.may_pass() || error.is_broken_store() => return Err(error),
                Err(error) => {
                    tracing::error!(%item, error = %chain(&error), "a sealed sheet cannot be opened");
                    broken.push(item.clone());
                }
            }
        }
        Ok((sheets, broken))
    }

    /// The end of the recipient's quiet hours, if they are now and this is no emergency.
    fn quiet(&self, holder: &Holder<'_>, urgency: Urgency, now: &Zoned) -> Option<Timestamp> {
        if urgency == Urgency::Emergency {
            return None;
        }
        let until = holder.quiet_until(now.datetime())?;
        until.to_zoned(self.settings.time_zone.clone()).ok().map(|until| until.timestamp())
    }

    /// A head of the journal that is not older than a minute.
    fn checkpoint(&self) -> Result<String> {
        let mut footer = self.footer.lock().unwrap_or_else(PoisonError::into_inner);
        let now = (self.clock)();
        match &*footer {
            Some((since, head)) if now.duration_since(*since).abs() < FOOTER_AGE => Ok(head.clone()),
            _ => {
                let head = self.store.checkpoint()?.to_string();
                *footer = Some((now, head.clone()));
                Ok(head)
            }
        }
    }

    fn now(&self) -> Zoned {
        (self.clock)().to_zoned(self.settings.time_zone.clone())
    }
}

fn never(code: &str) -> Composed {
    Composed::Never { code: code.to_owned() }
}

/// A role in words, from its code.
fn role_ja(code: &str) -> &'static str {
    Role::ALL.iter().find(|role| role.code() == code).map_or("", |role| role.ja())
}
