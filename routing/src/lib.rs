//! Facts in, decision out: who gets what a fax says, or why a person must look first.
//!
//! The crate is pure. It reads no file, no clock and no network: the registry of the
//! association, the policy, the facts read from one form and the day are arguments, and
//! [`decision::decide`] answers either *deliver to these registered recipients* or *hold,
//! for these reasons*. It never guesses: patient and physician must each follow from two
//! independent pieces of evidence, and no address ever comes from the fax.
//!
//! The modules in the order of the work: checked values ([`code`], [`contact`], [`name`]),
//! times ([`schedule`]),
//! what the association knows ([`registry`]), what the fax says ([`facts`]), who may see
//! what ([`policy`]), which row of the registry is meant ([`matching`]), and what follows
//! ([`decision`]).
//!
//! ```
//! use jiff::civil::date;
//! use kasasagi_routing::decision::{Decision, Reason, decide};
//! use kasasagi_routing::facts::{Fact, Facts};
//! use kasasagi_routing::policy::{Policy, Rule};
//! use kasasagi_routing::registry::{Registry, Tables};
//! use kasasagi_routing::role::Role;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let registry = Registry::build(Tables::default()).map_err(|faults| format!("{faults:?}"))?;
//! let policy = Policy::build(Role::ALL.iter().map(|role| (*role, Rule::All)), &Default::default())
//!     .map_err(|errors| format!("{errors:?}"))?;
//! let facts = Facts { patient_id: Fact::Sure("0003878".parse()?), ..Facts::default() };
//!
//! let Decision::Hold { reasons, .. } = decide(&registry, &policy, &facts, date(2026, 11, 23)) else {
//!     unreachable!("an empty registry entitles nobody");
//! };
//! assert_eq!(reasons[0], Reason::PatientUnknown);
//! assert_eq!(reasons[0].code(), "patient_unknown");
//! # Ok(())
//! # }
//! ```

mod error;
mod vocabulary;

pub mod code;
pub mod contact;
pub mod name;
pub mod role;
pub mod schedule;

pub mod registry;

pub mod facts;
pub mod policy;

pub mod decision;
pub mod matching;

pub use error::{Error, Result};
pub use policy::Policy;
pub use registry::Registry;
