//! Who gets a record, case by case. Every case changes a clear form about patient 3 of an invented town.
#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

mod town;

use std::collections::BTreeSet;

use jiff::civil::date;
use kasasagi_routing::decision::{Decision, Evidence, Flag, Reason, decide};
use kasasagi_routing::facts::{ConsentMark, Fact, Facts, Urgency};
use kasasagi_routing::registry::{Consent, Standing, Status, Tables};
use kasasagi_routing::role::Role;
use town::*;

/// The patient of the cases, a twin, and the twin of that one.
const WHO: usize = 3;
const TWIN: usize = 8;
const OTHER_TWIN: usize = 9;

/// What a case changes, given the form of another patient.
type Change = fn(&mut Facts, Facts);

fn decided(tables: Tables, facts: &Facts) -> Decision {
    decide(&registry(tables), &policy(), facts, TODAY)
}

fn why(decision: Decision) -> Vec<Reason> {
    match decision {
        Decision::Hold { reasons, .. } => reasons,
        Decision::Deliver { .. } => Vec::new(),
    }
}

fn outcome(change: impl Fn(&mut Facts)) -> Decision {
    let mut facts = form(WHO);
    change(&mut facts);
    decided(tables(60), &facts)
}

fn held(change: impl Fn(&mut Facts)) -> Vec<&'static str> {
    match outcome(change) {
        Decision::Hold { reasons, .. } => reasons.into_iter().map(Reason::code).collect(),
        Decision::Deliver { .. } => Vec::new(),
    }
}

fn delivered(change: impl Fn(&mut Facts)) -> (Vec<Evidence>, Vec<Flag>) {
    match outcome(change) {
        Decision::Deliver { patient, evidence, flags, .. } => {
            assert_eq!(patient, patient_id(WHO));
            (evidence, flags)
        }
        Decision::Hold { reasons, .. } => panic!("held for {reasons:?}"),
    }
}

fn marks<const N: usize>(marks: [ConsentMark; N]) -> Fact<BTreeSet<ConsentMark>> {
    Fact::Sure(marks.into())
}

fn only(facts: &mut Facts, keep: &[&str]) {
    let keeps = |key| keep.contains(&key);
    if !keeps("patient_id") {
        facts.patient_id = Fact::Absent;
    }
    if !keeps("insured_no") {
        (facts.insured_no, facts.insurer_no) = (Fact::Absent, Fact::Absent);
    }
    if !keeps("birth") {
        facts.birth = Fact::Absent;
    }
    if !keeps("kana") {
        facts.kana = Fact::Absent;
    }
    (facts.name, facts.sex) = (Fact::Absent, Fact::Absent);
}

#[test]
fn a_clear_form_goes_to_the_physician_and_the_offices_but_not_back_to_the_sender() {
    let Decision::Deliver { patient, evidence, urgency, recipients, flags } = outcome(|_| {}) else {
        panic!("held")
    };
    assert_eq!((patient, urgency), (patient_id(WHO), Urgency::Routine));
    let who: Vec<_> = recipients.iter().map(|r| (r.code.clone(), r.role)).collect();
    // Office 1 sent it, office 2 is on the team, office 5 is on the team but receives nothing.
    assert_eq!(
        who,
        [(dr_code(3).to_string(), Role::Physician), (office_no(2).to_string(), Role::HomeNursing)]
    );
    assert!(recipients[0].fields.allows_page());
    assert!(recipients[1].fields.allows("name") && !recipients[1].fields.allows("disease"));
    assert_eq!(recipients[0].address.as_str(), "dr3@clinic.example");
    assert!(
        evidence.contains(&Evidence::PatientId) && evidence.contains(&Evidence::DrCode) && flags.is_empty()
    );
}

#[test]
fn two_independent_pieces_name_the_patient() {
    for keep in [
        &["patient_id", "birth"][..],
        &["patient_id", "insured_no"],
        &["patient_id", "kana"],
        &["insured_no", "birth"],
        &["kana", "birth"],
    ] {
        delivered(|f| only(f, keep));
    }
    for keep in [&["patient_id"][..], &["insured_no"], &["birth"], &["kana"], &["insured_no", "kana"], &[]] {
        let reasons = held(|f| only(f, keep));
        assert!(
            reasons.iter().any(|r| ["patient_unconfirmed", "patient_unidentified"].contains(r)),
            "{keep:?}"
        );
    }
}

