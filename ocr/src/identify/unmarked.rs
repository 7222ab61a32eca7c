//! Forms without enough fiducials: placed by their printed lines, or by a QR code and what stands around it.

use super::fiducials::{FRAMES, TIMED};
use super::frames::{self, Reach};
use super::{Fit, Placed, codes, naming, ruling, timing};
use crate::align::{Placement, Plane, Point};
use crate::clean::Square;
use crate::form::Form;
use crate::reading::NoForm;

/// A form on the page, or why there is one that cannot be read; `None` where nothing says that there is one.
pub(super) fn find(page: &Square, forms: &[&Form]) -> Option<Result<Placed, NoForm>> {
    let mut place: Vec<Fit> = Vec::new();
    for guess in ruling::guesses(page, forms) {
        if place.iter().any(|fit| fit.form == guess.form) {
            continue;
        }
        place.extend(proven(page, forms, guess.form, &guess.plane));
    }
    if place.is_empty() { by_code(page, forms) } else { Some(naming::settle(page, forms, &place)) }
}

/// The form on a map that is about right, if its frames are seen there.
fn proven(page: &Square, forms: &[&Form], index: usize, plane: &Plane) -> Option<Fit> {
    let form = forms[index];
    let guess = Placement::new(*plane);
    if !frames::are_likely(page, &guess, form) {
        return None;
    }
    let rough = frames::tighten(page, &guess, form, Reach::Wide);
    let timing = timing::follow(page, rough.plane(), &form.marks.timing);
    let share = timing.share;
    let timed = share.is_some_and(|share| share >= TIMED);
    let bent = if timed { timing.bend(*rough.plane(), &[], page) } else { rough };
    let placement = frames::tighten(page, &bent, form, Reach::Near);
    let fit = Fit::by_lines(page, forms, index, placement, share);
    (fit.frames >= FRAMES).then_some(fit)
}

/// A code anywhere names the form; a QR code also gives a first guess of its place.
fn by_code(page: &Square, forms: &[&Form]) -> Option<Result<Placed, NoForm>> {
    if let Some((text, corners)) = codes::qr_anywhere(page)
        && let Some(payload) = naming::in_qr(&text)
    {
        return Some(naming::named_by(payload, forms).and_then(|named| by_qr(page, forms, named, corners)));
    }
    let payload = codes::code128_anywhere(page)?;
    // Where a form lies does not follow from its Code128.
    Some(Err(naming::named_by(payload, forms).err().unwrap_or(NoForm::Unknown)))
}

fn by_qr(page: &Square, forms: &[&Form], named: usize, corners: [Point; 3]) -> Result<Placed, NoForm> {
    let fit = forms[named].marks.qr.and_then(|rect| {
        let printed = [(rect.x, rect.y), (rect.right(), rect.y), (rect.x, rect.bottom())];
        let pairs: Vec<(Point, Point)> = printed.into_iter().zip(corners).collect();
        proven(page, forms, named, &Plane::affine(&pairs)?)
    });
    naming::settle(page, forms, &[fit.ok_or(NoForm::Unknown)?])
}
