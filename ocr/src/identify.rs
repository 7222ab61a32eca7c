//! Which forms lie on a page, and where.
//!
//! Solid squares that stand like a form's fiducials place it, the orientation bar and the timing marks prove it,
//! the machine codes name it. Where fiducials are lost the printed lines place it. Where several forms share their
//! fiducials the code decides, and without a code the printed boxes and cells do; what stays open goes to a person
//! as [`NoForm`].

mod codes;
mod constellation;
mod drift;
mod fiducials;
mod frames;
mod naming;
mod rest;
mod ruling;
mod squares;
mod timing;
mod unmarked;

use fiducials::Fit;
use squares::Half;

use crate::align::Placement;
use crate::clean::Square;
use crate::code::Payload;
use crate::form::Form;
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
    match all(page, forms) {
        Ok(placed) if placed.is_empty() => Search::NoForm(NoForm::Unknown),
        Ok(placed) => Search::Found(placed),
        Err(why) => Search::NoForm(why),
    }
}

/// Printed sheets on one scan; more is no fax.
const MOST_FORMS: usize = 8;

fn all(page: &Square, forms: &[&Form]) -> Result<Vec<Placed>, NoForm> {
    let half = Half::of(page);
    let places = fiducials::places(page, &half, forms);
    let mut found: Vec<Placed> =
        places.iter().map(|place| naming::settle(page, forms, place)).collect::<Result<_, _>>()?;
    while found.len() < MOST_FORMS {
        let Some(rest) = rest::without(page, forms, &found) else { break };
        match unmarked::find(&rest, forms) {
            Some(next) => found.push(next?),
            None => break,
        }
    }
    Ok(found)
}
