//! What does not work at this moment, for the person who asks.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::language::Both;

/// A part of the gateway that can be in trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The IMAP door.
    Imap,
    /// The Maildir door.
    Maildir,
    /// Taking messages in, whatever the door.
    Intake,
    /// The disk of the store.
    Disk,
    /// Opening, reading and deciding faxes.
    Journey,
    /// The place where metrics are read.
    Metrics,
    /// The templates, read anew.
    Templates,
    /// The registry, read anew.
    Registry,
}

impl Part {
    /// All parts.
    pub const ALL: [Self; 8] = [
        Self::Imap,
        Self::Maildir,
        Self::Intake,
        Self::Disk,
        Self::Journey,
        Self::Metrics,
        Self::Templates,
        Self::Registry,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Imap => "imap",
            Self::Maildir => "maildir",
            Self::Intake => "intake",
            Self::Disk => "disk",
            Self::Journey => "journey",
            Self::Metrics => "metrics",
            Self::Templates => "templates",
            Self::Registry => "registry",
        }
    }
}

/// Trouble of one part. It keeps trying, and the trouble goes by itself when it succeeds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// Whose.
    pub part: Part,
    /// When it began.
    pub since: Timestamp,
    /// What is wrong and what to do; nothing from a mail.
    pub what: String,
    /// The same in Japanese.
    pub ja: String,
}

/// The troubles of all parts; clones share them.
#[derive(Clone)]
pub struct Health {
    troubles: Arc<Mutex<BTreeMap<Part, Trouble>>>,
    clock: fn() -> Timestamp,
}

impl Health {
    /// No trouble yet.
    pub fn new(clock: fn() -> Timestamp) -> Self {
        Self { troubles: Arc::default(), clock }
    }

    /// A part cannot do its work. The log hears of it when it begins or changes, not at every try.
    pub fn trouble(&self, part: Part, what: impl Into<Both>) {
        let Both { en: what, ja } = what.into();
        let mut troubles = self.lock();
        match troubles.get_mut(&part) {
            Some(known) if known.what == what => return,
            Some(known) => {
                known.what.clone_from(&what);
                known.ja = ja;
            }
            None => {
                troubles.insert(part, Trouble { part, since: (self.clock)(), what: what.clone(), ja });
            }
        }
        drop(troubles);
        tracing::error!(%part, what, "trouble; trying again");
    }

    /// A part does its work.
    pub fn well(&self, part: Part) {
        if self.lock().remove(&part).is_some() {
            tracing::info!(%part, "works again");
        }
    }

    /// Whether a part is in trouble.
    pub fn is_in_trouble(&self, part: Part) -> bool {
        self.lock().contains_key(&part)
    }

    /// Everything that does not work.
    pub fn troubles(&self) -> Vec<Trouble> {
        self.lock().values().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Part, Trouble>> {
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_stands_since_it_began_and_goes_with_success() {
        let health = Health::new(|| Timestamp::constant(7, 0));
        let same = health.clone();
        health.trouble(Part::Imap, "no route");
        same.trouble(Part::Imap, "wrong password");
        health.trouble(Part::Intake, "disk full");
        let told: Vec<_> = health.troubles().into_iter().map(|t| (t.part, t.what)).collect();
        let expected = [(Part::Imap, "wrong password"), (Part::Intake, "disk full")];
        assert_eq!(told, expected.map(|(part, what)| (part, what.to_owned())));
        health.well(Part::Imap);
        health.well(Part::Maildir);
        assert_eq!(health.troubles().len(), 1);
    }
}
