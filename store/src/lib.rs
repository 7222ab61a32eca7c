//! What must survive a crash: sealed files, a hash-chained journal, and the sled view derived from it.

mod error;
pub mod event;
pub mod id;

pub use error::{Error, Result};
