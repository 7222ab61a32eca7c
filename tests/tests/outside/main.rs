//! The built gateway as its users meet it: files, mails and the command line, nothing of its code.

mod room;
mod town;
mod paper;
mod post;
#[allow(clippy::unwrap_used, dead_code, reason = "a test fails by panicking; the torture needs more of it")]
#[path = "../../torture/folder.rs"]
mod folder;
#[allow(clippy::unwrap_used, dead_code, reason = "as above")]
#[path = "../../torture/frames.rs"]
mod frames;

mod forms;
mod reading;
mod journey;
mod durability;
mod bad_input;
mod held;
mod sealed;
mod senders;
mod misfortune;
mod refused;
mod postfix;
mod receipts;
mod full_disk;
mod command_line;
mod language;
mod terminal;
mod guides;
mod restored;
mod watched;
mod performance;
mod proof;
mod custody;
