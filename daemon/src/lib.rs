//! The gateway: the journey of a fax from the mail it came in to the mails it becomes.
//!
//! ```text
//! intake ─▶ store ─▶ journey: open ─▶ read ─▶ decide ─▶ outbox ─▶ deliver
//! ```

mod error;

mod listener;
pub mod health;
pub mod language;
pub mod metrics;
pub mod intake;
pub mod mail;

pub mod fax;
pub mod registries;
pub mod lexicon;
pub mod library;
pub mod reader;
pub mod journey;
pub mod redact;
pub mod resend;

pub mod message;
pub mod smime;
pub mod outbox;
pub mod digest;
pub mod post;
pub mod report;
mod progress;
pub mod retention;
mod setup;
pub mod deliver;
mod tls;
pub mod receipt;

pub mod control;
pub mod command;
mod demo;
mod log;
mod octets;
mod credentials;
mod owner;
pub mod reason;
mod gateway;
pub mod reload;
mod watchdog;
mod systemd;

pub use error::{Error, Result};
pub use gateway::{open_store, post, readers, run};
