//! Mails about our mails: what a delivery report, a read receipt or a reply says of an item, and what becomes of
//! the mail itself. None of them is a fax, and nothing in them is ever opened as one.
//!
//! Nobody signs them. They count only if they know the Message-ID of our mail, which nobody but the recipient and
//! the servers on the way has seen; a reply must come from the address besides that the mail went to.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{Span, Zoned};
use kasasagi_store::event::{Event, Receipt};
use kasasagi_store::id::{DigestId, FaxId, ItemId, RecordId};
use kasasagi_store::{ItemKind, ItemView, OutboxFilter, Store};

use crate::Result;
use crate::mail::{self, MailFault, Named, Notification, Reply, Report, Response, Words};
use crate::message::About;
use crate::outbox::given_up;
use crate::post::is_last_digest;

/// How long after a mail one about it is still understood without its header, in steps: most come soon.
/// Counted in days from the arrival of the fax.
const LOOK_BACK_DAYS: [i64; 3] = [1, 5, 31];

/// Items looked through at a time.
const PAGE: usize = 1000;

/// What becomes of a mail about one of ours.
#[derive(Clone, Debug, PartialEq)]
pub struct Settled {
    /// What follows for the items.
    pub events: Vec<Event>,
    /// What the mail itself is.
    pub fault: MailFault,
    /// Whether a person must read it.
    pub held: bool,
}

/// Where our mails are looked up, and to whom they went.
pub struct Receipts<'a> {
    /// The outbox.
    pub store: &'a Store,
    /// Right-hand side of our Message-IDs.
    pub domain: &'a str,
    /// The mail address of a registry code, now.
    pub address_of: &'a dyn Fn(&str) -> Option<String>,
    /// Now, in the gateway's time zone.
    pub now: Zoned,
}