#[test]
fn name_and_birth_date_need_a_sender_who_cares_for_the_patient() {
    let stranger = |f: &mut Facts| {
        f.sender_office = Fact::Sure(office_no(0));
        f.sender_fax = Fact::Sure(facility(0).faxes[0].clone());
    };
    delivered(stranger);
    assert_eq!(
        held(|f| {
            only(f, &["kana", "birth"]);
            stranger(f);
        }),
        ["sender_not_on_team"]
    );
}

#[test]
fn whatever_contradicts_holds_whether_sure_or_doubtful() {
    let other = || form(5);
    let cases: [(&str, Change, Change); 7] = [
        (
            "insured_no_differs",
            |f, o| f.insured_no = o.insured_no,
            |f, o| f.insured_no = doubtful(o.insured_no),
        ),
        ("birth_differs", |f, o| f.birth = o.birth, |f, o| f.birth = doubtful(o.birth)),
        ("kana_differs", |f, o| f.kana = o.kana, |f, o| f.kana = doubtful(o.kana)),
        ("physician_differs", |f, o| f.dr_code = o.dr_code, |f, o| f.dr_code = doubtful(o.dr_code)),
        ("addressee_differs", |f, o| f.addressee = o.addressee, |f, o| f.addressee = doubtful(o.addressee)),
        (
            "insurer_no_differs",
            |f, _| f.insurer_no = Fact::Sure("232207".parse().unwrap()),
            |f, _| f.insurer_no = Fact::Doubtful("232207".parse().unwrap()),
        ),
        (
            "sender_differs",
            |f, _| f.sender_fax = Fact::Sure(facility(4).faxes[0].clone()),
            |f, _| {
                f.sender_fax = Fact::Doubtful(facility(4).faxes[0].clone());
            },
        ),
    ];
    for (reason, sure, unsure) in cases {
        assert_eq!(held(|f| sure(f, other())), [reason]);
        assert!(held(|f| unsure(f, other())).contains(&reason), "{reason} when doubtful");
    }
    assert_eq!(held(|f| f.name = other().name), ["name_differs"]);
    assert_eq!(held(|f| f.sex = Fact::Sure(kasasagi_routing::registry::Sex::Male)), ["sex_differs"]);
    assert_eq!(
        held(|f| {
            f.patient_id = doubtful(other().patient_id);
        }),
        ["patient_id_differs"],
        "a doubtful number is no evidence but may contradict"
    );
}

fn doubtful<T>(fact: Fact<T>) -> Fact<T> {
    match fact {
        Fact::Sure(value) => Fact::Doubtful(value),
        other => other,
    }
}

#[test]
fn doubtful_facts_are_no_evidence() {
    assert_eq!(
        held(|f| {
            only(f, &["patient_id", "birth"]);
            f.birth = doubtful(f.birth);
        }),
        ["patient_unconfirmed"]
    );
    assert!(
        held(|f| {
            only(f, &["kana", "birth"]);
            f.kana = doubtful(f.kana.clone());
        })
        .contains(&"patient_unidentified")
    );
    assert_eq!(
        held(|f| f.sender_office = Fact::Unreadable),
        [""; 0],
        "the fax number and the team name the sender"
    );
    assert_eq!(
        held(|f| {
            f.sender_office = Fact::Unreadable;
            f.sender_fax = Fact::Absent;
        }),
        ["sender_unknown"]
    );
    let (evidence, _) = delivered(|f| f.name = Fact::Doubtful("倉知 守".parse().unwrap()));
    assert!(!evidence.contains(&Evidence::Name), "a misread kanji name passes beside a sure reading");
}

