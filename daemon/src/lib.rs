//! The gateway: the journey of a fax from the mail it came in to the mails it becomes.

mod error;

pub mod intake;
pub mod mail;

pub mod deliver;
pub mod message;

pub use error::{Error, Result};
