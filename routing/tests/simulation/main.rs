//! A hundred thousand damaged, contradictory and malicious forms against an invented town: nobody who
//! is not entitled ever receives anything, and good forms are delivered without a person.
#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

mod chance;
mod damage;
#[path = "../town/mod.rs"]
mod town;
mod village;

use chance::Chance;
use damage::{Damage, ITEMS, Item, another, surroundings};
use kasasagi_routing::decision::{Decision, Reason, decide};
use kasasagi_routing::facts::Facts;
use town::{TODAY, patient_id};
use village::{PATIENTS, VILLAGE, entitled, has_moved_on};

const ADVERSE: u64 = 80_000;
const GOOD: u64 = 20_000;

#[derive(Debug, Default)]
struct Count {
    delivered: u64,
    held: u64,
    /// Two slips or more made it a form about somebody else, and nothing right on it tells.
    about_another: u64,
    wrong: Vec<String>,
}

fn decided(facts: &Facts) -> Decision {
    decide(&VILLAGE.registry, &VILLAGE.policy, facts, TODAY)
}

/// Whether the form, wrong in two items or more, no longer says anything that is true of patient `n`
/// and not of `other`: then it is a form about the other one, and no reader could know better.
fn is_about(other: usize, n: usize, damages: &[(Item, Damage)]) -> bool {
    let (one, other) = (&VILLAGE.forms[n], &VILLAGE.forms[other]);
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
    damages.iter().filter(|(_, damage)| damage.is_wrong()).count() >= 2
        && !ITEMS.iter().any(|item| intact(*item) && tells(*item))
}

fn judge(count: &mut Count, n: usize, damages: &[(Item, Damage)], facts: &Facts) {
    match decided(facts) {
        Decision::Hold { reasons, .. } => {
            assert!(!reasons.is_empty());
            count.held += 1;
        }
        Decision::Deliver { patient, recipients, evidence, .. } => {
            let whom = (0..PATIENTS).find(|n| patient_id(*n) == patient).unwrap();
            let allowed = entitled(whom);
            let strangers = recipients.iter().filter(|r| !allowed.contains(&r.code)).count();
            let mistaken = whom != n && !is_about(whom, n, damages);
            if mistaken || strangers > 0 || recipients.is_empty() || evidence.len() < 2 {
                count.wrong.push(format!("{n} taken for {whom}, {strangers} strangers: {damages:?}"));
            } else if whom == n {
                count.delivered += 1;
            } else {
                count.about_another += 1;
            }
        }
    }
}

#[test]
fn of_a_hundred_thousand_forms_none_goes_to_anybody_not_entitled_and_good_ones_need_no_person() {
    let mut adverse = Count::default();
    for case in 0..ADVERSE {
        let mut chance = Chance::new(case);
        let n = chance.below(PATIENTS);
        let other = another(&mut chance, n);
        let mut facts = VILLAGE.forms[n].clone();
        let mut damages: Vec<(Item, Damage)> = Vec::new();
        if chance.one_in(3) {
            damages = one_slip(&mut chance, other);
        } else {
            several(&mut damages, &mut chance, other);
        }
        for (item, damage) in &damages {
            damage::damage(&mut facts, *item, *damage);
        }
        if chance.one_in(3) {
            surroundings(&mut facts, &mut chance);
        }
        judge(&mut adverse, n, &damages, &facts);
    }
    let good = good_forms();
    println!("adverse: {adverse:?}");
    println!("good: {good:?}");
    assert!(adverse.wrong.is_empty() && good.wrong.is_empty(), "{:#?}", adverse.wrong);
    assert!(adverse.delivered > 15_000 && adverse.held > 15_000, "the cases must try both: {adverse:?}");
    assert!(adverse.about_another < ADVERSE / 100, "{adverse:?}");
    assert!(good.delivered * 100 >= GOOD * 99, "{good:?}");
}

fn several(damages: &mut Vec<(Item, Damage)>, chance: &mut Chance, other: usize) {
    for _ in 0..chance.below(6) {
        let item = chance.of(&ITEMS);
        if damages.iter().all(|(hit, _)| *hit != item) {
            damages.push((item, Damage::any(chance, other)));
        }
    }
}

/// One item wrong, and of the others many left out, or some of them doubtful.
fn one_slip(chance: &mut Chance, other: usize) -> Vec<(Item, Damage)> {
    let slip = chance.of(&[Item::PatientId, Item::InsuredNo, Item::Birth, Item::Kana]);
    let near = Damage::Near(chance.below(10), 1);
    let mut damages = vec![(slip, chance.of(&[Damage::Of(other), Damage::Of(other), near]))];
    let sparse = chance.one_in(2);
    for item in ITEMS.into_iter().filter(|item| *item != slip) {
        if sparse && !chance.one_in(4) {
            damages.push((item, Damage::Absent));
        } else if !sparse && chance.one_in(2) {
            damages.push((item, chance.of(&[Damage::Absent, Damage::Doubtful, Damage::Masked])));
        }
    }
    damages
}

/// Forms whose every item is sure and right, but for one at most that is left out or doubtful.
fn good_forms() -> Count {
    let mut count = Count::default();
    for case in 0..GOOD {
        let mut chance = Chance::new(ADVERSE + case);
        let n = std::iter::repeat_with(|| chance.below(PATIENTS)).find(|n| !has_moved_on(*n)).unwrap();
        let mut facts = VILLAGE.forms[n].clone();
        let damages = [(chance.of(&ITEMS), chance.of(&[Damage::Absent, Damage::Doubtful]))];
        let damages = &damages[..chance.below(2)];
        for (item, damage) in damages {
            damage::damage(&mut facts, *item, *damage);
        }
        judge(&mut count, n, damages, &facts);
    }
    count
}

#[test]
fn a_form_that_names_the_former_physician_is_held() {
    for n in (0..PATIENTS).filter(|n| n % 10 == 4) {
        let Decision::Hold { reasons, .. } = decided(&VILLAGE.forms[n]) else { panic!("patient {n}") };
        assert!(reasons.contains(&Reason::PhysicianDiffers), "patient {n}");
    }
}

#[test]
fn one_wrong_number_beside_a_birth_date_that_somebody_shares_is_not_enough() {
    for n in (0..PATIENTS).filter(|n| n % 10 == 3) {
        let other = (n + 12) % PATIENTS;
        let mut facts = VILLAGE.forms[n].clone();
        for item in [Item::InsuredNo, Item::Kana, Item::Name] {
            damage::damage(&mut facts, item, Damage::Absent);
        }
        damage::damage(&mut facts, Item::PatientId, Damage::Of(other));
        assert!(matches!(decided(&facts), Decision::Hold { .. }), "patient {n} taken for {other}");
    }
}
