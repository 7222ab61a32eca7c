//! Which forms lie on a page, and where.
//!
//! Solid squares that stand like a form's fiducials place it, the orientation bar and the timing marks prove it,
//! the machine codes name it. Where several forms share their fiducials the code decides, and without a code the
//! printed boxes and cells do; what stays open goes to a person as [`NoForm`].

mod codes;
mod constellation;
mod drift;
mod squares;
mod timing;

use constellation::Constellation;
use squares::{Half, Spot};
use timing::Timing;

use crate::align::{Placement, Plane, Point};
use crate::clean::Square;
use crate::code::{Payload, QR_PREFIX};
use crate::form::{Form, Rect};
use crate::ink;
use crate::reading::NoForm;

/// What a page turned out to be.
#[derive(Clone, Debug)]
pub enum Search {
    /// The forms on the page, at least one.
    Found(Vec<Placed>),
    /// Why the page cannot be read as a form.
    NoForm(NoForm),
}

/// A form found on a page.
#[derive(Clone, Debug)]
pub struct Placed {
    /// Index into the forms given to [`find`].
    pub form: usize,
    /// Serial in the machine codes; `None` on a photocopied blank or when no code could be read.
    pub serial: Option<u32>,
    /// Where the form lies.
    pub placement: Placement,
    /// Clockwise rotation beyond quarter turns, in degrees.
    pub skew_deg: f64,
    /// Printed size over nominal size.
    pub scale: f64,
    /// The machine codes as read.
    pub codes: CodesRead,
}

/// The machine codes of one form, each `None` when not readable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CodesRead {
    /// QR code.
    pub qr: Option<Payload>,
    /// Code128.
    pub code128: Option<Payload>,
}

/// Finds the known forms on a page.
///
/// One doubtful form makes the whole page [`Search::NoForm`], so that none is silently left out.
pub fn find(page: &Square, forms: &[&Form]) -> Search {
    if ink::is_blank(page) {
        return Search::NoForm(NoForm::Blank);
    }
    let half = Half::of(page);
    let fits = SQUEEZES.iter().map(|&squeeze| fits(page, &half, forms, squeeze)).find(|fits| !fits.is_empty());
    let placed = match fits {
        Some(fits) => places(fits).iter().map(|place| settle(page, forms, place)).collect(),
        None => by_code_alone(page, &half, forms).map(|placed| vec![placed]),
    };
    match placed {
        Ok(placed) => Search::Found(placed),
        Err(why) => Search::NoForm(why),
    }
}

/// Rows per column that a page may really have: as told, or standard and fine resolution taken for each other.
const SQUEEZES: [f64; 3] = [1.0, 0.5, 2.0];

/// Evidence (0 to 1) from timing marks and bar with four fiducials, and with three.
const TRUST: (f64, f64) = (0.5, 0.7);

/// Share of a form's own boxes and cells that must be seen where no code names it, and lead over other forms.
const FRAMES: (f64, f64) = (0.6, 0.15);

/// A form that the geometry of some squares allows.
struct Fit {
    form: usize,
    spots: [Option<usize>; 4],
    size: (u64, u64),
    placement: Placement,
    complete: bool,
    trust: f64,
}

impl Fit {
    fn shares_square(&self, other: &Self) -> bool {
        self.size == other.size && self.spots.iter().flatten().any(|s| other.spots.contains(&Some(*s)))
    }

    fn worth(&self) -> f64 {
        self.trust + if self.complete { 1.0 } else { 0.0 }
    }
}

fn fits(page: &Square, half: &Half, forms: &[&Form], squeeze: f64) -> Vec<Fit> {
    let grid = (page.px_per_mm(), page.px_per_mm() * squeeze);
    let mut fits: Vec<Fit> = Vec::new();
    let mut known: Vec<((u64, u64), Vec<Spot>)> = Vec::new();
    for (index, form) in forms.iter().enumerate() {
        let side = &form.marks.fiducials[0];
        let size = (side.w.to_bits(), side.h.to_bits());
        if !known.iter().any(|(s, _)| *s == size) {
            known.push((size, squares::find(page, half, (side.w * grid.0, side.h * grid.1))));
        }
        let Some((_, spots)) = known.iter().find(|(s, _)| *s == size) else { continue };
        for constellation in constellation::all(&form.marks.fiducials, spots, grid) {
            fits.extend(proven(page, form, &constellation).map(|(placement, trust)| Fit {
                form: index,
                spots: constellation.spots,
                size,
                placement,
                complete: constellation.is_complete(),
                trust,
            }));
        }
    }
    fits
}

