//! Who may see which fields: the least that each role needs.

use std::collections::{BTreeMap, BTreeSet};

use crate::Error;
use crate::role::Role;

/// The fields of a form that somebody may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldSet {
    /// Every field, and so the page itself.
    All,
    /// These field keys only; the picture of the page would show more.
    Only(BTreeSet<String>),
}

/// What a policy file says about one role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Every field.
    All,
    /// Every known field but these.
    AllExcept(Vec<String>),
    /// These fields.
    Only(Vec<String>),
}

/// The fields of every role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    fields: BTreeMap<Role, FieldSet>,
}

impl FieldSet {
    /// Whether the field may be seen.
    pub fn allows(&self, key: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(keys) => keys.contains(key),
        }
    }

    /// Whether the picture of the page may be seen: only who may see every field.
    pub fn allows_page(&self) -> bool {
        *self == Self::All
    }

    /// What both allow.
    pub fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::All, set) | (set, Self::All) => set.clone(),
            (Self::Only(a), Self::Only(b)) => Self::Only(a.intersection(b).cloned().collect()),
        }
    }
}

impl Policy {
    /// Checks one rule per role against the field keys of all forms.
    ///
    /// # Errors
    /// All of them: [`Error::UnknownField`] for a key that no form has, [`Error::RoleCount`] for a role
    /// left out or given twice.
    pub fn build(
        rules: impl IntoIterator<Item = (Role, Rule)>,
        known: &BTreeSet<String>,
    ) -> Result<Self, Vec<Error>> {
        let mut errors = Vec::new();
        let mut fields = BTreeMap::new();
        for (role, rule) in rules {
            let (Rule::AllExcept(keys) | Rule::Only(keys)) = &rule else {
                insert(&mut fields, role, FieldSet::All, &mut errors);
                continue;
            };
            let unknown = keys.iter().filter(|key| !known.contains(*key));
            errors.extend(unknown.map(|key| Error::UnknownField { role: role.code(), field: key.clone() }));
            let named: BTreeSet<String> = keys.iter().cloned().collect();
            let set = if matches!(rule, Rule::Only(_)) { named } else { known - &named };
            insert(&mut fields, role, FieldSet::Only(set), &mut errors);
        }
        let missing = Role::ALL.iter().filter(|role| !fields.contains_key(role));
        errors.extend(missing.map(|role| Error::RoleCount { role: role.code() }));
        if errors.is_empty() { Ok(Self { fields }) } else { Err(errors) }
    }

    /// What the role may see. A policy is complete, so nothing is ever seen by default.
    pub fn fields(&self, role: Role) -> FieldSet {
        self.fields.get(&role).cloned().unwrap_or(FieldSet::Only(BTreeSet::new()))
    }
}

fn insert(fields: &mut BTreeMap<Role, FieldSet>, role: Role, set: FieldSet, errors: &mut Vec<Error>) {
    if fields.insert(role, set).is_some() {
        errors.push(Error::RoleCount { role: role.code() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> BTreeSet<String> {
        ["name", "birth", "disease"].map(String::from).into()
    }

    fn with(rule: &Rule) -> Result<Policy, Vec<Error>> {
        let rules = Role::ALL
            .iter()
            .map(|role| (*role, if *role == Role::Pharmacy { rule.clone() } else { Rule::All }));
        Policy::build(rules, &known())
    }

    #[test]
    fn a_role_sees_what_its_rule_says() {
        let seen = |rule| with(&rule).unwrap().fields(Role::Pharmacy);
        assert!(seen(Rule::All).allows("anything") && seen(Rule::All).allows_page());
        let some = seen(Rule::Only(vec!["name".into()]));
        assert!(some.allows("name") && !some.allows("disease") && !some.allows_page());
        let most = seen(Rule::AllExcept(vec!["disease".into()]));
        assert!(most.allows("birth") && !most.allows("disease") && !most.allows("added_later"));
        assert_eq!(FieldSet::All.and(&some), some);
        assert_eq!(most.and(&some), some);
    }

    #[test]
    fn unknown_fields_and_roles_left_out_are_errors() {
        let errors = with(&Rule::AllExcept(vec!["desease".into()])).unwrap_err();
        assert_eq!(errors, [Error::UnknownField { role: "pharmacy", field: "desease".into() }]);
        let errors = Policy::build([(Role::Physician, Rule::All), (Role::Physician, Rule::All)], &known())
            .unwrap_err();
        assert_eq!(errors.len(), Role::ALL.len(), "one given twice, all others missing");
    }
}
