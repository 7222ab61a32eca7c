//! What a person may decide, who would receive what, when it goes out, and who stands in.
#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

mod town;

use jiff::civil::date;
use kasasagi_routing::decision::{Decision, Evidence, Flag, Reason, Recipient, by_hand, decide, outlook};
use kasasagi_routing::facts::{Fact, Facts, Urgency};
use kasasagi_routing::policy::{Absence, Policy, StandIn, Timing, When};
use kasasagi_routing::registry::{Consent, Patient, Standing, Status, Tables};
use kasasagi_routing::role::Role;
use town::*;

const WHO: usize = 3;

fn named(facts: &Facts, tables: Tables) -> Decision {
    by_hand(&registry(tables), &policy(), facts, &patient_id(WHO), TODAY)
}

fn reasons(decision: Decision) -> Vec<Reason> {
    match decision {
        Decision::Hold { reasons, .. } => reasons,
        Decision::Deliver { .. } => Vec::new(),
    }
}

fn codes(recipients: &[Recipient]) -> Vec<String> {
    recipients.iter().map(|r| r.code.clone()).collect()
}

#[test]
fn a_hold_says_what_agreed_and_whom_it_may_be_about() {
    let facts = Facts { birth: form(5).birth, ..form(WHO) };
    let Decision::Hold { reasons, evidence, patient } =
        decide(&registry(tables(20)), &policy(), &facts, TODAY)
    else {
        panic!("delivered")
    };
    assert_eq!((reasons, patient), (vec![Reason::BirthDiffers], Some(patient_id(WHO))));
    assert!(evidence.contains(&Evidence::PatientId) && !evidence.contains(&Evidence::Birth));

    let nobody = Facts { patient_id: Fact::Absent, birth: Fact::Absent, ..form(WHO) };
    let decision = decide(&registry(tables(20)), &policy(), &nobody, TODAY);
    assert!(matches!(decision, Decision::Hold { patient: None, .. }));
}

#[test]
fn a_person_may_name_the_patient_of_a_form_that_says_nothing_certain() {
    let facts = Facts { consent: form(WHO).consent, urgency: form(WHO).urgency, ..Facts::default() };
    let Decision::Deliver { patient, evidence, recipients, urgency, .. } = named(&facts, tables(20)) else {
        panic!("held")
    };
    assert_eq!((patient, evidence, urgency), (patient_id(WHO), vec![Evidence::ByHand], Urgency::Routine));
    let expected = [dr_code(3).to_string(), office_no(1).to_string(), office_no(2).to_string()];
    assert_eq!(codes(&recipients), expected, "nobody is known to have the form already");
}

#[test]
fn contradictions_and_lost_pages_are_the_persons_responsibility() {
    let mut facts = form(WHO);
    (facts.birth, facts.dr_code, facts.addressee) = (form(5).birth, form(5).dr_code, form(5).addressee);
    facts.pages_stated = Fact::Sure(4);
    let Decision::Deliver { evidence, flags, recipients, .. } = named(&facts, tables(20)) else {
        panic!("held")
    };
    assert!(evidence.contains(&Evidence::ByHand) && evidence.contains(&Evidence::PatientId));
    assert!(!evidence.contains(&Evidence::Birth) && !evidence.contains(&Evidence::DrCode));
    assert_eq!(flags, [Flag::PagesDiffer]);
    assert_eq!(codes(&recipients), [dr_code(3).to_string(), office_no(2).to_string()], "not to the sender");
}

#[test]
fn an_office_that_may_not_be_the_sender_still_receives() {
    let facts = Facts { sender_fax: Fact::Sure(facility(4).faxes[0].clone()), ..form(WHO) };
    let Decision::Deliver { recipients, .. } = named(&facts, tables(20)) else { panic!("held") };
    assert!(codes(&recipients).contains(&office_no(1).to_string()));
}

