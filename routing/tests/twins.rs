//! Many damaged, contradictory and malicious forms against the invented town: nobody who is not
//! entitled ever receives anything, and clear forms are delivered.
#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

mod town;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use kasasagi_routing::decision::{Decision, Reason, decide};
use kasasagi_routing::facts::{Fact, Facts};
use kasasagi_routing::policy::Policy;
use kasasagi_routing::registry::{Registry, Status};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use town::*;

const PATIENTS: usize = 300;
/// Away all the time; the backup stands in.
const ABSENT: usize = 7;

static TOWN: LazyLock<(Registry, Policy)> = LazyLock::new(|| {
    let mut tables = tables(PATIENTS);
    tables.physicians[ABSENT].item.status = Status::Absent;
    (registry(tables), policy())
});

/// The eight items that tell whom a form is about and to whom it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    PatientId,
    InsuredNo,
    Birth,
    Kana,
    Name,
    Sex,
    DrCode,
    Addressee,
}

const IDENTITY: [Item; 6] =
    [Item::PatientId, Item::InsuredNo, Item::Birth, Item::Kana, Item::Name, Item::Sex];
const ALL: [Item; 8] = [
    Item::PatientId,
    Item::InsuredNo,
    Item::Birth,
    Item::Kana,
    Item::Name,
    Item::Sex,
    Item::DrCode,
    Item::Addressee,
];

/// What goes wrong with one item.
#[derive(Clone, Copy, Debug)]
enum Damage {
    Doubtful,
    Unreadable,
    Absent,
    /// The value of another patient.
    OfAnother,
    /// Two neighbouring digits swapped.
    Swapped(usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        2 => Just(Damage::Doubtful),
        1 => Just(Damage::Unreadable),
        3 => Just(Damage::Absent),
        4 => Just(Damage::OfAnother),
        2 => (0usize..10).prop_map(Damage::Swapped),
    ]
}

/// Whom the form is mixed up with: the twin, another patient of the same physician, or anybody.
fn another(n: usize) -> impl Strategy<Value = usize> {
    let twin = match n % 10 {
        8 => n + 1,
        9 => n - 1,
        _ => (n + 10) % PATIENTS,
    };
    prop_oneof![Just(twin), (1..PATIENTS / 12).prop_map(move |k| (n + 12 * k) % PATIENTS), 0..PATIENTS]
}

fn damaged(facts: &mut Facts, n: usize, another: usize, item: Item, damage: Damage) {
    let other = form(if matches!(damage, Damage::OfAnother) { another } else { n });
    match item {
        Item::PatientId => {
            facts.patient_id = hurt(other.patient_id, damage, |id| swapped(id.as_str(), damage));
        }
        Item::InsuredNo => {
            facts.insured_no = hurt(other.insured_no, damage, |number| swapped(number.as_str(), damage));
            facts.insurer_no = hurt(other.insurer_no, damage, |_| None);
        }
        Item::Birth => {
            facts.birth =
                hurt(other.birth, damage, |birth| birth.with().year(birth.year() + 10).build().ok());
        }
        Item::Kana => facts.kana = hurt(other.kana, damage, |_| None),
        Item::Name => facts.name = hurt(other.name, damage, |_| None),
        Item::Sex => facts.sex = hurt(other.sex, damage, |_| None),
        Item::DrCode => facts.dr_code = hurt(other.dr_code, damage, |code| swapped(code.as_str(), damage)),
        Item::Addressee => facts.addressee = hurt(other.addressee, damage, |_| None),
    }
}

fn hurt<T>(fact: Fact<T>, damage: Damage, swap: impl Fn(&T) -> Option<T>) -> Fact<T> {
    match (damage, fact) {
        (Damage::Doubtful, Fact::Sure(value)) => Fact::Doubtful(value),
        (Damage::Unreadable, _) => Fact::Unreadable,
        (Damage::Absent, _) => Fact::Absent,
        (Damage::Swapped(_), Fact::Sure(value)) => swap(&value).map_or(Fact::Unreadable, Fact::Sure),
        (_, fact) => fact,
    }
}

fn swapped<T: std::str::FromStr>(digits: &str, damage: Damage) -> Option<T> {
    let Damage::Swapped(place) = damage else { return None };
    let mut bytes = digits.as_bytes().to_vec();
    let place = place % (bytes.len() - 1);
    bytes.swap(place, place + 1);
    String::from_utf8(bytes).ok()?.parse().ok()
}

/// Everybody who may receive a record of this patient, worked out from the rows, not the code under test.
fn entitled(n: usize) -> BTreeSet<String> {
    let physician = if attending(n) == ABSENT { ABSENT + 1 } else { attending(n) };
    BTreeSet::from([
        dr_code(physician).to_string(),
        office_no(n % 2).to_string(),
        office_no(2 + n % 3).to_string(),
    ])
}

/// Whether the form, wrong in two items or more, no longer says anything that is true of this patient
/// alone: then it is a form about the other one, and no reader could know better.
fn is_about(another: usize, n: usize, damages: &[(Item, Damage)]) -> bool {
    let wrong = |(_, damage): &&(Item, Damage)| matches!(damage, Damage::OfAnother | Damage::Swapped(_));
    let (one, other) = (form(n), form(another));
    let intact = |item: Item| damages.iter().all(|(hit, _)| *hit != item);
    let tells = |item: Item| match item {
        Item::PatientId => one.patient_id != other.patient_id,
        Item::InsuredNo => one.insured_no != other.insured_no,
        Item::Birth => one.birth != other.birth,
        Item::Kana => one.kana != other.kana,
        Item::Name => one.name != other.name,
        Item::Sex => one.sex != other.sex,
        Item::DrCode | Item::Addressee => false,
    };
    damages.iter().filter(wrong).count() >= 2 && !IDENTITY.iter().any(|item| intact(*item) && tells(*item))
}

