//! Which patient the form is about. Names alone never decide.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::Match;
use crate::decision::{Evidence, Reason};
use crate::facts::{Fact, Facts};
use crate::name::Name;
use crate::registry::{Facility, Patient, Registry};

/// Something the form says about the patient's identity.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Item {
    PatientId,
    InsuredNo,
    InsurerNo,
    Birth,
    Kana,
    Name,
    Sex,
}

/// How an item of the form stands to a row of the registry.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Agrees,
    Contradicts,
    Silent,
}

use Item::{Birth, InsuredNo, InsurerNo, Kana, PatientId, Sex};
use Verdict::{Agrees, Contradicts, Silent};

const ITEMS: [Item; 7] = [PatientId, InsuredNo, InsurerNo, Birth, Kana, Item::Name, Sex];

/// Finds the patient by (a) the registered number and one independent item, (b) insured number
/// and birth date, or (c) reading and birth date together with a sender who cares for the patient.
///
/// Whatever else the form says must not contradict. For a patient who shares the reading or the birth
/// date with another one in the registry, two items must agree that the other one does not share.
pub(crate) fn patient<'r>(
    registry: &'r Registry,
    facts: &Facts,
    sender: Option<&Facility>,
    today: Date,
) -> Match<'r, Patient> {
    match candidate(registry, facts) {
        Ok(found) => compared(registry, facts, found, sender, today),
        Err(reason) => Match::none(reason),
    }
}

/// What the form says for and against this one patient.
pub(crate) fn compared<'r>(
    registry: &'r Registry,
    facts: &Facts,
    found: &'r Patient,
    sender: Option<&Facility>,
    today: Date,
) -> Match<'r, Patient> {
    let cared_for = sender.is_some_and(|office| registry.on_team(&found.id, &office.number, today));
    let verdicts = ITEMS.map(|item| (item, verdict(item, registry, facts, found)));
    let agreeing: Vec<Item> = verdicts.iter().filter(|(_, v)| *v == Agrees).map(|(item, _)| *item).collect();

    let mut reasons: BTreeSet<Reason> =
        verdicts.iter().filter(|(_, v)| *v == Contradicts).map(|(item, _)| item.contradiction()).collect();
    if !suffices(&agreeing, cared_for) {
        let by_name = agreeing.contains(&Kana) && agreeing.contains(&Birth);
        reasons.insert(if by_name { Reason::SenderNotOnTeam } else { Reason::PatientUnconfirmed });
    } else if !singles_out(registry, found, &agreeing) {
        reasons.insert(Reason::PatientAmbiguous);
    }

    let mut evidence: BTreeSet<Evidence> = agreeing.iter().map(|item| item.evidence()).collect();
    if cared_for {
        evidence.insert(Evidence::SenderOnTeam);
    }
    if facts.name.sure().is_some_and(|name| name.is_masked() && name.fits(&found.name)) {
        evidence.insert(Evidence::MaskedName);
    }
    Match { row: Some(found), evidence, reasons }
}

/// The row that the strongest sure item points to.
fn candidate<'r>(registry: &'r Registry, facts: &Facts) -> Result<&'r Patient, Reason> {
    if let Some(id) = facts.patient_id.sure() {
        return registry.patient(id).ok_or(Reason::PatientUnknown);
    }
    let birth = *facts.birth.sure().ok_or(Reason::PatientUnidentified)?;
    let by_number = facts
        .insured_no
        .sure()
        .map(|number| registry.by_insured(number, facts.insurer_no.sure()))
        .unwrap_or_default();
    match (by_number.as_slice(), facts.kana.sure()) {
        ([only], _) => Ok(only),
        ([], Some(kana)) => match registry.by_kana_and_birth(kana, birth).as_slice() {
            [only] => Ok(only),
            [] => Err(Reason::PatientUnknown),
            _ => Err(Reason::PatientAmbiguous),
        },
        ([], None) if facts.insured_no.sure().is_some() => Err(Reason::PatientUnknown),
        ([], None) => Err(Reason::PatientUnidentified),
        _ => Err(Reason::PatientAmbiguous),
    }
}

