//! Deliver to these people, or hold for these reasons.

mod by_hand;
mod consent;
mod recipients;
mod words;

use std::collections::BTreeSet;
use std::fmt;

use jiff::civil::Date;

pub use by_hand::{by_hand, outlook};
pub use words::{Evidence, Flag, Reason};

use crate::code::PatientId;
use crate::contact::MailAddress;
use crate::facts::{Fact, Facts, Urgency};
use crate::matching::{self, Addressed};
use crate::policy::{FieldSet, Policy, When};
use crate::registry::{Patient, Physician, Registry, Standing};
use crate::role::Role;
use recipients::Occasion;

/// Days after which a form is unusually old on arrival.
const USUAL_AGE_DAYS: i32 = 7;

/// What happens to one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It goes to everybody entitled.
    Deliver {
        /// Whom it is about.
        patient: PatientId,
        /// What agreed, at least two pieces.
        evidence: Vec<Evidence>,
        /// How soon.
        urgency: Urgency,
        /// Who gets it, the physician first; each code once.
        recipients: Vec<Recipient>,
        /// What recipients and office should know besides.
        flags: Vec<Flag>,
    },
    /// A person must look.
    Hold {
        /// Why; never empty, the weightiest first.
        reasons: Vec<Reason>,
        /// What agreed nevertheless.
        evidence: Vec<Evidence>,
        /// Whom it may be about, for the person who looks; nothing is to be done on the strength of it.
        patient: Option<PatientId>,
    },
}

/// One person or office entitled to a record, and how much of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient {
    /// 登録医コード or 事業所番号.
    pub code: String,
    /// As what they receive.
    pub role: Role,
    /// Their address in the registry.
    pub address: MailAddress,
    /// Their name in the registry.
    pub name: String,
    /// The fields they may see.
    pub fields: FieldSet,
    /// At once or with their digest.
    pub when: When,
}

/// Decides where a record goes on this day.
///
/// Every reason to hold is collected, so that a person sees at once all that must be mended.
pub fn decide(registry: &Registry, policy: &Policy, facts: &Facts, today: Date) -> Decision {
    let sender = matching::sender(registry, facts, today);
    let found = matching::patient(registry, facts, sender.row, today);
    let mut case = Case { patient: found.row.map(|row| row.id.clone()), ..Case::default() };
    case.evidence.extend(sender.evidence.iter().chain(&found.evidence));
    case.reasons.extend(sender.reasons.iter().chain(&found.reasons));

    let urgency = case.urgency(facts);
    case.pages(facts, urgency);
    case.age(facts, today);
    consent::weigh(&mut case, facts);
    if sender.row.is_some() && sender.evidence.len() < 2 && !found.evidence.contains(&Evidence::SenderOnTeam)
    {
        case.because(Reason::SenderUnconfirmed);
    }
    if facts.dr_code.sure().is_some_and(|code| registry.physician(code).is_none()) {
        case.because(Reason::PhysicianUnknown);
    }
    let Some(patient) = found.row else { return case.hold() };
    case.standing(patient, today);
    let Some(physician) = registry.physician(&patient.physician) else { return case.hold() };
    case.physician(registry, facts, physician);

    let occasion = Occasion { registry, policy, patient, physician, sender: sender.row, urgency, today };
    let recipients = occasion.recipients(&mut case);
    case.decide(patient, urgency, recipients)
}

/// What has been found out about one record so far.
#[derive(Default)]
struct Case {
    patient: Option<PatientId>,
    evidence: BTreeSet<Evidence>,
    reasons: BTreeSet<Reason>,
    flags: BTreeSet<Flag>,
}

impl Case {
    fn hold(self) -> Decision {
        debug_assert!(!self.reasons.is_empty(), "whoever holds has said why");
        Decision::Hold {
            reasons: self.reasons.into_iter().collect(),
            evidence: self.evidence.into_iter().collect(),
            patient: self.patient,
        }
    }

    fn decide(self, patient: &Patient, urgency: Urgency, recipients: Vec<Recipient>) -> Decision {
        if !self.reasons.is_empty() {
            return self.hold();
        }
        Decision::Deliver {
            patient: patient.id.clone(),
            evidence: self.evidence.into_iter().collect(),
            urgency,
            recipients,
            flags: self.flags.into_iter().collect(),
        }
    }

    fn because(&mut self, reason: Reason) {
        self.reasons.insert(reason);
    }

    fn flag(&mut self, flag: Flag) {
        self.flags.insert(flag);
    }

    /// An urgency that is not sure is never taken for routine, so that nothing urgent waits for a digest.
    fn urgency(&mut self, facts: &Facts) -> Urgency {
        if let Fact::Sure(urgency) = facts.urgency {
            return urgency;
        }
        self.flag(Flag::UrgencyUnclear);
        facts.urgency.read().copied().unwrap_or(Urgency::Today).max(Urgency::Today)
    }

    /// A lost page holds a record; an emergency goes out at once and says so. Pages too many are
    /// dealt with as pages of their own and put nobody else's data into this record.
    fn pages(&mut self, facts: &Facts, urgency: Urgency) {
        let (Some(stated), Some(received)) = (facts.pages_stated.read(), facts.pages_received.read()) else {
            return;
        };
        let sure = facts.pages_stated.sure().is_some() && facts.pages_received.sure().is_some();
        if stated == received {
            return;
        }
        if !sure || stated < received || urgency == Urgency::Emergency {
            self.flag(Flag::PagesDiffer);
        } else {
            self.because(Reason::PagesMissing);
        }
    }

    fn age(&mut self, facts: &Facts, today: Date) {
        let Some(written) = facts.written_on.read() else { return };
        let usual = today.since(*written).is_ok_and(|age| (0..=USUAL_AGE_DAYS).contains(&age.get_days()));
        if !usual {
            self.flag(Flag::DateUnusual);
        }
    }

    fn standing(&mut self, patient: &Patient, today: Date) {
        match patient.standing {
            Standing::Active => {}
            Standing::Stopped => self.because(Reason::PatientStopped),
            Standing::Deceased { .. } => self.because(Reason::PatientDeceased),
            Standing::Merged { .. } => self.because(Reason::PatientMerged),
        }
        if consent::is_withdrawn(patient) {
            self.because(Reason::ConsentWithdrawn);
        }
        if !patient.provenance.in_force(today) {
            self.because(Reason::PatientNotInForce);
        }
    }

    /// The form's physician and the registry's must be the same person, by code or clearly by name.
    fn physician(&mut self, registry: &Registry, facts: &Facts, physician: &Physician) {
        if facts.dr_code.read().is_some_and(|code| *code != physician.code) {
            self.because(Reason::PhysicianDiffers);
        }
        let addressed = matching::addressed(registry, facts, physician);
        if addressed == Addressed::ToAnother {
            self.because(Reason::AddresseeDiffers);
        }
        if addressed == Addressed::Clearly {
            self.evidence.insert(Evidence::Addressee);
        }
        if facts.dr_code.sure() == Some(&physician.code) {
            self.evidence.insert(Evidence::DrCode);
        } else if addressed != Addressed::Clearly {
            self.because(Reason::PhysicianUnconfirmed);
        }
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recipient")
            .field("code", &self.code)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}
