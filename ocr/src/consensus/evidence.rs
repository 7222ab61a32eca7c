//! What speaks for a value, as numbers that a calibrated model weighs.

use super::Candidate;
use super::{CELLS, WEAK};
use crate::field::{Value, fold, guards, script};
use crate::form::{Field, Kind};

/// What is weighed for a value, by the kind of writing and by who has been asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Which model weighs it: `text`, `kana` or `comb`, with `-alone` where one reading is all there is.
    pub class: &'static str,
    /// One number for each of the class's [`names`].
    pub features: Vec<f32>,
}

const TEXT: [&str; 10] =
    ["standard", "lowest", "second", "mean", "length", "doubts", "gap", "confirmed", "alike", "outnumbered"];
const KANA: [&str; 8] =
    ["standard", "lowest", "second", "mean", "confirmed", "confirmed_twice", "alike", "outnumbered"];
const COMB: [&str; 10] = [
    "standard",
    "lowest",
    "product",
    "length",
    "check_digit",
    "line_agrees",
    "line_lowest",
    "line_opposes",
    "weak_agrees",
    "weak_opposes",
];

impl Evidence {
    /// A feature by name; 0 where the class has none of that name.
    pub fn of(&self, name: &str) -> f32 {
        names(self.class).iter().zip(&self.features).find(|(n, _)| **n == name).map_or(0.0, |(_, x)| *x)
    }
}

/// The features of a class, in order.
pub fn names(class: &str) -> &'static [&'static str] {
    match class.trim_end_matches("-alone") {
        "text" => &TEXT,
        "kana" => &KANA,
        _ => &COMB,
    }
}

/// What speaks for the chosen reading among the others; `standard` for a page of about 98 lines an inch.
pub(super) fn weigh(
    field: &Field,
    chosen: &Candidate<'_>,
    others: &[Candidate<'_>],
    standard: bool,
) -> Evidence {
    let alone = others.is_empty();
    let standard = f32::from(u8::from(standard));
    let (class, features) = match field.kind {
        Kind::Text { .. } => (["text", "text-alone"], text(chosen, others, standard)),
        Kind::Kana => (["kana", "kana-alone"], kana(chosen, others, standard)),
        _ => (["comb", "comb-alone"], comb(field, chosen, others, standard)),
    };
    Evidence { class: class[usize::from(alone)], features }
}

fn text(chosen: &Candidate<'_>, others: &[Candidate<'_>], standard: f32) -> Vec<f32> {
    let doubts = script::settle(&chosen.text.text()).doubts;
    let mut features = vec![standard];
    features.extend(scores(chosen));
    features.extend([doubts.min(3) as f32, (chosen.text.widest_gap - 0.4).clamp(0.0, 1.0)]);
    features.extend([
        count(others, |o| chosen.agrees(o)).min(1.0),
        likeness(chosen, others),
        outnumbered(chosen, others),
    ]);
    features
}

fn kana(chosen: &Candidate<'_>, others: &[Candidate<'_>], standard: f32) -> Vec<f32> {
    let agreeing = count(others, |o| chosen.agrees(o));
    let mut features = vec![standard];
    features.extend(&scores(chosen)[..3]);
    features.extend([
        agreeing.min(1.0),
        (agreeing - 1.0).clamp(0.0, 1.0),
        likeness(chosen, others),
        outnumbered(chosen, others),
    ]);
    features
}

fn comb(field: &Field, chosen: &Candidate<'_>, others: &[Candidate<'_>], standard: f32) -> Vec<f32> {
    let all: f32 = chosen.text.chars.iter().map(|(_, p)| p).product();
    let guarded = match (&field.kind, &chosen.value) {
        (Kind::Code { check }, Ok(Value::Digits(digits))) => guards(*check, digits),
        _ => false,
    };
    let line = others.iter().filter(|o| o.reader != WEAK && o.reader != CELLS);
    let best = line.clone().find(|o| chosen.agrees(o));
    let opposes = |o: &&Candidate<'_>| !chosen.agrees(o) && length(o) == length(chosen);
    let weak: Vec<&Candidate<'_>> = others.iter().filter(|o| o.reader == WEAK).collect();
    let flag = |yes: bool| f32::from(u8::from(yes));
    vec![
        standard,
        logit(chosen.text.lowest()),
        logit(all),
        (length(chosen) as f32).max(1.0).ln(),
        flag(guarded),
        flag(best.is_some()),
        best.map_or(0.0, |o| logit(o.text.lowest())),
        flag(line.clone().any(|o| opposes(&o))),
        flag(weak.iter().any(|o| chosen.agrees(o))),
        flag(weak.iter().any(opposes)),
    ]
}

/// The least certain character, the next one, the average, and how many there are.
fn scores(chosen: &Candidate<'_>) -> [f32; 4] {
    let mut scores: Vec<f32> =
        chosen.text.chars.iter().filter(|(c, _)| !c.is_whitespace()).map(|(_, p)| *p).collect();
    scores.sort_by(f32::total_cmp);
    let mean = scores.iter().sum::<f32>() / scores.len().max(1) as f32;
    let at = |i: usize| logit(scores.get(i).copied().unwrap_or(1.0));
    [at(0), at(1), logit(mean), (scores.len().max(1) as f32).ln()]
}

/// Log odds, bounded: a network's last digits of certainty mean nothing.
fn logit(p: f32) -> f32 {
    let p = p.clamp(1e-3, 1.0 - 1e-4);
    (p / (1.0 - p)).ln()
}

fn count(others: &[Candidate<'_>], holds: impl Fn(&Candidate<'_>) -> bool) -> f32 {
    others.iter().filter(|o| holds(o)).count() as f32
}

fn length(candidate: &Candidate<'_>) -> usize {
    fold(&candidate.text.text()).chars().count()
}

/// How far another reader saw more characters, in characters up to 3: a line reader can leave one out and be
/// certain of the rest.
fn outnumbered(chosen: &Candidate<'_>, others: &[Candidate<'_>]) -> f32 {
    let most = others.iter().map(length).max().unwrap_or(0);
    most.saturating_sub(length(chosen)).min(3) as f32
}

/// Share of the characters that the most alike other reading has in the same order, 0 to 1.
fn likeness(chosen: &Candidate<'_>, others: &[Candidate<'_>]) -> f32 {
    let mine: Vec<char> = fold(&chosen.text.text()).chars().collect();
    let alike = |other: &Candidate<'_>| {
        let theirs: Vec<char> = fold(&other.text.text()).chars().collect();
        common(&mine, &theirs) as f32 / mine.len().max(theirs.len()).max(1) as f32
    };
    others.iter().map(alike).fold(0.0, f32::max)
}

/// Length of the longest common subsequence.
fn common(a: &[char], b: &[char]) -> usize {
    let mut row = vec![0; b.len() + 1];
    for x in a {
        let mut diagonal = 0;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if x == y { diagonal + 1 } else { above.max(row[j]) };
            diagonal = above;
        }
    }
    row[b.len()]
}
