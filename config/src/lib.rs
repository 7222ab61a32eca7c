//! The settings, form and registry files, turned into the checked types of the leaf crates.

mod error;
pub mod forms;
pub mod registry;

pub use error::{Error, Result};
