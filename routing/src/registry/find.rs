//! Searching by hand: a person types a code or part of a name.

use super::Registry;
use crate::name::{Kana, fold_name};

/// One row that fits what was typed. For the screen of a person, never for a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Hit {
    /// `physician`, `facility` or `patient`.
    pub kind: &'static str,
    /// Its code.
    pub code: String,
    /// Its name as registered.
    pub name: String,
    /// What tells it from others: clinic, kind of office, or birth date.
    pub detail: String,
}

impl Registry {
    /// Rows whose code is `text`, or whose name or reading contains it; all tables, by code.
    pub fn find(&self, text: &str) -> Vec<Hit> {
        let Some(wanted) = Wanted::new(text) else { return Vec::new() };
        let physicians = self.physicians().filter(|p| {
            wanted.fits(p.code.as_str(), p.name.key(), &p.kana) || p.clinic.name.key().contains(&wanted.name)
        });
        let physicians = physicians.map(|p| Hit {
            kind: "physician",
            code: p.code.to_string(),
            name: p.name.as_str().to_owned(),
            detail: p.clinic.name.as_str().to_owned(),
        });
        let facilities = self.facilities().filter(|f| {
            wanted.fits(f.number.as_str(), f.name.key(), &f.kana)
                || f.aliases.iter().any(|alias| alias.key().contains(&wanted.name))
        });
        let facilities = facilities.map(|f| Hit {
            kind: "facility",
            code: f.number.to_string(),
            name: f.name.as_str().to_owned(),
            detail: f.role.ja().to_owned(),
        });
        let patients = self.patients().filter(|p| wanted.fits(p.id.as_str(), p.name.key(), &p.kana));
        let patients = patients.map(|p| Hit {
            kind: "patient",
            code: p.id.to_string(),
            name: p.name.as_str().to_owned(),
            detail: p.birth.to_string(),
        });
        physicians.chain(facilities).chain(patients).collect()
    }
}

struct Wanted {
    name: String,
    kana: Option<Kana>,
}

impl Wanted {
    fn new(text: &str) -> Option<Self> {
        let name = fold_name(text);
        (!name.is_empty()).then(|| Self { name, kana: text.parse().ok() })
    }

    fn fits(&self, code: &str, name: &str, reading: &Kana) -> bool {
        code == self.name
            || name.contains(&self.name)
            || self.kana.as_ref().is_some_and(|kana| reading.key().contains(kana.key()))
    }
}

impl std::fmt::Debug for Hit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hit").field("kind", &self.kind).finish_non_exhaustive()
    }
}
