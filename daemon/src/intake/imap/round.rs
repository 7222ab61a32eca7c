//! One look at the folder: everything that is new is taken.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use async_imap::types::Fetch;
use futures_util::TryStreamExt;
use jiff::Timestamp;
use kasasagi_store::event::{Arrival, Source};

use super::Door;
use super::claim::{Owner, claim, owner, uid_set};
use super::connect::Session;
use super::fault::ImapFault;
use super::mailbox::Mailbox;
use super::put_away::{is_put_away, put_away};
use super::wait::within;
use crate::intake::{DepositError, Draft};
use crate::language::Both;
use crate::phrase;

/// Mails that are looked at, claimed and put away at a time.
const BATCH: usize = 50;
/// Bytes of a mail that are asked for at a time.
const PIECE: usize = 1 << 20;
/// For the server to send as much.
const TRANSFER: Duration = Duration::from_secs(5 * 60);

/// What earlier rounds found; numbers hold for one UIDVALIDITY.
#[derive(Default)]
pub(super) struct Rounds {
    validity: u32,
    /// Mails whose transfer was begun and did not end, and how often.
    tries: BTreeMap<u32, u32>,
    /// Mails that need nothing more.
    settled: BTreeSet<u32>,
    /// Mails above the limit; they stay on the server.
    too_large: BTreeSet<u32>,
    /// Mails that another gateway has claimed.
    foreign: BTreeSet<u32>,
    /// Why mails that are durable could not be put away in the last round.
    stuck: Option<Both>,
}

impl Rounds {
    /// What a person should know although everything works.
    pub(super) fn remark(&self, mailbox: &Mailbox) -> Option<Both> {
        let mut remarks: Vec<Both> = Vec::new();
        if let Some(uid) = self.too_large.first() {
            let count = self.too_large.len();
            remarks.push(phrase!("trouble-imap-too-large", count = count, uid = *uid).into());
        }
        if !self.foreign.is_empty() {
            remarks.push(phrase!("trouble-imap-foreign", count = self.foreign.len()).into());
        }
        remarks.extend(self.stuck.clone());
        if mailbox.done.is_some() && !mailbox.offers.can_remove() {
            remarks.push(phrase!("trouble-imap-stays").into());
        }
        remarks.into_iter().reduce(|first, next| first.and(&next))
    }

    fn leave_too_large(&mut self, uid: u32) {
        self.too_large.insert(uid);
        self.settled.insert(uid);
    }

    /// Forgets the numbers of a mailbox that was numbered anew.
    fn of(&mut self, validity: u32) {
        if self.validity != validity {
            *self = Self { validity, ..Self::default() };
        }
    }
}

/// When the server took the mail.
fn came(mail: &Fetch) -> Option<Timestamp> {
    Timestamp::from_second(mail.internal_date()?.timestamp()).ok()
}

/// One look at one mailbox.
pub(super) struct Round<'a> {
    pub(super) door: &'a Door,
    pub(super) mailbox: &'a Mailbox,
    pub(super) claim: &'a str,
}

