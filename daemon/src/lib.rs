//! The gateway: the journey of a fax from the mail it came in to the mails it becomes.

mod error;

pub mod intake;
pub mod mail;

pub mod message;
pub mod deliver;

pub use error::{Error, Result};
