//! The inside of the gateway on a real store in a scratch folder.
#![allow(clippy::unwrap_used)]

mod control;
mod journey;
mod outbox;
mod receipts;
mod resend;
mod scene;
mod senders;
