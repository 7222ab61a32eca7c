//! The policy file: role by role, which fields of a record may be seen.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use kasasagi_routing::policy::{Policy, Rule};
use kasasagi_routing::role::Role;
use serde::Deserialize;

use crate::{Error, Result};

/// The built-in policy, as printed by `kasasagi` for an association to start from.
pub const EMBEDDED: &str = include_str!("../policy.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    roles: BTreeMap<String, RoleTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleTable {
    all: Option<bool>,
    except: Option<Vec<String>>,
    only: Option<Vec<String>>,
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
    let mut faults = Vec::new();
    let mut rules = Vec::new();
    for (word, table) in tables.roles {
        let key = format!("roles.{word}");
        match (Role::ALL.iter().find(|role| role.code() == word), table.rule()) {
            (None, _) => {
                let roles: Vec<_> = Role::ALL.iter().map(|role| role.code()).collect();
                faults.push(value(key, format!("is no role; the roles are {}", roles.join(", "))));
            }
            (_, None) => {
                faults.push(value(key, "must have exactly one of all = true, except, only".to_owned()));
            }
            (Some(role), Some(rule)) => rules.push((*role, rule)),
        }
    }
    let built = Policy::build(rules, known);
    match built {
        Ok(policy) if faults.is_empty() => return Ok(policy),
        Ok(_) => {}
        Err(errors) => faults.extend(errors.iter().map(|e| value("roles".to_owned(), e.to_string()))),
    }
    Err(Error::Many(faults))
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
