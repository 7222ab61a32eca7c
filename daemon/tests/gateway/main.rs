//! The inside of the gateway on a real store in a scratch folder.
#![allow(clippy::unwrap_used)]

mod control;
mod golden;
mod journey;
mod kill;
mod lanes;
mod mailbag;
mod metrics;
mod outbox;
mod receipts;
mod held;
mod registry;
mod digest;
mod escalation;
mod office;
mod reload;
mod report;
mod resend;
mod retention;
mod scene;
mod senders;
mod storm;