impl Round<'_> {
    /// Takes everything that is new, oldest first.
    pub(super) async fn take_all(&self, session: &mut Session, rounds: &mut Rounds) -> Result<(), ImapFault> {
        rounds.of(self.mailbox.validity());
        rounds.stuck = None;
        let found = self.answer("searching", self.search(session)).await?;
        rounds.foreign.retain(|uid| found.contains(uid));
        rounds.too_large.retain(|uid| found.contains(uid));
        let mut new: Vec<u32> = found.difference(&rounds.settled).copied().collect();
        // A mail that breaks the line each time must not keep the others waiting.
        new.sort_by_key(|uid| (rounds.tries.get(uid).copied().unwrap_or(0), *uid));
        let since = self.mailbox.since(&self.door.store, self.door.settings.old_mail)?;
        for batch in new.chunks(BATCH) {
            let mails = self.answer("looking at new mail", self.look(session, batch)).await?;
            let owners = self.owners(session, &mails).await?;
            let mut durable = Vec::new();
            for mail in &mails {
                let Some(uid) = mail.uid.filter(|uid| batch.contains(uid)) else { continue };
                if since.is_some_and(|since| came(mail).is_some_and(|at| at < since)) {
                    rounds.settled.insert(uid);
                } else if self.take(session, rounds, mail, (uid, owners.get(&uid).copied())).await? {
                    durable.push(uid);
                }
            }
            self.put_away(session, rounds, &durable).await?;
        }
        Ok(())
    }

    async fn search(&self, session: &mut Session) -> Result<BTreeSet<u32>, ImapFault> {
        let first = self.mailbox.first(&self.door.store)?;
        let found = session.uid_search(format!("UID {first}:* UNDELETED")).await;
        // "n:*" always finds the last mail (RFC 3501, 6.4.8).
        Ok(found.map_err(ImapFault::broken("searching"))?.into_iter().filter(|uid| *uid >= first).collect())
    }

    async fn look(&self, session: &mut Session, batch: &[u32]) -> Result<Vec<Fetch>, ImapFault> {
        let what = if self.mailbox.offers.claims {
            "(UID FLAGS RFC822.SIZE INTERNALDATE MODSEQ)"
        } else {
            "(UID FLAGS RFC822.SIZE INTERNALDATE)"
        };
        let broken = ImapFault::broken("looking at new mail");
        let mails = session.uid_fetch(uid_set(batch), what).await.map_err(&broken)?;
        mails.try_collect().await.map_err(&broken)
    }

    /// Whose the mails are, after an attempt to claim those that are nobody's.
    async fn owners(
        &self,
        session: &mut Session,
        mails: &[Fetch],
    ) -> Result<BTreeMap<u32, Owner>, ImapFault> {
        let whose =
            |mail: &Fetch| if self.mailbox.offers.claims { owner(mail, self.claim) } else { Owner::Us };
        let mut owners: BTreeMap<u32, Owner> =
            mails.iter().filter_map(|mail| Some((mail.uid?, whose(mail)))).collect();
        let free: Vec<u32> =
            owners.iter().filter(|(_, owner)| **owner == Owner::Nobody).map(|(uid, _)| *uid).collect();
        if let Some(seen) = mails.iter().filter_map(|mail| mail.modseq).max().filter(|_| !free.is_empty()) {
            owners.extend(self.answer("claiming mails", claim(session, &free, seen, self.claim)).await?);
        }
        Ok(owners)
    }

    /// Makes one mail durable, unless it is already; whether it may be put away.
    async fn take(
        &self,
        session: &mut Session,
        rounds: &mut Rounds,
        mail: &Fetch,
        (uid, owner): (u32, Option<Owner>),
    ) -> Result<bool, ImapFault> {
        if self.door.store.taken(&self.mailbox.origin(uid))?.is_none() {
            match owner {
                Some(Owner::Us) => rounds.foreign.remove(&uid),
                Some(Owner::AnotherGateway) => {
                    rounds.foreign.insert(uid);
                    return Ok(false);
                }
                // Somebody else changed the flags, or the mail is gone: the next look tells.
                Some(Owner::Nobody) | None => return Ok(false),
            };
            if u64::from(mail.size.unwrap_or(0)) > self.door.intake.limits().message as u64 {
                rounds.leave_too_large(uid);
                return Ok(false);
            }
            *rounds.tries.entry(uid).or_default() += 1;
            let fetched = self.fetch(session, uid).await?;
            rounds.tries.remove(&uid);
            let Some(draft) = fetched else { return Ok(false) };
            match self.deposit(uid, draft).await {
                Err(DepositError::TooLarge) => {
                    rounds.leave_too_large(uid);
                    return Ok(false);
                }
                outcome => outcome.map_err(ImapFault::Deposit)?,
            }
        }
        let away = is_put_away(mail, self.mailbox);
        if away {
            rounds.settled.insert(uid);
        }
        Ok(!away)
    }

    /// Puts durable mails away, all in one go: a step of its own for each would be most of the work.
    async fn put_away(
        &self,
        session: &mut Session,
        rounds: &mut Rounds,
        uids: &[u32],
    ) -> Result<(), ImapFault> {
        if uids.is_empty() {
            return Ok(());
        }
        match self.answer("putting taken mail away", put_away(session, self.mailbox, uids)).await {
            // A full folder must not keep new mail waiting.
            Err(stuck @ ImapFault::PutAway { .. }) => rounds.stuck = Some(Both::of(&stuck)),
            outcome => {
                outcome?;
                rounds.settled.extend(uids);
            }
        }
        Ok(())
    }

    /// The mail as it lies there, without marking it as read; nothing if it is gone. It comes in pieces, so
    /// that no more of it is in memory than the draft has room for.
    async fn fetch(&self, session: &mut Session, uid: u32) -> Result<Option<Draft>, ImapFault> {
        let mut draft = self.door.intake.draft();
        for offset in (0u32..).step_by(PIECE) {
            let fetching = self.piece(session, uid, offset);
            let Some(piece) = within(TRANSFER, "fetching a mail", fetching).await? else { return Ok(None) };
            draft.push(&piece);
            if piece.len() < PIECE {
                break;
            }
        }
        Ok(Some(draft))
    }

    async fn piece(
        &self,
        session: &mut Session,
        uid: u32,
        offset: u32,
    ) -> Result<Option<Vec<u8>>, ImapFault> {
        let broken = ImapFault::broken("fetching a mail");
        let what = format!("(UID BODY.PEEK[]<{offset}.{PIECE}>)");
        let mails = session.uid_fetch(uid.to_string(), what).await.map_err(&broken)?;
        let mails: Vec<Fetch> = mails.try_collect().await.map_err(&broken)?;
        let mail = mails.iter().find(|mail| mail.uid == Some(uid));
        // A mail that is there has no bytes beyond its end; one that is gone is not told of.
        Ok(mail.map(|mail| mail.body().unwrap_or_default().to_vec()))
    }

    async fn deposit(&self, uid: u32, draft: Draft) -> Result<(), DepositError> {
        let (raw, _share) = draft.finish()?;
        let origin = Some(self.mailbox.origin(uid));
        self.door.intake.accept(Arrival { origin, ..Source::Imap.into() }, raw).await.map(drop)
    }

    async fn answer<T>(
        &self,
        doing: &'static str,
        work: impl Future<Output = Result<T, ImapFault>>,
    ) -> Result<T, ImapFault> {
        within(self.door.patience.answer, doing, work).await
    }
}
