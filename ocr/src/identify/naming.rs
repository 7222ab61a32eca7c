//! What a form that fits a place is: its codes name it, and without a code its frames do.

use super::{CodesRead, Fit, Placed, codes, drift};
use crate::align::Placement;
use crate::clean::Square;
use crate::code::{Payload, QR_PREFIX};
use crate::form::Form;
use crate::reading::NoForm;

/// Share of a form's own boxes and cells that must be seen where no code names it, and lead over other forms.
const FRAMES: (f64, f64) = (0.6, 0.15);

/// Decides which of the forms that fit a place it is.
pub(super) fn settle(page: &Square, forms: &[&Form], place: &[Fit]) -> Result<Placed, NoForm> {
    let read: Vec<CodesRead> =
        place.iter().map(|fit| read_codes(page, forms[fit.form], &fit.placement)).collect();
    let said = read.iter().flat_map(|codes| [codes.qr, codes.code128]).flatten();
    let Some(payload) = agreed(said)? else {
        let fit = by_frames(place).ok_or(NoForm::Unknown)?;
        return Ok(placed(page, forms, fit, CodesRead::default()));
    };
    let named = named_by(payload, forms)?;
    let at = place.iter().position(|fit| fit.form == named).ok_or(NoForm::CodesDisagree)?;
    Ok(placed(page, forms, &place[at], read[at]))
}

/// The one payload that all codes say; `None` when there is no code.
pub(super) fn agreed(mut said: impl Iterator<Item = Payload>) -> Result<Option<Payload>, NoForm> {
    let Some(first) = said.next() else { return Ok(None) };
    if said.all(|other| other == first) { Ok(Some(first)) } else { Err(NoForm::CodesDisagree) }
}

pub(super) fn named_by(payload: Payload, forms: &[&Form]) -> Result<usize, NoForm> {
    let is = |form: &&Form| form.number == payload.form;
    match forms.iter().position(|form| is(form) && form.version == payload.version) {
        Some(index) => Ok(index),
        None if forms.iter().any(is) => Err(NoForm::UnknownVersion),
        None => Err(NoForm::Unknown),
    }
}

/// The form whose own boxes and cells are seen, and clearly more than any other's. Another form may have the same
/// rows of boxes at a distance; its marks stand elsewhere.
fn by_frames(place: &[Fit]) -> Option<&Fit> {
    let mut seen: Vec<&Fit> = place.iter().collect();
    seen.sort_by(|a, b| b.frames.total_cmp(&a.frames));
    let fit = *seen.first()?;
    let clear = seen.get(1).is_none_or(|next| fit.frames - next.frames >= FRAMES.1);
    (fit.frames >= FRAMES.0 && fit.marked && clear).then_some(fit)
}

pub(super) fn read_codes(page: &Square, form: &Form, placement: &Placement) -> CodesRead {
    let qr = |rect| codes::qr(page, placement, rect, in_qr);
    let code128 = |rect| codes::code128(page, placement, rect, |text| Payload::parse(text).ok());
    CodesRead { qr: form.marks.qr.and_then(qr), code128: form.marks.code128.and_then(code128) }
}

/// A QR code without the prefix is not one of ours, whatever digits it holds.
pub(super) fn in_qr(text: &str) -> Option<Payload> {
    text.starts_with(QR_PREFIX).then(|| Payload::parse(text).ok())?
}

fn placed(page: &Square, forms: &[&Form], fit: &Fit, codes: CodesRead) -> Placed {
    let placement = if fit.timed && !fit.placement.is_sideways() {
        fit.placement.clone()
    } else {
        drift::follow(page, &fit.placement, forms[fit.form])
    };
    let serial = codes.qr.or(codes.code128).and_then(|payload| payload.serial);
    let (skew_deg, scale) = (placement.skew_deg(), placement.scale(page.px_per_mm()));
    Placed { form: fit.form, serial, placement, skew_deg, scale, codes }
}
