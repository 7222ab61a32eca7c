//! Whether the consent boxes allow passing the record on.

use super::{Case, Flag, Reason};
use crate::facts::{ConsentMark, Fact, Facts, Urgency};
use crate::registry::{Consent, Patient};

/// Weighs the boxes: somebody must have consented, or it is surely an emergency (個人情報保護法 27条1項2号).
pub(super) fn weigh(case: &mut Case, facts: &Facts) {
    let marks = match &facts.consent {
        Fact::Sure(marks) => marks,
        Fact::Absent => return case.because(Reason::ConsentMissing),
        Fact::Doubtful(_) | Fact::Unreadable => return case.because(Reason::ConsentUnclear),
    };
    let emergency = facts.urgency.sure() == Some(&Urgency::Emergency);
    let given = marks.contains(&ConsentMark::Person) || marks.contains(&ConsentMark::Family);
    let not_asked = marks.contains(&ConsentMark::EmergencyWithout);
    if not_asked && emergency {
        case.flag(Flag::ConsentPending);
    } else if not_asked && given {
        case.because(Reason::ConsentUnclear);
    } else if not_asked {
        case.because(Reason::ConsentNeedsEmergency);
    } else if !given {
        case.because(Reason::ConsentMissing);
    } else if !marks.contains(&ConsentMark::Written) {
        case.flag(Flag::ConsentNotWritten);
    }
}

pub(super) fn is_withdrawn(patient: &Patient) -> bool {
    matches!(patient.consent, Consent::Withdrawn { .. })
}
