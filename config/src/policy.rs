//! The policy file: role by role, which fields of a record may be seen; when it goes out; who stands in.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;

use kasasagi_routing::policy::{Absence, Policy, Rule, StandIn, Timing, When};
use kasasagi_routing::role::Role;
use serde::Deserialize;

use crate::{Error, Result};

/// The built-in policy, as printed by `kasasagi` for an association to start from.
pub const EMBEDDED: &str = include_str!("../policy.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    roles: BTreeMap<String, RoleTable>,
    #[serde(default)]
    timing: TimingTable,
    #[serde(default)]
    absence: AbsenceTable,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct TimingTable {
    emergency: Option<String>,
    today: Option<String>,
    routine: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct AbsenceTable {
    absent: Option<String>,
    retired: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleTable {
    all: Option<bool>,
    except: Option<Vec<String>>,
    only: Option<Vec<String>>,
    routine: Option<String>,
}

/// Reads a policy file; `known` are the field keys of all forms.
///
/// # Errors
/// [`Error::Read`], or what [`parse`] finds.
pub fn load(path: &Path, known: &BTreeSet<String>) -> Result<Policy> {
    let text =
        std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    parse(&path.display().to_string(), &text, known)
}

/// The built-in policy, checked against the field keys of all forms.
///
/// # Errors
/// [`Error::Many`] if the forms lack a field that it names.
pub fn embedded(known: &BTreeSet<String>) -> Result<Policy> {
    parse("policy.toml", EMBEDDED, known)
}

/// Reads a policy from text; `file` stands in the messages.
///
/// # Errors
/// [`Error::Syntax`], or [`Error::Many`] with every unknown role or field and every role left out.
pub fn parse(file: &str, text: &str, known: &BTreeSet<String>) -> Result<Policy> {
    let tables: File =
        toml::from_str(text).map_err(|e| Error::Syntax { file: file.to_owned(), what: e.to_string() })?;
    let value = |key: String, what: String| Error::Value { file: file.to_owned(), key, what };
    let mut words = Words { file, faults: Vec::new() };
    let (timing, absence) = (words.timing(&tables.timing), words.absence(&tables.absence));
    let mut rules = Vec::new();
    let mut routines = Vec::new();
    for (word, table) in tables.roles {
        let key = format!("roles.{word}");
        let routine = words.one::<When>(&format!("{key}.routine"), table.routine.as_ref());
        let faults = &mut words.faults;
        match (Role::ALL.iter().find(|role| role.code() == word), table.rule()) {
            (None, _) => {
                let roles: Vec<_> = Role::ALL.iter().map(|role| role.code()).collect();
                faults.push(value(key, format!("is no role; the roles are {}", roles.join(", "))));
            }
            (_, None) => {
                faults.push(value(key, "must have exactly one of all = true, except, only".to_owned()));
            }
            (Some(role), Some(rule)) => {
                rules.push((*role, rule));
                routines.extend(routine.map(|when| (*role, when)));
            }
        }
    }
    let mut faults = words.faults;
    match Policy::build(rules, known) {
        Ok(policy) if faults.is_empty() => {
            let policy = policy.with_timing(timing).with_absence(absence);
            return Ok(routines
                .into_iter()
                .fold(policy, |policy, (role, when)| policy.with_routine(role, when)));
        }
        Ok(_) => {}
        Err(errors) => faults.extend(errors.iter().map(|e| value("roles".to_owned(), e.to_string()))),
    }
    Err(Error::Many(faults))
}

/// Reads the words of a file; every one that is none adds a fault.
struct Words<'f> {
    file: &'f str,
    faults: Vec<Error>,
}

impl Words<'_> {
    fn one<T: FromStr<Err: Display>>(&mut self, key: &str, word: Option<&String>) -> Option<T> {
        word?.parse().map_err(|error: T::Err| self.fault(key, error.to_string())).ok()
    }

    fn fault(&mut self, key: &str, what: String) {
        self.faults.push(Error::Value { file: self.file.to_owned(), key: key.to_owned(), what });
    }

    fn timing(&mut self, table: &TimingTable) -> Timing {
        let usual = Timing::default();
        if self.one("timing.emergency", table.emergency.as_ref()) == Some(When::Digest) {
            self.fault("timing.emergency", "an emergency cannot wait for a digest; write now".to_owned());
        }
        Timing {
            today: self.one("timing.today", table.today.as_ref()).unwrap_or(usual.today),
            routine: self.one("timing.routine", table.routine.as_ref()).unwrap_or(usual.routine),
        }
    }

    fn absence(&mut self, table: &AbsenceTable) -> Absence {
        let usual = Absence::default();
        let mut rule =
            |key: &str, word: Option<&String>, usual: StandIn| self.one(key, word).unwrap_or(usual);
        Absence {
            absent: rule("absence.absent", table.absent.as_ref(), usual.absent),
            retired: rule("absence.retired", table.retired.as_ref(), usual.retired),
        }
    }
}

impl RoleTable {
    fn rule(self) -> Option<Rule> {
        match (self.all, self.except, self.only) {
            (Some(true), None, None) => Some(Rule::All),
            (None, Some(keys), None) => Some(Rule::AllExcept(keys)),
            (None, None, Some(keys)) => Some(Rule::Only(keys)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kasasagi_routing::facts::Urgency;

    /// The field keys of the built-in forms.
    fn known() -> BTreeSet<String> {
        let forms = crate::forms::embedded();
        let forms = forms.iter().map(|(name, text)| crate::forms::parse(name, text).unwrap().form);
        forms.flat_map(|form| form.fields.into_iter().map(|field| field.key)).collect()
    }

    #[test]
    fn the_built_in_policy_shows_offices_no_diagnosis_and_no_phone_of_the_family() {
        let policy = embedded(&known()).unwrap();
        for role in Role::ALL.iter().filter(|role| role.is_facility()) {
            let fields = policy.fields(*role);
            let clinical = matches!(role, Role::HomeNursing | Role::HospitalLiaison);
            for key in ["disease", "history", "contact_tel"] {
                assert_eq!(fields.allows(key), clinical, "{} {key}", role.code());
            }
            assert!(fields.allows("name") && !fields.allows_page(), "{}", role.code());
        }
        assert!(
            policy.fields(Role::Physician).allows_page()
                && policy.fields(Role::BackupPhysician).allows_page()
        );
    }

    #[test]
    fn times_and_absence_are_as_written_or_as_usual() {
        let known = known();
        assert_eq!(embedded(&known).unwrap().timing(Urgency::Routine), When::Digest);
        let start = EMBEDDED.find("\n[timing]").unwrap();
        let roles = EMBEDDED.find("\n[roles.physician]").unwrap();
        let without = format!("{}{}", &EMBEDDED[..start], &EMBEDDED[roles..]);
        assert_eq!(parse("p.toml", &without, &known).unwrap(), embedded(&known).unwrap(), "the usual ones");

        let own = EMBEDDED
            .replacen("today = \"now\"", "today = \"digest\"", 1)
            .replacen("absent = \"backup\"", "absent = \"保留\"", 1)
            .replacen("]\nall = true", "]\nall = true\nroutine = \"now\"", 1);
        let policy = parse("p.toml", &own, &known).unwrap();
        assert_eq!(policy.timing(Urgency::Today), When::Digest);
        assert_eq!(policy.when(Role::Physician, Urgency::Routine), When::Now);
        assert_eq!(policy.when(Role::Physician, Urgency::Today), When::Digest);
        assert_eq!(policy.absence(), Absence { absent: StandIn::Hold, retired: StandIn::Backup });
    }

    #[test]
    fn an_emergency_cannot_wait_and_unknown_words_are_refused() {
        let text = EMBEDDED
            .replacen("emergency = \"now\"", "emergency = \"digest\"", 1)
            .replacen("routine = \"digest\"", "routine = \"weekly\"", 1)
            .replacen("retired = \"backup\"", "retired = \"drop\"", 1)
            .replacen("]\nall = true", "]\nall = true\nroutine = \"soon\"", 1);
        let message = parse("p.toml", &text, &known()).unwrap_err().to_string();
        for part in [
            "timing.emergency: an emergency cannot wait for a digest",
            "timing.routine: no valid When: write one of now, digest",
            "absence.retired: no valid StandIn: write one of backup, hold",
            "roles.physician.routine: no valid When",
        ] {
            assert!(message.contains(part), "{part} in {message}");
        }
    }

    #[test]
    fn every_fault_is_named_with_its_role() {
        let text = EMBEDDED.replace("[roles.dental]", "[roles.dentist]").replace("\"copay\"", "\"copey\"");
        let text = text.replacen("]\nall = true", "]\nall = true\nonly = []", 1);
        let message = parse("p.toml", &text, &known()).unwrap_err().to_string();
        for part in [
            "roles.dentist: is no role",
            "no form has a field copey",
            "role dental",
            "roles.physician: must have",
        ] {
            assert!(message.contains(part), "{part} in {message}");
        }
        assert!(
            parse("p.toml", "[roles.physician]\nal = true", &known()).unwrap_err().to_string().contains("al")
        );
    }
}
