//! What goes wrong between the pen and the facts.

use std::str::FromStr;

use jiff::ToSpan;
use kasasagi_routing::code::{damm, mod10w21};
use kasasagi_routing::facts::{Fact, Facts};
use kasasagi_routing::name::Name;

use super::chance::Chance;
use super::town::TODAY;
use super::village::{PATIENTS, VILLAGE, swapped_offices};

/// The items that tell whom a form is about and to whom it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    PatientId,
    InsuredNo,
    Birth,
    Kana,
    Name,
    Sex,
    DrCode,
    Addressee,
}

pub const ITEMS: [Item; 8] = [
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    Doubtful,
    Unreadable,
    Absent,
    /// The value of this other patient.
    Of(usize),
    /// Two neighbouring digits swapped, as far as the check digit lets it pass.
    Swapped(usize),
    /// A digit changed and the check digit made to fit: another patient's number, or nobody's.
    Near(usize, u8),
    /// Every other character hidden.
    Masked,
}

impl Damage {
    pub fn any(chance: &mut Chance, another: usize) -> Self {
        match chance.below(16) {
            0 | 1 => Self::Doubtful,
            2 => Self::Unreadable,
            3..=5 => Self::Absent,
            6..=9 => Self::Of(another),
            10 | 11 => Self::Swapped(chance.below(10)),
            12..=14 => Self::Near(chance.below(10), u8::try_from(1 + chance.below(9)).unwrap()),
            _ => Self::Masked,
        }
    }

    /// Whether it can turn a value into another one.
    pub fn is_wrong(self) -> bool {
        matches!(self, Self::Of(_) | Self::Swapped(_) | Self::Near(..))
    }
}

/// Whom the form is mixed up with: a twin, a namesake, somebody born on the same day, another patient
/// of the same physician, the neighbour in the list, or anybody.
pub fn another(chance: &mut Chance, n: usize) -> usize {
    let twin = match n % 10 {
        8 => n + 1,
        9 => n - 1,
        3 => (n + 12) % PATIENTS,
        _ => (n + 84) % PATIENTS,
    };
    let of_the_same = |steps: usize| (n + 12 * steps) % PATIENTS;
    match chance.below(6) {
        0 => twin,
        1 => (n + 112) % PATIENTS,
        2 => of_the_same(1),
        3 => of_the_same(1 + chance.below(24)),
        4 => (n + 1) % PATIENTS,
        _ => chance.below(PATIENTS),
    }
}

pub fn damage(facts: &mut Facts, item: Item, damage: Damage) {
    let of = |other: usize| VILLAGE.forms[other].clone();
    let other = match damage {
        Damage::Of(other) => of(other),
        _ => facts.clone(),
    };
    match item {
        Item::PatientId => {
            facts.patient_id = hurt(other.patient_id, damage, |id| code(id.as_str(), damage, Some(damm)));
        }
        Item::InsuredNo => {
            facts.insured_no = hurt(other.insured_no, damage, |number| code(number.as_str(), damage, None));
            facts.insurer_no = hurt(other.insurer_no, damage, |_| None);
        }
        Item::Birth => facts.birth = hurt(other.birth, damage, |day| day.checked_add(10.years()).ok()),
        Item::Kana => facts.kana = hurt(other.kana, damage, |_| None),
        Item::Name => facts.name = hurt(other.name, damage, |name| masked(name, damage)),
        Item::Sex => facts.sex = hurt(other.sex, damage, |_| None),
        Item::DrCode => {
            facts.dr_code = hurt(other.dr_code, damage, |number| code(number.as_str(), damage, Some(damm)));
        }
        Item::Addressee => facts.addressee = hurt(other.addressee, damage, |_| None),
    }
}

fn hurt<T>(fact: Fact<T>, damage: Damage, change: impl Fn(&T) -> Option<T>) -> Fact<T> {
    match (damage, fact) {
        (Damage::Doubtful, Fact::Sure(value)) => Fact::Doubtful(value),
        (Damage::Unreadable, _) => Fact::Unreadable,
        (Damage::Absent, _) => Fact::Absent,
        (Damage::Of(_), fact) => fact,
        (_, Fact::Sure(value)) => change(&value).map_or(Fact::Unreadable, Fact::Sure),
        (_, fact) => fact,
    }
}

fn code<T: FromStr>(digits: &str, damage: Damage, check: Option<fn(&str) -> Option<u8>>) -> Option<T> {
    let mut bytes = digits.as_bytes().to_vec();
    let last = bytes.len() - 1;
    match damage {
        Damage::Swapped(place) => bytes.swap(place % last, place % last + 1),
        Damage::Near(place, step) => {
            let place = place % last;
            bytes[place] = b'0' + (bytes[place] - b'0' + step) % 10;
            if let Some(check) = check {
                bytes[last] = b'0' + check(std::str::from_utf8(&bytes[..last]).unwrap())?;
            }
        }
        _ => return None,
    }
    String::from_utf8(bytes).ok()?.parse().ok()
}

fn masked(name: &Name, damage: Damage) -> Option<Name> {
    let hidden = |(place, c): (usize, char)| if place % 2 == 0 { '●' } else { c };
    let text = || name.key().chars().enumerate().map(hidden).collect::<String>();
    (damage == Damage::Masked).then(text)?.parse().ok()
}

/// What goes wrong with the sender and the day.
pub fn surroundings(facts: &mut Facts, chance: &mut Chance) {
    let other = &VILLAGE.rows.facilities[chance.below(8)].item;
    match chance.below(10) {
        0 => facts.sender_fax = Fact::Absent,
        1 => facts.sender_office = Fact::Unreadable,
        2 => facts.sender_fax = Fact::Sure(other.faxes[0].clone()),
        3 => {
            facts.sender_office = Fact::Sure(other.number.clone());
            facts.sender_fax = Fact::Sure(other.faxes[0].clone());
        }
        4 => facts.sender_office = Fact::Sure(swapped_offices()[chance.below(2)].clone()),
        5 => {
            let near = facts.sender_office.sure().and_then(|number| {
                code(number.as_str(), Damage::Near(5 + chance.below(4), 1), Some(mod10w21))
            });
            facts.sender_office = near.map_or(Fact::Unreadable, Fact::Sure);
        }
        6 => facts.written_on = Fact::Sure(TODAY.saturating_sub(400.days())),
        7 => facts.written_on = Fact::Sure(TODAY.saturating_add(30.days())),
        _ => {}
    }
}
