//! How messages come in.

pub mod lmtp;
pub mod maildir;
