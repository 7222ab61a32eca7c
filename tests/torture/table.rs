//! What came of the rounds.

use std::collections::BTreeMap;
use std::fmt;

/// The outcome of rounds of one kind.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub rounds: usize,
    /// Promises that were looked for afterwards.
    pub acknowledged: usize,
    pub faxes_lost: usize,
    pub events_lost: usize,
    /// Second deliveries nobody may excuse.
    pub repeats: usize,
    /// Those of a mail whose acceptance was not on the disk yet when the process ended (invariant 6).
    pub excused: usize,
    /// Damage that was named.
    pub detected: usize,
    /// Rounds after which a torn end was cut or the view made anew, and nothing is missing.
    pub repaired: usize,
    /// Damage to bytes that carry nothing.
    pub harmless: usize,
    /// Damage that the store says it cannot tell: derived content or signed heads that were removed whole or are earlier
    /// ones.
    pub untold: usize,
    /// What went wrong, in words.
    pub wrongs: Vec<String>,
}

/// Tallies by kind of round.
#[derive(Debug, Default)]
pub struct Table(BTreeMap<String, Tally>);

impl Tally {
    pub fn wrong(&mut self, what: String) {
        self.wrongs.push(what);
    }

    pub fn lost_fax(&mut self, what: &str) {
        self.faxes_lost += 1;
        self.wrongs.push(format!("LOST {what}"));
    }

    pub fn lost_event(&mut self, what: &str) {
        self.events_lost += 1;
        self.wrongs.push(format!("LOST {what}"));
    }

    fn add(&mut self, other: Self) {
        self.rounds += other.rounds;
        self.acknowledged += other.acknowledged;
        self.faxes_lost += other.faxes_lost;
        self.events_lost += other.events_lost;
        self.repeats += other.repeats;
        self.excused += other.excused;
        self.detected += other.detected;
        self.repaired += other.repaired;
        self.harmless += other.harmless;
        self.untold += other.untold;
        self.wrongs.extend(other.wrongs);
    }
}

impl Table {
    /// Adds rounds of a kind.
    pub fn add(&mut self, kind: impl fmt::Display, tally: Tally) {
        self.0.entry(kind.to_string()).or_default().add(tally);
    }

    /// Everything of another table.
    pub fn extend(&mut self, other: Self) {
        other.0.into_iter().for_each(|(kind, tally)| self.add(kind, tally));
    }

    /// All kinds together.
    pub fn sum(&self) -> Tally {
        let mut sum = Tally::default();
        self.0.values().for_each(|tally| sum.add(tally.clone()));
        sum
    }

    /// Fails the test if anything went wrong.
    pub fn assert_nothing_is_wrong(&self) {
        let told = |(kind, t): (&String, &Tally)| {
            t.wrongs.iter().map(|wrong| format!("{kind}: {wrong}")).collect::<Vec<_>>()
        };
        let wrongs: Vec<String> = self.0.iter().flat_map(told).collect();
        let sum = self.sum();
        assert!(
            wrongs.is_empty() && sum.repeats == 0,
            "{} wrongs\n{}\n{self}",
            wrongs.len(),
            wrongs.iter().take(40).cloned().collect::<Vec<_>>().join("\n")
        );
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sum = ("all".to_owned(), self.sum());
        let rows: Vec<_> = self.0.iter().chain([(&sum.0, &sum.1)]).collect();
        let wide = rows.iter().map(|(kind, _)| kind.len()).max().unwrap_or_default();
        write!(f, "| {:<wide$} |", "kind")?;
        COLUMNS.iter().try_for_each(|(name, _)| write!(f, " {name} |"))?;
        write!(f, "\n|-{:-<wide$}-|", "")?;
        COLUMNS.iter().try_for_each(|(name, _)| write!(f, "-{:->1$}:|", "", name.len()))?;
        for (kind, tally) in rows {
            write!(f, "\n| {kind:<wide$} |")?;
            COLUMNS.iter().try_for_each(|(name, of)| write!(f, " {:>1$} |", of(tally), name.len()))?;
        }
        writeln!(f)
    }
}

type Column = (&'static str, fn(&Tally) -> usize);

const COLUMNS: [Column; 11] = [
    ("rounds", |t| t.rounds),
    ("acknowledged", |t| t.acknowledged),
    ("faxes lost", |t| t.faxes_lost),
    ("events lost", |t| t.events_lost),
    ("repeats", |t| t.repeats),
    ("excused", |t| t.excused),
    ("named", |t| t.detected),
    ("repaired", |t| t.repaired),
    ("harmless", |t| t.harmless),
    ("untold", |t| t.untold),
    ("wrong", |t| t.wrongs.len()),
];