/// The placement bent by the timing marks, if bar and marks say that the form lies there.
fn proven(page: &Square, form: &Form, seen: &Constellation) -> Option<(Placement, f64)> {
    let marks = &form.marks;
    let timing = timing::follow(page, &seen.plane, &marks.timing);
    let bar = if is_solid(page, &seen.plane, &marks.orientation_bar) { 1.0 } else { 0.0 };
    let trust = timing.share.map_or(bar, |share| 0.7 * share + 0.3 * bar);
    let enough = if seen.is_complete() { TRUST.0 } else { TRUST.1 };
    (trust >= enough).then(|| (bent(page, form, seen, timing), trust))
}

/// The placement bent by the timing marks. A second pass takes the shift out of the right fiducials too,
/// which on a skewed page lie in other rows than the left ones.
fn bent(page: &Square, form: &Form, seen: &Constellation, timing: Timing) -> Placement {
    let met = [0, 2].into_iter().filter(|&c| seen.spots[c].is_some());
    let left: Vec<Point> = met.map(|c| middle(&form.marks.fiducials[c])).collect();
    let first = timing.bend(seen.plane, &left, page);
    let pairs: Vec<(Point, Point)> = seen.pairs.iter().map(|&(mm, px)| (mm, first.unshifted(px))).collect();
    match constellation::through(&pairs) {
        Some(plane) => timing::follow(page, &plane, &form.marks.timing).bend(plane, &left, page),
        None => first,
    }
}

fn middle(rect: &Rect) -> Point {
    (rect.x + rect.w / 2.0, rect.y + rect.h / 2.0)
}

/// Whether a printed solid rectangle is dark inside and light beside.
fn is_solid(page: &Square, plane: &Plane, rect: &Rect) -> bool {
    let share = |x: f64, w: f64| {
        let samples = (0..100).filter(|i| {
            let at = (x + w * (f64::from(i % 10) + 0.5) / 10.0, rect.y + rect.h * (f64::from(i / 10) + 2.0) / 13.0);
            let (x, y) = plane.apply(at);
            page.ink(x.floor() as i64, y.floor() as i64)
        });
        samples.count() as f64 / 100.0
    };
    let beside = share(rect.x + rect.w + 0.5, 0.8).min(share(rect.x - 1.3, 0.8));
    share(rect.x + 0.4, rect.w - 0.8) > 0.65 && beside < 0.35
}

/// Groups the fits that claim the same squares, at most one per form and the best of it.
fn places(mut fits: Vec<Fit>) -> Vec<Vec<Fit>> {
    fits.sort_by(|a, b| b.worth().total_cmp(&a.worth()));
    let mut places: Vec<Vec<Fit>> = Vec::new();
    for fit in fits {
        match places.iter_mut().find(|place| place[0].shares_square(&fit)) {
            Some(place) if place.iter().any(|other| other.form == fit.form) => {}
            Some(place) => place.push(fit),
            None => places.push(vec![fit]),
        }
    }
    places
}

/// Decides which of the forms that fit a place it is.
fn settle(page: &Square, forms: &[&Form], place: &[Fit]) -> Result<Placed, NoForm> {
    let read: Vec<CodesRead> = place.iter().map(|fit| read_codes(page, forms[fit.form], &fit.placement)).collect();
    let said = read.iter().flat_map(|codes| [codes.qr, codes.code128]).flatten();
    let Some(payload) = agreed(said)? else {
        let fit = by_frames(page, forms, place).ok_or(NoForm::Unknown)?;
        return Ok(placed(page, forms, fit.form, &fit.placement, CodesRead::default()));
    };
    let named = named_by(payload, forms)?;
    let at = place.iter().position(|fit| fit.form == named).ok_or(NoForm::CodesDisagree)?;
    Ok(placed(page, forms, named, &place[at].placement, read[at]))
}

/// The one payload that all codes say; `None` when there is no code.
fn agreed(mut said: impl Iterator<Item = Payload>) -> Result<Option<Payload>, NoForm> {
    let Some(first) = said.next() else { return Ok(None) };
    if said.all(|other| other == first) { Ok(Some(first)) } else { Err(NoForm::CodesDisagree) }
}