#[test]
fn what_binds_everybody_binds_a_person_too() {
    let registered = |change: fn(&mut Patient)| {
        let mut town = tables(20);
        change(&mut town.patients[WHO].item);
        reasons(named(&form(WHO), town))
    };
    let merged = Standing::Merged { into: patient_id(4) };
    assert_eq!(registered(|p| p.standing = Standing::Stopped), [Reason::PatientStopped]);
    assert_eq!(
        registered(|p| p.standing = Standing::Deceased { on: date(2026, 9, 1) }),
        [Reason::PatientDeceased]
    );
    assert_eq!(
        registered(|p| p.consent = Consent::Withdrawn { on: date(2026, 9, 1) }),
        [Reason::ConsentWithdrawn]
    );
    assert_eq!(registered(|p| p.provenance.valid_to = Some(date(2026, 9, 1))), [Reason::PatientNotInForce]);
    let mut town = tables(20);
    town.patients[WHO].item.standing = merged;
    assert_eq!(reasons(named(&form(WHO), town)), [Reason::PatientMerged]);
    let silent = Facts { consent: Fact::Absent, ..form(WHO) };
    assert_eq!(reasons(named(&silent, tables(20))), [Reason::ConsentMissing]);
    let unknown = by_hand(&registry(tables(20)), &policy(), &form(WHO), &patient_id(99), TODAY);
    assert_eq!(reasons(unknown), [Reason::PatientUnknown]);
    let mut alone = tables(20);
    for n in [3, 4, 5] {
        alone.physicians[n].item.status = Status::Absent;
    }
    assert_eq!(reasons(named(&form(WHO), alone)), [Reason::PhysicianUnreachable]);
}

#[test]
fn the_outlook_is_who_a_clear_form_would_go_to() {
    let town = registry(tables(20));
    let sender = office_no(1);
    let of = |sender| outlook(&town, &policy(), &patient_id(WHO), sender, Urgency::Today, TODAY);
    let Decision::Deliver { recipients, .. } = decide(&town, &policy(), &form(WHO), TODAY) else {
        panic!("held")
    };
    assert_eq!(codes(&of(Some(&sender)).unwrap()), codes(&recipients));
    assert_eq!(of(None).unwrap().len(), 3);
    let mut stopped = tables(20);
    stopped.patients[WHO].item.standing = Standing::Stopped;
    let held = outlook(&registry(stopped), &policy(), &patient_id(WHO), None, Urgency::Today, TODAY);
    assert_eq!(held, Err(vec![Reason::PatientStopped]));
}

#[test]
fn routine_waits_for_the_digest_unless_the_role_or_the_recipient_wants_it_at_once() {
    let mut town = tables(20);
    town.facilities[2].item.digest = Some("now".parse().unwrap());
    town.physicians[3].item.digest = Some("mon-fri 08:30".parse().unwrap());
    let town = registry(town);
    let when = |policy: &Policy, urgency| -> Vec<When> {
        let recipients = outlook(&town, policy, &patient_id(WHO), None, urgency, TODAY).unwrap();
        recipients.iter().map(|r| r.when).collect()
    };
    use When::{Digest, Now};
    assert_eq!(when(&policy(), Urgency::Routine), [Digest, Digest, Now]);
    assert_eq!(when(&policy(), Urgency::Today), [Now, Now, Now]);
    assert_eq!(when(&policy(), Urgency::Emergency), [Now, Now, Now]);
    let own = policy().with_routine(Role::Physician, Now);
    assert_eq!(when(&own, Urgency::Routine), [Now, Digest, Now]);
    let slow = policy().with_timing(Timing { today: Digest, routine: Digest });
    assert_eq!(when(&slow, Urgency::Today), [Digest, Digest, Now]);
    assert_eq!(when(&slow, Urgency::Emergency), [Now, Now, Now]);
}

#[test]
fn the_association_decides_whether_a_backup_stands_in() {
    let rule = |absent, retired| policy().with_absence(Absence { absent, retired });
    let with = |status, policy: &Policy| {
        let mut town = tables(20);
        town.physicians[3].item.status = status;
        decide(&registry(town), policy, &form(WHO), TODAY)
    };
    use StandIn::{Backup, Hold};
    let careful = rule(Hold, Backup);
    assert_eq!(reasons(with(Status::Absent, &careful)), [Reason::PhysicianAbsent]);
    assert_eq!(reasons(with(Status::Retired, &careful)), []);
    let trusting = rule(Backup, Hold);
    assert_eq!(reasons(with(Status::Absent, &trusting)), []);
    assert_eq!(reasons(with(Status::Retired, &trusting)), [Reason::PhysicianAbsent]);

    let mut gone = tables(20);
    gone.physicians[3].item.provenance.valid_to = Some(date(2026, 10, 31));
    let decision = decide(&registry(gone), &trusting, &form(WHO), TODAY);
    assert_eq!(reasons(decision), [Reason::PhysicianAbsent], "a row that ended is that of somebody who left");
}
