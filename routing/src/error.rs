/// What is wrong with a value. No message repeats the value: it may be personal data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A text is not what its column or field must hold.
    #[error("no valid {what}: {rule}")]
    Invalid {
        /// The kind of value, such as `dr_code`.
        what: &'static str,
        /// What a valid one looks like.
        rule: &'static str,
    },
    /// A word that is none of a fixed list.
    #[error("no valid {what}: write one of {}", .words.join(", "))]
    Word {
        /// The list it should be from.
        what: &'static str,
        /// The words allowed.
        words: Vec<&'static str>,
    },
    /// The policy names a field that no form has.
    #[error("role {role}: no form has a field {field}")]
    UnknownField {
        /// Role in the policy.
        role: &'static str,
        /// The field key as written there.
        field: String,
    },
    /// The policy says nothing, or twice something, about a role.
    #[error("role {role}: must be given exactly once")]
    RoleCount {
        /// The role.
        role: &'static str,
    },
}

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
