//! What each fuzz target does with its bytes. `daemon/tests/seeds.rs` runs the same over the seeds, so that
//! `make test` needs no fuzzer.

pub mod lmtp;
pub mod mail;
pub mod metrics;
pub mod profiles;
mod sources;
