//! The folder that faxes arrive in, as the server shows it.

use async_imap::error::Error as ServerError;
use async_imap::types::Flag;
use jiff::Timestamp;
use kasasagi_config::settings::{Done, Imap, OldMail};
use kasasagi_store::event::{Event, MailOrigin};
use kasasagi_store::{Hash, Store};

use super::connect::Session;
use super::fault::ImapFault;
use super::utf7;
use crate::journey::ACTOR;
use crate::language::Both;
use crate::phrase;

/// What the server can do beyond RFC 3501.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Offers {
    /// It tells of new mail by itself (RFC 2177).
    pub(super) idle: bool,
    /// It moves mail in one step (RFC 6851).
    pub(super) moves: bool,
    /// It removes single mails (RFC 4315).
    pub(super) uidplus: bool,
    /// It changes flags only if nobody else did meanwhile (RFC 7162), and lets us name flags.
    pub(super) claims: bool,
}

impl Offers {
    /// Whether mail can leave the folder one by one.
    pub(super) fn can_remove(self) -> bool {
        self.moves || self.uidplus
    }
}

/// The folder, selected.
pub(super) struct Mailbox {
    /// What the server can do with it.
    pub(super) offers: Offers,
    /// Where taken mail goes, as the server writes it, and as the settings do.
    pub(super) done: Option<(String, String)>,
    name: String,
    validity: u32,
    next: Option<u32>,
    exists: u32,
}

impl Mailbox {
    /// Selects the folder of the settings.
    pub(super) async fn select(session: &mut Session, settings: &Imap) -> Result<Self, ImapFault> {
        let can = session.capabilities().await.map_err(ImapFault::broken("asking what it offers"))?;
        let condstore = can.has_str("CONDSTORE");
        let folder = utf7::encode(&settings.folder);
        let selected =
            if condstore { session.select_condstore(&folder).await } else { session.select(&folder).await };
        let found = selected.map_err(|error| match error {
            ServerError::No(what) => ImapFault::Folder { folder: settings.folder.clone(), what },
            error => ImapFault::broken("opening the folder")(error),
        })?;
        let names_flags = found.permanent_flags.contains(&Flag::MayCreate);
        let place = format!("{}@{}/{}", settings.user, settings.host, settings.folder);
        let name: String = Hash::of(&[place.as_bytes()]).to_string().chars().take(16).collect();
        let done = match &settings.done {
            Done::Move(folder) => Some((utf7::encode(folder), folder.clone())),
            Done::Flag => None,
        };
        Ok(Self {
            offers: Offers {
                idle: can.has_str("IDLE"),
                moves: can.has_str("MOVE"),
                uidplus: can.has_str("UIDPLUS"),
                claims: condstore && names_flags && found.highest_modseq.is_some(),
            },
            done,
            name,
            validity: found.uid_validity.ok_or(ImapFault::NoValidity)?,
            next: found.uid_next,
            exists: found.exists,
        })
    }

    /// Records once where this mailbox begins, before anything is taken from it.
    pub(super) fn begin(&self, store: &Store, old_mail: OldMail) -> Result<(), ImapFault> {
        if store.mailbox_start(&self.name, self.validity)?.is_none() {
            // Mail that came while the mailbox was numbered anew must not be left with the old.
            let first = match old_mail {
                OldMail::Leave if store.mailbox_since(&self.name)?.is_none() => self.next.unwrap_or(1),
                OldMail::Import | OldMail::Leave => 1,
            };
            let begun = Event::MailboxBegun { mailbox: self.name.clone(), validity: self.validity, first };
            store.append(ACTOR, &[begun])?;
        }
        Ok(())
    }

    /// The first UID to take.
    pub(super) fn first(&self, store: &Store) -> Result<u32, ImapFault> {
        Ok(store.mailbox_start(&self.name, self.validity)?.map_or(1, |(first, _)| first.max(1)))
    }

    /// The time before which mail is left alone. The numbers that told old mail from new are worth nothing
    /// after the mailbox was numbered anew; the time of arrival (INTERNALDATE) is.
    pub(super) fn since(&self, store: &Store, old_mail: OldMail) -> Result<Option<Timestamp>, ImapFault> {
        let this = store.mailbox_start(&self.name, self.validity)?.map(|(_, at)| at);
        let first = store.mailbox_since(&self.name)?;
        Ok(first.filter(|_| old_mail == OldMail::Leave && first != this))
    }

    /// The place of a mail.
    pub(super) fn origin(&self, uid: u32) -> MailOrigin {
        MailOrigin { mailbox: self.name.clone(), validity: self.validity, uid }
    }

    pub(super) fn validity(&self) -> u32 {
        self.validity
    }

    /// What `check` shows.
    pub(super) fn told(&self) -> Both {
        let Offers { idle, moves, uidplus, claims } = self.offers;
        let new = if idle { phrase!("check-imap-idle") } else { phrase!("check-imap-polled") };
        let away = match (&self.done, moves, uidplus) {
            (None, ..) => phrase!("check-imap-seen"),
            (Some(_), true, _) => phrase!("check-imap-moved"),
            (Some(_), false, true) => phrase!("check-imap-copied"),
            (Some(_), false, false) => phrase!("check-imap-only-seen"),
        };
        let second = if claims { phrase!("check-imap-noticed") } else { phrase!("check-imap-unnoticed") };
        [new, away, second]
            .into_iter()
            .fold(phrase!("check-imap-mails", count = self.exists).into(), |told: Both, more| {
                told.and(&more.into())
            })
    }
}
