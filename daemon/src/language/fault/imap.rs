//! Why mail cannot be taken from the mailbox.

use super::detail;
use crate::intake::imap::ImapFault as E;
use crate::language::Phrase;
use crate::phrase;

/// None where only a cause speaks.
pub(super) fn phrase(error: &E) -> Option<Phrase> {
    Some(match error {
        E::Unreachable { server, what } => {
            phrase!("error-imap-unreachable", server = %server, what = detail(what))
        }
        E::Tls { server, what } => phrase!("error-imap-tls", server = %server, what = detail(what)),
        E::Login { what } => phrase!("error-imap-login", what = detail(what)),
        E::Folder { folder, what } => phrase!("error-imap-folder", folder = %folder, what = detail(what)),
        E::NoValidity => phrase!("error-imap-no-validity"),
        E::PutAway { folder, what } => phrase!("error-imap-put-away", folder = %folder, what = detail(what)),
        E::Broken { doing, what } => phrase!("error-imap-broken", doing = detail(doing), what = detail(what)),
        E::Silent { doing } => phrase!("error-imap-silent", doing = detail(doing)),
        E::Deposit(why) => phrase!("error-imap-deposit", why = detail(&why.to_string())),
        E::Password(_) | E::Store(_) => return None,
    })
}
