//! What the store could not do.

use kasasagi_store::Error as E;

use super::detail;
use crate::language::Phrase;
use crate::phrase;

pub(super) fn phrase(error: &E) -> Phrase {
    match error {
        E::NoRegistry(version) => phrase!("error-store-no-registry", version = *version),
        E::CannotFollow(what) => phrase!("error-store-cannot-follow", what = detail(what)),
        E::Malformed { what, text } => phrase!("error-store-malformed", what = detail(what), text = %text),
        E::Io { doing, path, .. } => {
            phrase!("error-store-io", doing = detail(doing), path = %path.display())
        }
        E::Chance(what) => phrase!("error-store-chance", what = %what),
        E::DiskLow { free, floor } => phrase!("error-store-disk-low", free = %free, floor = %floor),
        E::InUse(path) => phrase!("error-store-in-use", path = %path.display()),
        E::NoRest(path) => phrase!("error-store-no-rest", path = %path.display()),
        E::NoStore(path) => phrase!("error-store-no-store", path = %path.display()),
        E::NotEmpty(path) => phrase!("error-store-not-empty", path = %path.display()),
        E::BadBackup { path, what } => {
            phrase!("error-store-bad-backup", path = %path.display(), what = detail(what))
        }
        E::NotWritten { cause } => phrase!("error-store-not-written", cause = detail(cause)),
        E::Poisoned { cause } => phrase!("error-store-poisoned", cause = detail(cause)),
        E::Damaged { seq, what } => phrase!("error-store-damaged", seq = %seq, what = detail(what)),
        E::NewerFormat { path, format } => {
            phrase!("error-store-newer-format", path = %path.display(), format = *format)
        }
        E::NewerEvent(seq) => phrase!("error-store-newer-event", seq = %seq),
        E::View(what) => phrase!("error-store-view", what = detail(what)),
        E::EventTooLarge { bytes, limit } => {
            phrase!("error-store-event-too-large", bytes = %bytes, limit = %limit)
        }
        E::Encode(_) => phrase!("error-store-encode"),
        key_or_fax => of_key(key_or_fax),
    }
}

fn of_key(error: &E) -> Phrase {
    match error {
        E::KeyFileOpen { path, mode } => {
            phrase!("error-store-key-open", path = %path.display(), mode = %format_args!("{mode:04o}"))
        }
        E::KeyFileMalformed(path) => phrase!("error-store-key-malformed", path = %path.display()),
        E::KeyFileMissing(path) => phrase!("error-store-key-missing", path = %path.display()),
        E::Rotating(path) => phrase!("error-store-rotating", path = %path.display()),
        E::WrongMasterKey(path) => phrase!("error-store-wrong-key", path = %path.display()),
        fax => of_fax(fax),
    }
}

fn of_fax(error: &E) -> Phrase {
    match error {
        E::Kept(fax) => phrase!("error-store-kept", fax = %fax),
        E::Erased(fax) => phrase!("error-store-erased", fax = %fax),
        E::KeyMissing(fax) => phrase!("error-store-fax-key-missing", fax = %fax),
        E::NoBlob { fax, name } => phrase!("error-store-no-blob", fax = %fax, name = %name),
        E::Tampered(path) => phrase!("error-store-tampered", path = %path.display()),
        E::NoFax(fax) => phrase!("error-store-no-fax", fax = %fax),
        E::StillOpen(fax) => phrase!("error-store-still-open", fax = %fax),
        other => phrase!("error-other", what = %other),
    }
}