#[test]
fn unknown_numbers_hold() {
    assert_eq!(held(|f| f.patient_id = Fact::Sure(patient_id(999))), ["patient_unknown"]);
    assert_eq!(held(|f| f.dr_code = Fact::Sure(dr_code(98))), ["physician_differs", "physician_unknown"]);
    assert_eq!(held(|f| f.sender_office = Fact::Sure(office_no(77))), ["sender_unknown"]);
}

#[test]
fn the_physician_is_confirmed_by_code_or_by_a_clear_addressee() {
    let (evidence, _) = delivered(|f| f.dr_code = Fact::Absent);
    assert!(evidence.contains(&Evidence::Addressee) && !evidence.contains(&Evidence::DrCode));
    delivered(|f| f.addressee = Fact::Absent);
    delivered(|f| f.addressee = Fact::Sure("読めない宛名".parse().unwrap()));
    for unclear in ["先生", "医院", "院長先生御机下"] {
        let reasons = held(|f| {
            f.dr_code = Fact::Unreadable;
            f.addressee = Fact::Sure(unclear.parse().unwrap());
        });
        assert_eq!(reasons, ["physician_unconfirmed"], "{unclear}");
    }
    assert_eq!(
        held(|f| {
            f.dr_code = Fact::Absent;
            f.addressee = doubtful(f.addressee.clone());
        }),
        ["physician_unconfirmed"]
    );
}

#[test]
fn similar_clinics_are_told_apart_or_held() {
    // Patient 0 belongs to ひばり内科クリニック; ひばり内科医院 and ひばりの内科 are others.
    let addressed = |line: &str, code: bool| {
        let mut facts = form(0);
        facts.addressee = Fact::Sure(line.parse().unwrap());
        if !code {
            facts.dr_code = Fact::Absent;
        }
        match decided(tables(60), &facts) {
            Decision::Hold { reasons, .. } => reasons[0].code(),
            Decision::Deliver { .. } => "delivered",
        }
    };
    assert_eq!(addressed("ひばり内科クリニック", false), "delivered");
    assert_eq!(addressed("ひばり内科", true), "delivered");
    assert_eq!(addressed("ひばり内科", false), "physician_unconfirmed");
    assert_eq!(addressed("ひばり内科医院", true), "addressee_differs");
    assert_eq!(addressed("ひばりの内科", true), "addressee_differs");
    assert_eq!(addressed("水野遥斗先生", false), "delivered");
    assert_eq!(addressed("加納理恵先生", true), "addressee_differs");
}

#[test]
fn twins_and_namesakes_need_two_items_that_tell_them_apart() {
    let outcome = |change: fn(&mut Facts)| {
        let mut facts = form(TWIN);
        change(&mut facts);
        match decided(tables(60), &facts) {
            Decision::Hold { reasons, .. } => reasons[0].code(),
            Decision::Deliver { patient, .. } => {
                assert_eq!(patient, patient_id(TWIN));
                "delivered"
            }
        }
    };
    assert_eq!(outcome(|_| {}), "delivered");
    assert_eq!(outcome(|f| only(f, &["patient_id", "birth", "kana"])), "delivered");
    assert_eq!(outcome(|f| only(f, &["patient_id", "birth"])), "patient_ambiguous");
    assert_eq!(outcome(|f| only(f, &["insured_no", "birth"])), "patient_ambiguous");
    assert_eq!(outcome(|f| only(f, &["kana", "birth"])), "patient_ambiguous");
    assert_eq!(outcome(|f| f.insured_no = form(OTHER_TWIN).insured_no), "insured_no_differs");

    let mut namesake = tables(60);
    namesake.patients[40].item.kana = patient(WHO).kana;
    let mut facts = form(WHO);
    only(&mut facts, &["patient_id", "kana"]);
    assert_eq!(why(decided(namesake, &facts)), [Reason::PatientAmbiguous]);
}

#[test]
fn masked_names_support_but_never_prove() {
    let name = patient(WHO).name;
    let masked: String =
        name.key().chars().enumerate().map(|(i, c)| if i % 2 == 0 { '●' } else { c }).collect();
    let (evidence, _) = delivered(|f| f.name = Fact::Sure(masked.parse().unwrap()));
    assert!(evidence.contains(&Evidence::MaskedName) && !evidence.contains(&Evidence::Name));
    assert_eq!(held(|f| f.name = Fact::Sure("●田●郎".parse().unwrap())), ["name_differs"]);
}

