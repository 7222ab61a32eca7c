//! The built gateway as its users meet it: files, mails and the command line, nothing of its code.

mod forms;
mod paper;
mod reading;
mod room;
mod town;
