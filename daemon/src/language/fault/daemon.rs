//! What the gateway could not do.

use super::detail;
use crate::language::Phrase;
use crate::{Error as E, phrase};

/// None where only the cause speaks.
pub(super) fn phrase(error: &E) -> Option<Phrase> {
    Some(match error {
        // Transparent: the cause has the same words, and is not told twice.
        E::Config(cause) => phrase!("error-other", what = super::config::told(cause)),
        E::Ocr(cause) => super::ocr::phrase(cause),
        E::File { action, path, .. } => {
            phrase!("error-file", action = detail(action), path = %path.display())
        }
        E::Store(cause) => super::store::phrase(cause),
        E::Mailbox(_) => phrase!("error-mailbox"),
        E::Reader(_) => phrase!("error-reader"),
        E::Reading { line, column } => phrase!("error-reading", line = *line, column = *column),
        E::NoProgress { fax } => phrase!("error-no-progress", fax = %fax),
        E::PartEnded => phrase!("error-part-ended"),
        E::ShuttingDown => phrase!("error-shutting-down"),
        E::Listen { address, .. } => phrase!("error-listen", address = %address),
        E::NotLoopback(address) => phrase!("error-not-loopback", address = %address),
        E::AlreadyRunning { socket } => phrase!("error-already-running", socket = %socket.display()),
        E::TestPage(what) => phrase!("error-test-page", what = detail(what)),
        E::DemoRegistry => phrase!("error-demo-registry"),
        E::DemoUnfinished { seconds } => phrase!("error-demo-unfinished", seconds = %seconds),
        E::FormTwice { file, number, version } => {
            phrase!("error-form-twice", file = %file, number = *number, version = *version)
        }
        E::NoSuchForm { id, known } => phrase!("error-no-form", id = %id, known = %known),
        mail_or_asked => return of_mail(mail_or_asked).or_else(|| of_asked(mail_or_asked)),
    })
}

/// About mails that go out.
fn of_mail(error: &E) -> Option<Phrase> {
    Some(match error {
        E::Letter { item, what, .. } => phrase!("error-letter", item = %item, what = detail(what)),
        E::Template { file, line: None, what } => {
            phrase!("error-template", file = %file, what = detail(what))
        }
        E::Template { file, line: Some(line), what } => {
            phrase!("error-template-line", file = %file, line = *line, what = detail(what))
        }
        E::MailTooLarge { mail, bytes, limit } => {
            phrase!("error-mail-too-large", mail = %mail, bytes = *bytes, limit = *limit)
        }
        E::Identity { file, what } => {
            phrase!("error-identity", file = %file.display(), what = detail(what))
        }
        E::Seal { what, .. } => phrase!("error-seal", what = detail(what)),
        E::Route { what } => phrase!("error-route", what = detail(what)),
        E::OfficeMail { code } => phrase!("error-office-mail", code = %code),
        E::Dispatch => phrase!("error-dispatch"),
        _ => return None,
    })
}

/// About what somebody asked for at the command line.
fn of_asked(error: &E) -> Option<Phrase> {
    Some(match error {
        E::NoStore { dir } => phrase!("error-no-store", dir = %dir.display()),
        E::NoSuchFax { id } => phrase!("error-no-fax", id = %id),
        E::NoSuchEvent { seq } => phrase!("error-no-event", seq = %seq),
        E::NotHeld { id } => phrase!("error-not-held", id = %id),
        E::Typed { field, why } => phrase!("error-typed", field = %field, why = detail(why)),
        E::NotRegistered { code } => phrase!("error-not-registered", code = %code),
        E::NoRegistry => phrase!("error-no-registry"),
        E::OwnApproval { version, actor } => {
            phrase!("error-own-approval", version = *version, actor = %actor)
        }
        E::RegistrySettled { version } => phrase!("error-registry-settled", version = *version),
        E::NoSuchItem { item } => phrase!("error-no-item", item = %item),
        E::ItemSettled { item } => phrase!("error-item-settled", item = %item),
        E::StillHeld { fax } => phrase!("error-still-held", fax = %fax),
        E::NotForAWord { fax } => phrase!("error-not-for-a-word", fax = %fax),
        E::KeyOfService => phrase!("error-key-of-service"),
        E::NotACode { text } => phrase!("error-not-a-code", text = %text),
        E::OtherUser { dir, owner } => {
            phrase!("error-other-user", dir = %dir.display(), owner = %owner)
        }
        _ => return None,
    })
}