#[test]
fn consent_boxes_decide() {
    use ConsentMark::{EmergencyWithout, Family, Oral, Person, Written};
    assert_eq!(delivered(|f| f.consent = marks([Family, Written])).1, []);
    assert_eq!(delivered(|f| f.consent = marks([Person, Oral])).1, [Flag::ConsentNotWritten]);
    assert_eq!(held(|f| f.consent = marks([])), ["consent_missing"]);
    assert_eq!(held(|f| f.consent = marks([Written])), ["consent_missing"]);
    assert_eq!(held(|f| f.consent = Fact::Absent), ["consent_missing"]);
    assert_eq!(held(|f| f.consent = doubtful(f.consent.clone())), ["consent_unclear"]);
    assert_eq!(held(|f| f.consent = marks([EmergencyWithout])), ["consent_needs_emergency"]);
    assert_eq!(held(|f| f.consent = marks([EmergencyWithout, Person])), ["consent_unclear"]);
    let emergency = |f: &mut Facts| {
        f.consent = marks([EmergencyWithout]);
        f.urgency = Fact::Sure(Urgency::Emergency);
    };
    assert_eq!(delivered(emergency).1, [Flag::ConsentPending]);
    let unsure = held(|f| {
        emergency(f);
        f.urgency = Fact::Doubtful(Urgency::Emergency);
    });
    assert_eq!(unsure, ["consent_needs_emergency"]);
}

#[test]
fn lost_pages_hold_unless_it_is_an_emergency() {
    assert_eq!(held(|f| f.pages_stated = Fact::Sure(2)), ["pages_missing"]);
    let emergency = delivered(|f| {
        f.pages_stated = Fact::Sure(2);
        f.urgency = Fact::Sure(Urgency::Emergency);
    });
    assert_eq!(emergency.1, [Flag::PagesDiffer]);
    assert_eq!(delivered(|f| f.pages_received = Fact::Sure(2)).1, [Flag::PagesDiffer]);
    assert_eq!(delivered(|f| f.pages_stated = Fact::Doubtful(2)).1, [Flag::PagesDiffer]);
}

#[test]
fn an_unclear_urgency_is_treated_as_urgent_and_an_odd_date_is_flagged() {
    let urgency = |fact| match outcome(|f| f.urgency = fact) {
        Decision::Deliver { urgency, flags, .. } => (urgency, flags),
        Decision::Hold { reasons, .. } => panic!("{reasons:?}"),
    };
    assert_eq!(urgency(Fact::Absent), (Urgency::Today, vec![Flag::UrgencyUnclear]));
    assert_eq!(urgency(Fact::Doubtful(Urgency::Routine)), (Urgency::Today, vec![Flag::UrgencyUnclear]));
    assert_eq!(urgency(Fact::Doubtful(Urgency::Emergency)), (Urgency::Emergency, vec![Flag::UrgencyUnclear]));
    assert_eq!(delivered(|f| f.written_on = Fact::Sure(date(2026, 11, 15))).1, [Flag::DateUnusual]);
    assert_eq!(delivered(|f| f.written_on = Fact::Sure(date(2026, 11, 24))).1, [Flag::DateUnusual]);
    assert_eq!(delivered(|f| f.written_on = Fact::Sure(date(2026, 11, 16))).1, []);
}