fn named_by(payload: Payload, forms: &[&Form]) -> Result<usize, NoForm> {
    let is = |form: &&Form| form.number == payload.form;
    match forms.iter().position(|form| is(form) && form.version == payload.version) {
        Some(index) => Ok(index),
        None if forms.iter().any(is) => Err(NoForm::UnknownVersion),
        None => Err(NoForm::Unknown),
    }
}

/// The form whose own boxes and cells are seen, and clearly more than any other's.
fn by_frames<'a>(page: &Square, forms: &[&Form], place: &'a [Fit]) -> Option<&'a Fit> {
    let mut seen: Vec<(f64, &Fit)> =
        place.iter().map(|fit| (ink::frames_seen(page, &fit.placement, forms[fit.form]), fit)).collect();
    seen.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (share, fit) = *seen.first()?;
    let clear = seen.get(1).is_none_or(|next| share - next.0 >= FRAMES.1);
    (share >= FRAMES.0 && clear).then_some(fit)
}

fn read_codes(page: &Square, form: &Form, placement: &Placement) -> CodesRead {
    let qr = |rect| codes::qr(page, placement, rect, in_qr);
    let code128 = |rect| codes::code128(page, placement, rect, |text| Payload::parse(text).ok());
    CodesRead { qr: form.marks.qr.and_then(qr), code128: form.marks.code128.and_then(code128) }
}

/// A QR code without the prefix is not one of ours, whatever digits it holds.
fn in_qr(text: &str) -> Option<Payload> {
    text.starts_with(QR_PREFIX).then(|| Payload::parse(text).ok())?
}

fn placed(page: &Square, forms: &[&Form], form: usize, placement: &Placement, codes: CodesRead) -> Placed {
    let placement = drift::follow(page, placement, forms[form]);
    let serial = codes.qr.or(codes.code128).and_then(|payload| payload.serial);
    let (skew_deg, scale) = (placement.skew_deg(), placement.scale(page.px_per_mm()));
    Placed { form, serial, placement, skew_deg, scale, codes }
}

/// Without a constellation: a QR code anywhere names the form and gives a first guess of its place.
fn by_code_alone(page: &Square, half: &Half, forms: &[&Form]) -> Result<Placed, NoForm> {
    let Some((text, corners)) = codes::qr_anywhere(page) else {
        let payload = codes::code128_anywhere(page).and_then(|text| Payload::parse(&text).ok()).ok_or(NoForm::Unknown)?;
        return Err(named_by(payload, forms).err().unwrap_or(NoForm::Unknown));
    };
    let payload = in_qr(&text).ok_or(NoForm::Unknown)?;
    let named = named_by(payload, forms)?;
    let form = forms[named];
    let placement = placed_by_qr(page, half, form, corners).ok_or(NoForm::Unknown)?;
    let codes = CodesRead { qr: Some(payload), ..read_codes(page, form, &placement) };
    agreed([codes.qr, codes.code128].into_iter().flatten())?;
    Ok(placed(page, forms, named, &placement, codes))
}

/// Places a form by its QR code and whatever fiducials stand where the code lets expect them.
fn placed_by_qr(page: &Square, half: &Half, form: &Form, corners: [Point; 3]) -> Option<Placement> {
    let rect = form.marks.qr?;
    let printed = [(rect.x, rect.y), (rect.x + rect.w, rect.y), (rect.x, rect.y + rect.h)];
    let mut pairs: Vec<(Point, Point)> = printed.into_iter().zip(corners).collect();
    let guess = Plane::affine(&pairs)?;
    let side = &form.marks.fiducials[0];
    let grid = page.px_per_mm();
    let spots = squares::find(page, half, (side.w * grid, side.h * grid));
    for fiducial in &form.marks.fiducials {
        let expected = guess.apply(middle(fiducial));
        let distance = |s: &Spot| (s.centre.0 - expected.0).hypot(s.centre.1 - expected.1);
        let nearest = spots.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
        pairs.extend(nearest.filter(|s| distance(s) < 10.0 * grid).map(|s| (middle(fiducial), s.centre)));
    }
    let plane = Plane::affine(&pairs)?;
    let placement = timing::follow(page, &plane, &form.marks.timing).bend(plane, &[], page);
    (ink::frames_seen(page, &placement, form) >= FRAMES.0).then_some(placement)
}
