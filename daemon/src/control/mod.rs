//! Questions from the command line: the same desk answers them in the daemon and without it.

pub mod actor;
pub mod client;
mod desk;
pub mod request;
pub mod server;
mod wire;

pub use desk::{Daemon, Desk};
