//! Who receives a record of a known patient: the physician, or who stands in, and the offices that care.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{Case, Flag, Reason, Recipient};
use crate::facts::Urgency;
use crate::policy::{Policy, StandIn, When};
use crate::registry::{Facility, Patient, Physician, Registry, Status};
use crate::role::Role;
use crate::schedule::Schedule;

/// One record to be given out.
pub(super) struct Occasion<'a> {
    pub(super) registry: &'a Registry,
    pub(super) policy: &'a Policy,
    pub(super) patient: &'a Patient,
    pub(super) physician: &'a Physician,
    /// Who has the form already.
    pub(super) sender: Option<&'a Facility>,
    pub(super) urgency: Urgency,
    pub(super) today: Date,
}

impl Occasion<'_> {
    /// The physician first, then the offices in the order of the table. The sender has the form already.
    pub(super) fn recipients(&self, case: &mut Case) -> Vec<Recipient> {
        let mut recipients: Vec<Recipient> = self.attending(case).into_iter().collect();
        let mut seen = BTreeSet::new();
        for member in self.registry.team(&self.patient.id) {
            let is_sender = self.sender.is_some_and(|office| office.number == member.office);
            if is_sender
                || !member.may_receive
                || !member.provenance.in_force(self.today)
                || !seen.insert(&member.office)
            {
                continue;
            }
            let office =
                self.registry.facility(&member.office).filter(|office| office.is_available(self.today));
            match office.and_then(|office| self.for_office(office, member.role)) {
                Some(recipient) => recipients.push(recipient),
                None => case.flag(Flag::OfficeUnreachable),
            }
        }
        recipients
    }

    fn attending(&self, case: &mut Case) -> Option<Recipient> {
        let found = if self.physician.is_available(self.today) {
            self.for_physician(self.physician, Role::Physician)
        } else if self.stand_in() == StandIn::Hold {
            case.because(Reason::PhysicianAbsent);
            return None;
        } else {
            case.flag(Flag::BackupPhysician);
            self.backup()
        };
        if found.is_none() {
            case.because(Reason::PhysicianUnreachable);
        }
        found
    }

    /// The rule for this absence; a row that holds on other days only is that of somebody who has left.
    fn stand_in(&self) -> StandIn {
        let rule = self.policy.absence();
        let for_a_time =
            self.physician.status == Status::Absent && self.physician.provenance.in_force(self.today);
        if for_a_time { rule.absent } else { rule.retired }
    }

    fn backup(&self) -> Option<Recipient> {
        let backups = self.physician.backups.iter().filter_map(|code| self.registry.physician(code));
        backups
            .filter(|backup| backup.is_available(self.today))
            .find_map(|backup| self.for_physician(backup, Role::BackupPhysician))
    }

    fn for_physician(&self, physician: &Physician, role: Role) -> Option<Recipient> {
        Some(Recipient {
            code: physician.code.to_string(),
            role,
            address: physician.email.clone()?,
            name: physician.name.as_str().to_owned(),
            fields: self.policy.fields(role),
            when: self.when(role, physician.digest.as_ref()),
        })
    }

    fn for_office(&self, office: &Facility, role: Role) -> Option<Recipient> {
        let fields = self.policy.fields(role);
        Some(Recipient {
            code: office.number.to_string(),
            role,
            address: office.email.clone()?,
            name: office.name.as_str().to_owned(),
            fields: office.field_policy.map_or(fields.clone(), |most| fields.and(&self.policy.fields(most))),
            when: self.when(role, office.digest.as_ref()),
        })
    }

    /// Who wants no digest gets everything at once, whatever the policy says.
    fn when(&self, role: Role, own: Option<&Schedule>) -> When {
        if own == Some(&Schedule::AtOnce) { When::Now } else { self.policy.when(role, self.urgency) }
    }
}