impl Receipts<'_> {
    /// What a mail says about one of ours; none if it is about none. Blocks.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn settle(&self, raw: &[u8]) -> Result<Option<Settled>> {
        match mail::response(raw) {
            None => Ok(None),
            Some(Response::Delivery(report)) => self.delivery(&report).map(Some),
            Some(Response::Disposition(notification)) => self.disposition(&notification).map(Some),
            Some(Response::Reply(reply)) => self.reply(&reply),
        }
    }

    /// A report of anything but a failure for good changes nothing.
    fn delivery(&self, report: &Report) -> Result<Settled> {
        let items = match &report.failed {
            Some(_) => self.named(&report.of)?,
            None => Vec::new(),
        };
        let status = report.failed.as_deref().unwrap_or_default();
        let events = bounced(&items, &format!("bounced_{status}"));
        Ok(Settled { events, fault: MailFault::DeliveryReport, held: false })
    }

    fn disposition(&self, notification: &Notification) -> Result<Settled> {
        let items = if notification.displayed { self.named(&notification.of)? } else { Vec::new() };
        let events = noted(&items, Receipt::Displayed);
        Ok(Settled { events, fault: MailFault::ReadReceipt, held: false })
    }

    /// A mail that answers somebody else's is none of ours, and may well bring a fax.
    fn reply(&self, reply: &Reply) -> Result<Option<Settled>> {
        let own = |id: &String| {
            id.rsplit_once('@').is_some_and(|(_, domain)| domain.eq_ignore_ascii_case(self.domain))
        };
        if !reply.answers.iter().any(own) {
            return Ok(None);
        }
        let settled = |events, fault, held| Ok(Some(Settled { events, fault, held }));
        if reply.automatic {
            return settled(Vec::new(), MailFault::AutomaticReply, false);
        }
        let items = self.sent_as(&reply.answers)?;
        let from_recipient = items.first().is_some_and(|item| {
            let address = (self.address_of)(&item.recipient);
            let same =
                |address: &String| reply.from.as_ref().is_some_and(|from| from.eq_ignore_ascii_case(address));
            address.as_ref().is_some_and(same)
        });
        if !from_recipient {
            return settled(Vec::new(), MailFault::ReplyFromOther, true);
        }
        let events = noted(&items, Receipt::Replied);
        match reply.words {
            Words::Acknowledgement => settled(events, MailFault::Acknowledgement, false),
            Words::Encrypted => settled(events, MailFault::ReplyEncrypted, true),
            Words::Other => settled(events, MailFault::Reply, true),
        }
    }

    /// The items of the mail that a report is about. A returned header that contradicts itself names none.
    fn named(&self, of: &Named) -> Result<Vec<ItemView>> {
        let is_meant = |about: About<'_>| {
            let ours = about.message_id(self.domain);
            of.message_ids.iter().any(|id| id.eq_ignore_ascii_case(&ours))
        };
        match (&of.item, &of.digest) {
            (Some(item), _) if is_meant(About::Item(item)) => {
                Ok(self.store.item(item)?.into_iter().collect())
            }
            (None, Some(digest)) if is_meant(About::Digest(&digest.to_string())) => {
                Ok(self.store.digest_items(digest)?)
            }
            (None, None) => self.sent_as(&of.message_ids),
            _ => Ok(Vec::new()),
        }
    }

    /// The items of the mail with the first of these Message-IDs that has the shape of ours. Without one,
    /// nothing is looked through.
    fn sent_as(&self, ids: &[String]) -> Result<Vec<ItemView>> {
        let Some(id) = ids.iter().find(|id| has_our_shape(id, self.domain)) else { return Ok(Vec::new()) };
        for days in LOOK_BACK_DAYS {
            let first = self.now.date().saturating_sub(Span::new().days(days));
            if let Some(items) = self.sent_since(first, id)? {
                return Ok(items);
            }
        }
        Ok(Vec::new())
    }

    /// The same among the items whose faxes came on this day or later: their names begin with the day.
    fn sent_since(&self, day: Date, id: &str) -> Result<Option<Vec<ItemView>>> {
        let is = |about: About<'_>| about.message_id(self.domain).eq_ignore_ascii_case(id);
        let mut digests: BTreeSet<DigestId> = BTreeSet::new();
        let mut after = first_of(day);
        loop {
            let page = OutboxFilter { after: after.clone(), limit: PAGE, ..OutboxFilter::default() };
            let items = self.store.outbox(&page)?;
            for item in &items {
                match &item.digest {
                    None if is(About::Item(&item.id)) => return Ok(Some(vec![item.clone()])),
                    Some(digest)
                        if digests.insert(digest.clone()) && is(About::Digest(&digest.to_string())) =>
                    {
                        return Ok(Some(self.store.digest_items(digest)?));
                    }
                    _ => {}
                }
            }
            match items.last() {
                Some(last) if items.len() >= PAGE => after = Some(last.id.clone()),
                _ => return Ok(None),
            }
        }
    }
}

/// Whether a Message-ID may be one of ours: 160 bits and our domain.
fn has_our_shape(id: &str, domain: &str) -> bool {
    id.split_once('@').is_some_and(|(name, place)| {
        name.len() == 40
            && name.bytes().all(|byte| byte.is_ascii_hexdigit())
            && place.eq_ignore_ascii_case(domain)
    })
}

fn first_of(day: Date) -> Option<ItemId> {
    ItemId::new(RecordId::new(FaxId::new(day, [0; 5]), 1), "0").ok()
}

/// What a mail that never arrives means for its items: those of a digest go into the next, but not for ever.
fn bounced(items: &[ItemView], code: &str) -> Vec<Event> {
    let open = |item: &&ItemView| matches!(item.state.kind(), ItemKind::Due | ItemKind::Sent);
    let again = |item: &&ItemView| item.digest.is_some() && !is_last_digest(item);
    let (again, last): (Vec<&ItemView>, Vec<&ItemView>) = items.iter().filter(open).partition(again);
    let ids = |items: Vec<&ItemView>| items.into_iter().map(|item| item.id.clone()).collect::<Vec<_>>();
    let carried =
        (!again.is_empty()).then(|| Event::CarriedOver { items: ids(again), code: code.to_owned() });
    carried.into_iter().chain(given_up(&ids(last), code)).collect()
}

/// The items of which nobody had taken note before.
fn noted(items: &[ItemView], how: Receipt) -> Vec<Event> {
    let news = items.iter().filter(|item| item.noted.is_none()).map(|item| item.id.clone());
    let items: Vec<ItemId> = news.collect();
    if items.is_empty() { Vec::new() } else { vec![Event::Acknowledged { items, how }] }
}
