//! A mail is claimed before it is taken, so that of two gateways on one mailbox only one takes it.
//!
//! The claim is a keyword on the mail, set on condition that nobody has changed the mail's flags since they
//! were looked at (RFC 7162, UNCHANGEDSINCE): of two that try at once, the server lets one succeed.

use async_imap::types::{Fetch, Flag};
use futures_util::TryStreamExt;
use kasasagi_store::Store;

use super::connect::Session;
use super::fault::ImapFault;

const PREFIX: &str = "$kasasagi-";

/// Whose a mail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Nobody,
    Us,
    AnotherGateway,
}

/// The keyword of this gateway; it stays the same as long as its store lives.
pub(super) fn keyword(store: &Store) -> String {
    let key = store.public_key().to_string();
    format!("{PREFIX}{}", key.chars().take(8).collect::<String>())
}

/// Whose the mail is that has these flags. Servers may change the case of keywords.
pub(super) fn owner(mail: &Fetch, ours: &str) -> Owner {
    let mut owner = Owner::Nobody;
    for flag in mail.flags() {
        let Flag::Custom(keyword) = flag else { continue };
        let keyword = keyword.to_ascii_lowercase();
        if keyword == ours.to_ascii_lowercase() {
            return Owner::Us;
        }
        if keyword.starts_with(PREFIX) {
            owner = Owner::AnotherGateway;
        }
    }
    owner
}

/// Tries to claim a mail whose flags were seen at `modseq`; tells whose it is then, or nothing if it is gone.
pub(super) async fn claim(
    session: &mut Session,
    uid: u32,
    modseq: u64,
    ours: &str,
) -> Result<Option<Owner>, ImapFault> {
    let store = format!("UID STORE {uid} (UNCHANGEDSINCE {modseq}) +FLAGS.SILENT ({ours})");
    let broken = ImapFault::broken("claiming a mail");
    session.run_command_and_check_ok(store).await.map_err(&broken)?;
    let seen: Vec<Fetch> = {
        let flags = session.uid_fetch(uid.to_string(), "(UID FLAGS)").await.map_err(&broken)?;
        flags.try_collect().await.map_err(&broken)?
    };
    Ok(seen.iter().find(|mail| mail.uid == Some(uid)).map(|mail| owner(mail, ours)))
}