fn suffices(agreeing: &[Item], cared_for: bool) -> bool {
    let has = |item| agreeing.contains(&item);
    let by_id = has(PatientId) && (has(Birth) || has(InsuredNo) || has(Kana));
    let by_insurance = has(InsuredNo) && has(Birth);
    let by_name = has(Kana) && has(Birth) && cared_for;
    by_id || by_insurance || by_name
}

/// Whether two agreeing items at least set the patient apart from everybody of the same reading or
/// birth date, so that one slip of the pen cannot turn one into the other.
fn singles_out(registry: &Registry, found: &Patient, agreeing: &[Item]) -> bool {
    registry
        .confusable(found)
        .iter()
        .all(|other| agreeing.iter().filter(|item| item.tells_apart(found, other)).count() >= 2)
}

fn verdict(item: Item, registry: &Registry, facts: &Facts, found: &Patient) -> Verdict {
    match item {
        PatientId => compare(&facts.patient_id, |id| *id == found.id),
        InsuredNo => insured(registry, facts, found),
        InsurerNo => match &found.insurance {
            Some(held) => compare(&facts.insurer_no, |insurer| *insurer == held.insurer),
            None => Silent,
        },
        Birth => compare(&facts.birth, |birth| *birth == found.birth),
        Kana => compare(&facts.kana, |kana| kana.key() == found.kana.key()),
        Item::Name => name(facts, found),
        Sex => compare(&facts.sex, |sex| *sex == found.sex),
    }
}

/// Sure and equal agrees; different contradicts, sure or not; all else says nothing.
fn compare<T>(fact: &Fact<T>, equal: impl Fn(&T) -> bool) -> Verdict {
    match fact {
        Fact::Sure(value) if equal(value) => Agrees,
        Fact::Sure(value) | Fact::Doubtful(value) if !equal(value) => Contradicts,
        _ => Silent,
    }
}

/// A number of a patient without one on file contradicts only if it is somebody else's.
fn insured(registry: &Registry, facts: &Facts, found: &Patient) -> Verdict {
    match (&found.insurance, facts.insured_no.read()) {
        (Some(held), _) => compare(&facts.insured_no, |number| *number == held.number),
        (None, Some(number)) if !registry.by_insured(number, None).is_empty() => Contradicts,
        _ => Silent,
    }
}

/// A masked name never agrees. A doubtful kanji name, misread more often than anything else,
/// is let pass beside a sure reading that agrees.
fn name(facts: &Facts, found: &Patient) -> Verdict {
    let masked = facts.name.read().is_some_and(Name::is_masked);
    let compared =
        compare(
            &facts.name,
            |name| if masked { name.fits(&found.name) } else { name.key() == found.name.key() },
        );
    let read_as = facts.kana.sure().is_some_and(|kana| kana.key() == found.kana.key());
    match (compared, &facts.name) {
        (Agrees, _) if masked => Silent,
        (Contradicts, Fact::Doubtful(_)) if read_as => Silent,
        _ => compared,
    }
}

impl Item {
    fn tells_apart(self, one: &Patient, other: &Patient) -> bool {
        match self {
            PatientId => one.id != other.id,
            InsuredNo => {
                one.insurance.as_ref().map(|i| &i.number) != other.insurance.as_ref().map(|i| &i.number)
            }
            InsurerNo => {
                one.insurance.as_ref().map(|i| &i.insurer) != other.insurance.as_ref().map(|i| &i.insurer)
            }
            Birth => one.birth != other.birth,
            Kana => one.kana.key() != other.kana.key(),
            Item::Name => one.name.key() != other.name.key(),
            Sex => one.sex != other.sex,
        }
    }

    fn evidence(self) -> Evidence {
        match self {
            PatientId => Evidence::PatientId,
            InsuredNo => Evidence::InsuredNo,
            InsurerNo => Evidence::InsurerNo,
            Birth => Evidence::Birth,
            Kana => Evidence::Kana,
            Item::Name => Evidence::Name,
            Sex => Evidence::Sex,
        }
    }

    fn contradiction(self) -> Reason {
        match self {
            PatientId => Reason::PatientIdDiffers,
            InsuredNo => Reason::InsuredNoDiffers,
            InsurerNo => Reason::InsurerNoDiffers,
            Birth => Reason::BirthDiffers,
            Kana => Reason::KanaDiffers,
            Item::Name => Reason::NameDiffers,
            Sex => Reason::SexDiffers,
        }
    }
}
