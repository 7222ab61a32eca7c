//! Whether the addressee line names the physician of the patient, somebody else, or neither clearly.

use std::collections::HashSet;

use crate::facts::{Fact, Facts};
use crate::name::fold_name;
use crate::registry::{Physician, Registry, core_name};

/// What the addressee line says about a physician.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Addressed {
    /// Sure, and nobody else fits as well.
    Clearly,
    /// Nothing written, nobody recognised, or several fit alike.
    Unclear,
    /// Somebody else fits better.
    ToAnother,
}

/// Fewest characters that make a name clear.
const CLEAR: usize = 3;
/// A name of three characters or more counts as written if at most one in five is different.
const FUZZ: usize = 5;

/// Compares the line with the clinic and the name of `physician` and of everybody else.
pub(crate) fn addressed(registry: &Registry, facts: &Facts, physician: &Physician) -> Addressed {
    let Some(line) = facts.addressee.read() else { return Addressed::Unclear };
    let line: Vec<char> = line.key().chars().collect();
    let own = weight(&line, physician);
    let colleagues = registry.physicians().filter(|other| other.code != physician.code);
    let offices = registry.facilities().flat_map(|f| std::iter::once(&f.name).chain(&f.aliases));
    let other = colleagues
        .map(|other| weight(&line, other))
        .chain(offices.map(|name| written(&line, name.key())))
        .max()
        .unwrap_or(0);
    match facts.addressee {
        _ if other > own && other >= 2 => Addressed::ToAnother,
        Fact::Sure(_) if own > other && own >= CLEAR => Addressed::Clearly,
        _ => Addressed::Unclear,
    }
}

/// How many characters of the line are taken up by the clinic and the name of a physician.
fn weight(line: &[char], physician: &Physician) -> usize {
    let clinic = &physician.clinic.name;
    let clinic = written(line, clinic.key()).max(written(line, &core_name(clinic)));
    let kana = fold_name(physician.kana.as_str());
    let person = written(line, physician.name.key()).max(written(line, &kana));
    let family = physician.name.family_key().map_or(0, |family| written(line, &family));
    clinic + person.max(family)
}

/// Characters of `name` found in the line, 0 if it does not stand there. One character alone says nothing.
fn written(line: &[char], name: &str) -> usize {
    let name: Vec<char> = name.chars().collect();
    let slips = distance_within(line, &name);
    if name.len() < 2 || slips * FUZZ > name.len() { 0 } else { name.len() - slips }
}

/// Fewest changes that make `name` out of some part of the line (Sellers' algorithm).
fn distance_within(line: &[char], name: &[char]) -> usize {
    let known: HashSet<&char> = line.iter().collect();
    if name.iter().filter(|c| !known.contains(c)).count() * FUZZ > name.len() {
        return name.len();
    }
    let mut costs: Vec<usize> = (0..=name.len()).collect();
    let mut best = name.len();
    for c in line {
        let mut diagonal = costs[0];
        for (i, n) in name.iter().enumerate() {
            let changed = diagonal + usize::from(n != c);
            diagonal = costs[i + 1];
            costs[i + 1] = changed.min(diagonal + 1).min(costs[i] + 1);
        }
        best = best.min(costs[name.len()]);
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str, name: &str) -> usize {
        written(&line.chars().collect::<Vec<_>>(), name)
    }

    #[test]
    fn a_name_counts_by_its_length_and_forgives_one_character_in_five() {
        assert_eq!(found("ひばり内科クリニック山田先生", "ひばり内科"), 5);
        assert_eq!(found("ひぱり内科クリニック山田先生", "ひばり内科"), 4);
        assert_eq!(found("ひぱり外科", "ひばり内科"), 0);
        assert_eq!(found("山田先生", "山田"), 2);
        assert_eq!(found("山本先生", "山田"), 0);
        assert_eq!(found("森先生", "森"), 0);
        assert_eq!(found("", "山田"), 0);
        assert_eq!(found("山田", ""), 0);
    }
}
