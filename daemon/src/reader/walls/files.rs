//! Landlock: which files the engines may open while they set themselves up.
//!
//! The only file that names the `landlock` crate.

use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus,
    Scope, path_beneath_rules,
};

use super::Strength;

/// From now on this thread and those it starts read beneath `readable` only, write nowhere, and neither
/// bind nor connect a TCP port. Paths that do not exist are left out; opening them fails as it would.
pub fn shut(readable: &[impl AsRef<Path>]) -> Strength {
    let kept = restrict(readable);
    match kept {
        Ok(RulesetStatus::FullyEnforced) => Strength::Whole,
        Ok(RulesetStatus::PartiallyEnforced) => Strength::Part,
        Ok(RulesetStatus::NotEnforced) | Err(_) => Strength::None,
    }
}

fn restrict(readable: &[impl AsRef<Path>]) -> Result<RulesetStatus, RulesetError> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(HANDLED))?
        .handle_access(AccessNet::from_all(HANDLED))?
        .scope(Scope::from_all(HANDLED))?
        .create()?
        .add_rules(path_beneath_rules(readable, read))?
        .restrict_self()?;
    Ok(status.ruleset)
}

/// Linux 6.12; on older kernels the crate leaves out what they lack.
const HANDLED: ABI = ABI::V6;
