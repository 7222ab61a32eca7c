//! Looks into a mailbox without the gateway: what the server offers, and whether one mail arrives.

use std::time::Duration;

use async_imap::types::Fetch;
use futures_util::TryStreamExt;
use kasasagi_config::settings::Imap;
use tokio::time::Instant;

use super::connect::Session;
use super::fault::ImapFault;
use super::{Patience, enter, put_away};
use crate::language::Both;

/// Between looks for a mail that is on its way.
const PAUSE: Duration = Duration::from_secs(2);

/// Logs in and looks at the mailbox without changing anything; tells what the server offers.
///
/// # Errors
/// [`ImapFault`], which says what to do.
pub async fn probe(settings: &Imap) -> Result<Both, ImapFault> {
    let (mut session, mailbox) = enter(settings, Patience::default().answer).await?;
    // The line is closed either way.
    session.logout().await.ok();
    Ok(mailbox.told())
}

/// Waits for the mail of this Message-ID, puts it away as the gateway does, and returns it; nothing if it does not come
/// in time.
///
/// # Errors
/// [`ImapFault`].
pub async fn fetch(
    settings: &Imap,
    message_id: &str,
    patience: Duration,
) -> Result<Option<Vec<u8>>, ImapFault> {
    let (mut session, mailbox) = enter(settings, Patience::default().answer).await?;
    let end = Instant::now() + patience;
    let found = loop {
        match find(&mut session, message_id).await? {
            Some((uid, raw)) => {
                put_away::put_away(&mut session, &mailbox, &[uid]).await?;
                break Some(raw);
            }
            None if Instant::now() >= end => break None,
            None => tokio::time::sleep(PAUSE).await,
        }
    };
    session.logout().await.ok();
    Ok(found)
}

async fn find(session: &mut Session, message_id: &str) -> Result<Option<(u32, Vec<u8>)>, ImapFault> {
    // Servers tell of new mail when they are asked for anything.
    session.noop().await.map_err(ImapFault::broken("asking for new mail"))?;
    let query = format!("HEADER Message-ID \"<{message_id}>\" UNDELETED");
    let uids = session.uid_search(query).await.map_err(ImapFault::broken("searching"))?;
    let Some(uid) = uids.into_iter().max() else { return Ok(None) };
    let broken = ImapFault::broken("fetching a mail");
    let mails = session.uid_fetch(uid.to_string(), "(UID BODY.PEEK[])").await.map_err(&broken)?;
    let mails: Vec<Fetch> = mails.try_collect().await.map_err(&broken)?;
    let mail = mails.iter().find(|mail| mail.uid == Some(uid));
    Ok(mail.and_then(|mail| Some((uid, mail.body()?.to_vec()))))
}
