//! Who may see which fields, when records go out, and who stands in: what the association decides once.

use std::collections::{BTreeMap, BTreeSet};

use crate::Error;
use crate::facts::Urgency;
use crate::role::Role;
use crate::vocabulary::vocabulary;

vocabulary! {
    /// Whether a record goes at once or with the recipient's next digest.
    When {
        Now = "now", "随時", "at once";
        Digest = "digest", "定時便", "with the next digest";
    }
}

vocabulary! {
    /// What happens to records for a physician who is away.
    StandIn {
        Backup = "backup", "代行", "they go to the first backup at work";
        Hold = "hold", "保留", "they wait for a person";
    }
}

/// When records go out by urgency. An emergency is always sent at once, so it has no choice here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// 至急（本日中）.
    pub today: When,
    /// 通常.
    pub routine: When,
}

/// What happens while the registered physician is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Absence {
    /// For a time.
    pub absent: StandIn,
    /// For good, or registered for other days only.
    pub retired: StandIn,
}

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

/// The fields of every role, and the rules of time and absence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    fields: BTreeMap<Role, FieldSet>,
    timing: Timing,
    routine: BTreeMap<Role, When>,
    absence: Absence,
}

impl Default for Timing {
    fn default() -> Self {
        Self { today: When::Now, routine: When::Digest }
    }
}

impl Default for Absence {
    fn default() -> Self {
        Self { absent: StandIn::Backup, retired: StandIn::Backup }
    }
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
        let (timing, routine, absence) = (Timing::default(), BTreeMap::new(), Absence::default());
        if errors.is_empty() { Ok(Self { fields, timing, routine, absence }) } else { Err(errors) }
    }

    /// The same policy with another rule of time.
    #[must_use]
    pub fn with_timing(self, timing: Timing) -> Self {
        Self { timing, ..self }
    }

    /// The same policy, but routine records for this role go out so.
    #[must_use]
    pub fn with_routine(mut self, role: Role, when: When) -> Self {
        self.routine.insert(role, when);
        self
    }

    /// The same policy with another rule of absence.
    #[must_use]
    pub fn with_absence(self, absence: Absence) -> Self {
        Self { absence, ..self }
    }

    /// When a record of this urgency goes out, as long as role and recipient have no rule of their own.
    pub fn timing(&self, urgency: Urgency) -> When {
        match urgency {
            Urgency::Emergency => When::Now,
            Urgency::Today => self.timing.today,
            Urgency::Routine => self.timing.routine,
        }
    }

    /// When a record of this urgency goes out to this role.
    pub fn when(&self, role: Role, urgency: Urgency) -> When {
        let own = self.routine.get(&role).filter(|_| urgency == Urgency::Routine);
        own.copied().unwrap_or(self.timing(urgency))
    }

    /// What happens while a physician is away.
    pub fn absence(&self) -> Absence {
        self.absence
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
    fn an_emergency_never_waits_and_a_role_may_have_its_own_routine() {
        let slow = Timing { today: When::Digest, routine: When::Digest };
        let policy = with(&Rule::All).unwrap().with_timing(slow).with_routine(Role::Pharmacy, When::Now);
        assert_eq!(policy.timing(Urgency::Emergency), When::Now);
        assert_eq!(policy.when(Role::Pharmacy, Urgency::Routine), When::Now);
        assert_eq!(policy.when(Role::Pharmacy, Urgency::Today), When::Digest);
        assert_eq!(policy.when(Role::Physician, Urgency::Routine), When::Digest);
        let usual = with(&Rule::All).unwrap();
        assert_eq!([Urgency::Today, Urgency::Routine].map(|u| usual.timing(u)), [When::Now, When::Digest]);
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
