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

/// Tries to claim mails that were nobody's when the highest of all seen MODSEQ was `seen`; tells whose they are
/// then. The server counts changes through the whole mailbox, so any change since has a higher number.
pub(super) async fn claim(
    session: &mut Session,
    uids: &[u32],
    seen: u64,
    ours: &str,
) -> Result<Vec<(u32, Owner)>, ImapFault> {
    let set = uid_set(uids);
    let broken = ImapFault::broken("claiming mails");
    let store = format!("UID STORE {set} (UNCHANGEDSINCE {seen}) +FLAGS.SILENT ({ours})");
    session.run_command_and_check_ok(store).await.map_err(&broken)?;
    let mails = session.uid_fetch(&set, "(UID FLAGS)").await.map_err(&broken)?;
    let mails: Vec<Fetch> = mails.try_collect().await.map_err(&broken)?;
    Ok(mails.iter().filter_map(|mail| Some((mail.uid?, owner(mail, ours)))).collect())
}

/// Numbers as commands name them (RFC 3501, sequence-set).
pub(super) fn uid_set(uids: &[u32]) -> String {
    uids.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}