#[test]
fn patients_who_may_not_be_passed_on_are_held() {
    let registered = |change: fn(&mut kasasagi_routing::registry::Patient)| {
        let mut town = tables(60);
        change(&mut town.patients[WHO].item);
        why(decided(town, &form(WHO)))
    };
    assert_eq!(registered(|p| p.standing = Standing::Stopped), [Reason::PatientStopped]);
    assert_eq!(
        registered(|p| p.standing = Standing::Deceased { on: date(2026, 9, 1) }),
        [Reason::PatientDeceased]
    );
    let merged = registered(|p| p.standing = Standing::Merged { into: patient_id(4) });
    assert!(merged[0] == Reason::PatientMerged);
    assert_eq!(
        registered(|p| p.consent = Consent::Withdrawn { on: date(2026, 9, 1) }),
        [Reason::ConsentWithdrawn]
    );
    assert_eq!(registered(|p| p.provenance.valid_to = Some(date(2026, 9, 1))), [Reason::PatientNotInForce]);
}

#[test]
fn an_absent_physician_is_represented_by_the_first_backup_at_work() {
    let with = |statuses: [Status; 3]| {
        let mut town = tables(60);
        for (n, status) in statuses.into_iter().enumerate() {
            town.physicians[3 + n].item.status = status;
        }
        decided(town, &form(WHO))
    };
    let first = |decision| match decision {
        Decision::Deliver { recipients, flags, .. } => {
            assert_eq!(flags, [Flag::BackupPhysician]);
            (recipients[0].code.clone(), recipients[0].role)
        }
        Decision::Hold { reasons, .. } => panic!("{reasons:?}"),
    };
    use Status::{Absent, Active, Retired};
    assert_eq!(first(with([Absent, Active, Active])), (dr_code(4).to_string(), Role::BackupPhysician));
    assert_eq!(first(with([Retired, Absent, Active])), (dr_code(5).to_string(), Role::BackupPhysician));
    assert_eq!(why(with([Absent, Absent, Retired])), [Reason::PhysicianUnreachable]);
}

#[test]
fn offices_that_left_or_have_no_address_receive_nothing() {
    let mut left = tables(60);
    left.care_team[WHO * 3 + 1].item.provenance.valid_to = Some(date(2026, 11, 22));
    let Decision::Deliver { recipients, flags, .. } = decided(left, &form(WHO)) else { panic!("held") };
    assert_eq!((recipients.len(), flags), (1, vec![]));

    let mut silent = tables(60);
    silent.facilities[2].item.email = None;
    let Decision::Deliver { recipients, flags, .. } = decided(silent, &form(WHO)) else { panic!("held") };
    assert_eq!((recipients.len(), flags), (1, vec![Flag::OfficeUnreachable]));

    let mut narrowed = tables(60);
    narrowed.facilities[2].item.field_policy = Some(Role::Pharmacy);
    let Decision::Deliver { recipients, .. } = decided(narrowed, &form(WHO)) else { panic!("held") };
    assert!(recipients[1].fields.allows("name") && !recipients[1].fields.allows("birth"));
}

#[test]
fn a_hold_names_every_reason_the_weightiest_first() {
    let reasons = held(|f| {
        f.birth = form(5).birth;
        f.consent = Fact::Absent;
        f.pages_stated = Fact::Sure(3);
        f.dr_code = form(5).dr_code;
    });
    assert_eq!(reasons, ["birth_differs", "physician_differs", "consent_missing", "pages_missing"]);
    assert_eq!(
        why(decided(Tables::default(), &Facts::default())),
        [Reason::PatientUnidentified, Reason::SenderUnknown, Reason::ConsentMissing]
    );
}

#[test]
fn words_are_stable_distinct_and_in_both_languages() {
    let codes: BTreeSet<_> = Reason::ALL.iter().map(|r| r.code()).collect();
    assert_eq!(codes.len(), Reason::ALL.len());
    for reason in Reason::ALL {
        assert!(reason.code().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
        assert!(reason.ja().ends_with('。') && reason.en().ends_with('.'), "{}", reason.code());
        assert_eq!(reason.code().parse(), Ok(*reason));
    }
}

#[test]
fn debug_output_of_decisions_and_rows_shows_nobody() {
    let shown = format!("{:?} {:?} {:?}", outcome(|_| {}), form(WHO), registry(tables(60)));
    for secret in ["林", "ハヤシ", "dr3@", "0000003", patient_id(WHO).as_str(), "1949", "0586"] {
        assert!(!shown.contains(secret), "{secret}");
    }
}
