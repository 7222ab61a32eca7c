//! The store from outside: its promises, and what happens to them when something breaks.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod backup;
mod census;
mod crash;
mod damage;
mod golden;
mod life;
mod python;
mod rate;
mod scene;
mod sending;
mod vouch;
mod rotate;
