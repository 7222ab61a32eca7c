//! What could not be read or drawn.

use kasasagi_ocr::Error as E;

use super::detail;
use crate::language::Phrase;
use crate::phrase;

pub(super) fn phrase(error: &E) -> Phrase {
    match error {
        E::UnknownFormat => phrase!("error-ocr-unknown-format"),
        E::PasswordProtected => phrase!("error-ocr-password"),
        E::Unreadable { kind, what } => {
            phrase!("error-ocr-unreadable", kind = %kind, what = detail(what))
        }
        E::OverLimit { limit, of } => phrase!("error-ocr-over-limit", limit = *limit, of = detail(of)),
        E::Unsupported { what } => phrase!("error-ocr-unsupported", what = detail(what)),
        E::Form { form, what } => phrase!("error-ocr-form", form = %form, what = detail(what)),
        E::Code { what } => phrase!("error-ocr-code", what = detail(what)),
        E::Draw { what } => phrase!("error-ocr-draw", what = detail(what)),
        E::Resource { what, path, why } => {
            let (what, path, why) = (detail(what), path.display(), detail(why));
            phrase!("error-ocr-resource", what = what, path = %path, why = why)
        }
        E::Engine { engine, what } => phrase!("error-ocr-engine", engine = %engine, what = detail(what)),
        other => phrase!("error-other", what = %other),
    }
}
