//! What becomes of a mail on the server once it is durable here.

use async_imap::error::Error as ServerError;
use async_imap::types::{Fetch, Flag};
use futures_util::TryStreamExt;

use super::claim::uid_set;
use super::connect::Session;
use super::fault::ImapFault;
use super::mailbox::{Mailbox, Offers};

/// Whether a mail with these flags needs nothing more once it is durable: it stays where it is, and is marked.
pub(super) fn is_put_away(mail: &Fetch, mailbox: &Mailbox) -> bool {
    let stays = mailbox.done.is_none() || !mailbox.offers.can_remove();
    stays && mail.flags().any(|flag| flag == Flag::Seen)
}

/// Moves mails, or marks them as seen. One that is gone meanwhile is no fault.
pub(super) async fn put_away(
    session: &mut Session,
    mailbox: &Mailbox,
    uids: &[u32],
) -> Result<(), ImapFault> {
    let set = uid_set(uids);
    let Some((folder, name)) = &mailbox.done else {
        let marked = store_flag(session, &set, "\\Seen").await;
        return marked.map_err(ImapFault::broken("marking taken mail"));
    };
    let fault = |error: ServerError| match error {
        ServerError::No(what) => ImapFault::PutAway { folder: name.clone(), what },
        error => ImapFault::broken("moving taken mail")(error),
    };
    match transfer(session, mailbox.offers, &set, folder).await {
        // The folder is missing, most likely (RFC 3501, 7.1, TRYCREATE); if not, the second refusal says why.
        Err(ServerError::No(_)) => {
            session.create(folder).await.ok();
            // Mail programs show subscribed folders.
            session.subscribe(folder).await.ok();
            transfer(session, mailbox.offers, &set, folder).await.map_err(fault)
        }
        outcome => outcome.map_err(fault),
    }
}

async fn transfer(session: &mut Session, offers: Offers, set: &str, folder: &str) -> Result<(), ServerError> {
    if offers.moves {
        return session.uid_mv(set, folder).await;
    }
    if !offers.uidplus {
        return store_flag(session, set, "\\Seen").await;
    }
    session.uid_copy(set, folder).await?;
    store_flag(session, set, "\\Deleted").await?;
    session.uid_expunge(set).await?.try_collect::<Vec<_>>().await?;
    Ok(())
}

async fn store_flag(session: &mut Session, set: &str, flag: &str) -> Result<(), ServerError> {
    session.run_command_and_check_ok(format!("UID STORE {set} +FLAGS.SILENT ({flag})")).await
}