fn is_whole(facts: &Facts) -> bool {
    facts.patient_id.sure().is_some() && facts.dr_code.sure().is_some()
}

#[test]
fn nobody_not_entitled_ever_receives_whatever_goes_wrong_with_up_to_four_items() {
    let cases = (0..PATIENTS).prop_flat_map(|n| {
        let items = proptest::sample::subsequence(ALL.to_vec(), 0..=4);
        (Just(n), another(n), items, proptest::collection::vec(damage(), 4))
    });
    let mut runner =
        TestRunner::new(Config { cases: 25_000, failure_persistence: None, ..Config::default() });
    let counts = std::cell::RefCell::new((0u32, 0u32));
    let outcome = runner.run(&cases, |(n, another, items, damages)| {
        let mut facts = form(n);
        let damages: Vec<(Item, Damage)> = items.into_iter().zip(damages).collect();
        if is_about(another, n, &damages) {
            return Ok(());
        }
        for (item, damage) in &damages {
            damaged(&mut facts, n, another, *item, *damage);
        }
        let (registry, policy) = &*TOWN;
        match decide(registry, policy, &facts, TODAY) {
            Decision::Hold { reasons, .. } => {
                prop_assert!(!reasons.is_empty());
                counts.borrow_mut().1 += 1;
            }
            Decision::Deliver { patient, recipients, evidence, .. } => {
                prop_assert!(patient == patient_id(n), "patient {n} taken for another");
                let entitled = entitled(n);
                prop_assert!(
                    recipients.iter().all(|r| entitled.contains(&r.code)),
                    "patient {n}: {recipients:?}"
                );
                prop_assert!(evidence.len() >= 2);
                counts.borrow_mut().0 += 1;
            }
        }
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    let (delivered, held) = counts.into_inner();
    assert!(
        delivered > 4_000 && held > 4_000 && delivered + held >= 20_000,
        "{delivered} delivered and {held} held: the cases must try both, and many"
    );
}

#[test]
fn one_slip_never_turns_one_twin_into_the_other_whatever_else_is_missing() {
    let (registry, policy) = &*TOWN;
    for n in (0..PATIENTS).filter(|n| n % 10 >= 8) {
        let twin = if n % 10 == 8 { n + 1 } else { n - 1 };
        for slip in IDENTITY {
            for missing in 0u8..1 << IDENTITY.len() {
                let mut facts = form(n);
                for (_, item) in IDENTITY.iter().enumerate().filter(|(bit, _)| missing & (1 << bit) != 0) {
                    damaged(&mut facts, n, n, *item, Damage::Absent);
                }
                damaged(&mut facts, n, twin, slip, Damage::OfAnother);
                if let Decision::Deliver { patient, .. } = decide(registry, policy, &facts, TODAY) {
                    assert_eq!(patient, patient_id(n), "{slip:?} of the twin, missing {missing:06b}");
                }
            }
        }
    }
}

#[test]
fn clear_forms_are_delivered_also_when_half_of_the_identity_is_left_out() {
    let (registry, policy) = &*TOWN;
    let (mut good, mut delivered) = (0u32, 0u32);
    for n in 0..PATIENTS {
        for missing in 0u8..1 << IDENTITY.len() {
            let mut facts = form(n);
            for (bit, item) in IDENTITY.iter().enumerate().filter(|(bit, _)| missing & (1 << bit) != 0) {
                let damage = if bit % 2 == 0 { Damage::Absent } else { Damage::Doubtful };
                damaged(&mut facts, n, n, *item, damage);
            }
            let pieces = [
                facts.insured_no.sure().is_some(),
                facts.birth.sure().is_some(),
                facts.kana.sure().is_some(),
            ];
            let enough = is_whole(&facts) && pieces.iter().filter(|sure| **sure).count() >= 2;
            if !enough {
                continue;
            }
            good += 1;
            match decide(registry, policy, &facts, TODAY) {
                Decision::Deliver { patient, .. } => {
                    assert_eq!(patient, patient_id(n));
                    delivered += 1;
                }
                Decision::Hold { reasons, .. } => assert_eq!(reasons, [Reason::PatientAmbiguous]),
            }
        }
    }
    assert!(good > 4_000);
    assert!(f64::from(delivered) >= 0.99 * f64::from(good), "{delivered} of {good}");
}

#[test]
fn a_changed_physician_holds_what_is_still_sent_to_the_former_one() {
    let mut changed = tables(PATIENTS);
    for row in &mut changed.patients {
        let n = usize::try_from(row.line).unwrap() - 2;
        row.item.physician = dr_code((attending(n) + 1) % 12);
    }
    let changed = registry(changed);
    for n in 0..PATIENTS {
        let decision = decide(&changed, &TOWN.1, &form(n), TODAY);
        assert!(
            matches!(&decision, Decision::Hold { reasons, .. } if reasons.contains(&Reason::PhysicianDiffers)),
            "patient {n}"
        );
    }
}

#[test]
fn a_stranger_with_one_right_number_learns_nothing() {
    let (registry, policy) = &*TOWN;
    for n in 0..PATIENTS {
        for item in IDENTITY {
            let mut facts = form((n + 17) % PATIENTS);
            damaged(&mut facts, n, n, item, Damage::OfAnother);
            if let Decision::Deliver { patient, .. } = decide(registry, policy, &facts, TODAY) {
                assert_eq!(
                    patient,
                    patient_id((n + 17) % PATIENTS),
                    "one item of another patient never redirects"
                );
            }
        }
    }
}
