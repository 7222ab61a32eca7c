//! What comes back about mails of ours: reports that they failed, notices that they were displayed, replies.
//!
//! ```text
//! mail::response ──▶ which of our mails ──▶ what it says ──▶ events of its items, fate of the mail itself
//! ```
//! Nothing here is signed by anybody. A mail counts if it knows the Message-ID of a mail of ours, which nobody
//! but the recipient and the servers on the way has seen; a reply moreover must come from the address that the
//! mail went to. Whatever it says, nothing in it is opened as a fax.

mod ours;

use jiff::civil::Date;
use kasasagi_store::event::{Event, Receipt};
use kasasagi_store::id::FaxId;
use kasasagi_store::{ItemKind, ItemView, Store};

pub use ours::{DIGEST_FIELD, digest_message_id};

use crate::Result;
use crate::mail::{self, MailFault, Reply, Response, Words};
use ours::Ours;

/// Digests that may fail with the same item before a person must look.
const CARRIED: u32 = 2;

/// The mail address behind a registry code, if it has one.
pub type AddressOf<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A mail about one of ours, understood.
#[derive(Debug)]
pub struct Answer {
    ours: Option<Ours>,
    says: Says,
    fate: Fate,
}

/// What it says about ours.
#[derive(Debug)]
enum Says {
    /// It will never arrive; the status.
    Failed(String),
    /// The recipient has taken note of it.
    Noted(Receipt),
    Nothing,
}

/// What becomes of the mail that says it.
#[derive(Debug)]
enum Fate {
    Refused(MailFault),
    Held(MailFault),
}

/// Reads a mail as one about a mail of ours; none if it is about none. Of the store nothing but names is
/// looked at: how the items stand is asked by [`Answer::events`].
///
/// # Errors
/// When the store cannot be read.
pub fn read(
    store: &Store,
    domain: &str,
    today: Date,
    raw: &[u8],
    address_of: AddressOf<'_>,
) -> Result<Option<Answer>> {
    let Some(response) = mail::response(raw) else { return Ok(None) };
    let known = |ours: Option<Ours>, says, fault| {
        ours.map(|ours| Answer { ours: Some(ours), says, fate: Fate::Refused(fault) })
    };
    Ok(match response {
        Response::Delivery(report) => {
            let says = report.failed.map_or(Says::Nothing, Says::Failed);
            known(Ours::named(store, domain, today, &report.of)?, says, MailFault::DeliveryReport)
        }
        Response::Disposition(notice) => {
            let says = if notice.displayed { Says::Noted(Receipt::Displayed) } else { Says::Nothing };
            known(Ours::named(store, domain, today, &notice.of)?, says, MailFault::ReadReceipt)
        }
        Response::Reply(reply) => match ours::our_id(&reply.answers, domain) {
            Some(id) => Some(replied(store, Ours::with_id(store, domain, today, id)?, &reply, address_of)?),
            None => None,
        },
    })
}

/// A reply to a mail of ours; to none that is still known, if it names one.
fn replied(store: &Store, ours: Option<Ours>, reply: &Reply, address_of: AddressOf<'_>) -> Result<Answer> {
    let items = ours.as_ref().map(|ours| ours.items(store)).transpose()?.unwrap_or_default();
    let to = items.first().and_then(|item| address_of(&item.recipient));
    let is_recipient =
        to.zip(reply.from.as_ref()).is_some_and(|(to, from)| to.trim().eq_ignore_ascii_case(from));
    let (says, fate) = match (reply.automatic, is_recipient, reply.words) {
        (true, ..) => (Says::Nothing, Fate::Refused(MailFault::AutomaticReply)),
        (_, false, _) => (Says::Nothing, Fate::Held(MailFault::ReplyFromOther)),
        (_, _, Words::Acknowledgement) => {
            (Says::Noted(Receipt::Replied), Fate::Refused(MailFault::Acknowledgement))
        }
        (_, _, Words::Encrypted) => (Says::Noted(Receipt::Replied), Fate::Held(MailFault::ReplyEncrypted)),
        (_, _, Words::Other) => (Says::Noted(Receipt::Replied), Fate::Held(MailFault::Reply)),
    };
    Ok(Answer { ours, says, fate })
}

impl Answer {
    /// What happened to the items of our mail, by how they stand now. What was said before is not said again:
    /// whoever asks must not let another do so until these are written.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn events(&self, store: &Store) -> Result<Vec<Event>> {
        let Some(ours) = &self.ours else { return Ok(Vec::new()) };
        let items = ours.items(store)?;
        Ok(match &self.says {
            Says::Nothing => Vec::new(),
            Says::Failed(status) => failed(ours, &items, &format!("bounced_{status}")),
            Says::Noted(how) => {
                let unnoted = items.into_iter().filter(|item| item.noted.is_none());
                let items: Vec<_> = unnoted.map(|item| item.id).collect();
                (!items.is_empty()).then_some(Event::Acknowledged { items, how: *how }).into_iter().collect()
            }
        })
    }

    /// What becomes of the mail that said it.
    pub fn of_mail(&self, fax: FaxId) -> Event {
        match self.fate {
            Fate::Refused(fault) => Event::Refused { fax, reason: fault.code().to_owned() },
            Fate::Held(fault) => Event::FaxHeld { fax, reason: fault.code().to_owned() },
        }
    }
}

/// A mail of one item is given up; what a digest held waits for the next one, unless that failed too often.
fn failed(ours: &Ours, items: &[ItemView], code: &str) -> Vec<Event> {
    let may_fail = |item: &&ItemView| matches!(item.state.kind(), ItemKind::Due | ItemKind::Sent);
    let items: Vec<&ItemView> = items.iter().filter(may_fail).collect();
    let carried_over = matches!(ours, Ours::Digest(_)) && items.iter().all(|item| item.carried < CARRIED);
    if items.is_empty() {
        Vec::new()
    } else if carried_over {
        let items = items.iter().map(|item| item.id.clone()).collect();
        vec![Event::CarriedOver { items, code: code.to_owned() }]
    } else {
        let given_up = |item: &&ItemView| Event::GaveUp { item: item.id.clone(), code: code.to_owned() };
        items.iter().map(given_up).collect()
    }
}
