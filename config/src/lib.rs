//! The settings, form and registry files, turned into the checked types of the leaf crates.

mod comma;
mod delivery;
mod encoding;
mod error;
mod file;
pub mod forms;
pub mod holidays;
pub mod office;
pub mod policy;
pub mod profiles;
pub mod registry;
pub mod secret;
pub mod senders;
pub mod settings;
pub mod templates;
pub mod watch;

pub use error::{Error, Result};
pub use file::DEFAULTS;
pub use settings::Settings;
