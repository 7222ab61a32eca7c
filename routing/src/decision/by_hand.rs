//! When a person has looked: the patient is named by hand, and what binds everybody goes on binding.

use jiff::civil::Date;

use super::recipients::Occasion;
use super::{Case, Decision, Evidence, Flag, Reason, Recipient, consent};
use crate::code::{OfficeNo, PatientId};
use crate::facts::{Facts, Urgency};
use crate::matching::{self, Addressed};
use crate::policy::Policy;
use crate::registry::Registry;

/// Decides about a record whose patient a person has named.
///
/// Who the patient, the physician and the sender are, and whether every page is there, is then that
/// person's responsibility. What stays binding: the standing of the patient, a consent withdrawn, the
/// days a registration holds, the rules of absence, and the consent boxes of the form.
pub fn by_hand(
    registry: &Registry,
    policy: &Policy,
    facts: &Facts,
    patient: &PatientId,
    today: Date,
) -> Decision {
    let mut case = Case::default();
    let urgency = case.urgency(facts);
    consent::weigh(&mut case, facts);
    case.age(facts, today);
    if matches!((facts.pages_stated.read(), facts.pages_received.read()), (Some(a), Some(b)) if a != b) {
        case.flag(Flag::PagesDiffer);
    }
    let Some(patient) = registry.patient(patient) else {
        case.because(Reason::PatientUnknown);
        return case.hold();
    };
    case.patient = Some(patient.id.clone());
    case.standing(patient, today);

    let sender = matching::sender(registry, facts, today);
    let compared = matching::compared(registry, facts, patient, sender.row, today);
    case.evidence.extend(sender.evidence.iter().chain(&compared.evidence));
    case.evidence.insert(Evidence::ByHand);
    let Some(physician) = registry.physician(&patient.physician) else {
        case.because(Reason::PhysicianUnreachable);
        return case.hold();
    };
    if facts.dr_code.sure() == Some(&physician.code) {
        case.evidence.insert(Evidence::DrCode);
    }
    if matching::addressed(registry, facts, physician) == Addressed::Clearly {
        case.evidence.insert(Evidence::Addressee);
    }
    // A sender against whom something speaks may not be the one who has the form already.
    let sender = sender.row.filter(|_| sender.reasons.is_empty());
    let recipients =
        Occasion { registry, policy, patient, physician, sender, urgency, today }.recipients(&mut case);
    case.decide(patient, urgency, recipients)
}

/// Who would receive a record of this patient today, for a trial without a fax.
///
/// # Errors
/// What would hold every record of this patient, the weightiest first.
pub fn outlook(
    registry: &Registry,
    policy: &Policy,
    patient: &PatientId,
    sender: Option<&OfficeNo>,
    urgency: Urgency,
    today: Date,
) -> Result<Vec<Recipient>, Vec<Reason>> {
    let patient = registry.patient(patient).ok_or(vec![Reason::PatientUnknown])?;
    let physician = registry.physician(&patient.physician).ok_or(vec![Reason::PhysicianUnreachable])?;
    let sender = sender.and_then(|number| registry.facility(number));
    let mut case = Case::default();
    case.standing(patient, today);
    let recipients =
        Occasion { registry, policy, patient, physician, sender, urgency, today }.recipients(&mut case);
    if case.reasons.is_empty() { Ok(recipients) } else { Err(case.reasons.into_iter().collect()) }
}
