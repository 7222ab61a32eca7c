//! The gateway: the journey of a fax from the mail it came in to the mails it becomes.
//!
//! ```text
//! intake ─▶ store ─▶ journey: open ─▶ read ─▶ decide ─▶ outbox ─▶ deliver
//! ```

mod error;

pub mod health;
pub mod intake;
pub mod mail;

mod fax;
pub mod lexicon;
pub mod library;
pub mod reader;
pub mod journey;
pub mod redact;
pub mod resend;

pub mod message;
pub mod outbox;
pub mod deliver;
pub mod receipt;

pub mod control;
pub mod command;
mod demo;
mod octets;
mod reason;
mod gateway;
mod systemd;

pub use error::{Error, Result};
pub use gateway::{open_store, readers, run};
