//! Which office sent the form.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::Match;
use crate::contact::Phone;
use crate::decision::{Evidence, Reason};
use crate::facts::{Fact, Facts};
use crate::registry::{Facility, Registry};

/// Finds the office by its number, or by its fax number if the office number was not read.
///
/// Station ids only ever support: machines often send an empty or an old one.
pub(crate) fn sender<'r>(registry: &'r Registry, facts: &Facts, today: Date) -> Match<'r, Facility> {
    let Some(office) = named(registry, facts).filter(|office| office.is_available(today)) else {
        return Match::none(Reason::SenderUnknown);
    };
    let mut reasons = BTreeSet::new();
    if contradicts(registry, facts, office) {
        reasons.insert(Reason::SenderDiffers);
    }
    let faxes_from =
        |fact: &Fact<Phone>| fact.sure().is_some_and(|line| office.lines().any(|own| own == line));
    let evidence = [
        (Evidence::SenderOffice, facts.sender_office.sure() == Some(&office.number)),
        (Evidence::SenderFax, faxes_from(&facts.sender_fax)),
        (Evidence::CallerId, faxes_from(&facts.caller_id)),
        (Evidence::StationId, facts.csid.sure().is_some_and(|csid| office.has_csid(csid))),
    ];
    let evidence = evidence.into_iter().filter(|(_, agrees)| *agrees).map(|(kind, _)| kind).collect();
    Match { row: Some(office), evidence, reasons }
}

fn named<'r>(registry: &'r Registry, facts: &Facts) -> Option<&'r Facility> {
    if let Some(number) = facts.sender_office.sure() {
        return registry.facility(number);
    }
    match registry.by_line(facts.sender_fax.sure()?) {
        [only] => registry.facility(only),
        _ => None,
    }
}

fn contradicts(registry: &Registry, facts: &Facts, office: &Facility) -> bool {
    let own = |line: &Phone| office.lines().any(|known| known == line);
    let of_another = |line: &Phone| !own(line) && !registry.by_line(line).is_empty();
    let stranger = |line: &Phone| !office.faxes.is_empty() && !own(line);
    facts.sender_office.read().is_some_and(|number| *number != office.number)
        || facts.sender_fax.sure().is_some_and(stranger)
        || facts.sender_fax.read().is_some_and(of_another)
        || facts.caller_id.read().is_some_and(of_another)
}
