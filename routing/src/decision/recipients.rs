//! Who receives a record of a known patient: the physician, or who stands in, and the offices that care.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{Case, Flag, Reason, Recipient};
use crate::policy::Policy;
use crate::registry::{Facility, Patient, Physician, Registry};
use crate::role::Role;

/// The physician first, then the offices in the order of the table. The sender has the form already.
pub(super) fn recipients(
    case: &mut Case,
    registry: &Registry,
    policy: &Policy,
    patient: &Patient,
    physician: &Physician,
    sender: Option<&Facility>,
    today: Date,
) -> Vec<Recipient> {
    let mut recipients: Vec<Recipient> =
        attending(case, registry, policy, physician, today).into_iter().collect();
    let mut seen = BTreeSet::new();
    for member in registry.team(&patient.id) {
        let is_sender = sender.is_some_and(|office| office.number == member.office);
        if is_sender
            || !member.may_receive
            || !member.provenance.in_force(today)
            || !seen.insert(&member.office)
        {
            continue;
        }
        let office = registry.facility(&member.office).filter(|office| office.is_available(today));
        match office.and_then(|office| for_office(policy, office, member.role)) {
            Some(recipient) => recipients.push(recipient),
            None => case.flag(Flag::OfficeUnreachable),
        }
    }
    recipients
}

fn attending(
    case: &mut Case,
    registry: &Registry,
    policy: &Policy,
    physician: &Physician,
    today: Date,
) -> Option<Recipient> {
    let backups = || {
        let stand_in = physician.backups.iter().filter_map(|code| registry.physician(code));
        stand_in
            .filter(|backup| backup.is_available(today))
            .find_map(|b| for_physician(policy, b, Role::BackupPhysician))
    };
    let found = if physician.is_available(today) {
        for_physician(policy, physician, Role::Physician)
    } else {
        case.flag(Flag::BackupPhysician);
        backups()
    };
    if found.is_none() {
        case.because(Reason::PhysicianUnreachable);
    }
    found
}

fn for_physician(policy: &Policy, physician: &Physician, role: Role) -> Option<Recipient> {
    Some(Recipient {
        code: physician.code.to_string(),
        role,
        address: physician.email.clone()?,
        name: physician.name.as_str().to_owned(),
        fields: policy.fields(role),
    })
}

fn for_office(policy: &Policy, office: &Facility, role: Role) -> Option<Recipient> {
    let fields = policy.fields(role);
    Some(Recipient {
        code: office.number.to_string(),
        role,
        address: office.email.clone()?,
        name: office.name.as_str().to_owned(),
        fields: office.field_policy.map_or(fields.clone(), |most| fields.and(&policy.fields(most))),
    })
}
