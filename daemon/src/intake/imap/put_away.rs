//! What becomes of a mail on the server once it is durable here.

use async_imap::error::Error as ServerError;
use futures_util::TryStreamExt;

use super::connect::Session;
use super::fault::ImapFault;
use super::mailbox::{Mailbox, Offers};

/// Moves the mail, or marks it as seen. One that is gone meanwhile is no fault.
pub(super) async fn put_away(session: &mut Session, mailbox: &Mailbox, uid: u32) -> Result<(), ImapFault> {
    let Some((folder, name)) = &mailbox.done else { return mark(session, uid, "\\Seen").await };
    let fault = |error: ServerError| match error {
        ServerError::No(what) => ImapFault::PutAway { folder: name.clone(), what },
        error => ImapFault::broken("moving taken mail")(error),
    };
    match transfer(session, mailbox.offers, uid, folder).await {
        // The folder is missing (RFC 3501, 7.1, TRYCREATE); servers say so in many words.
        Err(ServerError::No(_)) => {
            session.create(folder).await.map_err(fault)?;
            // Mail programs show subscribed folders.
            session.subscribe(folder).await.ok();
            transfer(session, mailbox.offers, uid, folder).await.map_err(fault)
        }
        outcome => outcome.map_err(fault),
    }
}

async fn transfer(session: &mut Session, offers: Offers, uid: u32, folder: &str) -> Result<(), ServerError> {
    let set = uid.to_string();
    if offers.moves {
        return session.uid_mv(&set, folder).await;
    }
    if !offers.uidplus {
        return store_flag(session, uid, "\\Seen").await;
    }
    session.uid_copy(&set, folder).await?;
    store_flag(session, uid, "\\Deleted").await?;
    session.uid_expunge(&set).await?.try_collect::<Vec<_>>().await?;
    Ok(())
}

async fn mark(session: &mut Session, uid: u32, flag: &str) -> Result<(), ImapFault> {
    store_flag(session, uid, flag).await.map_err(ImapFault::broken("marking taken mail"))
}

async fn store_flag(session: &mut Session, uid: u32, flag: &str) -> Result<(), ServerError> {
    session.run_command_and_check_ok(format!("UID STORE {uid} +FLAGS.SILENT ({flag})")).await
}
