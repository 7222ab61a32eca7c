//! From answers to a gateway that can start: settings, keys, a first registry, and a test page that goes round.

mod files;
mod page;
mod settings;
mod trial;

pub use files::make;
pub use settings::{Answers, Mailbox, Place, Relay};
pub use trial::{Arrived, Step, round};
