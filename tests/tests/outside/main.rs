//! The built gateway as its users meet it: files, mails and the command line, nothing of its code.

mod room;
mod town;
mod paper;
mod post;

mod forms;
mod reading;
mod journey;
mod durability;
mod bad_input;
mod held;
mod sealed;
mod senders;
mod misfortune;
mod postfix;
mod receipts;
mod full_disk;
mod command_line;
mod guides;
mod restored;
mod watched;
