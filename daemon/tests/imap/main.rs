//! The IMAP door against the real Dovecot.
#![allow(clippy::unwrap_used)]

mod door;
mod dovecot;
mod gateway;
mod init;
mod kill;
mod pop3;
mod trouble;
